/* tests/unit/deploy_yard.c: a small repository in memory, to plan and apply in. */
#include "deploy_yard.h"

#include <stdio.h>

#include "base/file.h"
#include "ledger/audit.h"
#include "ledger/folder.h"
#include "report/deploy.h"
#include "unit_flow.h"

/* More plans than any of the tests begins. */
#define MOST_RECORDS 10

static int64_t now_ms(void *data)
{
	return __atomic_fetch_add(&((struct yard *)data)->now, 1, __ATOMIC_RELAXED);
}

static int sleep_ms(void *data, int64_t ms)
{
	__atomic_fetch_add(&((struct yard *)data)->now, ms, __ATOMIC_RELAXED);
	return 0;
}

static int read_flow(void *data, size_t i, const struct tl_lower *lower, struct tl_flow **out, struct tl_error *err)
{
	struct yard *yard = data;

	(void)err;
	__atomic_fetch_add(&yard->n_reads, 1, __ATOMIC_RELAXED);
	tl_flow_read(out, yard->files[i].path, yard->texts[i], lower);
	return 0;
}

static bool file_exists(void *data, struct tl_str path)
{
	struct yard *yard = data;

	return tl_view_has(yard->view, path);
}

void yard_shut(struct yard *yard)
{
	tl_platform_close(yard->platform);
	tl_ledger_close(yard->ledger);
	yard->platform = NULL;
	yard->ledger = NULL;
}

static const char *path_of(struct yard *yard, const char *name)
{
	return tl_arena_printf(&yard->arena, "%s/%s", yard->folder, name).ptr;
}

void yard_open(struct yard *yard)
{
	struct tl_platform_config config = { .environment = &yard->environment, .database = path_of(yard, ".trunkline/local.db"), .clock = &yard->clock };
	const char *ledger = yard->ledger_address ? yard->ledger_address : path_of(yard, ".trunkline/ledger.db");
	int ret;

	if (yard->surroundings) {
		config.access = yard->access;
		config.surroundings = yard->surroundings;
		config.concurrency = yard->concurrency;
	}
	yard_shut(yard);
	if (yard->driver)
		ret = tl_platform_open_driver(&yard->platform, yard->driver, &config, &yard->err);
	else
		ret = tl_platform_open(&yard->platform, &config, &yard->err);
	if (ret != 0 || tl_ledger_open(&yard->ledger, ledger, &yard->clock, &yard->err) != 0)
		fail_msg("%s", yard->err.message);
}

/* The yard's day, at the machine's speed. */
static int64_t child_now_ms(void *data)
{
	const struct yard *yard = data;

	return yard->now + yard->machine.monotonic_ms(yard->machine.data) - yard->child_began;
}

void yard_open_child(struct yard *yard)
{
	yard->machine = tl_clock_system();
	yard->child_began = yard->machine.monotonic_ms(yard->machine.data);
	yard->clock = yard->machine;
	yard->clock.now_ms = child_now_ms;
	yard->clock.data = yard;
	yard->platform = NULL;
	yard->ledger = NULL;
	yard_open(yard);
}

int yard_make(void **state)
{
	struct yard *yard = tl_alloc_zero(1, sizeof(*yard));

	yard->folder = unit_scratch_in_memory();
	yard->now = 1800000000000;
	yard->clock = (struct tl_clock){ now_ms, now_ms, sleep_ms, yard };
	yard->environment = (struct tl_environment){ .name = TL_STR("local"), .platform = TL_STR("local") };
	tl_project_default(&yard->project);
	tl_schemas_init(&yard->schemas);
	yard->lower = (struct tl_lower){ .values = &yard->environment.values, .has_environment = true, .limits = tl_limits_default() };
	assert_int_equal(tl_view_open_disk(&yard->view, NULL, yard->folder, &yard->err), 0);
	yard_open(yard);
	*state = yard;
	return 0;
}

int yard_remove(void **state)
{
	struct yard *yard = *state;

	yard_shut(yard);
	tl_view_free(yard->view);
	tl_schemas_clear(&yard->schemas);
	tl_project_free(yard->project);
	tl_findings_clear(&yard->findings);
	tl_map_clear(&yard->environment.values);
	unit_scratch_remove(yard->folder);
	tl_arena_clear(&yard->arena);
	free(yard);
	return 0;
}

static int compare_files(const void *a, const void *b)
{
	return tl_str_compare(((const struct tl_flow_file *)a)->path, ((const struct tl_flow_file *)b)->path);
}

