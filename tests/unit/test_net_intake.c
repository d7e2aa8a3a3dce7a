/* tests/unit/test_net_intake.c: where work is offered: lines of files and pipes, clients of a Unix socket. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "net/intake.h"
#include "unit.h"

#define MOST 32
#define CLIENTS 4
/* No test waits so long but for what never comes. */
#define PATIENCE_MS 60000

struct yard {
	struct tl_loop *loop;
	struct tl_intake *intake;
	struct tl_error err;
	char *folder;
	char path[100];
	char texts[MOST][64];
	uint64_t lines[MOST];             /* their numbers */
	struct tl_offered *offers[MOST];  /* NULL: settled */
	size_t n_offers, n_refused, n_ended;
	char said[300];
	int fds[CLIENTS];                 /* closed with the test; -1: none */
	bool settles;                     /* within the offer */
};

static void take(void *data, struct tl_offered *offered, struct tl_str text)
{
	struct yard *yard = data;

	assert_true(yard->n_offers < MOST);
	snprintf(yard->texts[yard->n_offers], sizeof(yard->texts[0]), "%.*s", TL_FMT(text));
	yard->lines[yard->n_offers] = tl_intake_line(offered);
	yard->offers[yard->n_offers++] = yard->settles ? NULL : offered;
	if (yard->settles)
		tl_intake_settle(offered, TL_QUEUE_DONE, text);
}

static void refuse(void *data, const char *why)
{
	struct yard *yard = data;

	yard->n_refused++;
	snprintf(yard->said, sizeof(yard->said), "%s", why);
}

static void end(void *data, const char *why)
{
	struct yard *yard = data;

	yard->n_ended++;
	snprintf(yard->said, sizeof(yard->said), "%s", why ? why : "");
}

static int set_up(void **state)
{
	struct yard *yard = tl_alloc_zero(1, sizeof(*yard));

	yard->folder = unit_scratch();
	assert_true((size_t)snprintf(yard->path, sizeof(yard->path), "%s/place", yard->folder) < sizeof(yard->path));
	for (size_t i = 0; i < CLIENTS; i++)
		yard->fds[i] = -1;
	*state = yard;
	return tl_loop_open(&yard->loop, &yard->err);
}

static int tear_down(void **state)
{
	struct yard *yard = *state;

	tl_intake_close(yard->intake);
	for (size_t i = 0; i < CLIENTS; i++) {
		if (yard->fds[i] >= 0)
			close(yard->fds[i]);
	}
	tl_loop_close(yard->loop);
	unit_scratch_remove(yard->folder);
	free(yard);
	return 0;
}

static int open_intake(struct yard *yard, const char *scheme, const char *path, int input)
{
	char address[300];
	struct tl_intake_config config = { .loop = yard->loop, .address = address, .input = input, .offer = take, .refused = refuse, .ended = end, .data = yard };

	snprintf(address, sizeof(address), "%s%s", scheme, path);
	yard->err = (struct tl_error){ 0 };
	return tl_intake_open(&yard->intake, &config, &yard->err);
}

static void must_open(struct yard *yard, const char *scheme, const char *path, int input)
{
	int ret = open_intake(yard, scheme, path, input);

	assert_row(yard->err.message, ret == 0);
}

static void turn(struct yard *yard)
{
	assert_int_equal(tl_loop_run(yard->loop, 20, NULL, NULL), 0);
}

#define await(yard, condition) \
	do { \
		for (int waited = 0; !(condition) && waited < PATIENCE_MS; waited += 5) \
			assert_int_equal(tl_loop_run((yard)->loop, 5, NULL, NULL), 0); \
		assert_row((yard)->said, condition); \
	} while (0)

static void settle(struct yard *yard, size_t index, const char *result)
{
	struct tl_offered *offered = yard->offers[index];

	assert_non_null(offered);
	yard->offers[index] = NULL;
	tl_intake_settle(offered, TL_QUEUE_DONE, tl_str(result));
}

