/* tests/unit/test_deploy_kill_wire.c: a publisher over the wire that is killed at its steps, at each flush of a file and at each send to a server, or amid a request, and resumed by a fresh process. The platform is
 * a sandbox in a process of its own, whose deployments take time and which may lose answers; its store, the ledger (a file, or a server's) and the audit are
 * compared afterwards: nothing is lost, doubled or half done. A sample of the places is tried; with $TRUNKLINE_TEST_KILLS=all every one. */
#include "deploy_yard.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "boundary.h"
#include "platform/drivers.h"
#include "sandbox/sandbox.h"
#include "store_yard.h"

#define assert_text(got, wanted) assert_str(tl_str(got), (wanted))

/* The publishers' clock goes faster than the machine's: what they wait for takes the sandbox less. */
#define SPEED 20
#define PUBLISH_MS 30
#define SERVES_MS 60000
/* Every so many places is tried. */
#define SAMPLE 29
#define SAMPLE_ON_SERVER 41
/* How often what was left is resumed: each time it may be killed. */
#define RESUMES 3

/* How a try goes. */
static const struct variation {
	const char *name;
	const char *fault;    /* of the sandbox, or NULL */
	int64_t later_us;     /* killed so long after the place, amid a request that is under way */
	bool resume_too;      /* the first resume is killed as well */
	unsigned concurrency;
} variation_table[] = {
	{ "killed at a place", NULL, 0, false, 1 },
	{ "killed amid a request", NULL, 700, false, 1 },
	{ "with answers lost", "reset=after,percent=50,on=PUT /api/v2/flows/{id}", 0, false, 1 },
	{ "and the resume too", "reset=after,on=POST /api/v2/flows", 0, true, 4 },
};

/* What is shared with the processes that are forked off. */
static struct shared {
	int left;             /* places until the kill; below 0: none */
	int passed_by;        /* places that were passed by */
	int64_t later_us;
} *shared;

static unsigned tried, n_killed, passed;
static struct tl_sandbox_access access_words;
static char words[4][256];

/* ---- the clock */

static int64_t machine_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

static int64_t fast_now(void *data)
{
	int64_t began_ms = *(int64_t *)data;

	return began_ms + (machine_us(CLOCK_REALTIME) / 1000 - began_ms) * SPEED;
}

static int64_t fast_monotonic(void *data)
{
	(void)data;
	return machine_us(CLOCK_MONOTONIC) * SPEED / 1000;
}

static int fast_sleep(void *data, int64_t ms)
{
	(void)data;
	/* What was due before is due now. */
	if (ms > 0)
		usleep((useconds_t)(ms * 1000 / SPEED));
	return 0;
}

/* ---- the sandbox */

static int never(void)
{
	return 0;
}

/* In its own process: tells how it is reached, and serves until it is killed. */
static void serve(const struct yard *yard, const char *fault, int out)
{
	struct tl_clock clock = tl_clock_system();
	struct tl_error err = { 0 };
	struct tl_sandbox_config config = {
		.clock = &clock,
		.folder = yard->folder,
		.database = tl_arena_printf(&((struct yard *)(uintptr_t)yard)->arena, "%s/.trunkline/local.db", yard->folder).ptr,
		.publish_ms = PUBLISH_MS,
		.faults = &fault,
		.n_faults = fault != NULL,
	};
	struct tl_sandbox_access access;
	struct tl_sandbox *sandbox;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (tl_sandbox_open(&sandbox, &config, &err) != 0) {
		fprintf(stderr, "%s\n", err.message);
		_exit(1);
	}
	access = tl_sandbox_access(sandbox);
	dprintf(out, "%.*s\n%.*s\n%.*s\n", TL_FMT(access.address), TL_FMT(access.client_id), TL_FMT(access.client_secret));
	close(out);
	tl_sandbox_run(sandbox, SERVES_MS, never, &err);
	_exit(0);
}

