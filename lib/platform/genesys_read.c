/* platform/genesys_read.c: the platform's answers, held against their contract: whatever a server sends, it becomes a flow that was asked for or an error. */
#include <inttypes.h>

#include "dialect/wire.h"
#include "doc/json.h"
#include "platform/genesys.h"

/* The largest number that every JSON reader takes whole. */
#define WHOLE_MAX 9007199254740991.0
/* What is shown of a server's own words. */
#define SHOWN_BYTES 400

static const char *const kind_table[] = {
	[TL_NULL] = "null", [TL_BOOLEAN] = "true or false", [TL_NUMBER] = "a number",
	[TL_STRING] = "a text", [TL_LIST] = "a list", [TL_MAP] = "an object",
};

struct tl_str tl_genesys_what(struct tl_arena *arena, const struct tl_api_request *request)
{
	return tl_arena_printf(arena, "%s %.*s", request->method, TL_FMT(request->path));
}

int tl_genesys_bad(struct tl_error *err, struct tl_str what, const char *fmt, ...)
{
	struct tl_arena arena = { 0 };
	struct tl_str reason;
	va_list args;

	va_start(args, fmt);
	reason = tl_arena_vprintf(&arena, fmt, args);
	va_end(args);
	tl_error_set(err, TL_REFUSED, "the platform's answer to %.*s is not what its contract says: %.*s", TL_FMT(what), TL_FMT(reason));
	tl_arena_clear(&arena);
	return -1;
}

int tl_genesys_document(struct tl_doc **out, struct tl_str body, struct tl_str what, struct tl_error *err)
{
	struct tl_error why = { 0 };

	*out = NULL;
	if (body.len == 0)
		return tl_genesys_bad(err, what, "it is empty");
	if (tl_json_parse(out, TL_STR("answer"), body, &why) != 0)
		return tl_genesys_bad(err, what, "it cannot be read as JSON (%s)", why.message);
	if ((*out)->root)
		return 0;
	tl_doc_free(*out);
	*out = NULL;
	return tl_genesys_bad(err, what, "it is empty");
}

int tl_genesys_member_maybe(const struct tl_item **out, const struct tl_item *map, const char *key, enum tl_kind kind, struct tl_str what,
                            struct tl_error *err)
{
	*out = tl_item_get(map, key);
	if (*out && (*out)->kind == TL_NULL)
		*out = NULL;
	if (!*out || (*out)->kind == kind)
		return 0;
	return tl_genesys_bad(err, what, "'%s' is %s, not %s", key, kind_table[(*out)->kind], kind_table[kind]);
}

int tl_genesys_member(const struct tl_item **out, const struct tl_item *map, const char *key, enum tl_kind kind, struct tl_str what,
                      struct tl_error *err)
{
	if (!map || map->kind != TL_MAP)
		return tl_genesys_bad(err, what, "%s stands where an object with '%s' belongs", map ? kind_table[map->kind] : "nothing", key);
	if (tl_genesys_member_maybe(out, map, key, kind, what, err) != 0)
		return -1;
	return *out ? 0 : tl_genesys_bad(err, what, "it lacks '%s'", key);
}

int tl_genesys_integer(int64_t *out, const struct tl_item *number, const char *key, struct tl_str what, struct tl_error *err)
{
	double value = number->number;

	if (!(value >= 0) || value > WHOLE_MAX || value != (double)(int64_t)value)
		return tl_genesys_bad(err, what, "'%s' is %.*s, which is no whole number that counts something", key,
		                      TL_FMT(tl_str_cut(number->text, SHOWN_BYTES)));
	*out = (int64_t)value;
	return 0;
}

/* A text that is neither empty nor endless. */
static int read_name(struct tl_str *out, const struct tl_item *map, const char *key, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *item;

	if (tl_genesys_member(&item, map, key, TL_STRING, what, err) != 0)
		return -1;
	if (item->text.len == 0 || item->text.len > TL_GENESYS_NAME_BYTES)
		return tl_genesys_bad(err, what, "'%s' is %s", key, item->text.len == 0 ? "empty" : "longer than 1,024 bytes");
	*out = item->text;
	return 0;
}

static int read_version(int64_t *out, const struct tl_item *map, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *item;

	if (tl_genesys_member(&item, map, "version", TL_NUMBER, what, err) != 0 || tl_genesys_integer(out, item, "version", what, err) != 0)
		return -1;
	return *out > 0 ? 0 : tl_genesys_bad(err, what, "'version' is 0, but versions count from 1");
}

