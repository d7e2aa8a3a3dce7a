/* tests/unit/test_platform_local.c: the local platform: versions, compare-and-set, what callers get; many publishers at once. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boundary.h"
#include "flow/canonical.h"
#include "platform/local_store.h"
#include "store/db.h"
#include "unit_flow.h"

struct scratch {
	char *folder;
	char path[4096];
	struct tl_arena arena;
	struct tl_error err;
	struct tl_environment environment;
	struct tl_clock clock;
	int64_t now, slept, wait_ms;
	struct tl_platform_config config;
	struct tl_platform *platform;
};

static int64_t now_ms(void *data)
{
	return ((struct scratch *)data)->now++;
}

static int sleep_ms(void *data, int64_t ms)
{
	struct scratch *scratch = data;

	scratch->now += ms;
	scratch->slept += ms;
	return 0;
}

static void open_platform(struct scratch *scratch)
{
	if (tl_platform_open(&scratch->platform, &scratch->config, &scratch->err) != 0)
		fail_msg("%s", scratch->err.message);
}

static int set_up_in(void **state, char *folder)
{
	struct scratch *scratch = tl_alloc_zero(1, sizeof(*scratch));

	scratch->folder = folder;
	snprintf(scratch->path, sizeof(scratch->path), "%s/local.db", scratch->folder);
	scratch->now = 1000;
	scratch->clock = (struct tl_clock){ now_ms, now_ms, sleep_ms, scratch };
	scratch->environment = (struct tl_environment){ .name = TL_STR("local"), .platform = TL_STR("local") };
	scratch->config = (struct tl_platform_config){ .environment = &scratch->environment, .database = scratch->path, .clock = &scratch->clock };
	open_platform(scratch);
	*state = scratch;
	return 0;
}

static int set_up(void **state)
{
	return set_up_in(state, unit_scratch());
}

/* What is counted does not hang on how fast a disk syncs. */
static int set_up_in_memory(void **state)
{
	return set_up_in(state, unit_scratch_in_memory());
}

static int tear_down(void **state)
{
	struct scratch *scratch = *state;

	tl_platform_close(scratch->platform);
	unit_scratch_remove(scratch->folder);
	tl_arena_clear(&scratch->arena);
	free(scratch);
	return 0;
}

/* A flow `id` that ends with `reason`. The caller's. */
static struct tl_flow *make_flow(const char *id, const char *reason)
{
	struct tl_arena arena = { 0 };
	struct tl_flow *flow = unit_native(tl_arena_printf(&arena, "flow: %s\nname: A line\nchannel: voice\nstart: bye\n"
	                                                   "nodes:\n  bye: {type: end, reason: \"%s\"}\n", id, reason).ptr);

	tl_arena_clear(&arena);
	return flow;
}

/* Creates (version 1) or puts; returns what the platform says, the answer in *out (may be NULL). */
static int write_version(struct scratch *scratch, struct tl_remote *out, const char *name, struct tl_str id, int64_t version, const char *reason,
                         bool publish)
{
	struct tl_flow *flow = make_flow(name, reason);
	struct tl_put put = { .flow = flow, .version = version, .publish = publish, .wait_ms = scratch->wait_ms };
	struct tl_remote remote;
	int ret;

	if (version == 1)
		ret = tl_platform_create(&remote, &scratch->arena, scratch->platform, &put, &scratch->err);
	else
		ret = tl_platform_put(&remote, &scratch->arena, scratch->platform, id, &put, &scratch->err);
	if (out)
		*out = remote;
	tl_flow_free(flow);
	return ret;
}

static struct tl_str create(struct scratch *scratch, const char *name)
{
	struct tl_remote remote;

	if (write_version(scratch, &remote, name, (struct tl_str){ 0 }, 1, "one", true) != 0)
		fail_msg("%s", scratch->err.message);
	return remote.id;
}

static struct tl_remote get(struct scratch *scratch, struct tl_str id)
{
	struct tl_remote remote;

	if (tl_platform_get(&remote, &scratch->arena, scratch->platform, id, &scratch->err) != 0)
		fail_msg("%s", scratch->err.message);
	return remote;
}

/* How the flow of a remote ends. */
static struct tl_str reason_of(struct scratch *scratch, const struct tl_remote *remote)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_flow *flow;
	struct tl_str reason;

	if (tl_remote_read(&flow, remote, &lower, &scratch->err) != 0)
		fail_msg("%s", scratch->err.message);
	reason = tl_arena_dup(&scratch->arena, flow->nodes[flow->n_nodes - 1].reason);
	tl_flow_free(flow);
	return reason;
}