static pid_t start_sandbox(struct yard *yard, const char *fault)
{
	int ends[2];
	pid_t child;
	FILE *said;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		serve(yard, fault, ends[1]);
	}
	assert_true(child > 0);
	close(ends[1]);
	said = fdopen(ends[0], "r");
	for (size_t i = 0; i < 3; i++) {
		assert_non_null(fgets(words[i], sizeof(words[i]), said));
		words[i][strcspn(words[i], "\n")] = '\0';
	}
	fclose(said);
	access_words = (struct tl_sandbox_access){ .address = tl_str(words[0]), .client_id = tl_str(words[1]), .client_secret = tl_str(words[2]) };
	return child;
}

static const char *word_of(const char *name)
{
	return strcmp(name, "ID") == 0 ? words[1] : strcmp(name, "SECRET") == 0 ? words[2] : NULL;
}

/* ---- the publishers */

static void *kill_later(void *data)
{
	(void)data;
	usleep((useconds_t)shared->later_us);
	kill(getpid(), SIGKILL);
	return NULL;
}

static void pass(void)
{
	pthread_t thread;

	__atomic_add_fetch(&shared->passed_by, 1, __ATOMIC_RELAXED);
	if (__atomic_sub_fetch(&shared->left, 1, __ATOMIC_RELAXED) != 0)
		return;
	if (shared->later_us == 0 || pthread_create(&thread, NULL, kill_later, NULL) != 0)
		kill(getpid(), SIGKILL);
}

static void die_in_time(void *data, const char *place)
{
	(void)data;
	(void)place;
	pass();
}

static int run_apply(struct yard *yard, const struct tl_plan *plan)
{
	yard_apply(yard, plan);
	return yard->exit;
}

static int run_resume(struct yard *yard, const struct tl_plan *plan)
{
	(void)plan;
	return strncmp(yard_resume(yard, false), "error", 5) == 0;
}

