/* cmd/flow-audit/verify.c: verify and checkpoint. */
#include <stddef.h>

#include "base/file.h"
#include "common/authority.h"
#include "flow-audit/audit.h"
#include "report/audit.h"

#define CHECKPOINT_LIMIT 4096

struct options {
	struct tl_common common;
	const char *checkpoint;
	bool require_checkpoint;
	struct tl_option_list keys;
};

static const struct tl_option verify_table[] = {
	{ "checkpoint", 0, TL_OPTION_TEXT, offsetof(struct options, checkpoint), "FILE", "a checkpoint that was kept elsewhere: nothing up to it may be missing", NULL },
	{ "require-checkpoint", 0, TL_OPTION_FLAG, offsetof(struct options, require_checkpoint), NULL, "refuse to verify without one", NULL },
	{ "key", 0, TL_OPTION_MANY, offsetof(struct options, keys), "FILE", "a public key that may sign, beside the configured ones", NULL },
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_option checkpoint_table[] = { TL_COMMON_OPTIONS(struct options, common) };

static const struct tl_usage verify_usage = {
	.name = "flow-audit verify",
	.synopsis = "[--env NAME] [--checkpoint FILE] [--key FILE]... [OPTION]...",
	.summary = "whether any record was changed, dropped, swapped or inserted",
	.options = verify_table,
	.n_options = TL_COUNT(verify_table),
	.notes = "Formats: text, json. Exit status: 0 the chain holds, 1 it does not.",
};

static const struct tl_usage checkpoint_usage = {
	.name = "flow-audit checkpoint",
	.synopsis = "[--env NAME] [-o FILE] [OPTION]...",
	.summary = "where the chain of records ends now, to be kept elsewhere",
	.options = checkpoint_table,
	.n_options = TL_COUNT(checkpoint_table),
};

struct verifying {
	struct audit audit;
	struct options options;
	struct tl_checkpoint checkpoint;
	struct tl_audit_keys keys;
	enum tl_audit_format format;
};

static int read_checkpoint(struct verifying *v)
{
	struct tl_command *command = &v->audit.command;
	const char *path = v->options.checkpoint;
	struct tl_str text;

	if (!path && v->options.require_checkpoint)
		return tl_error_set(&command->err, TL_USAGE, "without a checkpoint nothing shows whether records are missing at the end: name one with --checkpoint");
	if (!path)
		return 0;
	if (tl_file_read(&text, &command->arena, tl_command_path(command, path), CHECKPOINT_LIMIT, &command->err) != 0)
		return -1;
	return tl_checkpoint_read(&v->checkpoint, &command->arena, text, path, &command->err);
}

static int read_keys(struct verifying *v)
{
	struct tl_command *command = &v->audit.command;

	if (v->audit.deployment.config->audit_key.len > 0)
		tl_command_keep_secrets();
	if (tl_audit_keys_configured(&v->keys, v->audit.deployment.config, &command->err) != 0)
		return -1;
	for (size_t i = 0; i < v->options.keys.count; i++) {
		if (tl_audit_keys_add(&v->keys, tl_command_path(command, v->options.keys.values[i]), &command->err) != 0)
			return -1;
	}
	return 0;
}

static int verify(struct verifying *v)
{
	struct tl_command *command = &v->audit.command;
	struct tl_audit_verdict verdict;

	if (tl_audit_format(&v->format, command->common->format, TL_AUDIT_TEXT, &command->err) != 0)
		return 2;
	if (v->format == TL_AUDIT_LINES)
		tl_error_set(&command->err, TL_USAGE, "there is no format 'jsonl' of this: text, json");
	if (command->err.code != TL_OK || audit_open(&v->audit) != 0 || read_checkpoint(v) != 0 || read_keys(v) != 0 ||
	    tl_audit_verify(&verdict, &command->arena, v->audit.deployment.ledger, v->options.checkpoint ? &v->checkpoint : NULL,
	                    (const struct tl_key *const *)v->keys.items, v->keys.count, tl_command_stopped, &command->err) != 0)
		return tl_error_exit(command->err.code);
	if (v->format == TL_AUDIT_JSON)
		tl_audit_verdict_json(&command->out, &verdict);
	else
		tl_audit_verdict_text(&command->out, &verdict, command->color);
	return verdict.good ? 0 : 1;
}

int audit_verify(int argc, char **argv)
{
	struct verifying v = { 0 };
	int code = tl_command_begin(&v.audit.command, &verify_usage, argc, argv, &v.options, &v.options.common, &v.audit.operands);

	if (code >= 0)
		return code;
	code = verify(&v);
	tl_audit_keys_clear(&v.keys);
	return audit_close(&v.audit, code);
}

static int checkpoint(struct audit *audit)
{
	struct tl_command *command = &audit->command;
	struct tl_checkpoint head;

	if (command->common->format && strcmp(command->common->format, "json") != 0)
		tl_error_set(&command->err, TL_USAGE, "there is no format '%s' of this: json", command->common->format);
	if (command->err.code != TL_OK || audit_open(audit) != 0 || tl_audit_head(&head, &command->arena, audit->deployment.ledger, &command->err) != 0)
		return tl_error_exit(command->err.code);
	if (head.chain.len == 0)
		return tl_error_exit((tl_error_set(&command->err, TL_NOT_FOUND, "nothing is on record in the environment '%.*s' yet",
		                                   TL_FMT(command->environment->name)), command->err.code));
	tl_checkpoint_write(&command->out, &head);
	tl_buf_char(&command->out, '\n');
	return 0;
}

int audit_checkpoint(int argc, char **argv)
{
	struct options options = { 0 };
	struct audit audit = { 0 };
	int code = tl_command_begin(&audit.command, &checkpoint_usage, argc, argv, &options, &options.common, &audit.operands);

	return code >= 0 ? code : audit_close(&audit, checkpoint(&audit));
}
