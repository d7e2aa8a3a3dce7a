/* deploy/import_edit.c: the three versions are read, and platform/merge puts them together. */
#include "deploy/import_edit.h"

#include "flow/canonical.h"
#include "platform/merge.h"

/* The version that the ledger knows as the base, as long as the platform has it as it was. */
static int read_base(struct tl_flow **out, struct tl_arena *arena, const struct tl_import_edit *edit, struct tl_error *err)
{
	const struct tl_deploy *deploy = edit->gathered->deploy;
	char digest[TL_SHA256_SIZE];
	struct tl_remote remote;

	if (tl_platform_version(&remote, arena, deploy->platform, edit->remote->id, edit->base->version, err) != 0 ||
	    tl_remote_read(out, &remote, deploy->lower, err) != 0) {
		/* One base that nobody can read is in no other flow's way. */
		if (tl_remote_is_unreadable(err->code))
			err->code = TL_CONFLICT;
		return -1;
	}
	tl_flow_digest(digest, *out, NULL);
	if (!tl_str_is(edit->base->content, digest))
		return tl_error_set(err, TL_CONFLICT, "version %lld, which both sides started from, is not what it was", (long long)edit->base->version);
	return 0;
}

static void digest_source(char source[TL_SHA256_SIZE], const struct tl_import_edit *edit, struct tl_str text)
{
	struct tl_lower unfilled = { .limits = edit->gathered->deploy->lower->limits };
	struct tl_flow *flow = tl_merge_read(edit->wanted->path, text, &unfilled);

	if (flow)
		tl_flow_digest(source, flow, NULL);
	tl_flow_free(flow);
}

int tl_import_edit(struct tl_str *text, char source[TL_SHA256_SIZE], struct tl_arena *arena, const struct tl_import_edit *edit, struct tl_error *err)
{
	const struct tl_deploy *deploy = edit->gathered->deploy;
	struct tl_remote remote = *edit->remote;
	struct tl_flow *ours = NULL, *theirs = NULL, *base = NULL;
	struct tl_buf out = { 0 };
	int ret = tl_gathered_read(&ours, edit->gathered, edit->wanted, err);

	remote.version = remote.published_version;
	remote.content = edit->content;
	if (ret == 0)
		ret = tl_remote_read(&theirs, &remote, deploy->lower, err);
	if (ret == 0 && edit->base)
		ret = read_base(&base, arena, edit, err);
	if (ret == 0)
		ret = tl_merge_into_file(&out, &(struct tl_merge){ .ours = ours, .theirs = theirs, .base = base, .lower = deploy->lower }, err);
	if (ret == 0) {
		*text = tl_arena_dup(arena, tl_buf_view(&out));
		digest_source(source, edit, *text);
	}
	tl_flow_free(ours);
	tl_flow_free(theirs);
	tl_flow_free(base);
	tl_buf_clear(&out);
	return ret;
}
