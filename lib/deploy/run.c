/* deploy/run.c: all writes of a plan by many threads: a group of flows as soon as what it calls is published, and one look after another at the
 * deployments that are under way, less and less often. */
#include "base/pool.h"
#include "deploy/group.h"

/* Until the first look at a deployment, and between two later ones at most. */
#define FIRST_LOOK_MS 250
#define LONGEST_PAUSE_MS 5000
/* How long a thread sleeps before it asks whether it is to stop. */
#define NAP_MS 100
/* A list is asked for by pages of so many flows: cheaper than a look at each, where many are due. */
#define FLOWS_IN_PAGE 100
/* The ledger is written while others' requests are under way. */
#define THREADS_PER_REQUEST 2

struct run {
	struct tl_applying *applying;
	struct tl_arena arena;
	struct tl_groups groups;
	uint32_t *ready;          /* scratch of release: as many as groups */
	size_t n_work;
	pthread_mutex_t lock;     /* over all that follows, and the groups */
	pthread_cond_t moved;
	struct tl_line **queue;   /* a ring: each line stands in it once at most */
	size_t first, n_queued;
	struct tl_line **waiting; /* deployments under way that nobody looks at just now */
	size_t n_waiting;
	size_t under_way;         /* threads at work */
	bool napping;             /* a thread sleeps until the next look */
};

static int64_t monotonic(const struct run *run)
{
	const struct tl_clock *clock = run->applying->deploy->clock;

	return clock->monotonic_ms(clock->data);
}

/* Each job wakes one thread, of those that rest: to wake all of them for each would have them do nothing else. */
static void enqueue(struct run *run, struct tl_line *line, enum tl_job job)
{
	line->job = job;
	run->queue[(run->first + run->n_queued++) % run->n_work] = line;
	pthread_cond_signal(&run->moved);
}

/* This thread leaves the lock to work: where nobody sleeps until the next look, another one does or looks itself. */
static void go(struct run *run)
{
	run->under_way++;
	if (run->n_waiting > 0 && !run->napping)
		pthread_cond_signal(&run->moved);
	pthread_mutex_unlock(&run->lock);
}

static void come_back(struct run *run)
{
	pthread_mutex_lock(&run->lock);
	run->under_way--;
}

static void wait_for(struct run *run, struct tl_line *line, int64_t pause)
{
	line->pause_ms = pause < LONGEST_PAUSE_MS ? pause : LONGEST_PAUSE_MS;
	line->due_ms = monotonic(run) + line->pause_ms;
	if (line->due_ms > line->end_ms)
		line->due_ms = line->end_ms;
	run->waiting[run->n_waiting++] = line;
}

static void begin_waiting(struct run *run, struct tl_line *line)
{
	line->end_ms = monotonic(run) + tl_deploy_timeout(run->applying->deploy);
	wait_for(run, line, FIRST_LOOK_MS);
}

/* ---- groups */

/* What is to be done in the group's present stage. */
static void start_stage(struct run *run, struct tl_group *group)
{
	group->left = 0;
	for (size_t i = 0; i < group->n_lines; i++) {
		struct tl_line *line = group->lines[i];

		if (group->drafting && (line->drafted || line->follows))
			continue;
		group->left++;
		if (line->follows)
			begin_waiting(run, line);
		else
			enqueue(run, line, group->drafting ? TL_JOB_DRAFT : TL_JOB_PUBLISH);
	}
}

/* Groups whose callees are all there. Those that write nothing have their end at once, so a list stands in for recursion. */
static void release(struct run *run, size_t count)
{
	uint32_t *ready = run->ready;

	for (size_t i = 0; i < count; i++) {
		struct tl_group *group = &run->groups.items[ready[i]];

		if (group->n_lines > 0 && !group->failed && group->left > 0) {
			start_stage(run, group);
			continue;
		}
		for (size_t j = 0; j < group->n_callers; j++) {
			struct tl_group *caller = &run->groups.items[group->callers[j]];

			caller->failed |= group->failed;
			if (--caller->awaits == 0)
				ready[count++] = group->callers[j];
		}
	}
}

/* Whether callers of the line may be written. */
static bool got_there(const struct tl_line *line)
{
	return line->applied->state == TL_APPLIED_PUBLISHED || line->applied->state == TL_APPLIED_ALREADY;
}