/* The index of the file of that path, or n_files. */
static size_t find_file(const struct yard *yard, struct tl_str path)
{
	size_t i = 0;

	while (i < yard->n_files && !tl_str_equal(yard->files[i].path, path))
		i++;
	return i;
}

/* A name for the text, as git would have one. */
static void set_blob(struct yard *yard, size_t i)
{
	char digest[TL_SHA256_SIZE];

	tl_sha256_hex(digest, yard->texts[i]);
	memcpy(yard->files[i].blob, digest, 40);
}

static void put_file(struct yard *yard, const char *id, struct tl_str text)
{
	struct tl_str path = tl_arena_printf(&yard->arena, "flows/%s.flow.yaml", id);
	size_t i = find_file(yard, path);

	if (!text.ptr) {
		assert_true(i < yard->n_files);
		yard->n_files--;
		for (; i < yard->n_files; i++) {
			yard->files[i] = yard->files[i + 1];
			yard->texts[i] = yard->texts[i + 1];
		}
		return;
	}
	assert_true(i < YARD_FILES);
	if (i == yard->n_files) {
		assert_true(i == 0 || compare_files(&yard->files[i - 1], &(struct tl_flow_file){ .path = path }) < 0);
		yard->files[yard->n_files++] = (struct tl_flow_file){ .path = path, .chosen = true };
	}
	yard->texts[i] = text;
	set_blob(yard, i);
}

void yard_text(struct yard *yard, const char *id, struct tl_str text)
{
	put_file(yard, id, tl_arena_dup(&yard->arena, text));
}

void yard_file(struct yard *yard, const char *id, const char *body)
{
	put_file(yard, id, body ? tl_arena_printf(&yard->arena, "flow: %s\nchannel: voice\n%s", id, body) : (struct tl_str){ NULL, 0 });
}

void yard_says(struct yard *yard, const char *id, const char *text)
{
	struct tl_str body = tl_arena_printf(&yard->arena, "start: say\nnodes:\n  say: {type: play, prompt: {text: \"%s\"}, next: bye}\n"
	                                     "  bye: {type: end}\n", text);

	yard_file(yard, id, body.ptr);
}

void yard_circle(struct yard *yard, const char *id, const char *other, const char *text)
{
	yard_file(yard, id, tl_arena_printf(&yard->arena, "start: p\nnodes:\n  p: {type: play, prompt: {text: \"%s\"}, next: g}\n"
	                                    "  g: {type: transfer, to: {flow: %s}}\n", text, other).ptr);
}

void yard_story(struct yard *yard, const char *text)
{
	yard_circle(yard, "a", "b", text);
	yard_circle(yard, "b", "a", text);
	yard_says(yard, "c", text);
	if (strcmp(text, "two") == 0)
		yard_says(yard, "d", text);
}

struct tl_deploy *yard_deploy(struct yard *yard)
{
	yard->set = (struct tl_flow_set){ yard->files, yard->n_files, read_flow, file_exists, yard };
	tl_summaries_init(&yard->summaries, &yard->set, NULL, &yard->lower, 2);
	yard->deploy = (struct tl_deploy){
		.project = yard->project,
		.environment = &yard->environment,
		.schemas = &yard->schemas,
		.view = yard->view,
		.root = tl_str(yard->folder),
		.lower = &yard->lower,
		.summaries = &yard->summaries,
		.platform = yard->platform,
		.ledger = yard->ledger,
		.clock = &yard->clock,
		.stopped = yard->stopped,
		.lease = yard->lease,
		.concurrency = yard->concurrency,
		.timeout_ms = yard->timeout_ms,
		.atomic = yard->atomic,
		.access = yard->access,
		.told = yard->told,
		.at = yard->at,
		.data = yard,
	};
	return &yard->deploy;
}

struct tl_plan *yard_plan(struct yard *yard)
{
	struct tl_plan *plan;
	int ret = tl_deploy_plan(&plan, yard_deploy(yard), TL_PLAN_LIFETIME_MS, &yard->findings, &yard->err);

	tl_summaries_clear(&yard->summaries);
	if (ret != 0)
		fail_msg("%s", yard->err.message);
	if (!plan)
		fail_msg("%.*s", TL_FMT(yard->findings.items[0].message));
	return plan;
}

/* A buffer's text, kept in the arena. */
static const char *keep(struct yard *yard, struct tl_buf *buf)
{
	const char *text = tl_arena_dup(&yard->arena, tl_buf_view(buf)).ptr;

	tl_buf_clear(buf);
	return text;
}