static void nothing_is_there_before_the_first_write(void **state)
{
	struct scratch *scratch = *state;
	struct tl_remotes list;
	struct tl_remote remote;

	assert_int_equal(tl_platform_list(&list, &scratch->arena, scratch->platform, &scratch->err), 0);
	assert_int_equal(list.count, 0);
	assert_int_equal(tl_platform_get(&remote, &scratch->arena, scratch->platform, TL_STR("x"), &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_NOT_FOUND);
	assert_int_equal(write_version(scratch, NULL, "a", TL_STR("x"), 2, "two", true), -1);
	assert_int_equal(scratch->err.code, TL_NOT_FOUND);
	assert_int_not_equal(access(scratch->path, F_OK), 0);
	/* Somebody else makes the file while this one is open. */
	create(scratch, "a");
	assert_int_equal(tl_platform_list(&list, &scratch->arena, scratch->platform, &scratch->err), 0);
	assert_int_equal(list.count, 1);
}

static void what_is_published_comes_back(void **state)
{
	struct scratch *scratch = *state;
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_flow *flow = make_flow("support-line", "one"), *back;
	char before[TL_SHA256_SIZE], after[TL_SHA256_SIZE];
	struct tl_remote remote = get(scratch, create(scratch, "support-line"));

	assert_str(remote.name, "support-line");
	assert_int_equal(remote.id.len, 36);
	assert_true(remote.version == 1 && remote.published_version == 1 && remote.status == TL_STATUS_PUBLISHED && remote.reached_published);
	assert_int_equal(tl_remote_read(&back, &remote, &lower, &scratch->err), 0);
	tl_flow_digest(before, flow, NULL);
	tl_flow_digest(after, back, NULL);
	assert_string_equal(before, after);
	tl_flow_free(flow);
	tl_flow_free(back);
}

static void a_write_follows_the_last_one(void **state)
{
	struct scratch *scratch = *state;
	struct tl_str id = create(scratch, "a");
	struct tl_remote remote;

	assert_int_equal(write_version(scratch, NULL, "a", id, 3, "three", true), -1);
	assert_int_equal(scratch->err.code, TL_CONFLICT);
	assert_int_equal(write_version(scratch, &remote, "a", id, 2, "two", true), 0);
	assert_true(remote.version == 2 && remote.published_version == 2);
	/* The loser of a race. */
	assert_int_equal(write_version(scratch, NULL, "a", id, 2, "other", true), -1);
	assert_int_equal(scratch->err.code, TL_CONFLICT);
	assert_non_null(strstr(scratch->err.message, "at version 2 on the platform, not 1"));
	remote = get(scratch, id);
	assert_true(remote.version == 2);
	assert_str(reason_of(scratch, &remote), "two");
}

static void a_draft_leaves_callers_alone(void **state)
{
	struct scratch *scratch = *state;
	struct tl_str id = create(scratch, "a");
	struct tl_remote remote;

	assert_int_equal(write_version(scratch, &remote, "a", id, 2, "two", false), 0);
	assert_true(remote.version == 2 && remote.published_version == 1 && remote.status == TL_STATUS_DRAFT && !remote.reached_published);
	remote = get(scratch, id);
	assert_true(remote.version == 2 && remote.published_version == 1 && remote.status == TL_STATUS_DRAFT);
	assert_int_equal(write_version(scratch, &remote, "a", id, 3, "three", true), 0);
	assert_true(remote.published_version == 3);
}

static void the_history_is_whole(void **state)
{
	struct scratch *scratch = *state;
	struct tl_str id = create(scratch, "a");
	struct tl_remotes versions;
	struct tl_remote remote;

	assert_int_equal(write_version(scratch, NULL, "a", id, 2, "two", false), 0);
	assert_int_equal(write_version(scratch, NULL, "b", id, 3, "three", true), 0);
	assert_int_equal(tl_platform_versions(&versions, &scratch->arena, scratch->platform, id, &scratch->err), 0);
	assert_int_equal(versions.count, 3);
	assert_true(versions.items[0].version == 3 && versions.items[0].reached_published);
	assert_true(versions.items[1].version == 2 && !versions.items[1].reached_published);
	assert_str(versions.items[0].name, "b");
	assert_str(versions.items[2].name, "a");
	assert_int_equal(versions.items[2].content.len, 0);
	assert_int_equal(tl_platform_version(&remote, &scratch->arena, scratch->platform, id, 2, &scratch->err), 0);
	assert_str(reason_of(scratch, &remote), "two");
	assert_int_equal(tl_platform_version(&remote, &scratch->arena, scratch->platform, id, 4, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_NOT_FOUND);
	assert_int_equal(tl_platform_versions(&versions, &scratch->arena, scratch->platform, TL_STR("nobody"), &scratch->err), -1);
}

static void a_name_is_taken_once(void **state)
{
	struct scratch *scratch = *state;
	struct tl_str id = create(scratch, "b");
	struct tl_remotes list;

	create(scratch, "a");
	assert_int_equal(write_version(scratch, NULL, "a", (struct tl_str){ 0 }, 1, "twin", true), -1);
	assert_int_equal(scratch->err.code, TL_CONFLICT);
	assert_int_equal(write_version(scratch, NULL, "a", id, 2, "usurper", true), -1);
	assert_int_equal(scratch->err.code, TL_CONFLICT);
	assert_int_equal(tl_platform_list(&list, &scratch->arena, scratch->platform, &scratch->err), 0);
	assert_int_equal(list.count, 2);
	assert_str(list.items[0].name, "a");
	assert_str(list.items[1].name, "b");
	assert_true(list.items[1].version == 1);
}

/* Sets the status of the last version behind the platform's back, as a platform that takes its time would. */
static void set_status(struct scratch *scratch, const char *status)
{
	const char *statements[] = { "UPDATE versions SET status = ?1, reason = 'no licence' WHERE version = (SELECT max(version) FROM versions)" };
	struct tl_sql sql = { statements, 1, (const char *const[]){ "", "", "" }, 3, "local platform" };
	struct tl_db *db;

	assert_int_equal(tl_db_open(&db, scratch->path, &sql, false, 0, &scratch->err), 0);
	assert_int_equal(tl_db_run(db, 0, (struct tl_param[]){ TL_P_TEXT(tl_str(status)) }, 1, NULL, &scratch->err), 0);
	tl_db_close(db);
}

static void a_publish_under_way_is_waited_out(void **state)
{
	struct scratch *scratch = *state;
	struct tl_str id = create(scratch, "a");
	struct tl_remote remote;

	set_status(scratch, "publishing");
	assert_int_equal(get(scratch, id).status, TL_STATUS_PUBLISHING);
	for (scratch->wait_ms = 1100; scratch->wait_ms < 2000000; scratch->wait_ms += 898900) {
		scratch->slept = 0;
		assert_int_equal(write_version(scratch, NULL, "a", id, 2, "two", true), -1);
		assert_int_equal(scratch->err.code, TL_TIMED_OUT);
		/* The clock moves at each look, too. */
		assert_true(scratch->slept > scratch->wait_ms * 9 / 10 && scratch->slept <= scratch->wait_ms);
	}
	set_status(scratch, "failed");
	remote = get(scratch, id);
	assert_true(remote.status == TL_STATUS_FAILED && remote.version == 1);
	assert_str(remote.reason, "no licence");
	assert_int_equal(write_version(scratch, NULL, "a", id, 2, "two", true), 0);
}

static void a_version_is_never_changed(void **state)
{
	struct scratch *scratch = *state;
	const char *statements[] = { "UPDATE versions SET content = 'x'", "DELETE FROM versions" };
	struct tl_sql sql = { statements, 2, (const char *const[]){ "", "", "" }, 3, "local platform" };
	struct tl_db *db;

	create(scratch, "a");
	assert_int_equal(tl_db_open(&db, scratch->path, &sql, false, 0, &scratch->err), 0);
	assert_int_equal(tl_db_run(db, 0, NULL, 0, NULL, &scratch->err), -1);
	assert_non_null(strstr(scratch->err.message, "a version is never changed"));
	assert_int_equal(tl_db_run(db, 1, NULL, 0, NULL, &scratch->err), -1);
	assert_non_null(strstr(scratch->err.message, "a version is never deleted"));
	tl_db_close(db);
}

static void other_platforms_ask_where_they_are(void **state)
{
	static const char *const names[] = { "genesys", "cxone", "architect" };
	struct scratch *scratch = *state;
	struct tl_platform *platform;

	for (size_t i = 0; i < TL_COUNT(names); i++) {
		scratch->environment.platform = tl_str(names[i]);
		assert_row(names[i], tl_platform_open(&platform, &scratch->config, &scratch->err) == -1 && platform == NULL);
		assert_row(names[i], scratch->err.code == TL_USAGE && strstr(scratch->err.message, "'local' works"));
	}
	scratch->environment.platform = TL_STR("twilio");
	assert_int_equal(tl_platform_open(&platform, &scratch->config, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_USAGE);
}

static void an_architect_flow_is_not_taken(void **state)
{
	struct scratch *scratch = *state;
	struct tl_flow flow = { .dialect = TL_DIALECT_ARCHITECT, .id = { .text = TL_STR("A") } };
	struct tl_put put = { .flow = &flow, .version = 1, .publish = true };
	struct tl_remote remote;

	assert_int_equal(tl_platform_create(&remote, &scratch->arena, scratch->platform, &put, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_UNSUPPORTED);
	assert_int_equal(tl_platform_takes(scratch->platform, TL_DIALECT_WIRE, &scratch->err), 0);
	assert_true(tl_platform_can(scratch->platform, TL_CAN_COMPARE_AND_SET | TL_CAN_EXPORT));
	assert_false(tl_platform_can(scratch->platform, TL_CAN_SIMULATE));
}

/* ---- many publishers at once */

#define PUBLISHERS 16
#define FLOWS 5

/* What every publisher says of itself, in memory that all share. */
struct tally {
	uint32_t applied, refused, other;
};

/* How many attempts each publisher makes: more with TRUNKLINE_TEST_SCALE. */
static unsigned attempts(void)
{
	const char *scale = getenv("TRUNKLINE_TEST_SCALE");
	unsigned long factor = scale ? strtoul(scale, NULL, 10) : 1;

	return 150 * (unsigned)(factor > 0 ? factor : 1);
}

/* One attempt, as two publishers would make it: look, then write the next version with a text that nobody else writes. */
static void attempt(struct scratch *scratch, struct tally *tally, struct tl_str id, unsigned publisher, unsigned number)
{
	char reason[64];
	struct tl_remote remote;

	snprintf(reason, sizeof(reason), "p%u-%u", publisher, number);
	if (tl_platform_get(&remote, &scratch->arena, scratch->platform, id, &scratch->err) != 0)
		tally->other++;
	else if (write_version(scratch, NULL, remote.name.ptr, id, remote.version + 1, reason, true) == 0)
		tally->applied++;
	else if (scratch->err.code == TL_CONFLICT)
		tally->refused++;
	else
		tally->other++;
	tl_arena_clear(&scratch->arena);
}

/* In a process of its own. */
static int publish(struct scratch *scratch, struct tally *tally, const struct tl_str *ids, unsigned publisher)
{
	unsigned count = attempts();

	scratch->clock = tl_clock_system();
	scratch->arena = (struct tl_arena){ 0 };
	scratch->platform = NULL;
	if (tl_platform_open(&scratch->platform, &scratch->config, &scratch->err) != 0)
		return 1;
	for (unsigned i = 0; i < count; i++)
		attempt(scratch, tally, ids[(publisher * 7 + i * 5) % FLOWS], publisher, i);
	tl_platform_close(scratch->platform);
	return 0;
}

/* Adds the number of versions of a flow, and puts each version's text into `seen`. */
static size_t count_versions(struct scratch *scratch, struct tl_map *seen, struct tl_str id)
{
	struct tl_remotes versions;
	bool made;

	assert_int_equal(tl_platform_versions(&versions, &scratch->arena, scratch->platform, id, &scratch->err), 0);
	for (size_t i = 0; i < versions.count; i++) {
		struct tl_remote remote;

		assert_true(versions.items[i].version == (int64_t)(versions.count - i));
		assert_int_equal(tl_platform_version(&remote, &scratch->arena, scratch->platform, id, versions.items[i].version, &scratch->err), 0);
		if (remote.version == 1)
			continue;
		tl_map_put(seen, reason_of(scratch, &remote), &made);
		assert_true(made);
	}
	assert_true(get(scratch, id).published_version == (int64_t)versions.count);
	return versions.count - 1;
}

static void publishers_side_by_side_lose_nothing_and_double_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct tally *tallies = mmap(NULL, PUBLISHERS * sizeof(*tallies), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t applied = 0, refused = 0, versions = 0;
	struct tl_map seen = { 0 };
	struct tl_str ids[FLOWS];
	char name[16];
	int status;

	for (unsigned i = 0; i < FLOWS; i++) {
		snprintf(name, sizeof(name), "line-%u", i);
		ids[i] = create(scratch, name);
	}
	tl_platform_close(scratch->platform);
	scratch->platform = NULL;
	for (unsigned i = 0; i < PUBLISHERS; i++) {
		if (fork() == 0)
			_exit(publish(scratch, &tallies[i], ids, i));
	}
	while (wait(&status) > 0)
		assert_int_equal(status, 0);
	open_platform(scratch);
	for (unsigned i = 0; i < PUBLISHERS; i++) {
		applied += tallies[i].applied;
		refused += tallies[i].refused;
		assert_int_equal(tallies[i].other, 0);
		assert_int_equal(tallies[i].applied + tallies[i].refused, attempts());
	}
	for (unsigned i = 0; i < FLOWS; i++)
		versions += count_versions(scratch, &seen, ids[i]);
	assert_int_equal(versions, applied);
	assert_int_equal(seen.count, applied);
	assert_true(applied > 0);
	print_message("%zu applied, %zu refused\n", applied, refused);
	tl_map_clear(&seen);
	munmap(tallies, PUBLISHERS * sizeof(*tallies));
}

/* In a process of its own: publishes until it is killed, noting the last version that it was told was written. */
static void publish_for_ever(struct scratch *scratch, volatile int64_t *told, struct tl_str id)
{
	scratch->clock = tl_clock_system();
	scratch->platform = NULL;
	if (tl_platform_open(&scratch->platform, &scratch->config, &scratch->err) != 0)
		_exit(1);
	for (;;) {
		struct tl_remote remote = get(scratch, id);

		if (write_version(scratch, NULL, "a", id, remote.version + 1, "again", true) != 0)
			_exit(1);
		*told = remote.version + 1;
	}
}

static void a_killed_publisher_leaves_all_or_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct tl_str id = create(scratch, "a");
	volatile int64_t *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	for (unsigned round = 0; round < 12; round++) {
		pid_t child = fork();
		struct tl_remotes versions;
		struct tl_remote remote;

		if (child == 0)
			publish_for_ever(scratch, told, id);
		usleep(1000 + round * 700);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		assert_true(WIFSIGNALED(status));
		/* What was told is there; at most one more, whose answer was lost. */
		remote = get(scratch, id);
		assert_true(remote.version == *told || remote.version == *told + 1 || *told == 0);
		assert_true(remote.published_version == remote.version);
		assert_int_equal(tl_platform_versions(&versions, &scratch->arena, scratch->platform, id, &scratch->err), 0);
		assert_int_equal(versions.count, remote.version);
		*told = remote.version;
	}
	munmap((void *)told, sizeof(*told));
}

/* In a process of its own, as the limit cannot be lifted again. */
static int publish_until_full(struct scratch *scratch, struct tl_str id)
{
	struct rlimit limit = { 128 << 10, 128 << 10 };
	static char reason[20000];
	int64_t version = 2;

	memset(reason, 'x', sizeof(reason) - 1);
	signal(SIGXFSZ, SIG_IGN);
	scratch->platform = NULL;
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || tl_platform_open(&scratch->platform, &scratch->config, &scratch->err) != 0)
		return 1;
	while (version < 100 && write_version(scratch, NULL, "a", id, version, reason, true) == 0)
		version++;
	tl_platform_close(scratch->platform);
	return version < 100 && scratch->err.code == TL_IO && strstr(scratch->err.message, "no space left") ? (int)version : 1;
}

static void a_full_disk_refuses_the_write(void **state)
{
	struct scratch *scratch = *state;
	struct tl_str id = create(scratch, "a");
	int status = 0;

	if (fork() == 0)
		_exit(publish_until_full(scratch, id));
	wait(&status);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) > 1);
	/* The version that was refused is not there, and the next publisher writes it. */
	assert_int_equal(get(scratch, id).version, WEXITSTATUS(status) - 1);
	assert_int_equal(write_version(scratch, NULL, "a", id, WEXITSTATUS(status), "room again", true), 0);
}

