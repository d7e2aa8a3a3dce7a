/* git/archive.c: what is different where libgit2 is linked as an archive (see the Makefile). Beside a shared libgit2
 * nothing here is ever called.
 *
 * Its network is left out: we read repositories and never talk to a remote, but git_libgit2_init() would read the
 * machine's whole CA bundle (4 ms), and the table of transports would draw in TLS, SSH and Kerberos with all their
 * shared libraries. Five names are all that the rest of libgit2 knows of them: since they are found here first, the
 * linker leaves those objects in the archive.
 *
 * And one of its functions is mended (by the linker's --wrap): in version 1.5 a regular expression that does not
 * match loses 20 KB, for each setting while a repository is opened and for each commit that `HEAD^{/text}` looks at. */
#include "git/room.h"

int git_transport_new(void **out, void *owner, const char *url);
int git_transport_ssh_global_init(void);
int git_mbedtls_stream_global_init(void);
int git_mbedtls__set_cert_location(const char *file, const char *folder);
extern bool git_http__expect_continue;
int git_regexp_search(const void *regexp, const char *text, size_t count, void *matches) __attribute__((weak));
int __wrap_git_regexp_match(const void *regexp, const char *text);

bool git_http__expect_continue;

void tl_git_use_archive(void)
{
}

/* -1 is GIT_ERROR: there is no transport for any address. */
int git_transport_new(void **out, void *owner, const char *url)
{
	(void)owner;
	(void)url;
	*out = NULL;
	return -1;
}

int git_transport_ssh_global_init(void)
{
	return 0;
}

int git_mbedtls_stream_global_init(void)
{
	return 0;
}

int git_mbedtls__set_cert_location(const char *file, const char *folder)
{
	(void)file;
	(void)folder;
	return -1;
}

/* The same answer by way of the function that frees what it takes. */
int __wrap_git_regexp_match(const void *regexp, const char *text)
{
	return git_regexp_search(regexp, text, 0, NULL);
}
