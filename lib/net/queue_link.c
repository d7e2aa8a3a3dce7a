/* net/queue_link.c: the link between a queue's loop and its thread: lists, notes, how libnats is to connect. */
#include "net/queue_link.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"

#define MESSAGE_LIMIT ((size_t)64 << 10)
#define WORK_MS 30000
/* Less would be gone before a sign of life comes around. */
#define WORK_LEAST_MS 1000
#define CONNECT_MS 5000
#define WRITE_MS 2000
/* A connection that is cut without a word is noticed after two of them. */
#define PING_MS 5000
#define PINGS_OUT 2
#define NOTE_LIMIT 400

void tl_queued_list_add(struct tl_queued_list *list, struct tl_queued *queued)
{
	queued->list = list;
	queued->next = NULL;
	queued->previous = list->last;
	if (list->last)
		list->last->next = queued;
	else
		list->first = queued;
	list->last = queued;
	list->count++;
}

void tl_queued_list_remove(struct tl_queued *queued)
{
	struct tl_queued_list *list = queued->list;

	if (queued->previous)
		queued->previous->next = queued->next;
	else
		list->first = queued->next;
	if (queued->next)
		queued->next->previous = queued->previous;
	else
		list->last = queued->previous;
	list->count--;
	queued->list = NULL;
}

void tl_queued_list_move(struct tl_queued_list *to, struct tl_queued_list *from)
{
	if (!from->first)
		return;
	for (struct tl_queued *queued = from->first; queued; queued = queued->next)
		queued->list = to;
	from->last->next = to->first;
	if (to->first)
		to->first->previous = from->last;
	else
		to->last = from->last;
	to->first = from->first;
	to->count += from->count;
	*from = (struct tl_queued_list){ 0 };
}

void tl_queued_free(const struct tl_nats *nats, struct tl_queued *queued)
{
	if (queued->message)
		nats->message_destroy(queued->message);
	free(queued->reply);
	free(queued);
}

static void free_list(const struct tl_nats *nats, struct tl_queued_list *list)
{
	while (list->first) {
		struct tl_queued *queued = list->first;

		tl_queued_list_remove(queued);
		tl_queued_free(nats, queued);
	}
}

static void free_link(struct tl_queue_link *link)
{
	free_list(link->nats, &link->ready);
	free_list(link->nats, &link->held);
	free_list(link->nats, &link->settled);
	free_list(link->nats, &link->sent);
	while (link->arrivals) {
		struct tl_queue_arrival *arrival = link->arrivals;

		link->arrivals = arrival->next;
		link->nats->message_destroy(arrival->message);
		free(arrival);
	}
	while (link->notes) {
		struct tl_queue_note *note = link->notes;

		link->notes = note->next;
		free(note->text);
		free(note);
	}
	if (link->options)
		link->nats->options_destroy(link->options);
	pthread_cond_destroy(&link->work);
	pthread_cond_destroy(&link->told);
	pthread_mutex_destroy(&link->lock);
	tl_arena_wipe(&link->arena);
	free(link);
}

void tl_queue_link_leave(struct tl_queue_link *link)
{
	bool last = --link->users == 0;

	pthread_mutex_unlock(&link->lock);
	if (last)
		free_link(link);
}

void tl_queue_link_tell(struct tl_queue_link *link, enum tl_queue_note_kind kind, const char *text)
{
	struct tl_queue_note *note = tl_alloc_zero(1, sizeof(*note));
	struct tl_buf safe = { 0 };

	tl_text_safe(&safe, tl_str_cut(tl_str(text), NOTE_LIMIT));
	note->kind = kind;
	note->text = tl_strdup(safe.data ? safe.data : "");
	tl_buf_clear(&safe);
	*link->notes_end = note;
	link->notes_end = &note->next;
	if (link->wake)
		tl_wake_send(link->wake);
}

/* --- How libnats is to connect */

/* libnats has a handler of its own where there is none, which may print. What went wrong is asked for where it matters. */
static void ignore_error(natsConnection *connection, natsSubscription *subscription, natsStatus status, void *data)
{
	(void)connection;
	(void)subscription;
	(void)status;
	(void)data;
}

