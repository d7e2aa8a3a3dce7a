/* platform/genesys_write.c: one write to the platform: what is sent, how a send ended, and what became of one whose answer was lost. Nothing is guessed: a
 * write counts as done only where its content was read back as the version that it makes. */
#include <inttypes.h>

#include "doc/json.h"
#include "flow/canonical.h"
#include "platform/genesys.h"

#define PAUSE_MS 250
#define PAUSE_MAX_MS 5000

/* ---- what is sent */

static struct tl_item *number_item(struct tl_arena *arena, int64_t number)
{
	return tl_item_number(arena, (double)number);
}

/* The body: what the flow is, and what it becomes. */
static struct tl_str make_body(struct tl_genesys_write *write, const struct tl_item *wire)
{
	struct tl_item *body = tl_item_copy(&write->arena, wire);

	if (write->id.len > 0)
		tl_item_put(body, TL_STR("id"), tl_item_string(&write->arena, write->id));
	tl_item_put(body, TL_STR("version"), number_item(&write->arena, write->put->version));
	tl_item_put(body, TL_STR("status"), tl_item_string(&write->arena, tl_str(write->put->publish ? "published" : "draft")));
	return tl_genesys_text(&write->arena, body);
}

int tl_genesys_write_init(struct tl_genesys_write *write, struct tl_genesys *genesys, struct tl_str id, const struct tl_put *put,
                          struct tl_error *err)
{
	struct tl_item *wire;

	*write = (struct tl_genesys_write){ .genesys = genesys, .put = put, .id = id, .path = TL_STR(TL_GENESYS_FLOWS) };
	if (put->call)
		*put->call = (struct tl_remote_call){ 0 };
	if (id.len > 0 && tl_genesys_path(&write->path, &write->arena, id, "", err) != 0)
		return -1;
	if (tl_genesys_compile(&wire, &write->arena, put->flow, err) != 0)
		return -1;
	write->content = tl_genesys_text(&write->arena, wire);
	write->title = tl_item_text(wire, "name");
	if (write->title.len > TL_GENESYS_NAME_BYTES)
		return tl_error_set(err, TL_REFUSED, "the flow's name is longer than 1,024 bytes: '%.*s…'", TL_FMT(tl_str_cut(write->title, 60)));
	write->body = make_body(write, wire);
	write->what = tl_arena_printf(&write->arena, "%s %.*s", id.len > 0 ? "PUT" : "POST", TL_FMT(write->path));
	return 0;
}

void tl_genesys_write_clear(struct tl_genesys_write *write)
{
	tl_arena_clear(&write->arena);
}

int64_t tl_genesys_pause_ms(unsigned n)
{
	int64_t ms = PAUSE_MS;

	while (n-- > 1 && ms < PAUSE_MAX_MS)
		ms *= 2;
	return ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
}

int tl_genesys_pause(struct tl_genesys *genesys, unsigned n, struct tl_error *err)
{
	return tl_genesys_sleep(genesys, tl_genesys_pause_ms(n), err);
}

/* ---- how it ended */

static enum tl_genesys_end conflict(struct tl_genesys_write *write, struct tl_error *err)
{
	struct tl_str code, text;

	tl_genesys_complaint(&code, &text, &write->arena, write->answer.body);
	if (tl_str_is(code, "operation.in.progress")) {
		tl_error_set(err, TL_TIMED_OUT, "flow '%.*s' is still being published", TL_FMT(write->title));
		return write->unsure ? TL_GENESYS_UNSURE : TL_GENESYS_BUSY;
	}
	if (write->id.len == 0)
		tl_error_set(err, TL_CONFLICT, "the platform has a flow '%.*s' already, or will not have another one of that name%s%.*s",
		             TL_FMT(write->title), text.len > 0 ? ": " : "", TL_FMT(text));
	else
		tl_error_set(err, TL_CONFLICT, "flow '%.*s' is not at version %" PRId64 " on the platform: somebody else changed it%s%.*s",
		             TL_FMT(write->title), write->put->version - 1, text.len > 0 ? ": " : "", TL_FMT(text));
	return write->unsure ? TL_GENESYS_UNSURE : TL_GENESYS_REFUSED;
}

