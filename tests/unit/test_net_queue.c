/* tests/unit/test_net_queue.c: a queue of work on a real server: what is taken, settled, given back, kept alive; servers that restart, workers that die. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "nats_yard.h"
#include "net/intake.h"
#include "net/queue.h"
#include "net/queue_address.h"
#include "unit.h"

#define MOST 64
/* No test waits so long but for what never comes. */
#define PATIENCE_MS 60000

/* A worker: what it was offered, and what of that it still holds. */
struct worker {
	struct tl_loop *loop;
	struct tl_queue *queue;
	struct tl_intake *intake;         /* in place of it */
	struct tl_offered *offered;       /* its last */
	struct tl_error err;
	struct {
		unsigned number;
		uint64_t deliveries;
		struct tl_queued *queued; /* NULL: settled */
	} taken[MOST];
	size_t n_taken;
	unsigned troubles, recoveries, refusals;
	char said[500];
	bool settles;                     /* at once, and wants another */
};

static void take(void *data, struct tl_queued *queued, struct tl_str text, uint64_t deliveries)
{
	struct worker *worker = data;
	char number[16];

	assert_true(worker->n_taken < MOST);
	snprintf(number, sizeof(number), "%.*s", TL_FMT(text));
	worker->taken[worker->n_taken].number = (unsigned)strtoul(number, NULL, 10);
	worker->taken[worker->n_taken].deliveries = deliveries;
	worker->taken[worker->n_taken++].queued = worker->settles ? NULL : queued;
	if (worker->settles) {
		tl_queue_settle(queued, TL_QUEUE_DONE);
		tl_queue_want(worker->queue, 5);
	}
}

static void refuse(void *data, const char *why)
{
	struct worker *worker = data;

	worker->refusals++;
	snprintf(worker->said, sizeof(worker->said), "%s", why);
}

static void hear(void *data, const char *why)
{
	struct worker *worker = data;

	if (!why) {
		worker->recoveries++;
		return;
	}
	worker->troubles++;
	snprintf(worker->said, sizeof(worker->said), "%s", why);
}

static struct tl_queue_config config_of(struct worker *worker, const char *address)
{
	return (struct tl_queue_config){ .loop = worker->loop, .address = address, .message = take, .refused = refuse, .trouble = hear, .data = worker };
}

static void open_worker(struct worker *worker, const char *stream, int64_t work_ms)
{
	char address[200];
	struct tl_queue_config config;

	nats_yard_address(address, sizeof(address), stream, "workers");
	config = config_of(worker, address);
	config.work_ms = work_ms;
	assert_row(worker->err.message, tl_queue_open(&worker->queue, &config, &worker->err) == 0);
}

static void close_worker(struct worker *worker)
{
	tl_queue_close(worker->queue);
	tl_intake_close(worker->intake);
	worker->queue = NULL;
	worker->intake = NULL;
}

/* Runs the loop until it holds, or for so long that it never will. */
#define await(worker, condition) \
	do { \
		for (int waited = 0; !(condition) && waited < PATIENCE_MS; waited += 10) \
			assert_int_equal(tl_loop_run((worker)->loop, 10, NULL, NULL), 0); \
		assert_row((worker)->said, condition); \
	} while (0)

static void settle(struct worker *worker, size_t index, enum tl_queue_verdict verdict)
{
	struct tl_queued *queued = worker->taken[index].queued;

	assert_non_null(queued);
	worker->taken[index].queued = NULL;
	tl_queue_settle(queued, verdict);
}

/* How often it was offered that message. */
static unsigned times(const struct worker *worker, unsigned number)
{
	unsigned n = 0;

	for (size_t i = 0; i < worker->n_taken; i++)
		n += worker->taken[i].number == number;
	return n;
}

#define WORKERS 2

/* Two of them for each test, closed with it. */
static int set_up(void **state)
{
	struct worker *workers = tl_alloc_zero(WORKERS, sizeof(*workers));

	if (tl_loop_open(&workers[0].loop, &workers[0].err) != 0)
		return -1;
	workers[1].loop = workers[0].loop;
	*state = workers;
	return 0;
}

