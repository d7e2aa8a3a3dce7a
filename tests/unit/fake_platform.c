/* tests/unit/fake_platform.c: versions in arrays under one lock. */
#include "fake_platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "dialect/dialect.h"
#include "doc/json.h"
#include "unit.h"

struct fake_platform fake;

void fake_reset(void)
{
	tl_arena_clear(&fake.arena);
	fake = (struct fake_platform){ .lock = PTHREAD_MUTEX_INITIALIZER };
}

static int fake_open(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	(void)config;
	(void)err;
	*state = &fake;
	return 0;
}

static void fake_close(void *state)
{
	(void)state;
}

/* A request arrives; the lock is held from here until leave(). */
static void enter(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.requests++;
	fake.in_flight++;
	if (fake.in_flight > fake.most_in_flight)
		fake.most_in_flight = fake.in_flight;
	if (fake.latency_us == 0)
		return;
	pthread_mutex_unlock(&fake.lock);
	usleep(fake.latency_us);
	pthread_mutex_lock(&fake.lock);
}

static int leave(int ret)
{
	fake.in_flight--;
	pthread_mutex_unlock(&fake.lock);
	return ret;
}

static struct fake_fault *fault_of(struct tl_str name)
{
	for (size_t i = 0; i < TL_COUNT(fake.faults); i++) {
		if (fake.faults[i].name && tl_str_is(name, fake.faults[i].name))
			return &fake.faults[i];
	}
	return NULL;
}

/* Time passes for a deployment with each look at it. */
static void move_on(struct fake_flow *flow)
{
	struct fake_version *last = &flow->versions[flow->version - 1];
	struct fake_fault *fault = fault_of(last->name);

	if (last->status != TL_STATUS_PUBLISHING || (fault && fault->deployment_hangs))
		return;
	if (flow->looks_left > 0 && --flow->looks_left > 0)
		return;
	if (fault && fault->deployment_fails) {
		last->status = TL_STATUS_FAILED;
		fault->deployment_fails = --fault->times != 0;
		return;
	}
	last->status = TL_STATUS_PUBLISHED;
	last->reached = true;
	flow->published = flow->version;
}

static struct tl_remote remote_of(struct tl_arena *arena, const struct fake_flow *flow, int64_t version, bool content)
{
	const struct fake_version *of = &flow->versions[version - 1];
	const struct fake_fault *fault = fault_of(of->name);

	return (struct tl_remote){
		.id = tl_arena_dup(arena, flow->id),
		.name = tl_arena_dup(arena, of->name),
		.version = version,
		.published_version = fault && fault->claims ? flow->version : flow->published,
		.status = of->status,
		.reached_published = of->reached,
		.reason = of->status == TL_STATUS_FAILED ? TL_STR("no licence") : TL_STR(""),
		.content = content ? tl_arena_dup(arena, of->content) : (struct tl_str){ NULL, 0 },
	};
}

static int compare_remotes(const void *a, const void *b)
{
	return tl_str_compare(((const struct tl_remote *)a)->name, ((const struct tl_remote *)b)->name);
}

static int fake_list(struct tl_remotes *out, struct tl_arena *arena, void *state, size_t expected, struct tl_error *err)
{
	(void)expected;
	(void)state;
	(void)err;
	enter();
	fake.lists++;
	out->items = TL_ARENA_ARRAY(arena, struct tl_remote, fake.n_flows);
	for (size_t i = 0; i < fake.n_flows; i++) {
		if (fake.flows[i].gone)
			continue;
		move_on(&fake.flows[i]);
		out->items[out->count++] = remote_of(arena, &fake.flows[i], fake.flows[i].version, false);
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), compare_remotes);
	return leave(0);
}

static struct fake_flow *find_id(struct tl_str id, struct tl_error *err)
{
	for (size_t i = 0; i < fake.n_flows; i++) {
		if (tl_str_equal(fake.flows[i].id, id) && !fake.flows[i].gone)
			return &fake.flows[i];
	}
	tl_error_set(err, TL_NOT_FOUND, "the platform has no flow '%.*s'", TL_FMT(id));
	return NULL;
}

static int fake_get(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	struct fake_flow *flow;

	(void)state;
	enter();
	fake.gets++;
	flow = find_id(id, err);
	if (!flow)
		return leave(-1);
	move_on(flow);
	*out = remote_of(arena, flow, flow->version, true);
	return leave(0);
}

