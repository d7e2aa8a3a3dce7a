/* net/intake_lines.c: offers as the lines of a file, a pipe, a terminal. What can be waited for is read when it is ready, once each time, so that a descriptor which
 * others share is left as blocking as it is; what cannot (a file on disk) is read as room allows. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/intake_kind.h"

struct lines {
	struct tl_intake *intake;
	int fd;
	bool own;                /* it is closed with us */
	struct tl_line_reader reader;
	struct tl_watch *watch;  /* NULL: it is always ready */
	struct tl_timer *timer;  /* goes on at the loop's next turn */
	bool over;               /* `ended` was told */
	int failure;             /* errno of a read */
};

static bool takes(struct tl_str address)
{
	(void)address;
	return true;
}

static void end(struct lines *lines)
{
	const struct tl_intake_config *config = &lines->intake->config;
	char why[200];

	lines->over = true;
	if (lines->watch)
		tl_watch_pause(lines->watch, true);
	if (lines->failure != 0)
		snprintf(why, sizeof(why), "reading offers: %s", strerror(lines->failure));
	config->ended(config->data, lines->failure != 0 ? why : NULL);
}

static void fill(struct lines *lines)
{
	ssize_t got = tl_line_reader_fill(&lines->reader, lines->fd);

	if (got >= 0 || errno == EINTR || errno == EAGAIN)
		return;
	lines->failure = errno;
	lines->reader.end = true;
}

static void refuse(struct lines *lines)
{
	char why[120];

	snprintf(why, sizeof(why), "line %" PRIu64 " of the offers is longer than %zu bytes", lines->reader.number, lines->intake->config.limit);
	tl_intake_refuse(lines->intake, why);
}

/* Offers what is there, while there is room. */
static void pump(struct lines *lines)
{
	struct tl_intake *intake = lines->intake;
	struct tl_str line;

	while (intake->room > 0 && !lines->over) {
		enum tl_line found = tl_line_reader_next(&lines->reader, &line);

		if (found == TL_LINE_TAKEN)
			tl_intake_offer(intake, NULL, lines->reader.number, line);
		else if (found == TL_LINE_TOO_LONG)
			refuse(lines);
		else if (lines->reader.end)
			end(lines);
		else if (!lines->watch)
			fill(lines);
		else
			break;
	}
	if (lines->watch)
		tl_watch_pause(lines->watch, lines->over || intake->room == 0);
}

static void be_ready(void *data)
{
	struct lines *lines = data;

	if (lines->over || lines->intake->room == 0)
		return;
	fill(lines);
	pump(lines);
}

static void go_on(void *data)
{
	struct lines *lines = data;

	lines->timer = NULL;
	pump(lines);
}

static void want(struct tl_intake *intake)
{
	struct lines *lines = intake->source;

	if (!lines->timer && !lines->over)
		lines->timer = tl_loop_after(intake->config.loop, 0, go_on, lines);
}

/* A FIFO is opened without waiting for whoever writes; before that nobody is told of its end. */
static int open_file(struct lines *lines, const char *path, struct tl_error *err)
{
	struct stat info;

	lines->own = true;
	lines->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (lines->fd < 0 && errno == ENOENT && strstr(path, "://"))
		return tl_error_set(err, TL_USAGE, "offers do not come from '%s': they come from a file, '-', unix:PATH, nats://… or tls://…", path);
	if (lines->fd < 0)
		return tl_error_errno(err, errno, "cannot read the offers in '%s'", path);
	if (fstat(lines->fd, &info) == 0 && S_ISDIR(info.st_mode))
		return tl_error_set(err, TL_USAGE, "cannot read the offers in '%s': it is a folder", path);
	return 0;
}

static void free_lines(struct lines *lines)
{
	tl_timer_cancel(lines->timer);
	tl_watch_close(lines->watch);
	if (lines->own && lines->fd >= 0)
		close(lines->fd);
	tl_line_reader_clear(&lines->reader);
	free(lines);
}

static int open_lines(struct tl_intake *intake, struct tl_error *err)
{
	const struct tl_intake_config *config = &intake->config;
	struct lines *lines = tl_alloc_zero(1, sizeof(*lines));
	struct tl_error why = { 0 };

	lines->intake = intake;
	lines->fd = config->input;
	tl_line_reader_init(&lines->reader, config->limit);
	if (!tl_str_is(tl_str(config->address), "-") && open_file(lines, config->address, err) != 0) {
		free_lines(lines);
		return -1;
	}
	if (tl_loop_watch(&lines->watch, config->loop, lines->fd, be_ready, lines, &why) != 0 && why.code != TL_UNSUPPORTED) {
		free_lines(lines);
		return tl_error_set(err, why.code, "%s", why.message);
	}
	if (lines->watch)
		tl_watch_pause(lines->watch, true);
	intake->source = lines;
	return 0;
}

static void close_lines(struct tl_intake *intake)
{
	free_lines(intake->source);
}

/* Nobody is to be told. */
static void settle(struct tl_intake *intake, void *origin, enum tl_queue_verdict verdict, struct tl_str result)
{
	(void)intake;
	(void)origin;
	(void)verdict;
	(void)result;
}

const struct tl_intake_kind tl_intake_lines = { takes, open_lines, close_lines, want, settle };
