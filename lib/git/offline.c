/* git/offline.c: cuts libgit2's network off where it is linked statically. We read repositories and never talk to a remote, but
 * git_libgit2_init() would read the machine's whole CA bundle (4 ms), and the table of transports would draw in TLS, SSH and
 * Kerberos with all their shared libraries. These five names are all that the rest of libgit2 knows of them: since they are found
 * here first, the linker leaves those objects in the archive. Beside a shared libgit2 they are never called. */
#include "git/room.h"

int git_transport_new(void **out, void *owner, const char *url);
int git_transport_ssh_global_init(void);
int git_mbedtls_stream_global_init(void);
int git_mbedtls__set_cert_location(const char *file, const char *folder);
extern bool git_http__expect_continue;

bool git_http__expect_continue;

void tl_git_stay_offline(void)
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
