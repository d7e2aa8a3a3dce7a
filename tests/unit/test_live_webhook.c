/* tests/unit/test_live_webhook.c: programs that move interactions and tell a webhook, killed at each of their steps and begun again: what the webhook heard is what
 * happened, in the order in which it happened; on a file and on a server. */
#include "store_yard.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_platform.h"
#include "live/transition.h"
#include "live/webhook.h"
#include "ledger/outbox.h"
#include "net_peer.h"
#include "unit_flow.h"

/* More than a run has; and how many of them the second program is killed at. */
#define MOST_PLACES 40
#define SECONDS_MOST 3
#define CALLS 2
#define MOST_HEARD 64

/* ---- interactions, seen by all processes */

struct call {
	char id[32], node[32], stamp[64];
	int version;
	char history[128];  /* the nodes that it was moved to: "billing queue " */
};
/* What the webhook took. */
struct heard {
	char id[32], node[32], key[64];
};
static struct shared {
	struct call calls[CALLS];
	int left;           /* places until the kill; 0: none */
	struct heard heard[MOST_HEARD];
	size_t n_heard;
	unsigned answers_503; /* first */
	char address[64];     /* of the webhook */
} *shared;

static struct call *call_of(struct tl_str id)
{
	for (size_t i = 0; i < CALLS; i++) {
		if (tl_str_is(id, shared->calls[i].id))
			return &shared->calls[i];
	}
	return NULL;
}

static int show(struct tl_interaction *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	struct call *call = call_of(id);
	struct tl_item *attributes = tl_item_new(arena, TL_MAP);

	(void)state;
	if (!call)
		return tl_error_set(err, TL_NOT_FOUND, "no such interaction");
	tl_item_put(attributes, TL_STR("flow_node"), tl_item_string(arena, tl_arena_dup(arena, tl_str(call->node))));
	tl_item_put(attributes, TL_STR("last_updated"), tl_item_string(arena, tl_arena_dup(arena, tl_str(call->stamp))));
	*out = (struct tl_interaction){ tl_arena_dup(arena, id), tl_arena_printf(arena, "%d", call->version), attributes };
	return 0;
}

static int change(struct tl_interaction *out, struct tl_arena *arena, void *state, const struct tl_interaction *base, const struct tl_item *attributes,
                  struct tl_remote_call *how, struct tl_error *err)
{
	struct call *call = call_of(base->id);
	struct tl_str node = tl_item_text(attributes, "flow_node"), etag = tl_arena_printf(arena, "%d", call->version);
	size_t len = strlen(call->history);

	how->status = 200;
	if (!tl_str_equal(etag, base->etag))
		return tl_error_set(err, TL_CONFLICT, "changed");
	snprintf(call->node, sizeof(call->node), "%.*s", TL_FMT(node));
	snprintf(call->stamp, sizeof(call->stamp), "%.*s", TL_FMT(tl_item_text(attributes, "last_updated")));
	snprintf(call->history + len, sizeof(call->history) - len, "%.*s ", TL_FMT(node));
	call->version++;
	return show(out, arena, state, base->id, err);
}

static struct tl_driver driver;

/* ---- what the webhook hears */

static void copy_between(char *out, size_t size, const char *text, const char *before, const char *after)
{
	const char *at = strcasestr(text, before), *end;

	assert_non_null(at);
	at += strlen(before);
	end = strstr(at, after);
	assert_non_null(end);
	snprintf(out, size, "%.*s", (int)(end - at), at);
}

static void hear(struct peer_answer *out, const char *request, unsigned number, void *data)
{
	struct heard *one = &shared->heard[shared->n_heard];

	(void)number;
	(void)data;
	if (shared->answers_503 > 0) {
		shared->answers_503--;
		peer_reply_json(out, 503, "", "{}");
		return;
	}
	copy_between(one->id, sizeof(one->id), request, strstr(request, "simulationId") ? "\"simulationId\":\"" : "\"interactionId\":\"", "\"");
	if (!strstr(request, "simulationId"))
		copy_between(one->node, sizeof(one->node), request, "\"newState\":\"", "\"");
	copy_between(one->key, sizeof(one->key), request, "idempotency-key: ", "\r\n");
	shared->n_heard += shared->n_heard < MOST_HEARD - 1;
	peer_reply_json(out, 200, "", "{}");
}