const char *yard_plan_text(struct yard *yard)
{
	struct tl_plan *plan = yard_plan(yard);
	struct tl_buf buf = { 0 };

	for (size_t i = 0; i < plan->n_flows; i++)
		tl_buf_printf(&buf, "%s%s %.*s", i > 0 ? "; " : "", tl_action_name(plan->flows[i].action), TL_FMT(plan->flows[i].flow));
	tl_plan_free(plan);
	return keep(yard, &buf);
}

/* What the tests ask of an apply besides its lines. */
static void take_messages(struct yard *yard, const struct tl_apply *apply)
{
	yard->exit = tl_apply_exit(apply);
	yard->message = "";
	for (size_t i = apply->n_flows; i > 0; i--) {
		if (apply->flows[i - 1].message.len > 0)
			yard->message = tl_arena_dup(&yard->arena, apply->flows[i - 1].message).ptr;
	}
}

/* What became of an apply, which is freed. */
static const char *describe(struct yard *yard, int ret, struct tl_apply *apply)
{
	struct tl_buf buf = { 0 };

	tl_summaries_clear(&yard->summaries);
	if (ret != 0)
		return tl_arena_printf(&yard->arena, "error %d %s", (int)yard->err.code, yard->err.message).ptr;
	if (!apply)
		return "";
	take_messages(yard, apply);
	for (size_t i = 0; i < apply->n_flows; i++)
		tl_buf_printf(&buf, "%s%s %.*s %lld", i > 0 ? "; " : "", tl_applied_name(apply->flows[i].state),
		              TL_FMT(apply->flows[i].planned->flow), (long long)apply->flows[i].version);
	tl_apply_free(apply);
	return keep(yard, &buf);
}

const char *yard_apply(struct yard *yard, const struct tl_plan *plan)
{
	struct tl_apply *apply;
	int ret = tl_deploy_apply(&apply, yard_deploy(yard), plan, &yard->findings, &yard->err);
	struct tl_buf report = { 0 };

	if (ret == 0)
		tl_deploy_format_text.apply(&report, apply, plan, &yard->findings, false);
	yard->report = keep(yard, &report);
	return describe(yard, ret, apply);
}

const char *yard_resume(struct yard *yard, bool undo)
{
	struct tl_deploy *deploy = yard_deploy(yard);
	struct tl_unfinished unfinished;
	struct tl_apply *apply = NULL;
	const char *text;
	int ret = tl_deploy_unfinished(&unfinished, deploy, &yard->err);

	if (ret == 0)
		ret = tl_deploy_resume(&apply, deploy, &unfinished, undo, &yard->findings, &yard->err);
	text = describe(yard, ret, apply);
	tl_unfinished_clear(&unfinished);
	return text;
}

const char *yard_publish(struct yard *yard)
{
	struct tl_plan *plan = yard_plan(yard);
	const char *text = yard_apply(yard, plan);

	tl_plan_free(plan);
	return text;
}

/* The remote flow of that name; version 0 where there is none. */
static struct tl_remote find_remote(struct yard *yard, const char *id)
{
	struct tl_remotes remotes;

	assert_int_equal(tl_platform_list(&remotes, &yard->arena, yard->platform, &yard->err), 0);
	for (size_t i = 0; i < remotes.count; i++) {
		if (tl_str_is(remotes.items[i].name, id))
			return remotes.items[i];
	}
	return (struct tl_remote){ 0 };
}

static void intrude(struct yard *yard, const char *id, const char *text, bool publish)
{
	struct tl_remote remote = find_remote(yard, id), answer;
	struct tl_flow *flow = unit_native(tl_arena_printf(&yard->arena, "flow: %s\nchannel: voice\nstart: say\nnodes:\n"
	                                                   "  say: {type: play, prompt: {text: \"%s\"}, next: bye}\n  bye: {type: end}\n", id, text).ptr);
	struct tl_put put = { .flow = flow, .version = remote.version + 1, .publish = publish };
	int ret;

	assert_int_equal(tl_ledger_folder_make(tl_str(yard->folder), NULL, &yard->err), 0);
	if (remote.version == 0)
		ret = tl_platform_create(&answer, &yard->arena, yard->platform, &put, &yard->err);
	else
		ret = tl_platform_put(&answer, &yard->arena, yard->platform, remote.id, &put, &yard->err);
	tl_flow_free(flow);
	if (ret != 0)
		fail_msg("%s", yard->err.message);
}

void yard_intrude(struct yard *yard, const char *id, const char *text)
{
	intrude(yard, id, text, true);
}

