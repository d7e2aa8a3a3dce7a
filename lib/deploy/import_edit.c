/* deploy/import_edit.c: the three versions are read, and platform/merge puts them together. */
#include "deploy/import_edit.h"

#include "flow/canonical.h"
#include "platform/added.h"
#include "platform/merge.h"

/* Whether it is what the ledger says: all of it, or without what the file does not have, where that is what was sent. */
static int check_base(const struct tl_flow *base, const struct tl_remote *remote, const struct tl_import_edit *edit, const struct tl_flow *ours, struct tl_error *err)
{
	char digest[TL_SHA256_SIZE];
	struct tl_flow *sent;

	tl_flow_digest(digest, base, NULL);
	if (tl_str_is(edit->base->content, digest))
		return 0;
	if (tl_remote_read(&sent, remote, edit->gathered->deploy->lower, err) != 0)
		return -1;
	tl_added_leave_out(sent, sent, ours);
	tl_flow_digest(digest, sent, NULL);
	tl_flow_free(sent);
	if (tl_str_is(edit->base->content, digest))
		return 0;
	return tl_error_set(err, TL_CONFLICT, "version %s, which both sides started from, is not what it was", tl_version_shown(edit->base->version).text);
}

/* The version that the ledger knows as the base, as long as the platform has it as it was. */
static int read_base(struct tl_flow **out, struct tl_arena *arena, const struct tl_import_edit *edit, const struct tl_flow *ours, struct tl_error *err)
{
	const struct tl_deploy *deploy = edit->gathered->deploy;
	struct tl_remote remote;
	int ret = tl_platform_version(&remote, arena, deploy->platform, edit->remote->id, edit->base->version, err);

	if (ret == 0)
		ret = tl_remote_read(out, &remote, deploy->lower, err);
	if (ret == 0)
		ret = check_base(*out, &remote, edit, ours, err);
	/* One base that nobody can read is in no other flow's way. */
	if (ret != 0 && tl_remote_is_unreadable(err->code))
		err->code = TL_CONFLICT;
	return ret;
}

/* Takes out of theirs what the platform adds by itself, which the base tells; *base stays NULL where it is not needed, and where a file that is the base can do without. */
static int compare_base(struct tl_flow **base, struct tl_flow *theirs, struct tl_arena *arena, const struct tl_import_edit *edit, const struct tl_flow *ours, struct tl_error *err)
{
	int ret = edit->merge || tl_added_is_any(theirs, ours) ? read_base(base, arena, edit, ours, err) : 0;

	if (ret != 0 && !edit->merge && err->code == TL_CONFLICT) {
		tl_flow_free(*base);
		*base = NULL;
		*err = (struct tl_error){ .code = TL_OK };
		ret = 0;
	}
	if (ret == 0)
		tl_added_leave_out(theirs, *base, ours);
	return ret;
}

static void digest_source(char source[TL_SHA256_SIZE], const struct tl_import_edit *edit, struct tl_str text)
{
	struct tl_lower unfilled = { .limits = edit->gathered->deploy->lower->limits };
	struct tl_flow *flow = tl_merge_read(edit->wanted->path, text, &unfilled);

	if (flow)
		tl_flow_digest(source, flow, NULL);
	tl_flow_free(flow);
}

int tl_import_edit(struct tl_str *text, char source[TL_SHA256_SIZE], struct tl_wanted *live, struct tl_arena *arena, const struct tl_import_edit *edit, struct tl_error *err)
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
	if (ret == 0)
		ret = compare_base(&base, theirs, arena, edit, ours, err);
	if (ret == 0)
		ret = tl_merge_into_file(&out, &(struct tl_merge){ .ours = ours, .theirs = theirs, .base = edit->merge ? base : NULL, .lower = deploy->lower }, err);
	if (ret == 0)
		ret = tl_wanted_digests(live, arena, edit->gathered, theirs, err);
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