static enum tl_genesys_end invalid(struct tl_genesys_write *write, struct tl_error *err)
{
	struct tl_str code, text;

	tl_genesys_complaint(&code, &text, &write->arena, write->answer.body);
	tl_error_set(err, TL_REFUSED, "the platform refuses flow '%.*s' (%d): %.*s", TL_FMT(write->title), write->answer.status,
	             TL_FMT(text.len > 0 ? text : TL_STR("it does not say why")));
	return write->unsure ? TL_GENESYS_UNSURE : TL_GENESYS_REFUSED;
}

/* After a send that got no answer which settles it. Only what certainly never took effect is over. */
static enum tl_genesys_end failed(const struct tl_genesys_write *write, const struct tl_error *why)
{
	const struct tl_api_answer *answer = &write->answer;
	bool taken = answer->fate == TL_HTTP_LOST || answer->status >= 500 || (answer->status >= 200 && answer->status < 300);

	return write->unsure || taken || why->code == TL_LOST ? TL_GENESYS_UNSURE : TL_GENESYS_REFUSED;
}

static enum tl_genesys_end gone(struct tl_genesys_write *write, struct tl_error *err)
{
	tl_error_set(err, TL_NOT_FOUND, "the platform has no flow '%.*s' any more", TL_FMT(write->id));
	return write->unsure ? TL_GENESYS_UNSURE : TL_GENESYS_REFUSED;
}

static enum tl_genesys_end judge(struct tl_remote *out, struct tl_arena *arena, struct tl_genesys_write *write, struct tl_error *err)
{
	switch (write->answer.status) {
	case 409:
	case 412:
		return conflict(write, err);
	case 400:
	case 422:
		return invalid(write, err);
	case 404:
		return gone(write, err);
	default:
		break;
	}
	if (tl_genesys_flow_of(out, arena, &write->answer, TL_GENESYS_LISTED, write->id, write->put->version, write->what, err) == 0)
		return TL_GENESYS_WRITTEN;
	/* It says that it was written and then something else: look for ourselves. */
	return TL_GENESYS_UNSURE;
}

enum tl_genesys_end tl_genesys_write_send(struct tl_remote *out, struct tl_arena *arena, struct tl_genesys_write *write, struct tl_error *err)
{
	bool create = write->id.len == 0;
	struct tl_error why = { 0 };
	struct tl_api_request request = {
		.method = create ? "POST" : "PUT",
		.path = write->path,
		.body = write->body,
		.if_match = create ? TL_STR("") : tl_arena_printf(&write->arena, "\"%" PRId64 "\"", write->put->version - 1),
		.again = create ? TL_AGAIN_NEVER : TL_AGAIN_GUARDED,
		.ready = write->put->ready,
		.still = write->put->still,
		.data = write->put->data,
		.accept_conflict = true,
		.accept_missing = !create,
		.accept_invalid = true,
	};
	enum tl_genesys_end end;
	int ret;

	/* Whatever was sent, an answer that is not filled in by a sender that failed early says nothing. */
	write->answer = (struct tl_api_answer){ 0 };
	ret = write->genesys->send(&write->answer, &write->arena, write->genesys->data, &request, &why);
	write->sends += write->answer.attempts;
	write->unsure = write->unsure || write->answer.repeated;
	end = ret == 0 ? judge(out, arena, write, &why) : failed(write, &why);
	if (end == TL_GENESYS_UNSURE)
		write->unsure = true;
	if (end != TL_GENESYS_WRITTEN && err)
		*err = why;
	return end;
}

void tl_genesys_write_record(struct tl_genesys_write *write, struct tl_arena *arena, bool settled)
{
	struct tl_remote_call *call = write->put->call;
	struct tl_str code;

	if (!call)
		return;
	tl_genesys_fill_call(call, arena, &write->answer);
	call->attempts = write->sends;
	call->settled = settled;
	call->took_effect = write->beaten_id.len > 0;
	call->may_have = write->several;
	if (write->answer.status == 409 || write->answer.status == 412)
		tl_genesys_complaint(&code, &call->complaint, arena, write->answer.body);
	call->id = tl_arena_dup(arena, write->beaten_id);
	if (write->id.len > 0)
		call->etag_used = tl_arena_printf(arena, "\"%" PRId64 "\"", write->put->version - 1);
}

