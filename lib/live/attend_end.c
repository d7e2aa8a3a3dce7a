/* live/attend_end.c: how calls end, by name. */
#include "live/attend.h"

#include <assert.h>

static const char *const end_table[TL_ENDS] = {
	[TL_END_COMPLETED] = "completed", [TL_END_ABANDONED] = "abandoned", [TL_END_FAILED] = "failed", [TL_END_LOST] = "lost",
	[TL_END_REFUSED] = "refused", [TL_END_UNSERVED] = "unserved",
};

const char *tl_attend_end_name(enum tl_attend_end end)
{
	assert(end < TL_ENDS);
	return end_table[end];
}
