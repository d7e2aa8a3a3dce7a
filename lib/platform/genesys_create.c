/* platform/genesys_create.c: a new flow. The platform gives it an id and does not keep names apart by itself, so the name is looked up before (unless the caller
 * just did) and after, and a creation whose answer was lost is looked for by its name. */
#include <inttypes.h>

#include "platform/genesys.h"

/* Of tl_genesys_pause(): a second. A creation that was lost may be slow rather than gone, and two of them make two flows. */
#define TWIN_PAUSE 3

static int taken(const struct tl_genesys_write *write, const struct tl_remotes *found, struct tl_error *err)
{
	if (found->count == 1)
		return tl_error_set(err, TL_CONFLICT, "the platform has a flow '%.*s' already: %.*s", TL_FMT(write->title), TL_FMT(found->items[0].id));
	return tl_error_set(err, TL_CONFLICT, "the platform has %zu flows '%.*s', %.*s and %.*s among them: which of them is meant is for a person to say",
	                    found->count, TL_FMT(write->title), TL_FMT(found->items[0].id), TL_FMT(found->items[1].id));
}

static int look_up(struct tl_remotes *found, struct tl_genesys_write *write, struct tl_error *err)
{
	*found = (struct tl_remotes){ 0 };
	return tl_genesys_titled(found, &write->arena, write->genesys, write->title, err);
}

/* Not known, and not to be found out: the reason is why it cannot be looked up. */
static int lost(const struct tl_genesys_write *write, const char *reason, struct tl_error *err)
{
	return tl_error_set(err, TL_LOST, "whether flow '%.*s' was made is not known: %s", TL_FMT(write->title), reason);
}

/* The answer was lost. 0: it is there and ours; 1: it is not there; -1. */
static int settle(struct tl_remote *out, struct tl_arena *arena, struct tl_genesys_write *write, struct tl_error *err)
{
	struct tl_error why = { 0 };
	struct tl_remotes found;
	struct tl_str none = write->id;
	int ret;

	if (look_up(&found, write, &why) != 0) {
		struct tl_arena scratch = { 0 };

		ret = lost(write, tl_arena_printf(&scratch, "%s, and it cannot be looked up: %s", tl_genesys_write_doubt(write), why.message).ptr, err);
		tl_arena_clear(&scratch);
		return ret;
	}
	if (found.count == 0)
		return 1;
	if (found.count > 1) {
		write->several = true;
		taken(write, &found, err);
		return tl_error_wrap(err, "%s, and one of these may be what was sent", tl_genesys_write_doubt(write));
	}
	/* One of that name: its first version says whose it is. */
	write->id = found.items[0].id;
	ret = tl_genesys_settle(out, arena, write, err);
	write->id = none;
	return ret;
}

/* A name that somebody else took at the same moment is no success for either. */
static int check_alone(struct tl_genesys_write *write, struct tl_str id, struct tl_error *err)
{
	struct tl_error why = { 0 };
	struct tl_remotes found;

	/* It was made; that nobody can be asked about others of its name does not change that. */
	if (look_up(&found, write, &why) != 0 || found.count < 2)
		return 0;
	write->beaten_id = tl_arena_dup(&write->arena, id);
	return taken(write, &found, err);
}

/* *err is how the last send ended, and stays part of it. */
static int sent_twice(const struct tl_genesys_write *write, struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	int ret = lost(write, tl_arena_printf(&scratch, "it was sent twice and is not on the platform, but it may still arrive: %s", err->message).ptr, err);

	tl_arena_clear(&scratch);
	return ret;
}

static int create_until_known(struct tl_remote *out, bool *settled, struct tl_arena *arena, struct tl_genesys_write *write, struct tl_error *err)
{
	enum tl_genesys_end end;
	int ret = 1;

	for (unsigned sends = 1; ret == 1; sends++) {
		end = tl_genesys_write_send(out, arena, write, err);
		if (end == TL_GENESYS_WRITTEN)
			return check_alone(write, out->id, err);
		if (end != TL_GENESYS_UNSURE)
			return -1;
		*settled = true;
		ret = settle(out, arena, write, err);
		if (ret == 1 && (err->code == TL_CONFLICT || write->answer.status == 400 || write->answer.status == 422))
			return -1;
		if (ret == 1 && sends == 2)
			return sent_twice(write, err);
		if (ret == 1 && tl_genesys_pause(write->genesys, TWIN_PAUSE, err) != 0)
			return -1;
	}
	return ret;
}

int tl_genesys_create(struct tl_remote *out, struct tl_arena *arena, void *state, const struct tl_put *put, struct tl_error *err)
{
	struct tl_genesys_write write;
	struct tl_error why = { 0 };
	struct tl_remotes found = { 0 };
	bool settled = false;
	int ret;

	ret = tl_genesys_write_init(&write, state, (struct tl_str){ NULL, 0 }, put, &why);
	if (ret == 0 && !put->name_is_free)
		ret = look_up(&found, &write, &why);
	if (ret == 0 && found.count > 0)
		ret = taken(&write, &found, &why);
	if (ret == 0) {
		ret = create_until_known(out, &settled, arena, &write, &why);
		tl_genesys_write_record(&write, arena, settled);
	}
	tl_genesys_write_clear(&write);
	if (ret != 0 && err)
		*err = why;
	return ret;
}