static void write_file(struct yard *yard, const char *text)
{
	assert_int_equal(tl_file_write(yard->path, tl_str(text), 0600, &yard->err), 0);
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* --- Lines */

static void lines_are_offered_as_there_is_room(void **state)
{
	struct yard *yard = *state;

	write_file(yard, "one\n\n  \ntwo\r\nthree");
	must_open(yard, "", yard->path, -1);
	turn(yard);
	assert_int_equal(yard->n_offers, 0);
	tl_intake_want(yard->intake, 1);
	assert_int_equal(yard->n_offers, 0);
	turn(yard);
	assert_int_equal(yard->n_offers, 1);
	assert_int_equal(tl_intake_held(yard->intake), 1);
	settle(yard, 0, "done");
	assert_int_equal(tl_intake_held(yard->intake), 0);
	tl_intake_want(yard->intake, 5);
	turn(yard);
	assert_string_equal(yard->texts[0], "one");
	assert_string_equal(yard->texts[1], "two");
	assert_string_equal(yard->texts[2], "three");
	assert_int_equal(yard->lines[0], 1);
	assert_int_equal(yard->lines[1], 4);
	assert_int_equal(yard->lines[2], 5);
	assert_int_equal(yard->n_offers, 3);
	assert_int_equal(yard->n_ended, 1);
	assert_string_equal(yard->said, "");
	tl_intake_want(yard->intake, 5);
	turn(yard);
	assert_int_equal(yard->n_ended, 1);
}

static void a_pipe_is_not_read_while_there_is_no_room(void **state)
{
	struct yard *yard = *state;
	int unread;

	assert_int_equal(pipe(yard->fds), 0);
	must_open(yard, "-", "", yard->fds[0]);
	say(yard->fds[1], "one\ntwo\n");
	turn(yard);
	assert_int_equal(ioctl(yard->fds[0], FIONREAD, &unread), 0);
	assert_int_equal(unread, 8);
	tl_intake_want(yard->intake, 1);
	await(yard, yard->n_offers == 1);
	say(yard->fds[1], "three\nfo");
	turn(yard);
	assert_int_equal(ioctl(yard->fds[0], FIONREAD, &unread), 0);
	assert_int_equal(unread, 8);
	tl_intake_want(yard->intake, 9);
	await(yard, yard->n_offers == 3);
	assert_int_equal(yard->n_ended, 0);
	say(yard->fds[1], "ur");
	close(yard->fds[1]);
	yard->fds[1] = -1;
	await(yard, yard->n_ended == 1);
	assert_int_equal(yard->n_offers, 4);
	assert_string_equal(yard->texts[3], "four");
	/* It is as it was: still open, still blocking. */
	assert_int_equal(fcntl(yard->fds[0], F_GETFL) & O_NONBLOCK, 0);
}

static void lines_that_are_too_long_are_told_and_skipped(void **state)
{
	static const size_t size_table[] = { 65536, 65537, 100000, 300000 };
	struct yard *yard = *state;
	struct tl_buf text = { 0 };

	for (size_t i = 0; i < TL_COUNT(size_table); i++) {
		tl_buf_printf(&text, "%zu", size_table[i]);
		for (size_t n = 5 + (size_table[i] > 99999); n < size_table[i]; n++)
			tl_buf_char(&text, 'x');
		tl_buf_text(&text, "\nnext\n");
	}
	assert_int_equal(tl_file_write(yard->path, tl_buf_view(&text), 0600, &yard->err), 0);
	tl_buf_clear(&text);
	must_open(yard, "", yard->path, -1);
	tl_intake_want(yard->intake, MOST);
	turn(yard);
	assert_int_equal(yard->n_offers, 5);
	assert_int_equal(yard->n_refused, 3);
	assert_true(strncmp(yard->texts[0], "65536x", 6) == 0);
	for (size_t i = 1; i < 5; i++)
		assert_string_equal(yard->texts[i], "next");
	assert_int_equal(yard->n_ended, 1);
}

static void the_line_that_is_too_long_is_named(void **state)
{
	struct yard *yard = *state;
	struct tl_buf text = { 0 };

	tl_buf_text(&text, "one\n\n");
	for (size_t n = 0; n < 70000; n++)
		tl_buf_char(&text, 'x');
	assert_int_equal(tl_file_write(yard->path, tl_buf_view(&text), 0600, &yard->err), 0);
	tl_buf_clear(&text);
	must_open(yard, "", yard->path, -1);
	/* Room for the one line, then for what is no offer. */
	tl_intake_want(yard->intake, 1);
	turn(yard);
	assert_int_equal(yard->n_refused, 0);
	tl_intake_want(yard->intake, 1);
	turn(yard);
	assert_int_equal(yard->n_refused, 1);
	assert_int_equal(yard->n_ended, 1);
}

static void a_fifo_ends_when_its_writers_have_left(void **state)
{
	struct yard *yard = *state;

	assert_int_equal(mkfifo(yard->path, 0600), 0);
	must_open(yard, "", yard->path, -1);
	tl_intake_want(yard->intake, 5);
	tl_loop_run(yard->loop, 30, NULL, NULL);
	assert_int_equal(yard->n_ended, 0);
	yard->fds[0] = open(yard->path, O_WRONLY | O_CLOEXEC);
	say(yard->fds[0], "one\n");
	await(yard, yard->n_offers == 1);
	assert_int_equal(yard->n_ended, 0);
	close(yard->fds[0]);
	yard->fds[0] = -1;
	await(yard, yard->n_ended == 1);
}

static void what_cannot_be_read_is_said_to(void **state)
{
	struct yard *yard = *state;

	assert_int_equal(open_intake(yard, "", yard->path, -1), -1);
	assert_int_equal(yard->err.code, TL_NOT_FOUND);
	assert_int_equal(open_intake(yard, "", yard->folder, -1), -1);
	assert_int_equal(yard->err.code, TL_USAGE);
	must_open(yard, "", "/dev/null", -1);
	tl_intake_want(yard->intake, 1);
	await(yard, yard->n_ended == 1);
	assert_string_equal(yard->said, "");
	tl_intake_close(yard->intake);
	yard->intake = NULL;
	/* Open, but not for reading. */
	yard->fds[0] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	must_open(yard, "-", "", yard->fds[0]);
	tl_intake_want(yard->intake, 1);
	await(yard, yard->n_ended == 2);
	assert_non_null(strstr(yard->said, strerror(EBADF)));
}

/* --- A socket */

static void connect_client(struct yard *yard, size_t index)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", yard->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	yard->fds[index] = fd;
}

