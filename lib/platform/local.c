/* platform/local.c: the platform that needs no server and no account: the driver over local_store.h. */
#include <stdlib.h>

#include "dialect/dialect.h"
#include "doc/json.h"
#include "platform/drivers.h"
#include "platform/local_store.h"

/* Between two looks at a publish of the same flow that is under way. */
#define PUBLISHING_POLL_MS 250

struct local {
	struct tl_local_store *store;
	const struct tl_clock *clock;
	int (*stopped)(void);
};

static void local_close(void *state)
{
	struct local *local = state;

	tl_local_store_close(local->store);
	free(local);
}

static int local_open(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	struct local *local = tl_alloc_zero(1, sizeof(*local));

	local->clock = config->clock;
	local->stopped = config->stopped;
	if (tl_local_store_open(&local->store, config->database, config->clock, false, err) != 0) {
		local_close(local);
		return -1;
	}
	*state = local;
	return 0;
}

static int local_list(struct tl_remotes *out, struct tl_arena *arena, void *state, size_t expected, struct tl_error *err)
{
	(void)expected;
	return tl_local_store_list(out, arena, ((struct local *)state)->store, err);
}

static int local_get(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	return tl_local_store_get(out, arena, ((struct local *)state)->store, id, err);
}

static int local_version(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, int64_t version,
                         struct tl_error *err)
{
	return tl_local_store_version(out, arena, ((struct local *)state)->store, id, version, err);
}

static int local_versions(struct tl_remotes *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	return tl_local_store_versions(out, arena, ((struct local *)state)->store, id, err);
}

/* Compiles outside of the transaction, so that others wait as short as can be. `buf` holds the content. */
static int prepare(struct tl_local_write *write, struct tl_buf *buf, struct tl_arena *arena, const struct tl_put *put, struct tl_error *err)
{
	struct tl_item *wire;

	if (tl_wire_write(&wire, arena, put->flow, err) != 0)
		return -1;
	tl_json_canonical(buf, wire);
	if (buf->overflow)
		return tl_error_set(err, TL_LIMIT, "flow '%.*s' is too large to be published", TL_FMT(put->flow->id.text));
	write->name = tl_remote_name(put->flow);
	write->title = tl_item_text(wire, "name");
	write->content = tl_buf_view(buf);
	write->version = put->version;
	write->status = put->publish ? TL_STATUS_PUBLISHED : TL_STATUS_DRAFT;
	return 0;
}

/* Waits for a publish that is under way. */
static int write_waiting(struct local *local, struct tl_arena *arena, struct tl_local_write *write, const struct tl_put *put, struct tl_error *err)
{
	const struct tl_clock *clock = local->clock;
	int64_t deadline = clock->monotonic_ms(clock->data) + tl_put_wait_ms(put), left;

	for (;;) {
		if (tl_local_store_write(write, arena, local->store, err) == 0)
			return 0;
		left = deadline - clock->monotonic_ms(clock->data);
		if (!write->busy)
			return -1;
		if (left <= 0)
			return tl_put_waited(err, put, write->name);
		if (tl_clock_rest(clock, left < PUBLISHING_POLL_MS ? left : PUBLISHING_POLL_MS, local->stopped) != 0)
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
	}
}

/* What the platform answers to a write: the flow as this write left it. */
static struct tl_remote answer(struct tl_arena *arena, const struct tl_local_write *write)
{
	return (struct tl_remote){
		.id = tl_arena_dup(arena, write->id),
		.name = tl_arena_dup(arena, write->name),
		.title = tl_arena_dup(arena, write->title),
		.version = write->version,
		.published_version = write->published,
		.status = write->status,
		.reached_published = write->status == TL_STATUS_PUBLISHED,
		.written_ms = write->written_ms,
	};
}

static int write_flow(struct tl_remote *out, struct tl_arena *arena, struct local *local, struct tl_str id, const struct tl_put *put,
                      struct tl_error *err)
{
	struct tl_local_write write = { .id = id };
	struct tl_arena scratch = { 0 };
	struct tl_buf buf = { 0 };
	int ret = -1;

	if (prepare(&write, &buf, &scratch, put, err) != 0)
		goto out;
	ret = write_waiting(local, arena, &write, put, err);
	if (ret == 0)
		*out = answer(arena, &write);
out:
	tl_buf_clear(&buf);
	tl_arena_clear(&scratch);
	return ret;
}

static int local_create(struct tl_remote *out, struct tl_arena *arena, void *state, const struct tl_put *put, struct tl_error *err)
{
	return write_flow(out, arena, state, TL_STR(""), put, err);
}

static int local_put(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_put *put,
                     struct tl_error *err)
{
	return write_flow(out, arena, state, id, put, err);
}

const struct tl_driver tl_driver_local = {
	.name = "local",
	.can = TL_CAN_COMPARE_AND_SET | TL_CAN_EXPORT,
	.dialects = 1u << TL_DIALECT_NATIVE | 1u << TL_DIALECT_WIRE,
	.open = local_open,
	.close = local_close,
	.list = local_list,
	.get = local_get,
	.version = local_version,
	.versions = local_versions,
	.create = local_create,
	.put = local_put,
};
