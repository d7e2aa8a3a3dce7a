/* platform/platform.c: the table of drivers, and the way from the interface to the driver. */
#include "platform/platform.h"

#include <assert.h>
#include <stdlib.h>

#include "dialect/dialect.h"
#include "flow/canonical.h"
#include "platform/drivers.h"

/* Threads that wait for the jobs of a platform. */
#define READERS_A_REQUEST 16
#define READERS_MOST 512
/* One request is made ready, or its answer read, while another is under way. */
#define THREADS_A_REQUEST 2

static const struct tl_driver *const driver_table[] = {
	&tl_driver_local,
	&tl_driver_genesys,
	&tl_driver_cxone,
	&tl_driver_architect,
};

struct tl_platform {
	const struct tl_driver *driver;
	void *state;
};

static const struct tl_driver *find_driver(struct tl_str name)
{
	for (size_t i = 0; i < TL_COUNT(driver_table); i++) {
		if (tl_str_is(name, driver_table[i]->name))
			return driver_table[i];
	}
	return NULL;
}

int tl_platform_open(struct tl_platform **out, const struct tl_platform_config *config, struct tl_error *err)
{
	struct tl_str name = config->environment->platform;
	const struct tl_driver *driver = find_driver(name);

	*out = NULL;
	if (!driver)
		return tl_error_set(err, TL_USAGE, "environment '%.*s': there is no platform '%.*s'", TL_FMT(config->environment->name),
		                    TL_FMT(name));
	return tl_platform_open_driver(out, driver, config, err);
}

int tl_platform_open_driver(struct tl_platform **out, const struct tl_driver *driver, const struct tl_platform_config *config,
                            struct tl_error *err)
{
	struct tl_platform *platform;

	*out = NULL;
	platform = tl_alloc_zero(1, sizeof(*platform));
	platform->driver = driver;
	if (driver->open(&platform->state, config, err) == 0) {
		*out = platform;
		return 0;
	}
	free(platform);
	return -1;
}

void tl_platform_close(struct tl_platform *platform)
{
	if (!platform)
		return;
	platform->driver->close(platform->state);
	free(platform);
}

void tl_platform_warm(struct tl_platform *platform)
{
	if (platform->driver->warm)
		platform->driver->warm(platform->state);
}

const char *tl_platform_name(const struct tl_platform *platform)
{
	return platform->driver->name;
}

bool tl_platform_can(const struct tl_platform *platform, unsigned what)
{
	return (platform->driver->can & what) == what;
}

unsigned tl_platform_readers(const struct tl_platform *platform, unsigned requests)
{
	if (requests > 1 && tl_platform_can(platform, TL_CAN_QUEUE))
		return requests * THREADS_A_REQUEST;
	if (!tl_platform_can(platform, TL_CAN_LOCK | TL_CAN_PARALLEL) || requests < 2)
		return requests;
	return requests * READERS_A_REQUEST < READERS_MOST ? requests * READERS_A_REQUEST : READERS_MOST;
}

int tl_platform_takes(const struct tl_platform *platform, enum tl_dialect dialect, struct tl_error *err)
{
	if (platform->driver->dialects & 1u << dialect)
		return 0;
	if (dialect == TL_DIALECT_ARCHITECT)
		return tl_error_set(err, TL_UNSUPPORTED, "an Architect flow can be checked and compared, but the platform '%s' takes only native and "
		                    "wire flows ('architect' takes this one): name the files to publish, or leave this one out of 'flows' in trunkline.yaml",
		                    platform->driver->name);
	return tl_error_set(err, TL_UNSUPPORTED, "the platform '%s' takes only Architect files: name the files to publish, or leave this one out of 'flows' in "
	                    "trunkline.yaml", platform->driver->name);
}

int tl_platform_list(struct tl_remotes *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_error *err)
{
	return tl_platform_list_about(out, arena, platform, 0, err);
}