/* A page of those whose title holds `filter`: "title VERSION, title VERSION of TOTAL". */
/* Whatever is answered is true: by another connection. */
static void check_answer(struct scratch *scratch, int ret, struct tl_str id, int64_t version)
{
	struct tl_remote there;

	if (ret != 0)
		assert_int_equal(scratch->err.code, TL_IO);
	tl_platform_close(scratch->platform);
	open_platform(scratch);
	assert_int_equal(tl_platform_version(&there, &scratch->arena, scratch->platform, id, version, &scratch->err) == 0, ret == 0);
}

static void a_flush_that_fails_leaves_no_doubt(void **state)
{
	struct scratch *scratch = *state;
	struct tl_str id = create(scratch, "line");
	int64_t version = 1;
	int good = 0, bad = 0;

	for (int flush = 1; flush < 12; flush++) {
		int ret;

		boundary_fail_flush(flush);
		ret = write_version(scratch, NULL, "line", id, version + 1, "two", true);
		boundary_fail_flush(0);
		check_answer(scratch, ret, id, version + 1);
		version += ret == 0;
		good += ret == 0;
		bad += ret != 0;
	}
	assert_true(good > 0 && bad > 0);
}

static const char *page_from(struct scratch *scratch, struct tl_local_store *store, const char *filter, int64_t first)
{
	struct tl_buf buf = { 0 };
	struct tl_remotes remotes;
	const char *text;
	int64_t total;

	assert_int_equal(tl_local_store_page(&remotes, &total, &scratch->arena, store, tl_str(filter), first, 2, &scratch->err), 0);
	for (size_t i = 0; i < remotes.count; i++)
		tl_buf_printf(&buf, "%.*s %lld, ", TL_FMT(remotes.items[i].title), (long long)remotes.items[i].version);
	tl_buf_printf(&buf, "of %lld", (long long)total);
	text = tl_arena_printf(&scratch->arena, "%.*s", TL_FMT(tl_buf_view(&buf))).ptr;
	tl_buf_clear(&buf);
	return text;
}

