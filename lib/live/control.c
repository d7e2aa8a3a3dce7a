/* live/control.c: a small reader for the flat objects that events nearly always are, the JSON reader for all others; and the commands. */
#include "live/control.h"

#include "doc/json.h"

/* ---- events */

static const struct {
	const char *name;
	enum tl_told_kind kind;
} event_table[] = {
	{ "dtmf", TL_TOLD_KEY },
	{ "playback_completed", TL_TOLD_PLAYED },
	{ "media", TL_TOLD_MEDIA },
	{ "connected", TL_TOLD_CONNECTED },
	{ "hangup", TL_TOLD_HUNG_UP },
	{ "transferred", TL_TOLD_TRANSFERRED },
	{ "transfer_failed", TL_TOLD_TRANSFER_FAILED },
	{ "error", TL_TOLD_ERROR },
};

/* The members that mean something, in the order of struct members. */
enum member { EVENT, ID, DIGIT, MESSAGE, MEMBERS };
static const char *const member_table[MEMBERS] = { "event", "callControlId", "digit", "message" };

struct members {
	struct tl_str of[MEMBERS]; /* no pointer: not there */
};

static int member_named(struct tl_str key)
{
	for (int i = 0; i < MEMBERS; i++) {
		if (tl_str_is(key, member_table[i]))
			return i;
	}
	return MEMBERS;
}

struct scan {
	const char *at, *end;
};

static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
		scan->at++;
}

static bool take(struct scan *scan, char c)
{
	skip_blanks(scan);
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

/* A string of printable ASCII without escapes. */
static bool take_plain(struct tl_str *out, struct scan *scan)
{
	if (!take(scan, '"'))
		return false;
	out->ptr = scan->at;
	while (scan->at < scan->end && *scan->at != '"') {
		if (*scan->at < 0x20 || *scan->at > 0x7e || *scan->at == '\\')
			return false;
		scan->at++;
	}
	out->len = (size_t)(scan->at - out->ptr);
	return take(scan, '"');
}

/* {"key": "value", …} with plain strings alone, none of ours twice. False says nothing of the text but that it takes the whole reader. */
static bool read_flat(struct members *out, struct tl_str text)
{
	struct scan scan = { text.ptr, text.ptr + text.len };
	struct tl_str key, value;
	int member;

	if (!take(&scan, '{'))
		return false;
	do {
		if (!take_plain(&key, &scan) || !take(&scan, ':') || !take_plain(&value, &scan))
			return false;
		member = member_named(key);
		if (member < MEMBERS && out->of[member].ptr)
			return false;
		if (member < MEMBERS)
			out->of[member] = value;
	} while (take(&scan, ','));
	if (!take(&scan, '}'))
		return false;
	skip_blanks(&scan);
	return scan.at == scan.end;
}

static int read_whole(struct members *out, struct tl_arena *scratch, struct tl_str text, struct tl_error *err)
{
	struct tl_doc *doc;
	int ret = 0;

	if (tl_json_parse(&doc, TL_STR("message"), text, err) != 0)
		return tl_error_set(err, TL_USAGE, "it is no JSON");
	if (doc->root->kind != TL_MAP)
		ret = tl_error_set(err, TL_USAGE, "it is no JSON object");
	for (int i = 0; i < MEMBERS && ret == 0; i++) {
		const struct tl_item *item = tl_item_get(doc->root, member_table[i]);
		bool fits = item && (item->kind == TL_STRING || (i == DIGIT && item->kind == TL_NUMBER));

		if (fits)
			out->of[i] = tl_arena_dup(scratch, item->text);
		else if (item && item->kind != TL_NULL)
			ret = tl_error_set(err, TL_USAGE, "its '%s' is no text", member_table[i]);
	}
	tl_doc_free(doc);
	return ret;
}

static bool is_key(struct tl_str digit)
{
	return digit.len == 1 && ((digit.ptr[0] >= '0' && digit.ptr[0] <= '9') || digit.ptr[0] == '*' || digit.ptr[0] == '#');
}

/* Some telephones have A to D as well, which mean nothing to a flow. */
static bool is_rare_key(struct tl_str digit)
{
	return digit.len == 1 && ((digit.ptr[0] >= 'A' && digit.ptr[0] <= 'D') || (digit.ptr[0] >= 'a' && digit.ptr[0] <= 'd'));
}

int tl_control_read(struct tl_told *out, struct tl_arena *scratch, struct tl_str text, struct tl_error *err)
{
	struct members members = { 0 };

	*out = (struct tl_told){ .kind = TL_TOLD_OTHER };
	if (!read_flat(&members, text)) {
		members = (struct members){ 0 };
		if (read_whole(&members, scratch, text, err) != 0)
			return -1;
	}
	if (members.of[EVENT].len == 0)
		return tl_error_set(err, TL_USAGE, "it has no 'event'");
	for (size_t i = 0; i < TL_COUNT(event_table); i++) {
		if (tl_str_is(members.of[EVENT], event_table[i].name))
			out->kind = event_table[i].kind;
	}
	out->id = members.of[ID];
	out->text = members.of[MESSAGE];
	if (out->kind == TL_TOLD_KEY && is_rare_key(members.of[DIGIT]))
		out->kind = TL_TOLD_OTHER;
	if (out->kind == TL_TOLD_KEY && !is_key(members.of[DIGIT]))
		return tl_error_set(err, TL_USAGE, "its 'digit' is none of 0-9, * and #");
	if (out->kind == TL_TOLD_KEY)
		out->key = members.of[DIGIT].ptr[0];
	return 0;
}

/* ---- commands */

static void begin(struct tl_json *json, struct tl_buf *out, struct tl_str id, const char *action)
{
	tl_json_init(json, out, false);
	tl_json_map(json);
	tl_json_put(json, "callControlId", id);
	if (action)
		tl_json_put(json, "action", tl_str(action));
}

void tl_control_hello(struct tl_buf *out, struct tl_str id)
{
	static const char *const capability_table[] = { "play", "dtmf", "transfer", "hangup" };
	struct tl_json json;

	begin(&json, out, id, NULL);
	tl_json_put(&json, "media", TL_STR("audio"));
	tl_json_key(&json, "capabilities");
	tl_json_list(&json);
	for (size_t i = 0; i < TL_COUNT(capability_table); i++)
		tl_json_text(&json, capability_table[i]);
	tl_json_list_end(&json);
	tl_json_map_end(&json);
}

/* Whether it is an address, and no path. */
static bool is_address(struct tl_str audio)
{
	size_t colon = tl_str_find(audio, TL_STR("://"), 0);

	return colon != SIZE_MAX && colon > 0 && tl_str_find(tl_str_slice(audio, 0, colon), TL_STR("/"), 0) == SIZE_MAX;
}

/* What may stand in a path of an address as it is. */
static bool is_path_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~/!$&'()*+,;=:@", c));
}

