/* platform/status.c: the names of what becomes of a version. */
#include <assert.h>

#include "platform/platform.h"

static const char *const status_table[TL_STATUS_COUNT] = {
	[TL_STATUS_DRAFT] = "draft",
	[TL_STATUS_SCHEDULED] = "scheduled",
	[TL_STATUS_PUBLISHING] = "publishing",
	[TL_STATUS_PUBLISHED] = "published",
	[TL_STATUS_FAILED] = "failed",
	[TL_STATUS_REJECTED] = "rejected",
};

const char *tl_remote_status_name(enum tl_remote_status status)
{
	assert(status < TL_STATUS_COUNT);
	return status_table[status];
}

enum tl_remote_status tl_remote_status_parse(struct tl_str name)
{
	unsigned i = 0;

	while (i < TL_STATUS_COUNT && !tl_str_is(name, status_table[i]))
		i++;
	return (enum tl_remote_status)i;
}