/* A version of a history need not say what became of it: then it is none that callers are known to have got. */
static int read_status(enum tl_remote_status *out, const struct tl_item *map, enum tl_genesys_shape shape, struct tl_str what, struct tl_error *err)
{
	bool may_lack = shape == TL_GENESYS_PAST;
	const struct tl_item *item;

	*out = TL_STATUS_DRAFT;
	if ((may_lack ? tl_genesys_member_maybe : tl_genesys_member)(&item, map, "status", TL_STRING, what, err) != 0)
		return -1;
	if (!item)
		return 0;
	*out = tl_remote_status_parse(item->text);
	if (*out != TL_STATUS_COUNT)
		return 0;
	return tl_genesys_bad(err, what, "'status' is '%.*s', which is no status of a flow", TL_FMT(tl_str_cut(item->text, SHOWN_BYTES)));
}

/* What callers get. A platform that does not say it has published what it calls published. */
static int read_published(struct tl_remote *out, const struct tl_item *map, enum tl_genesys_shape shape, struct tl_str what,
                          struct tl_error *err)
{
	const struct tl_item *item;

	out->published_version = out->status == TL_STATUS_PUBLISHED ? out->version : 0;
	if (tl_genesys_member_maybe(&item, map, "publishedVersion", TL_NUMBER, what, err) != 0)
		return -1;
	if (item && tl_genesys_integer(&out->published_version, item, "publishedVersion", what, err) != 0)
		return -1;
	/* An old version may well stand below the one that callers get now. */
	if (shape != TL_GENESYS_PAST && out->published_version > out->version)
		return tl_genesys_bad(err, what, "'publishedVersion' is %" PRId64 ", above the last version %" PRId64, out->published_version,
		                      out->version);
	out->reached_published = out->status == TL_STATUS_PUBLISHED || out->published_version == out->version;
	return 0;
}

/* When it was written; 0 where the platform does not say it in a way that is known: the contract names no time of a flow. */
static int64_t time_of(const struct tl_item *map)
{
	struct tl_str text = tl_item_text(map, "dateModified");
	int64_t ms;

	if (text.len == 0)
		text = tl_item_text(map, "dateCreated");
	return tl_time_parse(&ms, text) ? ms : 0;
}

/* One that nobody here can have given keeps nobody from the list's other flows: no flow of that length is ever written. */
static int read_title(struct tl_remote *out, const struct tl_item *map, enum tl_genesys_shape shape, struct tl_str what, struct tl_error *err)
{
	struct tl_str name = tl_item_text(map, "name");

	if (shape != TL_GENESYS_LISTED || name.len <= TL_GENESYS_NAME_BYTES)
		return read_name(&out->title, map, "name", what, err);
	out->title = tl_str_cut(name, TL_GENESYS_NAME_BYTES);
	return 0;
}

/* By our own id where the flow carries it, else by the name that it was given on the platform: the contract names no such member, and another kind of one is
 * somebody else's. */
static int read_names(struct tl_remote *out, const struct tl_item *map, enum tl_genesys_shape shape, struct tl_str what, struct tl_error *err)
{
	struct tl_str ours = tl_item_text(map, "externalId");

	if (read_name(&out->id, map, "id", what, err) != 0 || read_title(out, map, shape, what, err) != 0)
		return -1;
	if (tl_str_is(out->id, ".") || tl_str_is(out->id, ".."))
		return tl_genesys_bad(err, what, "'id' is '%.*s', which is no id", TL_FMT(out->id));
	out->titled = ours.len == 0;
	out->name = out->titled ? out->title : ours;
	return 0;
}

/* Rows of lists and histories need none. */
static int check_nodes(const struct tl_item *map, bool content, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *nodes = tl_item_get(map, "nodes");

	if (!nodes)
		return content ? tl_genesys_bad(err, what, "it lacks 'nodes'") : 0;
	if (nodes->kind != TL_MAP && nodes->kind != TL_LIST)
		return tl_genesys_bad(err, what, "'nodes' is %s, not an object or a list", kind_table[nodes->kind]);
	return 0;
}

/* The compact text of what the flow is, without what the platform says of it. */
static struct tl_str content_of(struct tl_arena *arena, const struct tl_item *map)
{
	struct tl_arena scratch = { 0 };
	struct tl_item *bare = tl_item_new(&scratch, TL_MAP);
	struct tl_str text;