static int fake_version(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, int64_t version, struct tl_error *err)
{
	struct fake_flow *flow;

	(void)state;
	enter();
	flow = find_id(id, err);
	if (!flow)
		return leave(-1);
	if (version > flow->version)
		return leave(tl_error_set(err, TL_NOT_FOUND, "no version %" PRId64, version));
	*out = remote_of(arena, flow, version, true);
	return leave(0);
}

static int fake_versions(struct tl_remotes *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	struct fake_flow *flow;

	(void)state;
	enter();
	flow = find_id(id, err);
	if (!flow)
		return leave(-1);
	out->items = TL_ARENA_ARRAY(arena, struct tl_remote, (size_t)flow->version);
	for (int64_t version = flow->version; version > 0; version--)
		out->items[out->count++] = remote_of(arena, flow, version, false);
	return leave(0);
}

static void note(struct tl_str name, bool publish)
{
	size_t len = strlen(fake.written);

	if (len + name.len + 4 < sizeof(fake.written))
		snprintf(fake.written + len, sizeof(fake.written) - len, "%.*s%s ", TL_FMT(name), publish ? "" : "?");
}

/* The next version of the flow. */
static void add_version(struct fake_flow *flow, struct tl_str name, struct tl_str content, bool publish)
{
	struct fake_version *next = &flow->versions[flow->version++];

	assert_true(flow->version <= FAKE_VERSIONS);
	*next = (struct fake_version){ tl_arena_dup(&fake.arena, name), tl_arena_dup(&fake.arena, content), TL_STATUS_DRAFT, false };
	fake.writes++;
	note(name, publish);
	if (!publish)
		return;
	next->status = TL_STATUS_PUBLISHING;
	flow->looks_left = fake.looks;
	if (fake.looks == 0)
		move_on(flow);
}

/* The content as it is kept. */
static void compile(struct tl_buf *buf, const struct tl_flow *flow)
{
	struct tl_arena arena = { 0 };
	struct tl_item *wire;
	struct tl_error err;

	assert_int_equal(tl_wire_write(&wire, &arena, flow, &err), 0);
	tl_json_canonical(buf, wire);
	tl_arena_clear(&arena);
}

/* The fault that this write meets, or TL_OK. */
static struct fake_fault *meet_fault(struct tl_str name)
{
	struct fake_fault *fault = fault_of(name);

	if (!fault || fault->code == TL_OK || fault->times < 0)
		return NULL;
	if (fault->times > 0 && --fault->times == 0)
		fault->times = -1;
	return fault;
}

/* Somebody else publishes what the first version said. */
static void intrude(struct fake_flow *flow, struct tl_str name)
{
	add_version(flow, name, flow->versions[0].content, true);
	flow->versions[flow->version - 1].status = TL_STATUS_PUBLISHED;
	flow->versions[flow->version - 1].reached = true;
	flow->published = flow->version;
}

/* What was just written is found to be replaced. */
static int overtake(struct fake_flow *flow, const struct tl_put *put, struct tl_error *err)
{
	flow->versions[flow->version - 1].reached = put->publish;
	intrude(flow, tl_remote_name(put->flow));
	put->call->took_effect = true;
	put->call->id = flow->id;
	return tl_error_set(err, TL_CONFLICT, "version %" PRId64 " was published, then replaced", put->version);
}

/* Writes where the fault lets it. */
static int write_version(struct tl_remote *out, struct tl_arena *arena, struct fake_flow *flow, const struct tl_put *put, struct tl_error *err)
{
	struct tl_str name = tl_remote_name(put->flow);
	const struct fake_fault *fault = meet_fault(name);
	struct tl_buf buf = { 0 };

	if (fault && fault->hides) {
		intrude(flow, name);
		put->call->settled = true;
	}
	if (!fault || fault->writes_first) {
		compile(&buf, put->flow);
		add_version(flow, name, tl_buf_view(&buf), put->publish);
		tl_buf_clear(&buf);
	}
	if (fault && fault->replaced)
		return overtake(flow, put, err);
	if (fault && put->call)
		put->call->status = fault->status;
	if (fault)
		return tl_error_set(err, fault->code, "a fault");
	*out = remote_of(arena, flow, flow->version, false);
	return 0;
}