void tl_control_audio(struct tl_buf *out, struct tl_str base, struct tl_str audio)
{
	if (is_address(audio)) {
		tl_buf_str(out, audio);
		return;
	}
	while (base.len > 0 && audio.len > 0 && audio.ptr[0] == '/')
		audio = tl_str_slice(audio, 1, audio.len);
	tl_buf_str(out, base);
	if (base.len > 0 && base.ptr[base.len - 1] != '/')
		tl_buf_char(out, '/');
	for (size_t i = 0; i < audio.len; i++) {
		if (is_path_byte(audio.ptr[i]))
			tl_buf_char(out, audio.ptr[i]);
		else
			tl_buf_printf(out, "%%%02X", (unsigned)(unsigned char)audio.ptr[i]);
	}
}

static void put_audio(struct tl_json *json, struct tl_str base, struct tl_str audio)
{
	struct tl_buf text = { 0 };

	tl_control_audio(&text, base, audio);
	tl_json_key(json, "audio");
	tl_json_string(json, tl_buf_view(&text));
	tl_buf_clear(&text);
}

void tl_control_play(struct tl_buf *out, struct tl_str id, struct tl_str audio_base, const struct tl_session_play *play)
{
	struct tl_json json;

	begin(&json, out, id, "play");
	put_audio(&json, audio_base, play->audio);
	tl_json_key(&json, "dtmf");
	tl_json_map(&json);
	tl_json_put_boolean(&json, "enabled", play->keys_heard);
	if (play->keys_heard && play->keys.len > 0) {
		tl_json_key(&json, "keys");
		tl_json_list(&json);
		for (size_t i = 0; i < play->keys.len; i++)
			tl_json_string(&json, tl_str_slice(play->keys, i, i + 1));
		tl_json_list_end(&json);
	}
	tl_json_map_end(&json);
	tl_json_map_end(&json);
}

void tl_control_transfer(struct tl_buf *out, struct tl_str id, struct tl_str kind, struct tl_str target)
{
	struct tl_json json;

	begin(&json, out, id, "transfer");
	tl_json_put(&json, "target", target);
	tl_json_put(&json, "type", kind);
	tl_json_map_end(&json);
}

void tl_control_hang_up(struct tl_buf *out, struct tl_str id)
{
	struct tl_json json;

	begin(&json, out, id, "hangup");
	tl_json_map_end(&json);
}