	for (const struct tl_item *item = map->first; item; item = item->next) {
		if (!tl_wire_is_platforms(item->key))
			tl_item_put(bare, item->key, tl_item_copy(&scratch, item));
	}
	text = tl_genesys_text(arena, bare);
	tl_arena_clear(&scratch);
	return text;
}

int tl_genesys_remote(struct tl_remote *out, struct tl_arena *arena, const struct tl_item *item, enum tl_genesys_shape shape, bool content,
                      struct tl_str what, struct tl_error *err)
{
	const struct tl_item *reason;

	*out = (struct tl_remote){ 0 };
	if (read_names(out, item, shape, what, err) != 0 || read_version(&out->version, item, what, err) != 0 ||
	    read_status(&out->status, item, shape, what, err) != 0 || read_published(out, item, shape, what, err) != 0 ||
	    check_nodes(item, content, what, err) != 0 ||
	    tl_genesys_member_maybe(&reason, item, "statusReason", TL_STRING, what, err) != 0)
		return -1;
	out->written_ms = time_of(item);
	out->id = tl_arena_dup(arena, out->id);
	out->title = tl_arena_dup(arena, out->title);
	out->name = tl_arena_dup(arena, out->name);
	if (reason && (out->status == TL_STATUS_FAILED || out->status == TL_STATUS_REJECTED))
		out->reason = tl_arena_dup(arena, reason->text);
	if (content)
		out->content = content_of(arena, item);
	return 0;
}

/* The version that an ETag names: "7", W/"7" or 7; -1 for another text. */
static int64_t etag_version(struct tl_str etag)
{
	int64_t version = 0;

	if (tl_str_starts(etag, TL_STR("W/")))
		etag = tl_str_slice(etag, 2, etag.len);
	if (etag.len >= 2 && etag.ptr[0] == '"' && etag.ptr[etag.len - 1] == '"')
		etag = tl_str_slice(etag, 1, etag.len - 1);
	if (etag.len == 0 || etag.len > 16)
		return -1;
	for (size_t i = 0; i < etag.len; i++) {
		if (etag.ptr[i] < '0' || etag.ptr[i] > '9')
			return -1;
		version = version * 10 + (etag.ptr[i] - '0');
	}
	return version;
}

static int check_asked(const struct tl_remote *remote, const struct tl_api_answer *answer, struct tl_str id, int64_t version,
                       struct tl_str what, struct tl_error *err)
{
	if (id.ptr && !tl_str_equal(remote->id, id))
		return tl_genesys_bad(err, what, "it is the flow '%.*s', not '%.*s'", TL_FMT(remote->id), TL_FMT(id));
	if (version > 0 && remote->version != version)
		return tl_genesys_bad(err, what, "it is version %" PRId64 ", not %" PRId64, remote->version, version);
	if (answer->etag.len > 0 && etag_version(answer->etag) != remote->version)
		return tl_genesys_bad(err, what, "its ETag is %.*s, its version %" PRId64, TL_FMT(tl_str_cut(answer->etag, 100)), remote->version);
	return 0;
}

int tl_genesys_flow_of(struct tl_remote *out, struct tl_arena *arena, const struct tl_api_answer *answer, enum tl_genesys_shape shape,
                       struct tl_str id, int64_t version, struct tl_str what, struct tl_error *err)
{
	struct tl_doc *doc;
	int ret;

	*out = (struct tl_remote){ 0 };
	if (tl_genesys_document(&doc, answer->body, what, err) != 0)
		return -1;
	ret = tl_genesys_remote(out, arena, doc->root, shape, shape != TL_GENESYS_LISTED, what, err);
	if (ret == 0)
		ret = check_asked(out, answer, id, version, what, err);
	tl_doc_free(doc);
	return ret;
}

/* ---- what it says where it refuses */

/* Once: platforms say the same at the top, in `errors` and in `details`. */
static void add_words(struct tl_buf *buf, const struct tl_item *map, bool inner)
{
	struct tl_str node = tl_item_text(map, "nodeId"), field = tl_item_text(map, "field"), message = tl_item_text(map, "message");
	struct tl_buf words = { 0 };

	if (node.len == 0 && field.len == 0 && (!inner || message.len == 0))
		return;
	if (node.len > 0)
		tl_buf_printf(&words, "node '%.*s'", TL_FMT(tl_str_cut(node, SHOWN_BYTES)));
	if (field.len > 0)
		tl_buf_printf(&words, "%sfield '%.*s'", node.len > 0 ? ", " : "", TL_FMT(tl_str_cut(field, SHOWN_BYTES)));
	if (message.len > 0)
		tl_buf_printf(&words, "%s%.*s", node.len + field.len > 0 ? ": " : "", TL_FMT(tl_str_cut(message, SHOWN_BYTES)));
	if (tl_str_find(tl_buf_view(buf), tl_buf_view(&words), 0) == SIZE_MAX)
		tl_buf_printf(buf, "%s%s", buf->len > 0 ? "; " : "", words.data);
	tl_buf_clear(&words);
}