/* ---- what became of it */

const char *tl_genesys_write_doubt(const struct tl_genesys_write *write)
{
	const struct tl_api_answer *answer = &write->answer;
	bool whole = answer->fate == TL_HTTP_ANSWERED && answer->status >= 200 && answer->status < 300;

	return whole ? "the platform took it, but its answer cannot be understood" : "the answer was lost";
}

static int lost(const struct tl_genesys_write *write, struct tl_error *err)
{
	struct tl_error why = *err;

	return tl_error_set(err, TL_LOST, "whether version %" PRId64 " of flow '%.*s' was written is not known: %s, and it cannot be read back: %s",
	                    write->put->version, TL_FMT(write->title), tl_genesys_write_doubt(write), why.message);
}

/* Whether a version's content is what this write sent: byte for byte in canonical form, or by the model. */
static bool is_ours(const struct tl_genesys_write *write, const struct tl_remote *there)
{
	char theirs[TL_SHA256_SIZE], ours[TL_SHA256_SIZE];
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_flow *flow;
	struct tl_error ignored;

	if (tl_str_equal(there->content, write->content))
		return true;
	if (tl_remote_read(&flow, there, &lower, &ignored) != 0)
		return false;
	tl_flow_digest(theirs, flow, NULL);
	tl_flow_digest(ours, write->put->flow, NULL);
	tl_flow_free(flow);
	return tl_str_equal(tl_str(theirs), tl_str(ours));
}

/* The last version is above the base: whose is the one that this write makes? */
static int settle_above(struct tl_remote *out, struct tl_arena *arena, struct tl_genesys_write *write, const struct tl_remote *now,
                        struct tl_error *err)
{
	int64_t version = write->put->version;
	struct tl_remote there;

	if (tl_genesys_flow_version(&there, &write->arena, write->genesys, now->id, version, err) != 0)
		return lost(write, err);
	/* Where a platform looks at no base, what was sent may stand on top of it. */
	if (!is_ours(write, &there) && is_ours(write, now))
		return tl_error_set(err, TL_CONFLICT, "version %" PRId64 " of flow '%.*s' on the platform is somebody else's, and version %" PRId64
		                    ", which says what was sent, hides it", version, TL_FMT(write->title), now->version);
	if (!is_ours(write, &there))
		return tl_error_set(err, TL_CONFLICT, "version %" PRId64 " of flow '%.*s' on the platform is somebody else's: ours was not written", version,
		                    TL_FMT(write->title));
	if (now->version > version) {
		write->beaten_id = now->id;
		return tl_error_set(err, TL_CONFLICT, "version %" PRId64 " of flow '%.*s' was %s, then replaced: somebody else wrote version %" PRId64
		                    " on top of it", version, TL_FMT(write->title), write->put->publish ? "published" : "written", now->version);
	}
	*out = *now;
	out->id = tl_arena_dup(arena, now->id);
	out->name = tl_arena_dup(arena, now->name);
	out->title = tl_arena_dup(arena, now->title);
	out->reason = tl_arena_dup(arena, now->reason);
	out->content = (struct tl_str){ NULL, 0 };
	return 0;
}

int tl_genesys_settle(struct tl_remote *out, struct tl_arena *arena, struct tl_genesys_write *write, struct tl_error *err)
{
	int64_t base = write->put->version - 1;
	struct tl_error why = { 0 };
	struct tl_remote now;
	int ret;

	if (tl_genesys_flow_get(&now, &write->arena, write->genesys, write->id, &why) != 0) {
		ret = why.code == TL_NOT_FOUND ? -1 : lost(write, &why);
	} else if (now.version == base) {
		return 1;
	} else if (now.version < base) {
		ret = tl_error_set(&why, TL_CONFLICT, "flow '%.*s' is at version %" PRId64 " on the platform, which is older than what was planned on",
		                   TL_FMT(write->title), now.version);
	} else {
		ret = settle_above(out, arena, write, &now, &why);
	}
	if (ret != 0 && err)
		*err = why;
	return ret;
}