/* A line came to the end of its stage. */
static void end_stage(struct run *run, struct tl_line *line)
{
	struct tl_group *group = &run->groups.items[line->group];

	if (group->drafting ? !line->drafted : !got_there(line))
		group->failed = true;
	if (--group->left > 0)
		return;
	if (!group->drafting || group->failed) {
		run->ready[0] = line->group;
		release(run, 1);
		return;
	}
	group->drafting = false;
	start_stage(run, group);
}

static void release_first(struct run *run)
{
	size_t count = 0;

	run->ready = TL_ARENA_ARRAY(&run->arena, uint32_t, run->groups.count);
	for (uint32_t i = 0; i < run->groups.count; i++) {
		if (run->groups.items[i].awaits == 0)
			run->ready[count++] = i;
	}
	release(run, count);
}

/* ---- deployments under way */

/* Takes what is due out of the waiting, into `due`. All of it where one list is cheaper than a look at each, else one. */
static size_t take_due(struct run *run, struct tl_line **due)
{
	size_t pages = 1 + run->applying->now.state.remotes.count / FLOWS_IN_PAGE, n_due = 0, taken = 0;
	int64_t now = monotonic(run);
	bool all;

	for (size_t i = 0; i < run->n_waiting; i++)
		n_due += run->waiting[i]->due_ms <= now;
	all = n_due > pages;
	for (size_t i = 0; i < run->n_waiting && (all || taken == 0);) {
		if (run->waiting[i]->due_ms > now) {
			i++;
			continue;
		}
		due[taken++] = run->waiting[i];
		run->waiting[i] = run->waiting[--run->n_waiting];
	}
	return taken;
}

/* What became of a look at one line; `now` NULL: the platform no longer has it. */
static void take_look(struct run *run, struct tl_line *line, const struct tl_remote *now)
{
	struct tl_remote gone = { 0 };

	if (!now)
		now = &gone;
	if (now->version > 0 && !tl_line_is_over(line, now) && monotonic(run) < line->end_ms) {
		wait_for(run, line, line->pause_ms * 2);
		return;
	}
	line->seen = tl_apply_keep_remote(run->applying, now);
	enqueue(run, line, TL_JOB_SETTLE);
}

/* Nobody could look. Trying again was the driver's business. */
static void take_error(struct run *run, struct tl_line *line, const struct tl_error *why)
{
	if (why->code == TL_INTERRUPTED) {
		tl_apply_interrupt(run->applying);
		wait_for(run, line, line->pause_ms);
		return;
	}
	tl_line_lose_sight(run->applying, line, why);
	end_stage(run, line);
}

static void look_at_one(struct run *run, struct tl_line *line)
{
	struct tl_error why = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_remote now;
	int ret;

	go(run);
	tl_apply_enter(run->applying);
	ret = tl_platform_get(&now, &arena, run->applying->deploy->platform, line->applied->platform_id, &why);
	tl_apply_leave(run->applying);
	come_back(run);
	if (ret == 0 || why.code == TL_NOT_FOUND)
		take_look(run, line, ret == 0 ? &now : NULL);
	else
		take_error(run, line, &why);
	tl_arena_clear(&arena);
}

static void look_at_all(struct run *run, struct tl_line **due, size_t count)
{
	struct tl_error why = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_map by_id = { 0 };
	struct tl_remotes remotes;
	int ret;

	go(run);
	tl_apply_enter(run->applying);
	ret = tl_platform_list_about(&remotes, &arena, run->applying->deploy->platform, run->applying->now.state.remotes.count, &why);
	tl_apply_leave(run->applying);
	for (size_t i = 0; ret == 0 && i < remotes.count; i++)
		tl_map_put(&by_id, remotes.items[i].id, NULL)->value.ptr = &remotes.items[i];
	come_back(run);
	for (size_t i = 0; i < count; i++) {
		if (ret == 0)
			take_look(run, due[i], tl_map_ptr(&by_id, due[i]->applied->platform_id));
		else
			take_error(run, due[i], &why);
	}
	tl_map_clear(&by_id);
	tl_arena_clear(&arena);
}

/* Looks at what is due; false where nothing is. */
static bool look(struct run *run)
{
	struct tl_arena arena = { 0 };
	struct tl_line **due;
	size_t count;

	if (run->n_waiting == 0)
		return false;
	due = TL_ARENA_ARRAY(&arena, struct tl_line *, run->n_waiting);
	count = take_due(run, due);
	if (count == 1)
		look_at_one(run, due[0]);
	else if (count > 1)
		look_at_all(run, due, count);
	tl_arena_clear(&arena);
	return count > 0;
}