static int fake_create(struct tl_remote *out, struct tl_arena *arena, void *state, const struct tl_put *put, struct tl_error *err)
{
	struct fake_flow *flow = &fake.flows[fake.n_flows];
	const struct fake_fault *fault;
	int ret;

	(void)state;
	enter();
	fake.free_names += put->name_is_free;
	if (fake_find(tl_arena_dup(&fake.arena, tl_remote_name(put->flow)).ptr))
		return leave(tl_error_set(err, TL_CONFLICT, "there is one of that name"));
	flow = &fake.flows[fake.n_flows];
	flow->id = tl_arena_printf(&fake.arena, "id-%zu", fake.n_flows);
	ret = write_version(out, arena, flow, put, err);
	if (flow->version > 0)
		fake.n_flows++;
	fault = fault_of(tl_remote_name(put->flow));
	if (fault && fault->twin) {
		put->call->may_have = fault->code == TL_CONFLICT;
		fake.flows[fake.n_flows] = *flow;
		fake.flows[fake.n_flows++].id = TL_STR("id-twin");
	}
	return leave(ret);
}

static int fake_put(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_put *put, struct tl_error *err)
{
	struct fake_flow *flow;

	(void)state;
	enter();
	flow = find_id(id, err);
	if (!flow)
		return leave(-1);
	if (put->version != flow->version + 1)
		return leave(tl_error_set(err, TL_CONFLICT, "flow is at version %" PRId64, flow->version));
	return leave(write_version(out, arena, flow, put, err));
}

static int list_scopes(struct tl_str **out, size_t *count, struct tl_arena *arena, const char *const *scopes)
{
	*count = 0;
	*out = TL_ARENA_ARRAY(arena, struct tl_str, 8);
	for (size_t i = 0; scopes && scopes[i]; i++)
		(*out)[(*count)++] = tl_str(scopes[i]);
	return 0;
}

static int fake_scopes(struct tl_str **out, size_t *count, struct tl_arena *arena, void *state, struct tl_str role, struct tl_error *err)
{
	(void)state;
	/* A token is not asked for once more. */
	if (role.len == 0)
		return list_scopes(out, count, arena, fake.granted);
	enter();
	if (tl_str_is(role, "nobody"))
		return leave(tl_error_set(err, TL_NOT_FOUND, "the platform has no role 'nobody'"));
	return leave(list_scopes(out, count, arena, fake.scopes));
}

static int fake_validate(struct tl_remote_findings *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_flow *flow,
                         struct tl_error *err)
{
	const struct fake_fault *fault = fault_of(tl_remote_name(flow));

	(void)state;
	(void)id;
	(void)err;
	enter();
	fake.validations++;
	out->valid = true;
	if (fault && fault->invalid) {
		out->valid = false;
		out->items = TL_ARENA_NEW(arena, struct tl_remote_finding);
		out->items[0] = (struct tl_remote_finding){ true, TL_STR("say"), TL_STR("prompt"), TL_STR("E42"), TL_STR("no such voice") };
		out->count = 1;
	}
	return leave(0);
}

struct fake_flow *fake_find(const char *name)
{
	for (size_t i = 0; i < fake.n_flows; i++) {
		struct fake_flow *flow = &fake.flows[i];

		if (!flow->gone && tl_str_is(flow->versions[flow->version - 1].name, name))
			return flow;
	}
	return NULL;
}

void fake_intrude(const char *name)
{
	struct fake_flow *flow;

	pthread_mutex_lock(&fake.lock);
	flow = fake_find(name);
	assert_non_null(flow);
	intrude(flow, tl_str(name));
	pthread_mutex_unlock(&fake.lock);
}

static const char *const needed_scopes[] = { "flow:view", "flow:edit", NULL };

const struct tl_driver fake_driver = {
	.name = "local",
	.can = TL_CAN_COMPARE_AND_SET | TL_CAN_EXPORT | TL_CAN_PARALLEL | TL_CAN_ROLES | TL_CAN_VALIDATE,
	.dialects = 1u << TL_DIALECT_NATIVE | 1u << TL_DIALECT_WIRE,
	.open = fake_open,
	.close = fake_close,
	.list = fake_list,
	.get = fake_get,
	.version = fake_version,
	.versions = fake_versions,
	.create = fake_create,
	.put = fake_put,
	.scopes = fake_scopes,
	.validate = fake_validate,
	.publish_scopes = needed_scopes,
	.role_scope = "authorization:read",
};