int tl_platform_list_about(struct tl_remotes *out, struct tl_arena *arena, struct tl_platform *platform, size_t expected, struct tl_error *err)
{
	*out = (struct tl_remotes){ 0 };
	return platform->driver->list(out, arena, platform->state, expected, err);
}

int tl_platform_get(struct tl_remote *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id, struct tl_error *err)
{
	*out = (struct tl_remote){ 0 };
	return platform->driver->get(out, arena, platform->state, id, err);
}

int tl_platform_version(struct tl_remote *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id, int64_t version,
                        struct tl_error *err)
{
	*out = (struct tl_remote){ 0 };
	return platform->driver->version(out, arena, platform->state, id, version, err);
}

int tl_platform_versions(struct tl_remotes *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id,
                         struct tl_error *err)
{
	*out = (struct tl_remotes){ 0 };
	return platform->driver->versions(out, arena, platform->state, id, err);
}

int tl_platform_create(struct tl_remote *out, struct tl_arena *arena, struct tl_platform *platform, const struct tl_put *put,
                       struct tl_error *err)
{
	*out = (struct tl_remote){ 0 };
	assert(put->version == 1);
	if (tl_platform_takes(platform, put->flow->dialect, err) != 0)
		return -1;
	return platform->driver->create(out, arena, platform->state, put, err);
}

int64_t tl_put_wait_ms(const struct tl_put *put)
{
	return put->wait_ms > 0 ? put->wait_ms : TL_PUT_WAIT_MS;
}

int tl_put_waited(struct tl_error *err, const struct tl_put *put, struct tl_str title)
{
	struct tl_arena arena = { 0 };

	tl_error_set(err, TL_TIMED_OUT, "flow '%.*s' is still being published after %.*s, so version %s was not written: a longer '--timeout' waits on for it",
	             TL_FMT(title), TL_FMT(tl_duration_format(&arena, tl_put_wait_ms(put))), tl_version_shown(put->version).text);
	tl_arena_clear(&arena);
	return -1;
}

int tl_platform_put(struct tl_remote *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id,
                    const struct tl_put *put, struct tl_error *err)
{
	*out = (struct tl_remote){ 0 };
	if (tl_platform_takes(platform, put->flow->dialect, err) != 0)
		return -1;
	return platform->driver->put(out, arena, platform->state, id, put, err);
}

static int cannot(const struct tl_platform *platform, const char *what, struct tl_error *err)
{
	return tl_error_set(err, TL_UNSUPPORTED, "the platform '%s' cannot %s", platform->driver->name, what);
}

int tl_platform_scopes(struct tl_str **out, size_t *count, struct tl_arena *arena, struct tl_platform *platform, struct tl_str role,
                       struct tl_error *err)
{
	*out = NULL;
	*count = 0;
	if (!platform->driver->scopes)
		return cannot(platform, "say what a role may do", err);
	return platform->driver->scopes(out, count, arena, platform->state, role, err);
}

const char *const *tl_platform_publish_scopes(const struct tl_platform *platform)
{
	return platform->driver->publish_scopes;
}

const char *const *tl_platform_view_scopes(const struct tl_platform *platform)
{
	return platform->driver->view_scopes;
}

const char *tl_platform_role_scope(const struct tl_platform *platform)
{
	return platform->driver->role_scope;
}

int tl_platform_validate(struct tl_remote_findings *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id,
                         const struct tl_flow *flow, struct tl_error *err)
{
	*out = (struct tl_remote_findings){ 0 };
	if (!platform->driver->validate)
		return cannot(platform, "judge a flow", err);
	return platform->driver->validate(out, arena, platform->state, id, flow, err);
}

int tl_platform_simulate(struct tl_remote_run *out, struct tl_arena *arena, struct tl_platform *platform,
                         const struct tl_remote_run_request *request, struct tl_error *err)
{
	*out = (struct tl_remote_run){ 0 };
	if (!platform->driver->simulate)
		return cannot(platform, "simulate a call", err);
	return platform->driver->simulate(out, arena, platform->state, request, err);
}