void yard_draft(struct yard *yard, const char *id, const char *text)
{
	intrude(yard, id, text, false);
}

static void copy_file(struct yard *yard, const char *from, const char *to)
{
	struct tl_str bytes;

	yard_shut(yard);
	if (tl_file_read(&bytes, &yard->arena, path_of(yard, from), 16 << 20, &yard->err) != 0 || tl_file_write(path_of(yard, to), bytes, 0600, &yard->err) != 0)
		fail_msg("%s", yard->err.message);
	yard_open(yard);
}

void yard_back_up(struct yard *yard)
{
	copy_file(yard, ".trunkline/local.db", "backup.db");
}

void yard_set_back(struct yard *yard)
{
	copy_file(yard, "backup.db", ".trunkline/local.db");
}

const char *yard_versions(struct yard *yard, const char *id)
{
	struct tl_remote remote = find_remote(yard, id);
	struct tl_remotes versions = { 0 };
	struct tl_buf buf = { 0 };

	if (remote.version > 0)
		assert_int_equal(tl_platform_versions(&versions, &yard->arena, yard->platform, remote.id, &yard->err), 0);
	for (size_t i = versions.count; i > 0; i--)
		tl_buf_printf(&buf, "%s%lld %s", buf.len > 0 ? ", " : "", (long long)versions.items[i - 1].version,
		              tl_remote_status_name(versions.items[i - 1].status));
	return keep(yard, &buf);
}

int64_t yard_last_version(struct yard *yard, const char *id)
{
	return find_remote(yard, id).version;
}

static void check_steps(struct yard *yard, int64_t versions)
{
	struct tl_plan_records plans;
	struct tl_steps steps;
	int64_t written = 0;

	assert_int_equal(tl_ledger_plan_open(&plans, &yard->arena, yard->ledger, yard->environment.name, &yard->err), 0);
	assert_int_equal(plans.count, 0);
	assert_int_equal(tl_ledger_open_steps(&steps, &yard->arena, yard->ledger, yard->environment.name, &yard->err), 0);
	assert_int_equal(steps.count, 0);
	/* A server gives no number twice, not even one that was taken back with its transaction. */
	for (int64_t record = 1; record <= MOST_RECORDS; record++) {
		assert_int_equal(tl_ledger_plan_steps(&steps, &yard->arena, yard->ledger, record, &yard->err), 0);
		for (size_t i = 0; i < steps.count; i++)
			written += steps.items[i].state == TL_STEP_PUBLISHED || steps.items[i].state == TL_STEP_DRAFTED;
	}
	assert_int_equal(written, versions);
}

static size_t count_in(const struct tl_audit_records *records, const char *phase)
{
	size_t count = 0;

	for (size_t i = 0; i < records->count; i++)
		count += memmem(records->items[i].bytes.ptr, records->items[i].bytes.len, phase, strlen(phase)) != NULL;
	return count;
}

void yard_check_audit(struct yard *yard)
{
	struct tl_audit_verdict verdict;
	struct tl_audit_records records;

	assert_int_equal(tl_audit_verify(&verdict, &yard->arena, yard->ledger, NULL, NULL, 0, NULL, &yard->err), 0);
	assert_true(verdict.good);
	assert_int_equal(tl_audit_read(&records, &yard->arena, yard->ledger, 1, 1000, &yard->err), 0);
	assert_int_equal(count_in(&records, "\"phase\":\"intent\""), count_in(&records, "\"phase\":\"outcome\""));
}

void yard_check_settled(struct yard *yard, const char *ids)
{
	int64_t versions = 0;

	for (; *ids; ids++)
		versions += yard_last_version(yard, (char[]){ *ids, '\0' });
	check_steps(yard, versions);
	yard_check_audit(yard);
	assert_str(tl_str(yard_resume(yard, false)), "");
}

const char *yard_heard(struct yard *yard, const char *id)
{
	struct tl_remote remote = find_remote(yard, id), version;
	struct tl_buf buf = { 0 };
	struct tl_flow *flow;

	assert_true(remote.published_version > 0);
	assert_int_equal(tl_platform_version(&version, &yard->arena, yard->platform, remote.id, remote.published_version, &yard->err), 0);
	assert_int_equal(tl_remote_read(&flow, &version, &yard->lower, &yard->err), 0);
	for (uint32_t i = 0; i < flow->n_prompts; i++)
		tl_expr_write_template(&buf, flow->prompts[i].texts[0].text);
	tl_flow_free(flow);
	return keep(yard, &buf);
}
