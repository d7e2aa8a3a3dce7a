/* cmd/common/command.c: how a command starts, what it says, and how it ends. */
#include "common/command.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "common/open.h"
#include "common/output.h"
#include "trunkline.h"

#define JOBS_LIMIT 1024
/* Between two lines that say that something is waited for. */
#define WAITS_PAUSE_MS 5000
/* A second signal that comes sooner is the first one once more: those who pass a signal on to a process often do so to its group as well. */
#define SECOND_SIGNAL_MS 500

static volatile sig_atomic_t stop_signal;
static _Atomic int64_t stop_due_ms;

static int64_t signal_clock_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A terminal that goes away ends what runs in it as SIGTERM does. */
static void note_signal(int number)
{
	int64_t now = signal_clock_ms();
	int meant = number == SIGHUP ? SIGTERM : number;

	if (stop_signal == 0)
		stop_due_ms = now + SECOND_SIGNAL_MS;
	if (stop_signal == meant && now >= stop_due_ms) {
		signal(number, SIG_DFL);
		raise(number);
	}
	stop_signal = meant;
}

int tl_command_stopped(void)
{
	int number = stop_signal;

	return number ? 128 + number : 0;
}

/* A second Ctrl-C ends the process where it is. A closed pipe or a file that may grow no further is an error of write(), not a death. */
static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = note_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, hangup;

	sigemptyset(&stop.sa_mask);
	sigaddset(&stop.sa_mask, SIGINT);
	sigaddset(&stop.sa_mask, SIGTERM);
	sigaddset(&stop.sa_mask, SIGHUP);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	/* nohup(1) has it ignored. */
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

/* A standard stream that is closed must not become the next file that is opened. Reading and writing there go wrong, as they should. */
static void hold_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
			_exit(3);
	}
}

static void die_without_memory(size_t wanted)
{
	char text[96];
	int len = snprintf(text, sizeof(text), "trunkline: out of memory (%zu bytes wanted)\n", wanted);

	(void)!write(2, text, len > 0 ? (size_t)len : 0);
	_exit(3);
}

/* The processors that this process may use. */
static unsigned processors(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		return (unsigned)CPU_COUNT(&set);
	return 1;
}