const struct tl_simulation_limits *tl_platform_simulation_limits(const struct tl_platform *platform)
{
	return platform->driver->limits;
}

static int check_count(size_t count, size_t limit, const char *what, struct tl_error *err)
{
	if (limit == 0 || count <= limit)
		return 0;
	return tl_error_set(err, TL_LIMIT, "it has %zu %s, and the platform's simulator takes at most %zu", count, what, limit);
}

int tl_simulation_check(const struct tl_simulation_limits *limits, const struct tl_remote_run_request *request, struct tl_error *err)
{
	if (!limits)
		return 0;
	if (limits->keys_alone && (request->kind == TL_REMOTE_CHAT || request->transcript.len > 0))
		return tl_error_set(err, TL_UNSUPPORTED, "the platform's simulator takes keys alone, neither speech nor messages");
	if (limits->keys_alone && request->phone_number.len + request->name.len > 0)
		return tl_error_set(err, TL_UNSUPPORTED, "a caller cannot be given to the platform's simulator");
	if (check_count(request->n_inputs, limits->inputs, "DTMF steps", err) != 0 ||
	    check_count(request->variables ? request->variables->count : 0, limits->variables, "variables", err) != 0 ||
	    check_count(request->n_media, limits->media, "media references", err) != 0)
		return -1;
	return check_count(request->longest, limits->longest, "nodes on its flow's longest acyclic path", err);
}

int tl_platform_publishes(const struct tl_platform *platform, struct tl_error *err)
{
	return platform->driver->unpublished ? tl_error_set(err, TL_UNSUPPORTED, "%s", platform->driver->unpublished) : 0;
}

size_t tl_platform_name_bytes(const struct tl_platform *platform)
{
	return platform->driver->name_bytes > 0 ? platform->driver->name_bytes : SIZE_MAX;
}

int tl_platform_interaction(struct tl_interaction *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id, struct tl_error *err)
{
	*out = (struct tl_interaction){ .attributes = NULL };
	if (!platform->driver->interaction)
		return cannot(platform, "show interactions", err);
	return platform->driver->interaction(out, arena, platform->state, id, err);
}

int tl_platform_interaction_patch(struct tl_interaction *out, struct tl_arena *arena, struct tl_platform *platform, const struct tl_interaction *base,
                                  const struct tl_item *attributes, struct tl_remote_call *call, struct tl_error *err)
{
	*out = (struct tl_interaction){ .attributes = NULL };
	if (!platform->driver->interaction_patch)
		return cannot(platform, "change interactions", err);
	return platform->driver->interaction_patch(out, arena, platform->state, base, attributes, call, err);
}

int tl_platform_profile(struct tl_profile *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str external_id, int64_t deadline_ms,
                        struct tl_error *err)
{
	*out = (struct tl_profile){ .found = false };
	if (!platform->driver->profile)
		return cannot(platform, "say who callers are", err);
	return platform->driver->profile(out, arena, platform->state, external_id, deadline_ms, err);
}

int tl_platform_line(struct tl_phone_line *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str used, struct tl_error *err)
{
	*out = (struct tl_phone_line){ .insecure = false };
	if (!platform->driver->line)
		return cannot(platform, "hand over the control of live calls", err);
	return platform->driver->line(out, arena, platform->state, used, err);
}

int tl_platform_job(struct tl_remote_job *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id, struct tl_error *err)
{
	*out = (struct tl_remote_job){ .over = false };
	if (!platform->driver->job)
		return cannot(platform, "say how a job stands", err);
	return platform->driver->job(out, arena, platform->state, id, err);
}

int tl_platform_give_back(struct tl_platform *platform, struct tl_str id, struct tl_error *err)
{
	return platform->driver->give_back ? platform->driver->give_back(platform->state, id, err) : 0;
}

