/* platform/genesys_put.c: the next version of a flow, by compare-and-set: sent until it is known what became of it. */
#include <inttypes.h>

#include "platform/genesys.h"

/* Shorter pauses are nothing to tell anybody. */
#define TOLD_MS 1000

/* Between two sends of one version. */
struct putting {
	struct tl_genesys_write write;
	int64_t deadline;       /* of waiting for a publish that is under way */
	unsigned waits;
	bool settled;
};

/* The platform has not got it, but the last send may be on its way still. *err is how that ended. */
static int may_arrive(const struct tl_genesys_write *write, struct tl_error *err)
{
	struct tl_error why = *err;

	return tl_error_set(err, TL_LOST, "version %" PRId64 " of flow '%.*s' was sent %u time%s and is not on the platform, but it may still arrive: %s",
	                    write->put->version, TL_FMT(write->title), write->sends, write->sends == 1 ? "" : "s", why.message);
}

/* A publish is under way: waits for its end, as long as is wished. *err is how the last send ended, and is -1's reason. */
static int wait_for_publish(struct putting *putting, struct tl_error *err)
{
	struct tl_genesys_write *write = &putting->write;
	struct tl_genesys *genesys = write->genesys;
	int64_t left = putting->deadline - tl_genesys_now(genesys), pause = tl_genesys_pause_ms(++putting->waits);

	pause = pause < left ? pause : left;
	if (pause >= TOLD_MS && genesys->waits)
		genesys->waits(genesys->waits_data, pause, err->message);
	if (pause > 0)
		return tl_genesys_sleep(genesys, pause, err);
	tl_put_waited(err, write->put, write->title);
	/* What is on its way still is not refused any more once that publish has its end. */
	return write->unsure ? may_arrive(write, err) : -1;
}

/* The platform is still at the base: whether another send makes sense. *err is how the last one ended, and is -1's reason. */
static int send_again(struct putting *putting, struct tl_error *err)
{
	struct tl_genesys_write *write = &putting->write;
	struct tl_error why = { 0 };

	switch (err->code) {
	case TL_TIMED_OUT:
		/* A publish is under way; or the time for the whole request is over, then it will be again. */
		if (write->answer.status == 409)
			return wait_for_publish(putting, err);
		break;
	case TL_INTERRUPTED:
	case TL_NOT_FOUND:
		return -1;
	case TL_REFUSED:
		if (write->answer.status >= 400 && write->answer.status < 500)
			return -1;
		break;
	default:
		break;
	}
	if (++write->rounds >= TL_GENESYS_ROUNDS) {
		/* The platform has had its chances. A conflict is an answer. */
		return err->code == TL_CONFLICT ? -1 : may_arrive(write, err);
	}
	if (tl_genesys_pause(write->genesys, write->rounds, &why) == 0)
		return 0;
	*err = why;
	return -1;
}

/* Reads back what became of a send. 0: it is written; 1: send again; -1. *err is how the send ended. */
static int settle(struct tl_remote *out, struct tl_arena *arena, struct putting *putting, struct tl_error *err)
{
	struct tl_error why = { 0 };
	int ret = tl_genesys_settle(out, arena, &putting->write, &why);

	putting->settled = true;
	if (ret == 1)
		return send_again(putting, err) == 0 ? 1 : -1;
	if (ret != 0)
		*err = why;
	return ret;
}

static int put_until_known(struct tl_remote *out, struct tl_arena *arena, struct putting *putting, struct tl_error *err)
{
	int ret = 1;

	while (ret == 1) {
		switch (tl_genesys_write_send(out, arena, &putting->write, err)) {
		case TL_GENESYS_WRITTEN:
			return 0;
		case TL_GENESYS_REFUSED:
			return -1;
		case TL_GENESYS_BUSY:
			ret = wait_for_publish(putting, err) == 0 ? 1 : -1;
			break;
		case TL_GENESYS_UNSURE:
			ret = settle(out, arena, putting, err);
			break;
		}
	}
	return ret;
}

int tl_genesys_put(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_put *put, struct tl_error *err)
{
	struct putting putting = { .deadline = tl_genesys_now(state) + tl_put_wait_ms(put) };
	struct tl_error why = { 0 };
	int ret;

	if (id.len == 0)
		return tl_error_set(err, TL_USAGE, "a flow that is not on the platform has no next version");
	ret = tl_genesys_write_init(&putting.write, state, id, put, &why);
	if (ret == 0) {
		ret = put_until_known(out, arena, &putting, &why);
		tl_genesys_write_record(&putting.write, arena, putting.settled);
		if (put->call)
			put->call->called_off = ret != 0 && why.code == TL_INTERRUPTED && !putting.write.unsure;
	}
	tl_genesys_write_clear(&putting.write);
	if (ret != 0 && err)
		*err = why;
	return ret;
}
