/* cmd/flow-sandbox/main.c: a platform on loopback, for trying everything without an account. */
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "common/command.h"
#include "common/open.h"
#include "common/output.h"
#include "doc/yaml.h"
#include "git/view.h"
#include "sandbox/sandbox.h"

#define SEED_LIMIT ((uint64_t)64 << 20)
#define RATE_MAX 1000000
#define MACHINE_SIZE 256

struct options {
	struct tl_common common;
	const char *listen, *listen_architect, *database, *seed, *latency, *rate, *duration, *publishing, *token_life, *certificate, *ca, *write_config, *name, *platform;
	struct tl_option_list faults;
	bool expose, tls, tell;
};

static const struct tl_option option_table[] = {
	{ "listen", 0, TL_OPTION_TEXT, offsetof(struct options, listen), "ADDRESS", "where to listen (default: 127.0.0.1:0, any free port)", NULL },
	{ "listen-architect", 0, TL_OPTION_TEXT, offsetof(struct options, listen_architect), "ADDRESS",
	  "where the vendor's API of Architect flows is (default: any free port of the same host)", NULL },
	{ "expose", 0, TL_OPTION_FLAG, offsetof(struct options, expose), NULL, "let other machines in: needed for any other address", NULL },
	{ "db", 0, TL_OPTION_TEXT, offsetof(struct options, database), "FILE", "keep everything in FILE, as the environment 'local' does", NULL },
	{ "seed", 0, TL_OPTION_TEXT, offsetof(struct options, seed), "FILE", "begin with the flows, roles, clients and so on of FILE", NULL },
	{ "fault", 0, TL_OPTION_MANY, offsetof(struct options, faults), "SPEC", "let something go wrong; may be repeated", NULL },
	{ "latency", 0, TL_OPTION_TEXT, offsetof(struct options, latency), "DURATION", "answer everything that much later", NULL },
	{ "rate", 0, TL_OPTION_TEXT, offsetof(struct options, rate), "N", "requests a minute of one token (default: 300; 0: any number)", NULL },
	{ "publishing", 0, TL_OPTION_TEXT, offsetof(struct options, publishing), "DURATION", "how long a deployment takes (default: none)", NULL },
	{ "token-life", 0, TL_OPTION_TEXT, offsetof(struct options, token_life), "DURATION", "how long a token holds (default: 60m)", NULL },
	{ "tls", 0, TL_OPTION_FLAG, offsetof(struct options, tls), NULL, "https with HTTP/2, by a certificate authority made at the start", NULL },
	{ "ca", 0, TL_OPTION_TEXT, offsetof(struct options, ca), "FILE", "write the authority's certificate into FILE", NULL },
	{ "certificate", 0, TL_OPTION_TEXT, offsetof(struct options, certificate), "KIND", "good, expired or wrong-host; the last two are to be refused", NULL },
	{ "tell", 0, TL_OPTION_FLAG, offsetof(struct options, tell), NULL, "say who said what in calls, as it happens", NULL },
	{ "write-config", 0, TL_OPTION_TEXT, offsetof(struct options, write_config), "FILE", "write the protected configuration and its secrets too", NULL },
	{ "name", 0, TL_OPTION_TEXT, offsetof(struct options, name), "NAME", "the environment's name in it (default: sandbox)", NULL },
	{ "platform", 0, TL_OPTION_TEXT, offsetof(struct options, platform), "PLATFORM", "whose configuration that is: genesys (default) or architect", NULL },
	{ "for", 0, TL_OPTION_TEXT, offsetof(struct options, duration), "DURATION", "end by itself after that time", NULL },
	{ "directory", 'C', TL_OPTION_TEXT, offsetof(struct options, common.folder), "DIR", "work as if started in DIR", NULL },
	{ "help", 0, TL_OPTION_FLAG, offsetof(struct options, common.help), NULL, "show this help", NULL },
	{ "version", 0, TL_OPTION_FLAG, offsetof(struct options, common.version), NULL, "show the version", NULL },
};