/* The entries of `errors` and `details`: the first ones. */
static void add_entries(struct tl_buf *buf, const struct tl_item *list)
{
	unsigned n = 0;

	if (!list || list->kind != TL_LIST)
		return;
	for (const struct tl_item *item = list->first; item && n < 5; item = item->next, n++) {
		if (item->kind == TL_MAP)
			add_words(buf, item, true);
	}
}

void tl_genesys_complaint(struct tl_str *code, struct tl_str *text, struct tl_arena *arena, struct tl_str body)
{
	struct tl_error ignored;
	struct tl_buf buf = { 0 };
	struct tl_doc *doc;

	*code = *text = TL_STR("");
	if (tl_json_parse(&doc, TL_STR("answer"), body, &ignored) != 0)
		return;
	if (doc->root && doc->root->kind == TL_MAP) {
		*code = tl_arena_dup(arena, tl_item_text(doc->root, "code"));
		add_words(&buf, doc->root, false);
		add_entries(&buf, tl_item_get(doc->root, "errors"));
		add_entries(&buf, tl_item_get(doc->root, "details"));
		if (buf.len == 0)
			tl_buf_str(&buf, tl_str_cut(tl_item_text(doc->root, "message"), SHOWN_BYTES));
		*text = tl_arena_dup(arena, tl_buf_view(&buf));
	}
	tl_buf_clear(&buf);
	tl_doc_free(doc);
}

static int read_text(struct tl_str *out, struct tl_arena *arena, const struct tl_item *map, const char *key, struct tl_str what,
                     struct tl_error *err)
{
	const struct tl_item *item;

	if (tl_genesys_member_maybe(&item, map, key, TL_STRING, what, err) != 0)
		return -1;
	*out = item ? tl_arena_dup(arena, item->text) : TL_STR("");
	return 0;
}

int tl_genesys_finding(struct tl_remote_finding *out, struct tl_arena *arena, const struct tl_item *item, struct tl_str what,
                       struct tl_error *err)
{
	*out = (struct tl_remote_finding){ 0 };
	if (item->kind == TL_STRING) {
		out->message = tl_arena_dup(arena, item->text);
		return 0;
	}
	if (item->kind != TL_MAP)
		return tl_genesys_bad(err, what, "%s stands among the findings", kind_table[item->kind]);
	if (read_text(&out->node, arena, item, "nodeId", what, err) != 0 || read_text(&out->field, arena, item, "field", what, err) != 0 ||
	    read_text(&out->code, arena, item, "code", what, err) != 0)
		return -1;
	return read_text(&out->message, arena, item, "message", what, err);
}

void tl_genesys_fill_call(struct tl_remote_call *call, struct tl_arena *arena, const struct tl_api_answer *answer)
{
	*call = (struct tl_remote_call){
		.status = answer->status,
		.attempts = answer->attempts,
		.latency_ms = answer->latency_ms,
		.correlation = tl_arena_dup(arena, answer->correlation),
	};
}

int tl_genesys_read_text(struct tl_str *out, struct tl_arena *arena, const struct tl_item *map, const char *key, bool must,
                         struct tl_str what, struct tl_error *err)
{
	const struct tl_item *item;
	int ret = must ? tl_genesys_member(&item, map, key, TL_STRING, what, err) : tl_genesys_member_maybe(&item, map, key, TL_STRING, what, err);

	if (ret != 0)
		return -1;
	*out = item ? tl_arena_dup(arena, item->text) : TL_STR("");
	return 0;
}

int tl_genesys_read_map(const struct tl_item **out, struct tl_arena *arena, const struct tl_item *map, const char *key, struct tl_str what,
                        struct tl_error *err)
{
	const struct tl_item *item;

	if (tl_genesys_member_maybe(&item, map, key, TL_MAP, what, err) != 0)
		return -1;
	*out = item ? tl_item_dup(arena, item) : NULL;
	return 0;
}