static int tear_down(void **state)
{
	struct worker *workers = *state;

	for (size_t i = 0; i < WORKERS; i++)
		close_worker(&workers[i]);
	tl_loop_close(workers[0].loop);
	free(workers);
	return 0;
}

static struct worker *worker_of(void **state, size_t index)
{
	return (struct worker *)*state + index;
}

/* --- Addresses */

static void addresses_are_as_the_table_says(void **state)
{
	static const struct {
		const char *text;
		bool insecure;
		const char *server; /* NULL: refused, */
		const char *said;   /* with these words */
	} table[] = {
		{ "nats://127.0.0.1:4333/CALLS/workers", false, "nats://127.0.0.1:4333", NULL },
		{ "nats://localhost/CALLS/workers", false, "nats://localhost:4222", NULL },
		{ "NATS://[::1]:80/CALLS/w-1_2", false, "nats://[::1]:80", NULL },
		{ "nats://[::1]/CALLS/w", false, "nats://[::1]:4222", NULL },
		{ "tls://nats.example.com/CALLS/workers", false, "tls://nats.example.com:4222", NULL },
		{ "nats://nats.example.com/CALLS/workers", true, "nats://nats.example.com:4222", NULL },
		{ "nats://nats.example.com/CALLS/workers", false, NULL, "plain text" },
		{ "nats://user:S3cret@127.0.0.1/CALLS/workers", false, NULL, "your configuration" },
		{ "nats://S3cret@127.0.0.1/CALLS/workers", false, NULL, "your configuration" },
		{ "nats://127.0.0.1:4333", false, NULL, "/STREAM/CONSUMER" },
		{ "nats://127.0.0.1:4333/CALLS", false, NULL, "/STREAM/CONSUMER" },
		{ "nats://127.0.0.1:4333/CALLS/", false, NULL, "/STREAM/CONSUMER" },
		{ "nats://127.0.0.1:4333/CALLS/a/b", false, NULL, "/STREAM/CONSUMER" },
		{ "nats://127.0.0.1:4333/CA.LS/a", false, NULL, "/STREAM/CONSUMER" },
		{ "nats://127.0.0.1:4333/CALLS/>", false, NULL, "/STREAM/CONSUMER" },
		{ "nats://127.0.0.1:99999/CALLS/a", false, NULL, "host or port" },
		{ "nats:///CALLS/a", false, NULL, "host or port" },
		{ "http://127.0.0.1/CALLS/a", false, NULL, "no nats://" },
		{ "nats://a\x1b[2J/CALLS/a", false, NULL, "host or port" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct tl_queue_address address;
		struct tl_arena arena = { 0 };
		struct tl_error err = { 0 };
		int ret = tl_queue_address_parse(&address, &arena, tl_str(table[i].text), table[i].insecure, &err);

		assert_row(table[i].text, (ret == 0) == (table[i].server != NULL));
		if (ret == 0) {
			assert_row(table[i].text, tl_str_is(address.server, table[i].server));
			assert_row(table[i].text, tl_str_is(address.stream, "CALLS"));
		} else {
			assert_int_equal(err.code, TL_USAGE);
			assert_row(err.message, strstr(err.message, table[i].said) && !strstr(err.message, "S3cret") && !strchr(err.message, '\x1b'));
		}
		tl_arena_clear(&arena);
	}
}

/* --- Workers */

/* Another process that takes `count` messages, says so by closing its end of the pipe, and holds them until it is killed. */
static pid_t start_holder(const char *stream, int64_t work_ms, size_t count)
{
	int pipe_fds[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(pipe_fds), 0);
	child = fork();
	if (child == 0) {
		struct worker worker = { 0 };

		if (tl_loop_open(&worker.loop, &worker.err) != 0)
			_exit(1);
		open_worker(&worker, stream, work_ms);
		tl_queue_want(worker.queue, count);
		close(pipe_fds[0]);
		while (worker.n_taken < count)
			tl_loop_run(worker.loop, 10, NULL, NULL);
		if (write(pipe_fds[1], "!", 1) == 1)
			tl_loop_run(worker.loop, 0, NULL, NULL);
		_exit(1);
	}
	close(pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	close(pipe_fds[0]);
	return child;
}

/* The first of all, since the process must not have started libnats before it makes another. */
static void a_dead_workers_messages_go_to_another(void **state)
{
	struct worker *worker = worker_of(state, 0);
	pid_t holder;
	int status;

	nats_yard_stream("DEATH");
	nats_yard_publish("DEATH", 1, 3);
	holder = start_holder("DEATH", 1000, 3);
	assert_int_equal(nats_yard_info("DEATH", "workers").ack_pending, 3);
	kill(holder, SIGKILL);
	assert_int_equal(waitpid(holder, &status, 0), holder);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	open_worker(worker, "DEATH", 0);
	tl_queue_want(worker->queue, 10);
	await(worker, worker->n_taken == 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(times(worker, (unsigned)i + 1), 1);
		assert_int_equal(worker->taken[i].deliveries, 2);
		settle(worker, i, TL_QUEUE_DONE);
	}
	await(worker, nats_yard_info("DEATH", "workers").messages == 0);
	close_worker(worker);
}

static void as_many_as_there_is_room_for_are_taken(void **state)
{
	struct worker *worker = worker_of(state, 0);

	nats_yard_stream("ROOM");
	nats_yard_publish("ROOM", 1, 5);
	open_worker(worker, "ROOM", 0);
	tl_loop_run(worker->loop, 50, NULL, NULL);
	assert_int_equal(worker->n_taken, 0);
	tl_queue_want(worker->queue, 3);
	await(worker, worker->n_taken == 3);
	tl_loop_run(worker->loop, 50, NULL, NULL);
	assert_int_equal(worker->n_taken, 3);
	assert_int_equal(tl_queue_held(worker->queue), 3);
	for (size_t i = 0; i < 3; i++)
		settle(worker, i, TL_QUEUE_DONE);
	assert_int_equal(tl_queue_held(worker->queue), 0);
	await(worker, nats_yard_info("ROOM", "workers").messages == 2);
	tl_queue_want(worker->queue, 10);
	await(worker, worker->n_taken == 5);
	settle(worker, 3, TL_QUEUE_DONE);
	settle(worker, 4, TL_QUEUE_DONE);
	/* Settled, and closed at once: it still arrives. */
	close_worker(worker);
	assert_int_equal(nats_yard_info("ROOM", "workers").messages, 0);
}

static void what_is_given_back_comes_again_and_what_is_refused_does_not(void **state)
{
	struct worker *worker = worker_of(state, 0);

	nats_yard_stream("BACK");
	nats_yard_publish("BACK", 1, 2);
	open_worker(worker, "BACK", 0);
	tl_queue_want(worker->queue, 5);
	await(worker, worker->n_taken == 2);
	settle(worker, 0, TL_QUEUE_AGAIN);
	settle(worker, 1, TL_QUEUE_REFUSED);
	await(worker, worker->n_taken == 3);
	assert_int_equal(worker->taken[2].number, worker->taken[0].number);
	assert_int_equal(worker->taken[2].deliveries, 2);
	assert_int_equal(nats_yard_info("BACK", "workers").messages, 1);
	settle(worker, 2, TL_QUEUE_DONE);
	close_worker(worker);
	assert_int_equal(nats_yard_info("BACK", "workers").messages, 0);
}

static void a_message_that_is_held_stays_ours(void **state)
{
	struct worker *holder = worker_of(state, 0), *other = worker_of(state, 1);

	nats_yard_stream("LIFE");
	nats_yard_publish("LIFE", 1, 1);
	open_worker(holder, "LIFE", 1500);
	open_worker(other, "LIFE", 0);
	tl_queue_want(holder->queue, 1);
	await(holder, holder->n_taken == 1);
	tl_queue_want(other->queue, 1);
	tl_loop_run(holder->loop, 3200, NULL, NULL);
	assert_int_equal(other->n_taken, 0);
	settle(holder, 0, TL_QUEUE_DONE);
	close_worker(holder);
	assert_int_equal(nats_yard_info("LIFE", "workers").messages, 0);
	close_worker(other);
}

static void what_is_held_at_the_end_is_given_back(void **state)
{
	struct worker *first = worker_of(state, 0), *second = worker_of(state, 1);

	nats_yard_stream("LEFT");
	nats_yard_publish("LEFT", 1, 3);
	open_worker(first, "LEFT", 600000);
	tl_queue_want(first->queue, 5);
	await(first, first->n_taken == 3);
	open_worker(second, "LEFT", 0);
	tl_queue_want(second->queue, 5);
	close_worker(first);
	await(second, second->n_taken == 3);
	for (unsigned number = 1; number <= 3; number++)
		assert_int_equal(times(second, number), 1);
	close_worker(second);
	assert_int_equal(nats_yard_info("LEFT", "workers").messages, 3);
}

/* A request that is open is taken back: what comes then is nobody's yet. */
static void a_worker_that_wants_none_gets_none(void **state)
{
	struct worker *worker = worker_of(state, 0);

	nats_yard_stream("NONE");
	open_worker(worker, "NONE", 0);
	tl_queue_want(worker->queue, 5);
	await(worker, nats_yard_info("NONE", "workers").waiting == 1);
	tl_queue_want(worker->queue, 0);
	await(worker, nats_yard_info("NONE", "workers").waiting == 0);
	nats_yard_publish("NONE", 1, 3);
	tl_loop_run(worker->loop, 100, NULL, NULL);
	assert_int_equal(worker->n_taken, 0);
	assert_int_equal(nats_yard_info("NONE", "workers").pending, 3);
	tl_queue_want(worker->queue, 5);
	await(worker, worker->n_taken == 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(worker->taken[i].deliveries, 1);
	close_worker(worker);
}

static void two_workers_share_the_load(void **state)
{
	struct worker *workers = worker_of(state, 0);

	nats_yard_stream("SHARE");
	for (size_t i = 0; i < 2; i++) {
		open_worker(&workers[i], "SHARE", 0);
		workers[i].settles = true;
		tl_queue_want(workers[i].queue, 5);
	}
	await(&workers[0], nats_yard_info("SHARE", "workers").waiting == 2);
	nats_yard_publish("SHARE", 1, 20);
	await(&workers[0], workers[0].n_taken + workers[1].n_taken >= 20);
	assert_true(workers[0].n_taken > 0 && workers[1].n_taken > 0);
	for (unsigned number = 1; number <= 20; number++)
		assert_int_equal(times(&workers[0], number) + times(&workers[1], number), 1);
	close_worker(&workers[0]);
	close_worker(&workers[1]);
	assert_int_equal(nats_yard_info("SHARE", "workers").messages, 0);
}

static void messages_that_are_too_large_are_removed_and_told(void **state)
{
	struct worker *worker = worker_of(state, 0);

	nats_yard_stream("LARGE");
	open_worker(worker, "LARGE", 0);
	nats_yard_tool("publish LARGE <<END\n$(seq 20000 | tr '\\n' ' ')\n7\nEND");
	tl_queue_want(worker->queue, 5);
	await(worker, worker->n_taken == 1 && worker->refusals == 1);
	assert_non_null(strstr(worker->said, "more than 65536"));
	assert_int_equal(worker->taken[0].number, 7);
	await(worker, nats_yard_info("LARGE", "workers").messages == 1);
	close_worker(worker);
}

/* --- Servers */

/* Cut off in the middle: what was held is still ours and offered to us once, though the server has forgotten that it gave it to us; the rest comes after. */
static void a_server_that_restarts_is_waited_for(void **state)
{
	struct worker *worker = worker_of(state, 0);

	nats_yard_stream("AGAIN");
	nats_yard_publish("AGAIN", 1, 20);
	open_worker(worker, "AGAIN", 0);
	tl_queue_want(worker->queue, 10);
	await(worker, worker->n_taken == 10);
	nats_yard_control("kill");
	await(worker, worker->troubles > 0);
	assert_non_null(strstr(worker->said, "trying again"));
	nats_yard_control("start");
	await(worker, worker->recoveries == 1);
	for (size_t i = 0; i < 10; i++)
		settle(worker, i, TL_QUEUE_DONE);
	tl_queue_want(worker->queue, 20);
	await(worker, worker->n_taken == 20);
	for (unsigned number = 1; number <= 20; number++)
		assert_int_equal(times(worker, number), 1);
	for (size_t i = 10; i < 20; i++)
		settle(worker, i, TL_QUEUE_DONE);
	await(worker, nats_yard_info("AGAIN", "workers").messages == 0);
	close_worker(worker);
}

/* What was settled while there was no server is said when there is one; the end waits for none. */
static void what_is_settled_without_a_server_is_said_later(void **state)
{
	struct worker *worker = worker_of(state, 0);

	nats_yard_stream("LATER");
	nats_yard_publish("LATER", 1, 2);
	open_worker(worker, "LATER", 0);
	tl_queue_want(worker->queue, 2);
	await(worker, worker->n_taken == 2);
	nats_yard_control("stop");
	await(worker, worker->troubles > 0);
	settle(worker, 0, TL_QUEUE_DONE);
	tl_loop_run(worker->loop, 50, NULL, NULL);
	nats_yard_control("start");
	await(worker, worker->recoveries > 0);
	await(worker, nats_yard_info("LATER", "workers").messages == 1);
	nats_yard_control("stop");
	await(worker, worker->troubles > 1);
	close_worker(worker);
	nats_yard_control("start");
	assert_int_equal(nats_yard_info("LATER", "workers").messages, 1);
}

static void a_consumer_that_is_gone_is_made_again(void **state)
{
	struct worker *worker = worker_of(state, 0);

	nats_yard_stream("GONE");
	open_worker(worker, "GONE", 0);
	tl_queue_want(worker->queue, 5);
	await(worker, nats_yard_info("GONE", "workers").waiting == 1);
	nats_yard_tool("drop GONE workers");
	nats_yard_publish("GONE", 1, 2);
	await(worker, worker->n_taken == 2);
	nats_yard_tool("drop GONE");
	await(worker, worker->troubles == 1);
	assert_non_null(strstr(worker->said, "no stream 'GONE'"));
	nats_yard_stream("GONE");
	await(worker, worker->recoveries == 1);
	close_worker(worker);
}

struct refusal {
	const char *what;
	const char *server;          /* NULL: the test's own */
	const char *stream, *consumer;
	const char *user, *password;
	const char *ca;              /* NULL: none, "": the test's own */
	enum tl_code code;           /* TL_OK: it opens */
	const char *said;
};

static void open_as(struct worker *worker, const struct refusal *row)
{
	char address[200];
	struct tl_queue_config config;
	const char *own_ca = getenv("TRUNKLINE_TEST_NATS_CA");
	int ret;

	snprintf(address, sizeof(address), "%s/%s/%s", row->server ? row->server : getenv("TRUNKLINE_TEST_NATS"), row->stream, row->consumer);
	config = config_of(worker, address);
	config.login = (struct tl_queue_login){ .user = tl_str(row->user), .password = tl_str(row->password) };
	config.login.ca = tl_str(row->ca && !*row->ca ? own_ca : row->ca);
	worker->err = (struct tl_error){ 0 };
	ret = tl_queue_open(&worker->queue, &config, &worker->err);
	assert_row(ret == 0 ? row->what : worker->err.message, (ret == 0) == (row->code == TL_OK));
	assert_row(worker->err.message, worker->err.code == row->code);
	if (ret != 0)
		assert_row(worker->err.message, strstr(worker->err.message, row->said) && !strstr(worker->err.message, "S3cret"));
	close_worker(worker);
}

static void what_cannot_be_opened_is_said_to(void **state)
{
	const char *tls = getenv("TRUNKLINE_TEST_NATS_TLS"), *colon = tls && *tls ? strrchr(tls, ':') : NULL;
	char other_name[100], other_scheme[100];
	const struct refusal table[] = {
		{ "a right password", NULL, "OPEN", "workers", "guarded", "S3cret", NULL, TL_OK, NULL },
		{ "a wrong password", NULL, "OPEN", "workers", "guarded", "wrong S3cret", NULL, TL_REFUSED, "refuses the credentials" },
		{ "no rights", NULL, "OPEN", "workers", "barred", "S3cret", NULL, TL_REFUSED, "permi" },
		{ "no stream", NULL, "NOWHERE", "workers", NULL, NULL, NULL, TL_NOT_FOUND, "nats stream add NOWHERE" },
		{ "a consumer with a subject of its own", NULL, "OPEN", "some", NULL, NULL, NULL, TL_REFUSED, "workqueue" },
		{ "no TLS there", other_scheme, "OPEN", "workers", NULL, NULL, NULL, TL_USAGE, "speaks no TLS" },
		{ "no server", "nats://127.0.0.1:1", "OPEN", "workers", NULL, NULL, NULL, TL_IO, "no server answers" },
		{ "no such file of certificates", "tls://127.0.0.1:1", "OPEN", "workers", NULL, NULL, "/nowhere", TL_USAGE, "/nowhere" },
	};
	const struct refusal tls_table[] = {
		{ "our own authority", tls, "OPEN", "workers", "guarded", "S3cret", "", TL_NOT_FOUND, "nats stream add" },
		{ "a wrong password", tls, "OPEN", "workers", "guarded", "wrong", "", TL_REFUSED, "refuses the credentials" },
		{ "an authority that nobody knows", tls, "OPEN", "workers", NULL, NULL, NULL, TL_IO, "TLS" },
		{ "a name that the certificate has not", other_name, "OPEN", "workers", NULL, NULL, "", TL_IO, "TLS" },
	};

	nats_yard_stream("OPEN");
	snprintf(other_scheme, sizeof(other_scheme), "tls://%s", getenv("TRUNKLINE_TEST_NATS") + strlen("nats://"));
	snprintf(other_name, sizeof(other_name), "tls://127.0.0.1%s", colon ? colon : "");
	for (size_t i = 0; i < TL_COUNT(table); i++)
		open_as(worker_of(state, 0), &table[i]);
	for (size_t i = 0; i < TL_COUNT(tls_table) && colon; i++)
		open_as(worker_of(state, 0), &tls_table[i]);
}

/* --- As an intake */

static void take_offer(void *data, struct tl_offered *offered, struct tl_str text)
{
	struct worker *worker = data;

	worker->taken[worker->n_taken++].number = (unsigned)strtoul(text.ptr, NULL, 10);
	worker->offered = offered;
}

static void messages_are_offers_like_others(void **state)
{
	struct worker *worker = worker_of(state, 0);
	char address[200];
	struct tl_intake_config config = { .loop = worker->loop, .address = address, .offer = take_offer, .refused = refuse, .trouble = hear, .data = worker };

	nats_yard_stream("INTAKE");
	nats_yard_tool("publish INTAKE <<END\n1\n \n2\nEND");
	nats_yard_address(address, sizeof(address), "INTAKE", "workers");
	assert_row(worker->err.message, tl_intake_open(&worker->intake, &config, &worker->err) == 0);
	tl_intake_want(worker->intake, 2);
	await(worker, worker->n_taken == 2 && worker->refusals == 1);
	assert_int_equal(worker->taken[0].number, 1);
	assert_int_equal(worker->taken[1].number, 2);
	assert_int_equal(tl_intake_held(worker->intake), 2);
	tl_intake_settle(worker->offered, TL_QUEUE_DONE, TL_STR("nobody is told"));
	close_worker(worker);
	assert_int_equal(nats_yard_info("INTAKE", "workers").messages, 1);
}

int test_net_queue(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_as_the_table_says),
	};
	const struct CMUnitTest on_server[] = {
		cmocka_unit_test_setup_teardown(a_dead_workers_messages_go_to_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(as_many_as_there_is_room_for_are_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_given_back_comes_again_and_what_is_refused_does_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_message_that_is_held_stays_ours, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_held_at_the_end_is_given_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_worker_that_wants_none_gets_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_workers_share_the_load, set_up, tear_down),
		cmocka_unit_test_setup_teardown(messages_that_are_too_large_are_removed_and_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_server_that_restarts_is_waited_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_settled_without_a_server_is_said_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_consumer_that_is_gone_is_made_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_cannot_be_opened_is_said_to, set_up, tear_down),
		cmocka_unit_test_setup_teardown(messages_are_offers_like_others, set_up, tear_down),
	};
	int failed = cmocka_run_group_tests_name("addresses of queues", tests, NULL, NULL);

	if (nats_yard_has_server("queues of work"))
		failed += cmocka_run_group_tests_name("queues of work", on_server, NULL, NULL);
	return failed;
}