/* What was heard of a call, each key once; a repetition of anything but the last is out of order. */
static void assert_heard(const char *row, const struct call *call)
{
	const struct heard *heard = shared->heard;
	char nodes[256] = "";
	const char *last = "";

	for (size_t i = 0; i < shared->n_heard; i++) {
		size_t len = strlen(nodes);

		if (strcmp(heard[i].id, call->id) != 0 || strcmp(heard[i].key, last) == 0)
			continue;
		for (size_t j = 0; j < i; j++)
			assert_row(row, strcmp(heard[j].key, heard[i].key) != 0);
		snprintf(nodes + len, sizeof(nodes) - len, "%s ", heard[i].node);
		last = heard[i].key;
	}
	assert_row(row, strcmp(nodes, call->history) == 0);
}

/* ---- one program */

struct yard {
	char *folder;
	char path[4096];
	struct tl_clock clock;
	struct tl_environment environment;
	struct tl_webhook webhook;
	pid_t peer;
	char name[64];
};

static void die_in_time(void *data, const char *place)
{
	(void)data;
	(void)place;
	if (shared->left > 0 && --shared->left == 0)
		kill(getpid(), SIGKILL);
}

static bool nobody_lives(void *data, struct tl_str owner)
{
	(void)data;
	(void)owner;
	return false;
}

static const struct { int call; const char *from, *to; } move_table[] = {
	{ 0, "main", "billing" }, { 1, "main", "billing" }, { 0, "billing", "queue" },
};

/* Moves whatever is not moved yet, then delivers; 0 where nothing is left. */
static int run_program(struct yard *yard)
{
	struct tl_platform_config config = { .environment = &yard->environment, .clock = &yard->clock };
	struct tl_lower lower = { .values = NULL };
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_ledger *ledger;
	struct tl_platform *platform;
	struct tl_str owner = tl_arena_printf(&arena, "%ld", (long)getpid());
	struct tl_outbox_counts counts;
	struct tl_courier courier;
	struct tl_mover mover;
	struct tl_transition_result result;

	if (tl_ledger_open(&ledger, yard->path, &yard->clock, &err) != 0 || tl_platform_open_driver(&platform, &driver, &config, &err) != 0)
		return 2;
	courier = (struct tl_courier){
		.ledger = ledger, .platform = platform, .clock = &yard->clock, .environment = yard->environment.name, .webhook = &yard->webhook,
		.owner = owner, .is_alive = nobody_lives, .workers = 1, .grace_ms = -1, .at = die_in_time,
	};
	mover = (struct tl_mover){
		.platform = platform, .ledger = ledger, .clock = &yard->clock, .environment = &yard->environment, .lower = &lower, .notify = true,
		.owner = owner, .at = die_in_time,
	};
	if (tl_courier_open(&courier, &err) != 0 || tl_mover_open(&mover, &err) != 0)
		return 3;
	for (size_t i = 0; i < TL_COUNT(move_table); i++) {
		struct tl_transition transition = {
			.interaction = tl_str(shared->calls[move_table[i].call].id), .flow = TL_STR("line"), .from = tl_str(move_table[i].from),
			.to = tl_str(move_table[i].to),
		};

		tl_mover_move(&result, &arena, &mover, &transition);
	}
	if (tl_courier_finish(&courier, 60000, &err) != 0 || tl_outbox_count(&counts, ledger, yard->environment.name, yard->webhook.name, &err) != 0)
		return 4;
	tl_courier_close(&courier);
	tl_mover_close(&mover);
	tl_platform_close(platform);
	tl_ledger_close(ledger);
	tl_arena_clear(&arena);
	return counts.waiting == 0 ? 0 : 5;
}

/* In a process that is killed at its nth place; 0: at none. Whether it was. */
static bool killed_at(struct yard *yard, int nth, int (*program)(struct yard *yard))
{
	pid_t child;
	int status;

	shared->left = nth;
	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(program(yard));
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status);
}