static const struct tl_usage usage = {
	.name = "flow-sandbox",
	.synopsis = "[--listen ADDRESS] [--db FILE] [--seed FILE] [--fault SPEC]... [--latency DURATION] [--rate N] [--tell] [OPTION]...",
	.summary = "a platform on loopback, to try everything without an account",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "The first line of what it prints is its address, the second that of the vendor's API of Architect flows; the configuration to paste follows.\n"
	         "A SPEC is KIND[=VALUE][,KEY=VALUE]...: 'status=503,on=PUT /api/v2/flows/{id},after=2,count=1'; see flow-sandbox(1).\n"
	         "Exit status: 0 ended by --for, 2 usage or a seed that cannot be used, 3 could not be done, 130 interrupted, 143 terminated.",
};

/* ---- options */

static const char *name_of(const struct options *options)
{
	return options->name ? options->name : "sandbox";
}

static bool is_architect(const struct options *options)
{
	return options->platform && strcmp(options->platform, "architect") == 0;
}

static int read_duration(struct tl_command *command, int64_t *ms, const char *option, const char *text)
{
	if (!text || tl_span_parse(ms, tl_str(text)))
		return 0;
	return tl_error_set(&command->err, TL_USAGE, "'--%s' takes a duration such as 50ms or 10s, not '%s'", option, text);
}

static int read_rate(struct tl_command *command, uint64_t *rate, const char *text)
{
	char *end = NULL;

	*rate = TL_SANDBOX_RATE;
	if (!text)
		return 0;
	*rate = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : UINT64_MAX;
	if (end && *end == '\0' && *rate <= RATE_MAX)
		return 0;
	return tl_error_set(&command->err, TL_USAGE, "'--rate' takes a whole number up to %d, not '%s'", RATE_MAX, text);
}

static int read_certificate(struct tl_command *command, struct tl_sandbox_config *config, const struct options *options)
{
	static const char *const name_table[] = {
		[TL_CERTIFICATE_GOOD] = "good", [TL_CERTIFICATE_EXPIRED] = "expired", [TL_CERTIFICATE_WRONG_HOST] = "wrong-host",
	};
	struct tl_str kind = options->certificate ? tl_str(options->certificate) : TL_STR("good");
	unsigned i = 0;

	if ((options->certificate || options->ca) && !options->tls)
		return tl_error_set(&command->err, TL_USAGE, "'--%s' goes with '--tls'", options->ca ? "ca" : "certificate");
	while (i < TL_COUNT(name_table) && !tl_str_is(kind, name_table[i]))
		i++;
	config->certificate = (enum tl_sandbox_certificate)i;
	if (i < TL_COUNT(name_table))
		return 0;
	return tl_error_set(&command->err, TL_USAGE, "'--certificate' takes good, expired or wrong-host, not '%.*s'", TL_FMT(kind));
}

/* The name stands in YAML as it is. */
static int check_name(struct tl_command *command, const char *name)
{
	for (const char *at = name; *at; at++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *at))
			return tl_error_set(&command->err, TL_USAGE, "'--name' takes letters, digits, '_' and '-', not '%s'", name);
	}
	return *name ? 0 : tl_error_set(&command->err, TL_USAGE, "'--name' takes a name");
}

/* Absolute, as it is printed and written for programs that work elsewhere. */
static const char *path_of(struct tl_command *command, const char *path)
{
	char folder[PATH_MAX];

	if (!path)
		return NULL;
	if (!getcwd(folder, sizeof(folder)))
		return tl_command_path(command, path);
	return tl_path_absolute(&command->arena, tl_str(folder), tl_str(tl_command_path(command, path))).ptr;
}

/* Talk, so it goes where talk goes. What cannot be written is nobody's loss. */
static void tell(void *data, const char *line)
{
	(void)data;
	fprintf(stderr, "%s\n", line);
}