static const char *page(struct scratch *scratch, struct tl_local_store *store, const char *filter)
{
	return page_from(scratch, store, filter, 0);
}

static struct tl_str write_titled(struct scratch *scratch, struct tl_local_store *store, struct tl_str id, int64_t version, const char *name, const char *title)
{
	struct tl_local_write write = { .id = id, .version = version, .name = tl_str(name), .title = tl_str(title), .status = TL_STATUS_PUBLISHED,
		                        .content = TL_STR("{\"name\":\"x\"}") };

	assert_int_equal(tl_local_store_write(&write, &scratch->arena, store, &scratch->err), 0);
	return write.id;
}

static void a_flow_is_listed_by_what_it_is_called_now(void **state)
{
	struct scratch *scratch = *state;
	struct tl_local_store *store;
	struct tl_str id;

	assert_int_equal(tl_local_store_open(&store, scratch->path, &scratch->clock, false, &scratch->err), 0);
	assert_str(tl_str(page(scratch, store, "")), "of 0");
	id = write_titled(scratch, store, TL_STR(""), 1, "a", "The First");
	write_titled(scratch, store, TL_STR(""), 1, "b", "The second");
	write_titled(scratch, store, TL_STR(""), 1, "c", "the third");
	assert_str(tl_str(page(scratch, store, "")), "The First 1, The second 1, of 3");
	assert_str(tl_str(page_from(scratch, store, "", 2)), "the third 1, of 3");
	assert_str(tl_str(page_from(scratch, store, "", 4)), "of 3");
	assert_str(tl_str(page(scratch, store, "FIRST")), "The First 1, of 1");
	write_titled(scratch, store, id, 2, "a", "Another");
	assert_str(tl_str(page(scratch, store, "first")), "of 0");
	assert_str(tl_str(page(scratch, store, "other")), "Another 2, of 1");
	assert_str(tl_str(page(scratch, store, "the")), "Another 2, The second 1, of 3");
	tl_local_store_close(store);
}

int test_platform_local(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_there_before_the_first_write, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_published_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_write_follows_the_last_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_draft_leaves_callers_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_history_is_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_name_is_taken_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flow_is_listed_by_what_it_is_called_now, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_publish_under_way_is_waited_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_version_is_never_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_platforms_ask_where_they_are, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_architect_flow_is_not_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(publishers_side_by_side_lose_nothing_and_double_nothing, set_up_in_memory, tear_down),
		cmocka_unit_test_setup_teardown(a_killed_publisher_leaves_all_or_nothing, set_up_in_memory, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_refuses_the_write, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flush_that_fails_leaves_no_doubt, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