static bool color_wanted(const char *when, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (when && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	if (no_color && no_color[0])
		return false;
	return isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
}

/* What the options of all commands must be; limits are set again over the project's by tl_command_open. */
static int check_common(struct tl_command *command)
{
	const struct tl_common *common = command->common;
	struct tl_limits limits = tl_limits_default();

	if (common->color && strcmp(common->color, "auto") != 0 && strcmp(common->color, "always") != 0 &&
	    strcmp(common->color, "never") != 0)
		return tl_error_set(&command->err, TL_USAGE, "option '--color' takes auto, always or never, not '%s'", common->color);
	if (common->quiet && common->verbose)
		return tl_error_set(&command->err, TL_USAGE, "options '--quiet' and '--verbose' exclude each other");
	return tl_command_limits(command, &limits);
}

static int print_and_end(struct tl_command *command)
{
	command->common->output = NULL;
	return tl_command_end(command, 0);
}

static int help(struct tl_command *command)
{
	tl_options_help(&command->out, command->usage);
	return print_and_end(command);
}

static int version(struct tl_command *command)
{
	size_t word = strcspn(command->usage->name, " ");

	tl_buf_printf(&command->out, "%.*s %s\n", (int)word, command->usage->name, TL_VERSION);
	return print_and_end(command);
}

int tl_command_begin(struct tl_command *command, const struct tl_usage *usage, int argc, char **argv, void *values,
                     struct tl_common *common, struct tl_option_list *operands)
{
	*command = (struct tl_command){ .usage = usage, .common = common, .clock = tl_clock_system() };
	hold_standard_streams();
	/* Whoever sets it could read everything that is sent. */
	unsetenv("SSLKEYLOGFILE");
	tl_set_oom_handler(die_without_memory);
	catch_signals();
	if (tl_options_parse(usage, argc, argv, values, operands, &command->arena, &command->err) != 0 ||
	    check_common(command) != 0) {
		tl_command_say(command, "%s", command->err.message);
		fprintf(stderr, "try '%s --help'\n", usage->name);
		command->err.code = TL_OK;
		return tl_command_end(command, 2);
	}
	if (common->help)
		return help(command);
	if (common->version)
		return version(command);
	command->jobs = common->jobs == 0 ? processors() : (unsigned)(common->jobs < JOBS_LIMIT ? common->jobs : JOBS_LIMIT);
	command->color = color_wanted(common->output && !common->color ? "never" : common->color, 1);
	command->color_errors = color_wanted(common->color, 2);
	return -1;
}

int tl_command_options_alone(struct tl_command *command, const struct tl_option_list *operands)
{
	const char *format = command->common->format;

	if (operands->count > 0)
		return tl_error_set(&command->err, TL_USAGE, "'%s' is too much: everything is said by options", operands->values[0]);
	if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
		return tl_error_set(&command->err, TL_USAGE, "there is no format '%s'; formats are text, json", format);
	return 0;
}

void tl_command_say(const struct tl_command *command, const char *fmt, ...)
{
	struct tl_buf text = { 0 }, safe = { 0 };
	va_list args;

	va_start(args, fmt);
	tl_buf_vprintf(&text, fmt, args);
	va_end(args);
	tl_text_safe(&safe, tl_buf_view(&text));
	tl_buf_char(&safe, '\n');
	fprintf(stderr, "%s: %.*s", command->usage->name, TL_FMT(tl_buf_view(&safe)));
	tl_buf_clear(&text);
	tl_buf_clear(&safe);
}

void tl_command_waits(void *data, int64_t ms, const char *why)
{
	struct tl_command *command = data;
	int64_t now = command->clock.monotonic_ms(command->clock.data), due = atomic_load(&command->waits_due_ms);

	/* Of many that wait for the same reason the first one speaks. */
	if (now < due || !atomic_compare_exchange_strong(&command->waits_due_ms, &due, now + WAITS_PAUSE_MS))
		return;
	if (isatty(2) == 1)
		fputs("\r\033[K", stderr);
	tl_command_say(command, "%s: going on in %lld s", why, (long long)(ms + 999) / 1000);
}

int tl_command_fail(struct tl_command *command)
{
	return tl_command_end(command, tl_error_exit(command->err.code));
}

static bool was_stopped(const struct tl_command *command)
{
	return !command->finished && tl_command_stopped();
}

/* A result is written where there is one: not after a signal, and not into a file where the command could not do its job. */
static bool has_result(const struct tl_command *command, int code)
{
	if (was_stopped(command))
		return false;
	if (code == 0 || code == 1 || code == 4)
		return command->out.len > 0 || command->common->output;
	return command->out.len > 0 && !command->common->output;
}

/* An error may be one that nobody needs to hear of. */
static void say_error(const struct tl_command *command, const struct tl_error *err)
{
	if (err->message[0])
		tl_command_say(command, "%s", err->message);
}

static int write_result(struct tl_command *command, int code)
{
	struct tl_error err = { 0 };
	struct tl_str text = tl_buf_view(&command->out);
	int status;

	if (!has_result(command, code))
		return code;
	if (command->out.overflow)
		status = tl_error_set(&err, TL_LIMIT, "the result is larger than a gigabyte");
	else if (command->common->output)
		status = tl_output_file(tl_command_path(command, command->common->output), text, &err);
	else
		status = tl_output_standard(text, &err);
	if (status == 0)
		return code;
	say_error(command, &err);
	return 3;
}

int tl_command_end(struct tl_command *command, int code)
{
	if (command->err.code == TL_INTERRUPTED || was_stopped(command))
		code = tl_command_stopped() ? tl_command_stopped() : 130;
	else if (command->err.code != TL_OK)
		say_error(command, &command->err);
	code = write_result(command, code);
	tl_command_close(command);
	tl_buf_clear(&command->out);
	tl_arena_clear(&command->arena);
	return code;
}