/* Each call takes a socket. What cannot be had is seen when it is needed. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int read_options(struct tl_command *command, struct tl_sandbox_config *config, const struct options *options,
                        const struct tl_option_list *operands)
{
	const char *temporary = getenv("TMPDIR");
	char *machine = tl_arena_alloc(&command->arena, MACHINE_SIZE, 1);

	if (operands->count > 0)
		return tl_error_set(&command->err, TL_USAGE, "there is nothing to do with '%s'", operands->values[0]);
	*config = (struct tl_sandbox_config){
		.clock = &command->clock,
		.listen = options->listen,
		.listen_architect = options->listen_architect,
		.exposed = options->expose,
		.machine = gethostname(machine, MACHINE_SIZE - 1) == 0 && machine[0] ? machine : NULL,
		.tls = options->tls,
		.database = path_of(command, options->database),
		.ca = path_of(command, options->ca),
		.folder = temporary && temporary[0] == '/' ? temporary : NULL,
		.faults = options->faults.values,
		.n_faults = options->faults.count,
		.now_us = tl_clock_system_us,
		.tell = options->tell ? tell : NULL,
	};
	if (read_duration(command, &config->latency_ms, "latency", options->latency) != 0 ||
	    read_duration(command, &config->publish_ms, "publishing", options->publishing) != 0 ||
	    read_duration(command, &config->token_ms, "token-life", options->token_life) != 0)
		return -1;
	if (read_rate(command, &config->rate, options->rate) != 0 || read_certificate(command, config, options) != 0)
		return -1;
	if (options->platform && strcmp(options->platform, "genesys") != 0 && !is_architect(options))
		return tl_error_set(&command->err, TL_USAGE, "'--platform' takes genesys or architect, not '%s'", options->platform);
	return check_name(command, name_of(options));
}

/* ---- seed */

static int seed(struct tl_command *command, struct tl_sandbox *sandbox, const char *file)
{
	struct tl_findings findings = { 0 };
	struct tl_read_options how = { .bytes = SEED_LIMIT, .findings = &findings };
	const char *path = tl_command_path(command, file), *slash = strrchr(path, '/');
	struct tl_str bytes, folder = slash ? (struct tl_str){ path, (size_t)(slash - path) } : TL_STR(".");
	struct tl_doc *doc = NULL;
	int ret;

	if (tl_file_read(&bytes, &command->arena, path, SEED_LIMIT, &command->err) != 0)
		return -1;
	tl_doc_read(&doc, tl_str(file), bytes, &how);
	if (tl_findings_count(&findings, TL_ERROR) > 0 || !doc->root)
		ret = tl_error_set(&command->err, TL_USAGE, "'%s', line %u: %.*s", file, findings.count > 0 ? (unsigned)findings.items[0].place.line : 1,
		                   TL_FMT(findings.count > 0 ? findings.items[0].message : TL_STR("it is empty")));
	else
		ret = tl_sandbox_seed(sandbox, doc->root, tl_arena_dup(&command->arena, folder).ptr, &command->err);
	if (ret != 0 && findings.count == 0)
		tl_error_wrap(&command->err, "seed '%s'", file);
	tl_doc_free(doc);
	tl_findings_clear(&findings);
	return ret;
}

/* ---- what is printed and written */

/* In single quotes, as YAML and the shell read them alike but for the quote itself. */
static void put_quoted(struct tl_buf *buf, struct tl_str text, const char *quote)
{
	tl_buf_char(buf, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\'')
			tl_buf_text(buf, quote);
		else
			tl_buf_char(buf, text.ptr[i]);
	}
	tl_buf_char(buf, '\'');
}

/* Of the address that the configuration is for. */
static void put_environment(struct tl_buf *buf, const struct tl_sandbox_access *access, const struct options *options, const char *credentials)
{
	bool architect = is_architect(options);
	struct tl_str address = architect ? access->architect : access->address, role = architect ? access->role : TL_STR("publisher");

	tl_buf_printf(buf, "environments:\n  %s:\n    login: %.*s\n    api: %.*s\n", name_of(options), TL_FMT(address), TL_FMT(address));
	if (access->ca.len > 0) {
		tl_buf_text(buf, "    ca: ");
		put_quoted(buf, access->ca, "''");
		tl_buf_char(buf, '\n');
	}
	tl_buf_printf(buf, "    credentials: %s\n    role: %.*s\n", credentials, TL_FMT(role));
}