/* Killed at the nth place, then at the mth, then not; whether both came to pass. */
static bool try_places(struct yard *yard, int nth, int mth)
{
	bool killed;

	snprintf(yard->name, sizeof(yard->name), "try-%d-%d", nth, mth);
	yard->environment.name = tl_str(yard->name);
	shared->n_heard = 0;
	memset(shared->calls, 0, sizeof(shared->calls));
	for (int i = 0; i < CALLS; i++) {
		snprintf(shared->calls[i].id, sizeof(shared->calls[i].id), "%d.%d.%d", nth, mth, i);
		snprintf(shared->calls[i].node, sizeof(shared->calls[i].node), "main");
	}
	killed = killed_at(yard, nth, run_program);
	if (killed && mth > 0)
		killed = killed_at(yard, mth, run_program);
	assert_false(killed_at(yard, 0, run_program));
	assert_string_equal(shared->calls[0].history, "billing queue ");
	assert_string_equal(shared->calls[1].history, "billing ");
	for (size_t i = 0; i < CALLS; i++)
		assert_heard(yard->name, &shared->calls[i]);
	return killed;
}

/* ---- a program whose calls were simulated: a job that is known is asked for again, so that each run has the same results */

#define RESULTS 3

static int run_results(struct yard *yard)
{
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_outbox_counts counts;
	struct tl_ledger *ledger;
	struct tl_courier courier;

	if (tl_ledger_open(&ledger, yard->path, &yard->clock, &err) != 0)
		return 2;
	courier = (struct tl_courier){
		.ledger = ledger, .clock = &yard->clock, .environment = yard->environment.name, .webhook = &yard->webhook,
		.owner = tl_arena_printf(&arena, "%ld", (long)getpid()), .is_alive = nobody_lives, .workers = 1, .at = die_in_time,
	};
	if (tl_courier_open(&courier, &err) != 0)
		return 3;
	for (int i = 0; i < RESULTS; i++) {
		struct tl_str id = tl_arena_printf(&arena, "%s/%d", yard->name, i);
		struct tl_outbox_row row = {
			.environment = yard->environment.name, .webhook = yard->webhook.name, .interaction = id, .flow = TL_STR("line"), .node = TL_STR("line/case"),
			.stamp = TL_STR(""), .key = id, .body = tl_arena_printf(&arena, "{\"simulationId\":\"%.*s\"}", TL_FMT(id)), .owner = courier.owner,
		};

		die_in_time(NULL, "simulated");
		if (tl_outbox_add(ledger, &row, 1, &err) != 0)
			return 4;
		die_in_time(NULL, "kept");
	}
	if (tl_courier_finish(&courier, 60000, &err) != 0 || tl_outbox_count(&counts, ledger, yard->environment.name, yard->webhook.name, &err) != 0)
		return 5;
	tl_courier_close(&courier);
	tl_ledger_close(ledger);
	tl_arena_clear(&arena);
	return counts.waiting == 0 ? 0 : 6;
}

/* Each was heard, by one key, and nothing else was. */
static void assert_results(const struct yard *yard)
{
	for (int i = 0; i < RESULTS; i++) {
		char id[96];
		bool heard = false;

		snprintf(id, sizeof(id), "%s/%d", yard->name, i);
		for (size_t j = 0; j < shared->n_heard; j++)
			heard = heard || (strcmp(shared->heard[j].id, id) == 0 && strcmp(shared->heard[j].key, id) == 0);
		assert_row(id, heard);
	}
	for (size_t j = 0; j < shared->n_heard; j++)
		assert_row(shared->heard[j].key, strncmp(shared->heard[j].id, yard->name, strlen(yard->name)) == 0);
}

/* ---- the tests */

