/* report/members.c: members that results have in common. */
#include "report/members.h"

#include "platform/platform.h"

void tl_member_text(struct tl_json *json, const char *key, struct tl_str text)
{
	tl_json_put_or_null(json, key, text.len > 0 ? text : (struct tl_str){ NULL, 0 });
}

void tl_member_time(struct tl_json *json, const char *key, int64_t ms)
{
	struct tl_arena arena = { 0 };

	tl_member_text(json, key, ms > 0 ? tl_time_format(&arena, ms) : TL_STR(""));
	tl_arena_clear(&arena);
}

void tl_member_version(struct tl_json *json, const char *key, int64_t version)
{
	struct tl_version_shown shown = tl_version_shown(version);
	struct tl_str text = tl_str(shown.text);

	if (version <= 0)
		tl_member_text(json, key, TL_STR(""));
	else if (tl_str_find(text, TL_STR("."), 0) != SIZE_MAX)
		tl_json_put(json, key, text);
	else
		tl_json_put_integer(json, key, version);
}