static int write_secret(struct tl_command *command, const char *path, const char *suffix, struct tl_str text)
{
	struct tl_str file = tl_arena_printf(&command->arena, "%s%s", path, suffix);

	return tl_file_write(file.ptr, tl_arena_printf(&command->arena, "%.*s\n", TL_FMT(text)), 0600, &command->err);
}

static void put_file(struct tl_buf *buf, const char *path, const char *suffix)
{
	struct tl_arena arena = { 0 };

	tl_buf_text(buf, "{file: ");
	put_quoted(buf, tl_arena_printf(&arena, "%s%s", path, suffix), "''");
	tl_buf_char(buf, '}');
	tl_arena_clear(&arena);
}

/* FILE and what is beside it. */
static const char *const suffix_table[] = { "", ".id", ".secret", ".admin" };

/* Refuses a file that the next `git add .` would take along with its secrets. */
static int check_place(struct tl_command *command, const char *file)
{
	struct tl_str path = tl_str(path_of(command, file)), rest = { NULL, 0 };
	char *folder = realpath(tl_arena_dup(&command->arena, tl_path_folder(path)).ptr, NULL);
	struct tl_repo *repo = NULL;
	bool ignored = true;
	int ret = 0;

	/* A folder that is not there is told of when the file is written. */
	if (folder && tl_repo_open(&repo, folder, &command->err) != 0 && command->err.code != TL_NOT_FOUND)
		ret = tl_error_wrap(&command->err, "'--write-config'");
	if (repo && tl_repo_root(repo).len > 0 && tl_path_below(&rest, tl_repo_root(repo), tl_path_join(&command->arena, tl_str(folder), tl_path_name(path)))) {
		for (size_t i = 0; i < TL_COUNT(suffix_table) && ret == 0 && ignored; i++)
			ret = tl_repo_ignores(&ignored, repo, tl_arena_printf(&command->arena, "%.*s%s", TL_FMT(rest), suffix_table[i]), &command->err);
	}
	if (ret == 0 && !ignored)
		ret = tl_error_set(&command->err, TL_USAGE, "'%s' would lie in the repository '%.*s', where its secrets could be committed: keep it elsewhere, such as ~/sandbox.yaml", file,
		                   TL_FMT(tl_repo_root(repo)));
	tl_repo_free(repo);
	free(folder);
	return ret;
}