int tl_platform_named(struct tl_named_list *out, struct tl_arena *arena, struct tl_platform *platform, enum tl_named_kind kind, struct tl_error *err)
{
	*out = (struct tl_named_list){ 0 };
	if (!platform->driver->named)
		return cannot(platform, "list what flows name", err);
	return platform->driver->named(out, arena, platform->state, kind, err);
}

const char *tl_named_noun(enum tl_named_kind kind)
{
	static const char *const noun_table[TL_NAMED_KINDS] = {
		[TL_NAMED_QUEUE] = "queue", [TL_NAMED_PROMPT] = "user prompt", [TL_NAMED_ACTION] = "data action", [TL_NAMED_SCHEDULE] = "schedule",
		[TL_NAMED_SCHEDULE_GROUP] = "schedule group", [TL_NAMED_EMERGENCY_GROUP] = "emergency group", [TL_NAMED_DATA_TABLE] = "data table",
		[TL_NAMED_GROUP] = "group", [TL_NAMED_SKILL] = "skill", [TL_NAMED_LANGUAGE] = "language skill", [TL_NAMED_WRAPUP_CODE] = "wrap-up code",
		[TL_NAMED_SCRIPT] = "script",
	};

	assert(kind < TL_NAMED_KINDS);
	return noun_table[kind];
}

struct tl_platform_counts tl_platform_counts(struct tl_platform *platform)
{
	struct tl_platform_counts counts = { 0 };

	if (platform->driver->counts)
		platform->driver->counts(&counts, platform->state);
	return counts;
}

struct tl_str tl_remote_name(const struct tl_flow *flow)
{
	return flow->foreign && flow->name.text.len > 0 ? flow->name.text : tl_flow_key(flow);
}

bool tl_remote_goes_by(const struct tl_remote *remote, struct tl_str name, struct tl_str title)
{
	return tl_str_equal(remote->name, remote->titled && title.len > 0 ? title : name);
}

bool tl_remote_is_live(const struct tl_remote *remote)
{
	return remote->published_version == remote->version || remote->status == TL_STATUS_PUBLISHING || remote->status == TL_STATUS_SCHEDULED;
}

bool tl_remote_is_unreadable(enum tl_code code)
{
	return code == TL_REFUSED || code == TL_NOT_FOUND || code == TL_LIMIT;
}

int tl_remote_read_aloud(struct tl_flow **out, const struct tl_remote *remote, const struct tl_lower *lower, struct tl_error *err)
{
	struct tl_lower unbound = *lower;
	struct tl_arena arena = { 0 };
	struct tl_str path = tl_arena_printf(&arena, "%.*s@%.*s.%s", TL_FMT(remote->name), TL_FMT(tl_version_text(&arena, remote->version)),
	                                     remote->type.len > 0 ? "yaml" : "flow.json");

	/* Its size is the platform's affair. */
	unbound.limits.file = 0;
	tl_flow_read(out, path, remote->content, &unbound);
	if (!*out)
		tl_error_set(err, TL_REFUSED, "the platform holds a flow '%.*s' (version %.*s) that cannot be read", TL_FMT(remote->name),
		             TL_FMT(tl_version_text(&arena, remote->version)));
	tl_arena_clear(&arena);
	return *out ? 0 : -1;
}

int tl_remote_digest(char out[TL_SHA256_SIZE], const struct tl_remote *remote, const struct tl_lower *lower, struct tl_error *err)
{
	struct tl_flow *flow;

	if (tl_remote_read(&flow, remote, lower, err) != 0)
		return -1;
	tl_flow_digest(out, flow, NULL);
	tl_flow_free(flow);
	return 0;
}

int tl_remote_read(struct tl_flow **out, const struct tl_remote *remote, const struct tl_lower *lower, struct tl_error *err)
{
	struct tl_lower quiet = *lower;

	/* What the platform holds is no file that somebody could mend: its findings are nobody's. */
	quiet.findings = NULL;
	return tl_remote_read_aloud(out, remote, &quiet, err);
}