/* ---- threads */

/* One job, outside of the lock. */
static void work_on(struct run *run, struct tl_line *line)
{
	bool waits = false;

	go(run);
	if (line->job == TL_JOB_SETTLE)
		tl_line_settle(run->applying, line);
	else
		waits = tl_line_write(run->applying, line, line->job == TL_JOB_PUBLISH);
	come_back(run);
	if (waits)
		begin_waiting(run, line);
	else
		end_stage(run, line);
}

/* The next job; writes are passed over where nothing more is to be begun. NULL where there is none. */
static struct tl_line *next_job(struct run *run)
{
	while (run->n_queued > 0) {
		struct tl_line *line = run->queue[run->first];

		run->first = (run->first + 1) % run->n_work;
		run->n_queued--;
		if (line->job == TL_JOB_SETTLE || !tl_apply_must_stop(run->applying))
			return line;
	}
	return NULL;
}

/* Somebody asked to stop: what is still under way is left to itself. */
static void leave_all(struct run *run)
{
	while (run->n_waiting > 0) {
		struct tl_line *line = run->waiting[--run->n_waiting];

		go(run);
		tl_line_leave(run->applying, line, TL_APPLIED_TIMED_OUT, "interrupted while its deployment was under way");
		come_back(run);
	}
}

static int64_t next_look(const struct run *run)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < run->n_waiting; i++)
		due = run->waiting[i]->due_ms < due ? run->waiting[i]->due_ms : due;
	return due;
}

/* Until there is something to do: one thread sleeps until the next look, the others until something moves. */
static void rest(struct run *run)
{
	const struct tl_clock *clock = run->applying->deploy->clock;
	int64_t left;

	if (run->napping || run->n_waiting == 0) {
		pthread_cond_wait(&run->moved, &run->lock);
		return;
	}
	left = next_look(run) - monotonic(run);
	run->napping = true;
	pthread_mutex_unlock(&run->lock);
	clock->sleep_ms(clock->data, left < NAP_MS ? left : NAP_MS);
	pthread_mutex_lock(&run->lock);
	run->napping = false;
}

static bool is_over(const struct run *run)
{
	return run->n_queued == 0 && run->n_waiting == 0 && run->under_way == 0;
}

static int work(void *data, unsigned worker, size_t i)
{
	struct run *run = data;

	(void)worker;
	(void)i;
	pthread_mutex_lock(&run->lock);
	while (!is_over(run)) {
		struct tl_line *line = next_job(run);

		if (line)
			work_on(run, line);
		else if (run->n_waiting > 0 && tl_apply_is_cut_off(run->applying))
			leave_all(run);
		else if (!look(run) && !is_over(run))
			rest(run);
	}
	pthread_cond_broadcast(&run->moved);
	pthread_mutex_unlock(&run->lock);
	return 0;
}

/* One alone does everything in the plan's order. */
static unsigned threads_of(const struct run *run)
{
	unsigned wanted = run->applying->most_requests;

	if (wanted > 1)
		wanted *= THREADS_PER_REQUEST;
	return wanted < run->n_work ? wanted : (unsigned)run->n_work;
}

static void start(struct run *run)
{
	pthread_mutex_init(&run->lock, NULL);
	pthread_cond_init(&run->moved, NULL);
	tl_groups_make(&run->groups, &run->arena, run->applying);
	for (size_t i = 0; i < run->groups.count; i++)
		run->n_work += run->groups.items[i].n_lines;
	run->queue = TL_ARENA_ARRAY(&run->arena, struct tl_line *, run->n_work);
	run->waiting = TL_ARENA_ARRAY(&run->arena, struct tl_line *, run->n_work);
	run->applying->n_writes = run->n_work;
	release_first(run);
}

void tl_apply_run(struct tl_applying *applying)
{
	struct run run = { .applying = applying };
	unsigned threads;

	start(&run);
	threads = threads_of(&run);
	tl_pool_run(threads, threads, work, &run);
	pthread_cond_destroy(&run.moved);
	pthread_mutex_destroy(&run.lock);
	tl_arena_clear(&run.arena);
}