/* Says so where the file is that of another sandbox, which still runs: each holds a lock on its admin token. */
static void tell_other(struct tl_command *command, const char *file)
{
	int fd = open(tl_arena_printf(&command->arena, "%s.admin", path_of(command, file)).ptr, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		tl_command_say(command, "'%s' was the configuration of another sandbox that still runs; it leads to this one now", file);
	close(fd);
}

/* The lock lasts as long as the process. */
static void hold(struct tl_command *command, const char *path)
{
	int fd = open(tl_arena_printf(&command->arena, "%s.admin", path).ptr, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		flock(fd, LOCK_SH | LOCK_NB);
}

/* FILE, and FILE.id, FILE.secret and FILE.admin beside it. */
static int write_config(struct tl_command *command, const struct tl_sandbox_access *access, const struct options *options)
{
	const char *path = path_of(command, options->write_config);
	struct tl_buf credentials = { 0 }, text = { 0 };
	int ret = -1;

	tell_other(command, options->write_config);
	tl_buf_text(&credentials, "{client_id: ");
	put_file(&credentials, path, ".id");
	tl_buf_text(&credentials, ", client_secret: ");
	put_file(&credentials, path, ".secret");
	tl_buf_char(&credentials, '}');
	put_environment(&text, access, options, credentials.data);
	if (write_secret(command, path, ".id", access->client_id) == 0 && write_secret(command, path, ".secret", access->client_secret) == 0 &&
	    write_secret(command, path, ".admin", access->admin_token) == 0)
		ret = tl_file_write(path, tl_buf_view(&text), 0600, &command->err);
	hold(command, path);
	tl_buf_clear(&credentials);
	tl_buf_clear(&text);
	return ret;
}

static void put_shell(struct tl_buf *buf, const char *name, struct tl_str value)
{
	tl_buf_printf(buf, "export %s=", name);
	put_quoted(buf, value, "'\\''");
	tl_buf_char(buf, '\n');
}

static int print(struct tl_command *command, const struct tl_sandbox_access *access, const struct options *options)
{
	struct tl_buf text = { 0 };
	int ret;

	tl_buf_printf(&text, "%.*s\n%.*s\n", TL_FMT(access->address), TL_FMT(access->architect));
	tl_buf_text(&text, "# into the protected configuration, ~/.config/trunkline/config.yaml or $TRUNKLINE_CONFIG:\n");
	put_environment(&text, access, options, "{client_id: {env: SANDBOX_CLIENT_ID}, client_secret: {env: SANDBOX_CLIENT_SECRET}}");
	tl_buf_text(&text, "# into the project's trunkline.yaml, whose 'environments:' may be there already:\n");
	tl_buf_printf(&text, "environments:\n  %s: {platform: %s}\n# into the shell:\n", name_of(options), is_architect(options) ? "architect" : "genesys");
	put_shell(&text, "SANDBOX", access->address);
	put_shell(&text, "SANDBOX_ARCHITECT", access->architect);
	put_shell(&text, "SANDBOX_CLIENT_ID", access->client_id);
	put_shell(&text, "SANDBOX_CLIENT_SECRET", access->client_secret);
	put_shell(&text, "SANDBOX_ADMIN_TOKEN", access->admin_token);
	if (access->ca.len > 0)
		put_shell(&text, "SANDBOX_CA", access->ca);
	if (options->write_config)
		put_shell(&text, "TRUNKLINE_CONFIG", tl_str(path_of(command, options->write_config)));
	ret = tl_output_standard(tl_buf_view(&text), &command->err);
	tl_buf_clear(&text);
	return ret;
}

static int serve(struct tl_command *command, struct tl_sandbox *sandbox, const struct options *options, int64_t for_ms)
{
	struct tl_sandbox_access access = tl_sandbox_access(sandbox);

	if (options->seed && seed(command, sandbox, options->seed) != 0)
		return -1;
	if (options->write_config && write_config(command, &access, options) != 0)
		return -1;
	if (print(command, &access, options) != 0)
		return -1;
	return tl_sandbox_run(sandbox, for_ms, tl_command_stopped, &command->err);
}

static int run(struct tl_command *command, const struct options *options, const struct tl_option_list *operands)
{
	struct tl_sandbox *sandbox = NULL;
	struct tl_sandbox_config config;
	int64_t for_ms = 0;
	int ret;

	if (read_options(command, &config, options, operands) != 0 || read_duration(command, &for_ms, "for", options->duration) != 0)
		return tl_error_exit(command->err.code);
	if (options->write_config && check_place(command, options->write_config) != 0)
		return tl_error_exit(command->err.code);
	raise_limit();
	ret = tl_sandbox_open(&sandbox, &config, &command->err);
	if (ret == 0)
		ret = serve(command, sandbox, options, for_ms);
	tl_sandbox_close(sandbox);
	return ret == 0 ? 0 : tl_error_exit(command->err.code);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct tl_option_list operands = { 0 };
	struct tl_command command;
	int code = tl_command_begin(&command, &usage, argc, argv, &options, &options.common, &operands);

	if (code >= 0)
		return code;
	return tl_command_end(&command, run(&command, &options, &operands));
}
