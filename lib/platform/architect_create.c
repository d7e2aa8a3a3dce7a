/* platform/architect_create.c: a new flow. There is nothing to lock yet, so its name and type are looked up before (unless the caller just did) and after. */
#include "dialect/dialect.h"
#include "platform/architect.h"

/* One creation. */
struct creating {
	struct tl_architect *architect;
	struct tl_arena arena;
	struct tl_architect_job job;
	struct tl_str type;     /* "INBOUNDCALL" */
	struct tl_str made_id;  /* of the flow, where it took effect and is a conflict all the same */
	int64_t made;
};

static int taken(const struct creating *creating, const struct tl_remotes *found, struct tl_error *err)
{
	struct tl_str name = creating->job.put->flow->name.text;

	if (found->count == 1)
		return tl_error_set(err, TL_CONFLICT, "the platform has a flow '%.*s' (%.*s) already: %.*s", TL_FMT(name), TL_FMT(creating->type),
		                    TL_FMT(found->items[0].id));
	return tl_error_set(err, TL_CONFLICT, "the platform has %zu flows '%.*s' (%.*s), %.*s and %.*s among them: which of them is meant is for a person to say",
	                    found->count, TL_FMT(name), TL_FMT(creating->type), TL_FMT(found->items[0].id), TL_FMT(found->items[1].id));
}

static int look_up(struct tl_remotes *found, struct creating *creating, struct tl_error *err)
{
	*found = (struct tl_remotes){ 0 };
	return tl_architect_named(found, &creating->arena, creating->architect, creating->job.put->flow->name.text, creating->type, err);
}

/* Which flow it became. */
static int find_made(struct tl_str *id, struct creating *creating, struct tl_error *err)
{
	struct tl_remotes found;

	*id = creating->job.state.flow;
	if (id->len > 0)
		return 0;
	if (look_up(&found, creating, err) != 0)
		return -1;
	if (found.count > 1)
		return taken(creating, &found, err);
	if (found.count == 0)
		return tl_error_set(err, TL_REFUSED, "the job of %.*s says that it went well, but the platform has no such flow", TL_FMT(creating->job.title));
	*id = found.items[0].id;
	return 0;
}

/* A name that somebody else took at the same moment is no success for either. */
static int check_alone(struct creating *creating, const struct tl_remote *made, struct tl_error *err)
{
	struct tl_error ignored;
	struct tl_remotes found;

	if (look_up(&found, creating, &ignored) != 0 || found.count < 2)
		return 0;
	creating->made_id = made->id;
	creating->made = made->version;
	return taken(creating, &found, err);
}

static int create(struct tl_remote *out, struct tl_arena *arena, struct creating *creating, struct tl_error *err)
{
	struct tl_architect_job *job = &creating->job;
	struct tl_remotes found = { 0 };
	struct tl_str id;

	if (!job->put->name_is_free && look_up(&found, creating, err) != 0)
		return -1;
	if (found.count > 0)
		return taken(creating, &found, err);
	if (tl_architect_job_run(job, err) != 0)
		return -1;
	tl_architect_job_say(job->put->said, arena, &job->state);
	if (job->state.state == TL_ARCHITECT_BAD)
		return tl_architect_job_failed(job, err);
	if (find_made(&id, creating, err) != 0 || tl_architect_verify(out, arena, job, id, 0, &creating->made, err) != 0) {
		creating->made_id = creating->made > 0 ? job->state.flow : (struct tl_str){ NULL, 0 };
		return -1;
	}
	return check_alone(creating, out, err);
}

int tl_architect_create(struct tl_remote *out, struct tl_arena *arena, void *state, const struct tl_put *put, struct tl_error *err)
{
	struct creating creating = { .architect = state };
	struct tl_architect_job *job = &creating.job;
	struct tl_error why = { 0 };
	int ret;

	creating.type = tl_architect_api_type(&creating.arena, put->flow->architect_type);
	*job = (struct tl_architect_job){ .architect = state, .put = put, .arena = &creating.arena };
	job->end_ms = tl_genesys_now(creating.architect->genesys) + tl_put_wait_ms(put);
	job->title = tl_arena_printf(&creating.arena, "flow '%.*s' (%.*s)", TL_FMT(put->flow->name.text), TL_FMT(creating.type));
	ret = create(out, arena, &creating, &why);
	tl_architect_record(job, arena, put->call);
	if (put->call && ret != 0) {
		put->call->called_off = !job->handed_over && why.code == TL_INTERRUPTED;
		put->call->took_effect = creating.made_id.len > 0;
		put->call->version = creating.made;
		put->call->id = tl_arena_dup(arena, creating.made_id);
	}
	/* What its job may still make is locked by nobody; what it made may be, by us. */
	if (job->state.state == TL_ARCHITECT_GOOD && job->state.flow.len > 0) {
		struct tl_error ignored;

		tl_architect_give_back(creating.architect, job->state.flow, &ignored);
	}
	tl_arena_clear(&creating.arena);
	if (ret != 0 && err)
		*err = why;
	return ret;
}
