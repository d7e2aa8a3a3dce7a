/* tests/fuzz/fuzz_answers.c: a platform over the wire that answers everything with the same bytes: whatever is asked, a flow or an error comes out. The first
 * byte is the status; the rest the body, after a line with the ETag where the first one is short. */
#include "dialect/dialect.h"
#include "fuzz.h"
#include "platform/drivers.h"
#include "platform/genesys.h"

struct server {
	struct tl_str body, etag;
	int status;
	int64_t now;
};

static const int status_table[] = { 200, 200, 200, 201, 400, 404, 409, 412, 422, 500 };

static int answer(struct tl_api_answer *out, struct tl_arena *arena, void *data, const struct tl_api_request *request, struct tl_error *err)
{
	const struct server *server = data;

	(void)request;
	out->status = server->status;
	out->attempts = 1;
	out->body = tl_arena_dup(arena, server->body);
	out->etag = server->etag;
	return server->status < 500 ? 0 : tl_error_set(err, TL_LOST, "lost");
}

static int64_t now_ms(void *data)
{
	return ((struct server *)data)->now;
}

static int sleep_ms(void *data, int64_t ms)
{
	((struct server *)data)->now += ms;
	return 0;
}

static int open_here(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	(void)err;
	*state = tl_genesys_new(config, answer, config->clock->data);
	return 0;
}

static void read_all(struct tl_arena *arena, struct tl_platform *platform)
{
	const struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_remote_run_request request = { .kind = TL_REMOTE_CHAT, .id = TL_STR("a") };
	struct tl_remote_run run;
	struct tl_remotes remotes;
	struct tl_remote remote;
	struct tl_flow *flow;
	struct tl_str *scopes;
	size_t count;

	if (tl_platform_list(&remotes, arena, platform, NULL) == 0) {
		for (size_t i = 0; i < remotes.count; i++)
			demand(remotes.items[i].id.len > 0 && remotes.items[i].name.len > 0 && remotes.items[i].version > 0);
	}
	if (tl_platform_versions(&remotes, arena, platform, TL_STR("a"), NULL) == 0) {
		for (size_t i = 0; i < remotes.count; i++)
			demand(tl_str_is(remotes.items[i].id, "a") && (i == 0 || remotes.items[i].version < remotes.items[i - 1].version));
	}
	if (tl_platform_get(&remote, arena, platform, TL_STR("a"), NULL) == 0) {
		demand(tl_str_is(remote.id, "a") && remote.version > 0 && remote.published_version <= remote.version);
		if (tl_remote_read(&flow, &remote, &lower, NULL) == 0)
			tl_flow_free(flow);
	}
	tl_platform_scopes(&scopes, &count, arena, platform, TL_STR("r"), NULL);
	tl_platform_simulate(&run, arena, platform, &request, NULL);
}

/* Nothing that a server says makes a write count as done but the version that it makes. */
static void write_all(struct tl_arena *arena, struct tl_platform *platform)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_remote_findings findings;
	struct tl_remote_call call;
	struct tl_put put = { .version = 3, .publish = true, .call = &call };
	struct tl_remote remote;
	struct tl_flow *flow;

	tl_flow_read(&flow, TL_STR("a.flow.yaml"), TL_STR("flow: line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end, reason: x}\n"), &lower);
	demand(flow);
	put.flow = flow;
	if (tl_platform_put(&remote, arena, platform, TL_STR("a"), &put, NULL) == 0)
		demand(remote.version == 3 && tl_str_is(remote.id, "a"));
	put.version = 1;
	if (tl_platform_create(&remote, arena, platform, &put, NULL) == 0)
		demand(remote.version == 1);
	tl_platform_validate(&findings, arena, platform, TL_STR("a"), flow, NULL);
	tl_flow_free(flow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct server server = { 0 };
	struct tl_clock clock = { now_ms, now_ms, sleep_ms, &server };
	struct tl_environment environment = { .name = TL_STR("test"), .platform = TL_STR("genesys") };
	struct tl_platform_config config = { .environment = &environment, .clock = &clock, .concurrency = 1 };
	struct tl_driver driver = tl_driver_genesys;
	struct tl_platform *platform;
	struct tl_arena arena = { 0 };
	size_t line;

	if (size == 0)
		return 0;
	server.status = status_table[data[0] % TL_COUNT(status_table)];
	server.body = (struct tl_str){ (const char *)data + 1, size - 1 };
	line = tl_str_find(server.body, TL_STR("\n"), 0);
	if (line < 20) {
		server.etag = tl_str_slice(server.body, 0, line);
		server.body = tl_str_slice(server.body, line + 1, server.body.len);
	}
	driver.open = open_here;
	demand(tl_platform_open_driver(&platform, &driver, &config, NULL) == 0);
	read_all(&arena, platform);
	write_all(&arena, platform);
	tl_platform_close(platform);
	tl_arena_clear(&arena);
	return 0;
}