static void publish_flow(void)
{
	struct tl_flow *flow = unit_native("flow: line\nchannel: voice\nstart: main\nnodes:\n"
	                                   "  main: {type: play, prompt: {text: One.}, next: billing}\n"
	                                   "  billing: {type: play, prompt: {text: Two.}, next: queue}\n"
	                                   "  queue: {type: transfer, to: {queue: all}, failed: bye}\n"
	                                   "  bye: {type: end}\n");
	struct tl_put put = { .flow = flow, .version = 1, .publish = true };
	struct tl_arena arena = { 0 };
	struct tl_remote made;
	struct tl_error err = { 0 };

	fake_reset();
	assert_int_equal(fake_driver.create(&made, &arena, &fake, &put, &err), 0);
	driver = fake_driver;
	driver.can |= TL_CAN_INTERACT;
	driver.interaction = show;
	driver.interaction_patch = change;
	tl_arena_clear(&arena);
	tl_flow_free(flow);
}

/* The webhook is a process of its own: one that forks as often as this one has no other thread. */
static pid_t start_peer(void)
{
	pid_t parent = getpid(), child;
	int ready[2];
	char byte;

	fflush(NULL);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		struct peer *peer;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		peer = peer_open(hear, NULL);
		snprintf(shared->address, sizeof(shared->address), "%s", peer_address(peer));
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static int open_yard(void **state, bool server)
{
	struct yard *yard = tl_alloc_zero(1, sizeof(*yard));

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	publish_flow();
	yard->folder = unit_scratch_in_memory();
	yard->clock = tl_clock_system();
	if (server)
		store_yard_address(yard->path, sizeof(yard->path), getenv("TRUNKLINE_TEST_POSTGRES"));
	else
		snprintf(yard->path, sizeof(yard->path), "%s/ledger.db", yard->folder);
	yard->peer = start_peer();
	yard->webhook = (struct tl_webhook){ .name = TL_STR("crm"), .url = tl_str(shared->address), .allow_private = true };
	*state = yard;
	return 0;
}

static int set_up(void **state)
{
	return open_yard(state, false);
}

static int set_up_server(void **state)
{
	return open_yard(state, true);
}

static int tear_down(void **state)
{
	struct yard *yard = *state;

	kill(yard->peer, SIGKILL);
	waitpid(yard->peer, NULL, 0);
	munmap(shared, sizeof(*shared));
	unit_scratch_remove(yard->folder);
	fake_reset();
	free(yard);
	return 0;
}

static void killed_anywhere_nothing_is_lost_or_invented(void **state)
{
	int places = 0;

	while (places < MOST_PLACES && try_places(*state, places + 1, 0))
		places++;
	/* Three moves of three steps, three events of two. */
	assert_int_equal(places, 15);
}

static void killed_again_neither(void **state)
{
	for (int nth = 2; nth <= 14; nth += 3) {
		for (int mth = 1; mth <= SECONDS_MOST; mth++)
			try_places(*state, nth, mth);
	}
}

static void results_of_a_killed_program_are_told(void **state)
{
	struct yard *yard = *state;
	int places = 0;
	bool killed = true;

	yard->webhook.name = TL_STR("qa");
	while (killed && places < MOST_PLACES) {
		snprintf(yard->name, sizeof(yard->name), "qa-%d", places + 1);
		yard->environment.name = tl_str(yard->name);
		shared->n_heard = 0;
		killed = killed_at(yard, places + 1, run_results);
		assert_false(killed_at(yard, 0, run_results));
		assert_results(yard);
		places += killed;
	}
	/* Three results of two places, three events of two. */
	assert_int_equal(places, 12);
}

static void what_is_put_off_keeps_its_place(void **state)
{
	shared->answers_503 = 2;
	try_places(*state, 0, 0);
	assert_int_equal(shared->answers_503, 0);
}

#define TESTS(set_up) \
	cmocka_unit_test_setup_teardown(killed_anywhere_nothing_is_lost_or_invented, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(killed_again_neither, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(results_of_a_killed_program_are_told, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(what_is_put_off_keeps_its_place, set_up, tear_down)

int test_live_webhook(void)
{
	const struct CMUnitTest on_file[] = { TESTS(set_up) }, on_server[] = { TESTS(set_up_server) };
	int failed = cmocka_run_group_tests_name("killed while a webhook is told, with a file", on_file, NULL, NULL);

	if (store_yard_has_server("killed while a webhook is told"))
		failed += cmocka_run_group_tests_name("killed while a webhook is told, with PostgreSQL", on_server, NULL, NULL);
	return failed;
}