static natsStatus set_login(struct tl_queue_link *link, const struct tl_queue_login *login)
{
	const struct tl_nats *nats = link->nats;
	struct tl_arena *arena = &link->arena;
	natsStatus status = NATS_OK;

	if (login->user.len > 0)
		status = nats->options_set_user(link->options, tl_arena_dup(arena, login->user).ptr, tl_arena_dup(arena, login->password).ptr);
	if (status == NATS_OK && login->token.len > 0)
		status = nats->options_set_token(link->options, tl_arena_dup(arena, login->token).ptr);
	if (status == NATS_OK && login->credentials.len > 0)
		status = nats->options_set_credentials(link->options, tl_arena_dup(arena, login->credentials).ptr, NULL);
	return status;
}

/* The name that its certificate must bear is always asked for: libnats checks none by itself. */
static natsStatus set_security(struct tl_queue_link *link, const struct tl_queue_login *login)
{
	const struct tl_nats *nats = link->nats;
	natsStatus status;

	if (!link->address.secure)
		return NATS_OK;
	status = nats->options_set_secure(link->options, true);
	if (status == NATS_OK)
		status = nats->options_expect_host(link->options, link->address.host.ptr);
	if (status == NATS_OK && login->ca.len > 0)
		status = nats->options_load_ca(link->options, tl_arena_dup(&link->arena, login->ca).ptr);
	return status;
}

/* Reconnecting is ours: so a wrong password, a lost stream and a cut line are all waited out in one way. Servers that the server tells of are not gone to: the address
 * is what was allowed. */
static natsStatus set_manners(struct tl_queue_link *link)
{
	const struct tl_nats *nats = link->nats;
	natsOptions *options = link->options;
	natsStatus status = nats->options_set_url(options, link->address.server.ptr);

	if (status == NATS_OK)
		status = nats->options_set_name(options, "trunkline");
	if (status == NATS_OK)
		status = nats->options_set_reconnect(options, false);
	if (status == NATS_OK)
		status = nats->options_ignore_discovered(options, true);
	if (status == NATS_OK)
		status = nats->options_set_timeout(options, CONNECT_MS);
	if (status == NATS_OK)
		status = nats->options_set_write_deadline(options, WRITE_MS);
	if (status == NATS_OK)
		status = nats->options_set_ping_interval(options, PING_MS);
	if (status == NATS_OK)
		status = nats->options_set_pings_out(options, PINGS_OUT);
	if (status == NATS_OK)
		status = nats->options_set_error_handler(options, ignore_error, NULL);
	return status;
}

static int set_options(struct tl_queue_link *link, const struct tl_queue_login *login, struct tl_error *err)
{
	natsStatus status = link->nats->options_create(&link->options);

	if (status == NATS_OK)
		status = set_manners(link);
	if (status == NATS_OK)
		status = set_login(link, login);
	if (status == NATS_OK)
		status = set_security(link, login);
	if (status == NATS_OK)
		return 0;
	return tl_error_set(err, TL_USAGE, "queue '%.*s': %s", TL_FMT(link->address.server), tl_nats_why(link->nats, status));
}

static void init_locks(struct tl_queue_link *link)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&link->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&link->work, &attributes);
	pthread_cond_init(&link->told, &attributes);
	pthread_condattr_destroy(&attributes);
}

static int64_t work_ms_of(const struct tl_queue_config *config)
{
	if (config->work_ms <= 0)
		return WORK_MS;
	return config->work_ms < WORK_LEAST_MS ? WORK_LEAST_MS : config->work_ms;
}

int tl_queue_link_new(struct tl_queue_link **out, const struct tl_queue_config *config, struct tl_error *err)
{
	struct tl_queue_link *link = tl_alloc_zero(1, sizeof(*link));

	*out = NULL;
	init_locks(link);
	link->users = 1;
	link->message_limit = config->message_limit > 0 ? config->message_limit : MESSAGE_LIMIT;
	link->wanted_work_ms = work_ms_of(config);
	link->arrivals_end = &link->arrivals;
	link->notes_end = &link->notes;
	if (tl_queue_address_parse(&link->address, &link->arena, tl_str(config->address), config->insecure, err) != 0 ||
	    tl_nats_load(&link->nats, err) != 0 || set_options(link, &config->login, err) != 0) {
		free_link(link);
		return -1;
	}
	*out = link;
	return 0;
}

/* --- Waiting */

int64_t tl_queue_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool tl_queue_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ms)
{
	struct timespec until = { .tv_sec = until_ms / 1000, .tv_nsec = (until_ms % 1000) * 1000000 };

	return pthread_cond_timedwait(condition, lock, &until) == 0;
}
