/* cmd/flow-audit/keep.c: purge and rotate: what becomes of a chain as years pass. */
#include <inttypes.h>
#include <stddef.h>

#include "base/file.h"
#include "flow-audit/audit.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
/* A hundred years. */
#define DAYS_LIMIT 36525
#define KEY_LIMIT (64 << 10)

struct options {
	struct tl_common common;
	const char *before;
	uint64_t older_than;
	const char *new_key;
};

static const struct tl_option purge_table[] = {
	{ "before", 0, TL_OPTION_TEXT, offsetof(struct options, before), "TIME", "of records before this day or time (RFC 3339)", "age" },
	{ "older-than", 0, TL_OPTION_COUNT, offsetof(struct options, older_than), "DAYS", "of records older than this many days (default: audit.retention)", "age" },
	TL_TICKET_OPTION(struct options, common),
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_option rotate_table[] = {
	{ "new-key", 0, TL_OPTION_TEXT, offsetof(struct options, new_key), "FILE", "the key that signs from now on, private or public (PEM)", NULL },
	TL_TICKET_OPTION(struct options, common),
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage purge_usage = {
	.name = "flow-audit purge",
	.synopsis = "[--env NAME] {--before TIME | --older-than DAYS} [OPTION]...",
	.summary = "remove personal data; the chain stays",
	.options = purge_table,
	.n_options = TL_COUNT(purge_table),
};

static const struct tl_usage rotate_usage = {
	.name = "flow-audit rotate",
	.synopsis = "[--env NAME] --new-key FILE [OPTION]...",
	.summary = "let a new key sign from now on",
	.options = rotate_table,
	.n_options = TL_COUNT(rotate_table),
	.notes = "The configured audit.key signs for the new one. Afterwards the new one is to be named there.",
};

/* Opens the ledger to write; *there is false where nothing is on record yet, and so nothing is to be done. */
static int open_to_write(bool *there, struct audit *audit)
{
	struct tl_command *command = &audit->command;
	struct tl_checkpoint head;

	*there = false;
	if (audit_open(audit) != 0 || tl_deployment_act(&audit->deployment, command) != 0 ||
	    tl_audit_head(&head, &command->arena, audit->deployment.ledger, &command->err) != 0)
		return -1;
	*there = head.chain.len > 0;
	return 0;
}

static int read_age(int64_t *before_ms, struct audit *audit, const struct options *options)
{
	struct tl_command *command = &audit->command;
	uint64_t days = options->older_than;
	int64_t now = command->clock.now_ms(command->clock.data);

	if (options->before)
		return audit_moment(before_ms, audit, "--before", options->before);
	if (days == 0)
		days = audit->deployment.config->audit_retention_days;
	if (days == 0)
		return tl_error_set(&command->err, TL_USAGE, "say what is to go: --before TIME, --older-than DAYS, or audit.retention in the configuration");
	if (days > DAYS_LIMIT)
		return tl_error_set(&command->err, TL_USAGE, "'--older-than' takes at most %d days", DAYS_LIMIT);
	*before_ms = now - (int64_t)days * DAY_MS;
	return 0;
}

static int purge(struct audit *audit, const struct options *options)
{
	struct tl_command *command = &audit->command;
	int64_t before_ms = 0;
	uint64_t count = 0;
	bool there;

	if (command->common->format)
		tl_error_set(&command->err, TL_USAGE, "this has no formats");
	if (command->err.code != TL_OK || open_to_write(&there, audit) != 0 || read_age(&before_ms, audit, options) != 0 ||
	    (there && tl_audit_purge(&count, audit->deployment.ledger, before_ms, &command->err) != 0))
		return tl_error_exit(command->err.code);
	tl_buf_printf(&command->out, "personal data of %" PRIu64 " record%s removed: from before %.*s\n", count, count == 1 ? "" : "s",
	              TL_FMT(tl_time_format(&command->arena, before_ms)));
	return 0;
}

int audit_purge(int argc, char **argv)
{
	struct options options = { 0 };
	struct audit audit = { 0 };
	int code = tl_command_begin(&audit.command, &purge_usage, argc, argv, &options, &options.common, &audit.operands);

	return code >= 0 ? code : audit_close(&audit, purge(&audit, &options));
}

/* A public half is enough, and lies about freely; a private one is read as every secret. */
static int read_new_key(struct tl_key **out, struct audit *audit, const char *name)
{
	struct tl_command *command = &audit->command;
	const char *path = tl_command_path(command, name);
	struct tl_audit_keys keys = { 0 };

	if (tl_audit_key_read(out, path, audit->deployment.config, &command->err) == 0)
		return 0;
	if (tl_audit_keys_add(&keys, path, NULL) != 0)
		return -1;
	command->err = (struct tl_error){ 0 };
	*out = keys.items[0];
	keys.count = 0;
	tl_audit_keys_clear(&keys);
	return 0;
}

static int rotate(struct audit *audit, const struct options *options)
{
	struct tl_command *command = &audit->command;
	char old_id[TL_KEY_ID_SIZE] = "", id[TL_KEY_ID_SIZE];
	struct tl_key *next = NULL;
	bool there;
	int ret;

	if (!options->new_key)
		tl_error_set(&command->err, TL_USAGE, "the new key is missing: --new-key FILE");
	else if (command->common->format)
		tl_error_set(&command->err, TL_USAGE, "this has no formats");
	if (command->err.code != TL_OK || open_to_write(&there, audit) != 0 || read_new_key(&next, audit, options->new_key) != 0)
		return tl_error_exit(command->err.code);
	if (!there)
		ret = tl_error_set(&command->err, TL_NOT_FOUND, "nothing is on record in the environment '%.*s' yet: name the new key as audit.key, and that is all",
		                   TL_FMT(command->environment->name));
	else
		ret = tl_audit_rotate(audit->deployment.ledger, next, &command->err);
	if (ret == 0) {
		tl_key_id(old_id, audit->deployment.acting.key);
		tl_key_id(id, next);
		tl_buf_printf(&command->out, "key %.12s… is replaced by %.12s…: name the new one as audit.key, and the old one's public half under audit.trusted\n",
		              old_id, id);
	}
	tl_key_free(next);
	return ret == 0 ? 0 : tl_error_exit(command->err.code);
}

int audit_rotate(int argc, char **argv)
{
	struct options options = { 0 };
	struct audit audit = { 0 };
	int code = tl_command_begin(&audit.command, &rotate_usage, argc, argv, &options, &options.common, &audit.operands);

	return code >= 0 ? code : audit_close(&audit, rotate(&audit, &options));
}
