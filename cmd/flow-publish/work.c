/* cmd/flow-publish/work.c: what those subcommands share that write: how many at once, how long, under which lease, and what is told meanwhile. */
#include "flow-publish/publish.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "ledger/lease.h"

#define WAIT_MS ((int64_t)60 * 1000)
#define BOOT_ID_SHOWN 8
#define CONCURRENCY_LIMIT 256

static int take_duration(int64_t *ms, struct publish *publish, const char *option, const char *text, int64_t least)
{
	if (!text || (tl_span_parse(ms, tl_str(text)) && *ms >= least))
		return 0;
	return tl_error_set(&publish->command.err, TL_USAGE, "'--%s' takes a duration such as 30s or 5m, not '%s'", option, text);
}

/* By which processes of this machine know each other, where some of them may not see the others: "pid:[4026531836]". */
static struct tl_str name_space(struct tl_arena *arena)
{
	char link[64];
	ssize_t n = readlink("/proc/self/ns/pid", link, sizeof(link));

	return n > 0 ? tl_arena_dup(arena, (struct tl_str){ link, (size_t)n }) : TL_STR("pid");
}

/* By what this machine, since it was started, is told from all others, be they called the same: "4fe8c31a". Empty where it does not say. */
static struct tl_str boot_id(struct tl_arena *arena)
{
	struct tl_str id;

	if (tl_file_read(&id, arena, "/proc/sys/kernel/random/boot_id", 64, NULL) != 0 || id.len < BOOT_ID_SHOWN)
		return TL_STR("");
	return tl_str_slice(id, 0, BOOT_ID_SHOWN);
}

/* "alice@laptop, 4fe8c31a pid:[4026531836] process ": what two processes of one machine have in common. */
static struct tl_str owner_head(struct publish *publish, struct tl_str boot)
{
	struct tl_arena *arena = &publish->command.arena;

	return tl_arena_printf(arena, "%.*s, %.*s %.*s process ", TL_FMT(publish->deployment.acting.actor.name), TL_FMT(boot), TL_FMT(name_space(arena)));
}

/* Whether no process of that id runs; one that ended and was not waited for is none. */
static bool has_ended(pid_t id)
{
	struct tl_arena arena = { 0 };
	struct tl_str stat, rest = { NULL, 0 };
	const char *end = NULL;
	bool ended;

	if (kill(id, 0) != 0)
		return errno == ESRCH;
	/* "4711 (name, which may hold anything) Z …" */
	if (tl_file_read(&stat, &arena, tl_arena_printf(&arena, "/proc/%ld/stat", (long)id).ptr, 4096, NULL) == 0)
		end = memrchr(stat.ptr, ')', stat.len);
	if (end)
		rest = tl_str_trim(tl_str_slice(stat, (size_t)(end - stat.ptr) + 1, stat.len));
	ended = tl_str_starts(rest, TL_STR("Z")) || tl_str_starts(rest, TL_STR("X"));
	tl_arena_clear(&arena);
	return ended;
}

/* Whether the owner of a lease is a process of this machine and user that has ended: such a one need not be waited for. */
static bool is_dead(void *data, struct tl_str owner)
{
	const struct tl_str *head = data;
	char text[24];
	char *end;
	long id;

	if (!tl_str_starts(owner, *head) || owner.len - head->len >= sizeof(text))
		return false;
	memcpy(text, owner.ptr + head->len, owner.len - head->len);
	text[owner.len - head->len] = '\0';
	errno = 0;
	id = strtol(text, &end, 10);
	return errno == 0 && id > 0 && id <= INT_MAX && *end == '\0' && has_ended((pid_t)id);
}

/* That somebody is waited for is said before. */
static int look_for_holder(struct publish *publish)
{
	struct tl_command *command = &publish->command;
	const struct tl_lease_wish *lease = &publish->lease;
	struct tl_lease_holder holder;

	if (lease->steal.len > 0 || lease->wait_ms == 0 || command->common->quiet)
		return 0;
	if (tl_ledger_lease_holder(&holder, &command->arena, publish->deploy.ledger, command->environment->name, &command->err) != 0)
		return -1;
	if (holder.held && !(lease->has_ended && lease->has_ended(lease->data, holder.owner)))
		tl_command_say(command, "waiting up to %.*s for %.*s, who publishes to '%.*s'", TL_FMT(tl_duration_format(&command->arena, lease->wait_ms)),
		               TL_FMT(holder.owner), TL_FMT(command->environment->name));
	return 0;
}

int publish_work(struct publish *publish, const struct publish_work *work)
{
	struct tl_deploy *deploy = &publish->deploy;
	struct tl_str boot = boot_id(&publish->command.arena);

	publish->lease_head = owner_head(publish, boot);
	publish->lease = (struct tl_lease_wish){
		.owner = tl_arena_printf(&publish->command.arena, "%.*s%ld", TL_FMT(publish->lease_head), (long)getpid()),
		.wait_ms = WAIT_MS,
		/* Where machines cannot be told apart nobody's processes are looked for here. */
		.has_ended = boot.len > 0 ? is_dead : NULL,
		.data = &publish->lease_head,
	};
	if (take_duration(&deploy->timeout_ms, publish, "timeout", work->timeout, 1) != 0 ||
	    take_duration(&publish->lease.wait_ms, publish, "wait", work->wait, 0) != 0)
		return -1;
	if (work->steal && tl_str_trim(tl_str(work->steal)).len == 0)
		return tl_error_set(&publish->command.err, TL_USAGE, "a lease is taken over for a reason: --steal-lease REASON");
	if (work->steal)
		publish->lease.steal = tl_str(work->steal);
	deploy->atomic = work->atomic;
	deploy->lease = &publish->lease;
	return look_for_holder(publish);
}

int publish_concurrency(struct publish *publish, uint64_t concurrency)
{
	if (concurrency > CONCURRENCY_LIMIT)
		return tl_error_set(&publish->command.err, TL_USAGE, "'--concurrency' is at most %d", CONCURRENCY_LIMIT);
	publish->command.concurrency = (unsigned)concurrency;
	return 0;
}