/* Runs in a process of its own, which is killed at its nth place (0: it is not). Its exit code; -1: it was killed. */
static int run_in_process(struct yard *yard, int nth, int (*run)(struct yard *yard, const struct tl_plan *plan), const struct tl_plan *plan)
{
	int status;
	pid_t child;

	yard_shut(yard);
	shared->left = nth > 0 ? nth : -1;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		int code;

		yard->at = die_in_time;
		boundary_watch(pass);
		yard_open(yard);
		code = run(yard, plan);
		if (code != 0)
			fprintf(stderr, "exit %d: %s %s\n", code, yard->message ? yard->message : "", yard->err.message);
		_exit(code);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What is deployed, by the local driver: the sandbox will stand in front of the same store. */
static void deploy_first(struct yard *yard, int64_t *began_ms)
{
	*began_ms = machine_us(CLOCK_REALTIME) / 1000;
	yard->clock = (struct tl_clock){ fast_now, fast_monotonic, fast_sleep, began_ms };
	yard_open(yard);
	yard_story(yard, "one");
	yard_publish(yard);
	yard_story(yard, "two");
}

static void look_on_the_wire(struct yard *yard, struct tl_access *access, const struct variation *variation)
{
	static const struct tl_surroundings surroundings = { word_of, NULL };
	/* Each new process takes over from the one that was killed. */
	static const struct tl_lease_wish lease = { .owner = { "test", 4 }, .steal = { "it was killed", 13 } };

	*access = (struct tl_access){
		.login = access_words.address, .api = access_words.address, .unlimited = true,
		.client_id = { .kind = TL_SECRET_ENV, .name = TL_STR("ID") },
		.client_secret = { .kind = TL_SECRET_ENV, .name = TL_STR("SECRET") },
	};
	/* The environment stays that of the store: what is published is not committed. */
	yard->driver = &tl_driver_genesys;
	yard->access = access;
	yard->surroundings = &surroundings;
	yard->concurrency = variation->concurrency;
	yard->lease = &lease;
	yard_open(yard);
}

/* The store itself says what callers got, and the ledger knows it. */
static void look_at_the_store(struct yard *yard)
{
	yard->driver = NULL;
	yard->surroundings = NULL;
	yard->access = NULL;
	yard_open(yard);
	assert_text(yard_versions(yard, "a"), "1 draft, 2 published, 3 draft, 4 published");
	assert_text(yard_versions(yard, "b"), "1 draft, 2 published, 3 draft, 4 published");
	assert_text(yard_versions(yard, "c"), "1 published, 2 published");
	assert_text(yard_versions(yard, "d"), "1 published");
	yard_check_settled(yard, "abcd");
	assert_text(yard_publish(yard), "nothing a 4; nothing b 4; nothing c 2; nothing d 1");
}

static void finish(struct yard *yard, const struct variation *variation, int nth, const struct tl_plan *plan)
{
	if (variation->resume_too)
		run_in_process(yard, 1 + nth / 2, run_resume, NULL);
	for (int i = 0; i < RESUMES; i++)
		assert_int_equal(run_in_process(yard, 0, run_resume, NULL), 0);
	/* Where it was killed before the plan was on record nothing was begun. */
	assert_int_equal(run_in_process(yard, 0, run_apply, plan), 0);
}

/* Killed at the nth place of the apply (0: not at all), then resumed to the end. Whether it was killed. */
static bool try_place(const struct variation *variation, int nth, const char *ledger)
{
	struct tl_access access;
	struct tl_plan *plan;
	struct yard *yard;
	int64_t began_ms;
	pid_t sandbox;
	bool killed;

	yard_make((void **)&yard);
	yard->ledger_address = ledger;
	deploy_first(yard, &began_ms);
	yard_shut(yard);
	sandbox = start_sandbox(yard, variation->fault);
	look_on_the_wire(yard, &access, variation);
	plan = yard_plan(yard);
	shared->later_us = variation->later_us;
	shared->passed_by = 0;
	killed = run_in_process(yard, nth, run_apply, plan) == -1;
	shared->later_us = 0;
	finish(yard, variation, nth, plan);
	kill(sandbox, SIGKILL);
	assert_int_equal(waitpid(sandbox, NULL, 0), sandbox);
	look_at_the_store(yard);
	tl_plan_free(plan);
	yard_remove((void **)&yard);
	return killed;
}

static void try_and_count(const struct variation *variation, int nth, const char *ledger)
{
	tried++;
	/* How often a deployment is looked at depends on the machine: near its end a run may be over before its nth place. */
	n_killed += try_place(variation, nth, ledger);
	passed++;
}

/* How many places an apply has that nobody kills. */
static int count_places(const char *ledger)
{
	int places;

	assert_false(try_place(&variation_table[0], 0, ledger));
	places = shared->passed_by;
	assert_true(places > 60 && places < 1000);
	print_message("%d places\n", places);
	return places;
}

static void try_all(int places, int step, bool server)
{
	unsigned before = tried, killed_before = n_killed;
	char address[4096];

	/* Where not all are tried, each variation takes others. */
	for (int i = 0; i < (int)TL_COUNT(variation_table); i++) {
		for (int nth = 1 + i * step / (int)TL_COUNT(variation_table); nth <= places; nth += step) {
			if (server)
				store_yard_address(address, sizeof(address), getenv("TRUNKLINE_TEST_POSTGRES"));
			try_and_count(&variation_table[i], nth, server ? address : NULL);
		}
	}
	assert_true(2 * (n_killed - killed_before) > tried - before);
}

static bool wants_all(void)
{
	const char *kills = getenv("TRUNKLINE_TEST_KILLS");

	return kills && strcmp(kills, "all") == 0;
}

static void with_the_ledger_in_a_file(void **state)
{
	(void)state;
	try_all(count_places(NULL), wants_all() ? 1 : SAMPLE, false);
}

static void with_the_ledger_on_a_server(void **state)
{
	char address[4096];

	(void)state;
	if (!store_yard_has_server("kill points"))
		skip();
	store_yard_address(address, sizeof(address), getenv("TRUNKLINE_TEST_POSTGRES"));
	try_all(count_places(address), wants_all() ? 1 : SAMPLE_ON_SERVER, true);
}

static int begin_counting(void **state)
{
	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared == MAP_FAILED ? -1 : 0;
}

static int say_count(void **state)
{
	(void)state;
	print_message("kill points over the wire: %u passed of %u tried, %u of them killed\n", passed, tried, n_killed);
	munmap(shared, sizeof(*shared));
	return 0;
}

int test_deploy_kill_wire(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_the_ledger_in_a_file),
		cmocka_unit_test(with_the_ledger_on_a_server),
	};

	return cmocka_run_group_tests(tests, begin_counting, say_count);
}
