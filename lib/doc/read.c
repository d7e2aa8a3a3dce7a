/* doc/read.c: JSON or YAML, by a file's name and first character. */
#include "doc/json.h"

static bool looks_like_json(struct tl_str path, struct tl_str bytes)
{
	struct tl_str text = tl_str_trim(tl_str_slice(bytes, tl_str_starts(bytes, TL_STR("\xef\xbb\xbf")) ? 3 : 0, bytes.len));

	return tl_str_ends(path, TL_STR(".json")) && text.len && (text.ptr[0] == '{' || text.ptr[0] == '[');
}

void tl_doc_read(struct tl_doc **out, struct tl_str path, struct tl_str bytes, const struct tl_read_options *options)
{
	if (looks_like_json(path, bytes))
		tl_json_read(out, path, bytes, options);
	else
		tl_yaml_read(out, path, bytes, options);
}
