/* report/members.h: what members of results look like, in whichever result they are. */
#ifndef TL_REPORT_MEMBERS_H
#define TL_REPORT_MEMBERS_H

#include "base/str.h"
#include "doc/json.h"

/* null where it is empty. */
void tl_member_text(struct tl_json *json, const char *key, struct tl_str text);
/* An instant, ms since 1970; null where it is 0. */
void tl_member_time(struct tl_json *json, const char *key, int64_t ms);
/* A version on a platform (platform/platform.h): the number; a text such as "12.3" where the platform counts behind the point, too; null where it is 0. */
void tl_member_version(struct tl_json *json, const char *key, int64_t version);

#endif
