/* cmd/common/output.c: results go out whole, or the command says so. */
#include "common/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* Writes all of it, or gives the number of the error. A signal that asks to stop does not cut a result that is ready. */
static int write_all(int fd, struct tl_str text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0)
			text = tl_str_slice(text, (size_t)n, text.len);
	}
	return 0;
}

int tl_output_standard(struct tl_str text, struct tl_error *err)
{
	int copy = dup(1), why = write_all(1, text);

	/* Some file systems tell of a full disk only when a file is closed. */
	if (copy >= 0 && close(copy) != 0 && why == 0)
		why = errno;
	if (why == 0)
		return 0;
	tl_error_errno(err, why, "cannot write the result to standard output");
	err->code = TL_IO;
	/* Whoever read it, `head` or a pager, has seen enough: nobody wants to hear of that. */
	if (why == EPIPE)
		err->message[0] = '\0';
	return -1;
}

/* The mode that a new file gets here. */
static unsigned default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int write_device(const char *path, struct tl_str text, struct tl_error *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), why;

	if (fd < 0)
		return tl_error_errno(err, errno, "cannot write '%s'", path);
	why = write_all(fd, text);
	if (close(fd) != 0 && why == 0)
		why = errno;
	return why == 0 ? 0 : tl_error_errno(err, why, "cannot write '%s'", path);
}

int tl_output_file(const char *path, struct tl_str text, struct tl_error *err)
{
	struct stat info;
	unsigned mode = default_mode();
	char *real = NULL;
	int status;

	if (stat(path, &info) == 0) {
		if (!S_ISREG(info.st_mode))
			return write_device(path, text, err);
		mode = info.st_mode & 0777;
		real = realpath(path, NULL); /* the file that a link leads to is replaced, not the link */
	}
	status = tl_file_write(real ? real : path, text, mode, err);
	free(real);
	if (status != 0)
		err->code = TL_IO;
	return status;
}