static void leave(struct yard *yard, size_t index)
{
	close(yard->fds[index]);
	yard->fds[index] = -1;
}

/* What the client hears, up to `len` bytes; its end is the empty text. */
static void must_hear(struct yard *yard, size_t index, const char *text)
{
	char heard[200] = "";
	size_t len = 0, wanted = strlen(text);

	for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
		ssize_t got = recv(yard->fds[index], heard + len, wanted > len ? wanted - len : 1, MSG_DONTWAIT);

		if (got > 0)
			len += (size_t)got;
		if (got == 0 || (wanted > 0 && len >= wanted))
			break;
		assert_int_equal(tl_loop_run(yard->loop, 5, NULL, NULL), 0);
	}
	heard[len] = '\0';
	assert_string_equal(heard, text);
}

static size_t find(const struct yard *yard, const char *text)
{
	for (size_t i = 0; i < yard->n_offers; i++) {
		if (strcmp(yard->texts[i], text) == 0)
			return i;
	}
	fail_msg("nobody offered '%s'", text);
	return 0;
}

static void each_client_hears_its_own_results(void **state)
{
	struct yard *yard = *state;
	struct stat info;

	must_open(yard, "unix:", yard->path, -1);
	assert_int_equal(stat(yard->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	for (size_t i = 0; i < 3; i++)
		connect_client(yard, i);
	say(yard->fds[0], "a1\na2\n");
	say(yard->fds[1], "b1\n");
	say(yard->fds[2], "c1");
	turn(yard);
	assert_int_equal(yard->n_offers, 0);
	tl_intake_want(yard->intake, 10);
	await(yard, yard->n_offers == 3);
	settle(yard, find(yard, "a2"), "A2");
	settle(yard, find(yard, "b1"), "B1");
	settle(yard, find(yard, "a1"), "A1");
	must_hear(yard, 0, "A2\nA1\n");
	must_hear(yard, 1, "B1\n");
	/* One that closes its half hears what it is still to hear, and then the end. */
	assert_int_equal(shutdown(yard->fds[2], SHUT_WR), 0);
	await(yard, yard->n_offers == 4);
	settle(yard, find(yard, "c1"), "C1");
	must_hear(yard, 2, "C1\n");
	tl_intake_want(yard->intake, 10);
	must_hear(yard, 2, "");
	tl_intake_close(yard->intake);
	yard->intake = NULL;
	assert_int_equal(stat(yard->path, &info), -1);
	must_hear(yard, 0, "");
}

static void what_a_client_said_counts_after_it_left(void **state)
{
	struct yard *yard = *state;

	must_open(yard, "unix:", yard->path, -1);
	connect_client(yard, 0);
	say(yard->fds[0], "one\ntwo\nthree\n");
	leave(yard, 0);
	for (size_t i = 0; i < 3; i++) {
		tl_intake_want(yard->intake, 1);
		await(yard, yard->n_offers == i + 1);
		settle(yard, i, "nobody hears it");
	}
	/* One that leaves while its offer is held. */
	connect_client(yard, 0);
	say(yard->fds[0], "four\n");
	tl_intake_want(yard->intake, 5);
	await(yard, yard->n_offers == 4);
	leave(yard, 0);
	turn(yard);
	settle(yard, 3, "nobody hears it");
	/* And one whose offers are settled at once. */
	yard->settles = true;
	connect_client(yard, 0);
	say(yard->fds[0], "five\nsix\n");
	leave(yard, 0);
	tl_intake_want(yard->intake, 5);
	await(yard, yard->n_offers == 6);
	assert_int_equal(tl_intake_held(yard->intake), 0);
}

static void nothing_is_heard_while_there_is_no_room(void **state)
{
	struct yard *yard = *state;
	int unsent;

	must_open(yard, "unix:", yard->path, -1);
	connect_client(yard, 0);
	connect_client(yard, 1);
	tl_intake_want(yard->intake, 1);
	say(yard->fds[0], "a1\na2\na3\n");
	await(yard, yard->n_offers == 1);
	say(yard->fds[1], "b1\n");
	tl_loop_run(yard->loop, 20, NULL, NULL);
	assert_int_equal(yard->n_offers, 1);
	assert_int_equal(ioctl(yard->fds[1], TIOCOUTQ, &unsent), 0);
	assert_true(unsent > 0);
	tl_intake_want(yard->intake, 9);
	await(yard, yard->n_offers == 4);
	assert_int_equal(ioctl(yard->fds[1], TIOCOUTQ, &unsent), 0);
	assert_int_equal(unsent, 0);
}

static void a_line_that_is_too_long_is_answered(void **state)
{
	struct yard *yard = *state;
	struct tl_buf text = { 0 };

	must_open(yard, "unix:", yard->path, -1);
	connect_client(yard, 0);
	tl_intake_want(yard->intake, 9);
	for (size_t n = 0; n < 70000; n++)
		tl_buf_char(&text, 'x');
	tl_buf_text(&text, "\nafter\n");
	say(yard->fds[0], text.data);
	tl_buf_clear(&text);
	await(yard, yard->n_offers == 1 && yard->n_refused == 1);
	must_hear(yard, 0, "{\"error\":\"the line is longer than 65536 bytes\"}\n");
	assert_string_equal(yard->texts[0], "after");
}

/* Its results pile up to a limit, and no further. */
static void a_client_that_does_not_read_is_cut_off(void **state)
{
	struct yard *yard = *state;
	char *result = tl_alloc(300001);
	char byte;

	memset(result, 'r', 300000);
	result[300000] = '\0';
	must_open(yard, "unix:", yard->path, -1);
	connect_client(yard, 0);
	connect_client(yard, 1);
	tl_intake_want(yard->intake, MOST);
	for (int i = 0; i < 12; i++)
		say(yard->fds[0], "again\n");
	await(yard, yard->n_offers == 12);
	for (size_t i = 0; i < 12; i++)
		settle(yard, i, result);
	free(result);
	tl_loop_run(yard->loop, 20, NULL, NULL);
	for (ssize_t got = 1; got > 0; got = read(yard->fds[0], &byte, 1))
		;
	say(yard->fds[1], "other\n");
	await(yard, yard->n_offers == 13);
	settle(yard, 12, "heard");
	must_hear(yard, 1, "heard\n");
}

/* More than a socket takes at once is written as it is read, and at the end for a second. */
static void a_client_that_reads_slowly_hears_everything(void **state)
{
	struct yard *yard = *state;
	char *result = tl_alloc(500001);
	size_t heard = 0;
	char chunk[4096];
	ssize_t got = 1;

	memset(result, 'r', 500000);
	result[500000] = '\0';
	must_open(yard, "unix:", yard->path, -1);
	connect_client(yard, 0);
	tl_intake_want(yard->intake, MOST);
	say(yard->fds[0], "one\n");
	await(yard, yard->n_offers == 1);
	settle(yard, 0, result);
	free(result);
	assert_int_equal(shutdown(yard->fds[0], SHUT_WR), 0);
	for (int waited = 0; got != 0 && waited < PATIENCE_MS; waited++) {
		got = recv(yard->fds[0], chunk, sizeof(chunk), MSG_DONTWAIT);
		heard += got > 0 ? (size_t)got : 0;
		assert_int_equal(tl_loop_run(yard->loop, -1, NULL, NULL), 0);
	}
	assert_int_equal(got, 0);
	assert_int_equal(heard, 500001);
}

static void bind_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	close(fd);
}

static void one_process_serves_a_socket(void **state)
{
	struct yard *yard = *state;
	struct tl_intake *first;
	struct stat info;
	char long_path[200];

	bind_at(yard->path);
	must_open(yard, "unix:", yard->path, -1);
	first = yard->intake;
	assert_int_equal(open_intake(yard, "unix:", yard->path, -1), -1);
	assert_int_equal(yard->err.code, TL_USAGE);
	assert_non_null(strstr(yard->err.message, "another process serves"));
	/* It is another's by now: not ours to remove. */
	assert_int_equal(unlink(yard->path), 0);
	bind_at(yard->path);
	tl_intake_close(first);
	assert_int_equal(lstat(yard->path, &info), 0);
	assert_int_equal(unlink(yard->path), 0);
	write_file(yard, "precious");
	assert_int_equal(open_intake(yard, "unix:", yard->path, -1), -1);
	assert_int_equal(yard->err.code, TL_USAGE);
	assert_int_equal(lstat(yard->path, &info), 0);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(open_intake(yard, "unix:", long_path, -1), -1);
	assert_int_equal(yard->err.code, TL_USAGE);
	assert_int_equal(open_intake(yard, "unix:", "", -1), -1);
	assert_int_equal(yard->err.code, TL_USAGE);
	assert_int_equal(open_intake(yard, "unix:", "/nowhere/at/all", -1), -1);
	assert_int_equal(yard->err.code, TL_NOT_FOUND);
}

int test_net_intake(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_are_offered_as_there_is_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_pipe_is_not_read_while_there_is_no_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_that_are_too_long_are_told_and_skipped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_line_that_is_too_long_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_fifo_ends_when_its_writers_have_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_is_said_to, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_client_hears_its_own_results, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_a_client_said_counts_after_it_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_heard_while_there_is_no_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_line_that_is_too_long_is_answered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_client_that_does_not_read_is_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_client_that_reads_slowly_hears_everything, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_process_serves_a_socket, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("where work is offered", tests, NULL, NULL);
}
