/* net/http.c: opening, closing, and the thread that sends: it hands its request to the event thread and waits. */
#include "net/http_job.h"

#include <signal.h>
#include <stdlib.h>

#include "base/file.h"

#define CONNECT_MS 10000
#define TOTAL_MS 60000
#define BODY_LIMIT ((size_t)16 << 20)
#define CONNECTIONS 32
#define ROOTS_LIMIT ((uint64_t)16 << 20)

/* A proxy, unlike other addresses, may name a user and a password: libcurl gets them, messages never do. */
static int read_proxy(struct tl_http *http, const char *proxy, struct tl_error *err)
{
	struct tl_str text = tl_str(proxy), bare;
	struct tl_address address;
	size_t slashes = tl_str_find(text, TL_STR("://"), 0), at = SIZE_MAX;

	for (size_t i = 0; slashes != SIZE_MAX && i < text.len; i++)
		if (text.ptr[i] == '@')
			at = i;
	bare = text;
	if (at != SIZE_MAX)
		bare = tl_arena_printf(&http->arena, "%.*s%.*s", TL_FMT(tl_str_slice(text, 0, slashes + 3)), TL_FMT(tl_str_slice(text, at + 1, text.len)));
	if (tl_address_parse(&address, &http->arena, bare, err) != 0)
		return tl_error_wrap(err, "proxy");
	http->proxy = address.text;
	http->config.proxy = tl_arena_dup(&http->arena, text).ptr;
	return 0;
}

int tl_http_open(struct tl_http **out, const struct tl_http_config *config, struct tl_error *err)
{
	struct tl_http *http = tl_alloc_zero(1, sizeof(*http));

	*out = NULL;
	http->config = *config;
	http->queue_end = &http->queue;
	pthread_mutex_init(&http->lock, NULL);
	if (http->config.connect_ms <= 0)
		http->config.connect_ms = CONNECT_MS;
	if (http->config.total_ms <= 0)
		http->config.total_ms = TOTAL_MS;
	if (http->config.body_limit == 0)
		http->config.body_limit = BODY_LIMIT;
	if (http->config.connections == 0)
		http->config.connections = CONNECTIONS;
	if (config->proxy && *config->proxy && read_proxy(http, config->proxy, err) != 0) {
		tl_http_close(http);
		return -1;
	}
	*out = http;
	return 0;
}

static void *warm(void *data)
{
	const struct tl_curl *curl;
	struct tl_error ignored;

	(void)data;
	tl_curl_load(&curl, &ignored);
	return NULL;
}

/* A thread on which no signal is handled: the process' own threads decide what an interrupt means. */
static int start_quiet(pthread_t *out, void *(*run)(void *data), void *data)
{
	sigset_t all, old;
	int status;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	status = pthread_create(out, NULL, run, data);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return status;
}

void tl_http_warm(struct tl_http *http)
{
	if (http->warming || http->running)
		return;
	tl_curl_prepare();
	http->warming = start_quiet(&http->warmer, warm, NULL) == 0;
}

void tl_http_close(struct tl_http *http)
{
	if (!http)
		return;
	if (http->warming)
		pthread_join(http->warmer, NULL);
	if (http->running) {
		pthread_mutex_lock(&http->lock);
		http->closing = true;
		/* With the lock held: the thread that sees it closes the handle. */
		http->curl->multi_wakeup(http->multi);
		pthread_mutex_unlock(&http->lock);
		pthread_join(http->thread, NULL);
	}
	pthread_mutex_destroy(&http->lock);
	tl_arena_clear(&http->arena);
	free(http);
}

/* The system's certificates and ours in one text, where the system has no folder of them that could stand beside our file. */
static int read_roots(struct tl_http *http, struct tl_error *err)
{
	struct tl_str system = { 0 }, ours;

	if (!http->config.ca || !*http->config.ca || http->curl->info->capath)
		return 0;
	if (tl_file_read(&ours, &http->arena, http->config.ca, ROOTS_LIMIT, err) != 0)
		return tl_error_wrap(err, "ca");
	if (http->curl->info->cainfo && tl_file_read(&system, &http->arena, http->curl->info->cainfo, ROOTS_LIMIT, err) != 0)
		return tl_error_wrap(err, "the system's certificates");
	http->roots = tl_arena_printf(&http->arena, "%.*s\n%.*s", TL_FMT(system), TL_FMT(ours));
	return 0;
}

static int start_thread(struct tl_http *http, struct tl_error *err)
{
	int status = start_quiet(&http->thread, tl_http_loop, http);

	if (status != 0)
		return tl_error_errno(err, status, "starting a thread for requests");
	http->running = true;
	return 0;
}

/* What the first request does, with the lock held. */
static int start(struct tl_http *http, struct tl_error *err)
{
	const struct tl_curl *curl;

	if (http->running)
		return 0;
	if (tl_curl_load(&curl, err) != 0)
		return -1;
	http->curl = curl;
	if (read_roots(http, err) != 0)
		return -1;
	http->multi = curl->multi_init();
	if (!http->multi)
		return tl_error_set(err, TL_IO, "libcurl cannot make an event loop");
	curl->multi_setopt(http->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl->multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)http->config.connections);
	curl->multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)http->config.connections + 8);
	if (start_thread(http, err) == 0)
		return 0;
	curl->multi_cleanup(http->multi);
	http->multi = NULL;
	return -1;
}

/* Whether a request to there may be made at all. */
static int check_address(struct tl_job *job, struct tl_error *err)
{
	const struct tl_http_config *config = &job->http->config;

	if (!config->insecure && tl_address_check_secure(&job->address, "address", err) != 0)
		return -1;
	/* A proxy resolves names by itself: what can be told from the name alone is told here. */
	if (config->public_only && tl_address_is_private(&job->address))
		return tl_error_set(err, TL_USAGE, "%.*s leads to no public address; 'allow_private: true' in the protected configuration allows it if it is meant",
		                    TL_FMT(job->address.text));
	return 0;
}

/* Hands the job to the event thread and waits for its end. */
static int run(struct tl_job *job, struct tl_error *err)
{
	struct tl_http *http = job->http;
	int status;

	pthread_mutex_lock(&http->lock);
	status = start(http, err);
	pthread_mutex_unlock(&http->lock);
	if (status != 0 || tl_job_prepare(job, err) != 0)
		return -1;
	pthread_mutex_lock(&http->lock);
	*http->queue_end = job;
	http->queue_end = &job->next;
	http->curl->multi_wakeup(http->multi);
	while (job->end == TL_JOB_OPEN)
		pthread_cond_wait(&job->done, &http->lock);
	pthread_mutex_unlock(&http->lock);
	return 0;
}

/* The header lines that were kept, "Name: value" each, as a table. */
static void read_headers(struct tl_http_answer *out, struct tl_arena *arena, const struct tl_job *job)
{
	struct tl_str rest = tl_buf_view(&job->head);

	out->headers = TL_ARENA_ARRAY(arena, struct tl_http_header, job->n_lines + 1);
	while (rest.len > 0) {
		size_t end = tl_str_find(rest, TL_STR("\n"), 0);
		struct tl_str line = tl_str_slice(rest, 0, end == SIZE_MAX ? rest.len : end);
		size_t colon = tl_str_find(line, TL_STR(":"), 0);
		struct tl_http_header *header = &out->headers[out->n_headers];
		char *name;

		rest = tl_str_slice(rest, line.len + (end != SIZE_MAX), rest.len);
		if (colon == SIZE_MAX || colon == 0 || out->n_headers == job->n_lines)
			continue;
		name = tl_arena_alloc(arena, colon + 1, 1);
		for (size_t i = 0; i < colon; i++)
			name[i] = line.ptr[i] >= 'A' && line.ptr[i] <= 'Z' ? (char)(line.ptr[i] + ('a' - 'A')) : line.ptr[i];
		header->name = (struct tl_str){ name, colon };
		header->value = tl_arena_dup(arena, tl_str_trim(tl_str_slice(line, colon + 1, line.len)));
		out->n_headers++;
	}
}

static int take_answer(struct tl_http_answer *out, struct tl_arena *arena, struct tl_job *job, struct tl_error *err)
{
	const struct tl_curl *curl = job->http->curl;
	long status = 0, version = 0;

	out->latency_ms = job->http->config.clock->monotonic_ms(job->http->config.clock->data) - job->started;
	curl->easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
	curl->easy_getinfo(job->easy, CURLINFO_HTTP_VERSION, &version);
	out->status = (int)status;
	out->version = version >= CURL_HTTP_VERSION_2_0 ? 2 : 1;
	read_headers(out, arena, job);
	if (job->end != TL_JOB_CURL || job->result != CURLE_OK)
		return tl_job_fault(out, job, err);
	out->fate = TL_HTTP_ANSWERED;
	out->body = tl_arena_dup(arena, tl_buf_view(&job->body));
	return 0;
}

int tl_http_send(struct tl_http_answer *out, struct tl_arena *arena, struct tl_http *http, const struct tl_http_request *request,
                 struct tl_error *err)
{
	struct tl_job job = { .http = http, .request = request };
	int status = -1;

	*out = (struct tl_http_answer){ .fate = TL_HTTP_UNSENT };
	if (tl_address_parse(&job.address, arena, request->url, err) != 0 || check_address(&job, err) != 0)
		return -1;
	if (http->config.stopped && http->config.stopped())
		return tl_error_set(err, TL_INTERRUPTED, "interrupted");
	pthread_cond_init(&job.done, NULL);
	job.url = tl_arena_dup(arena, request->url).ptr;
	job.total_ms = request->total_ms > 0 ? request->total_ms : http->config.total_ms;
	job.started = http->config.clock->monotonic_ms(http->config.clock->data);
	if (run(&job, err) == 0)
		status = take_answer(out, arena, &job, err);
	if (http->curl)
		tl_job_clear(&job);
	pthread_cond_destroy(&job.done);
	return status;
}

struct tl_str tl_http_header_of(const struct tl_http_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->n_headers; i++)
		if (tl_str_is(answer->headers[i].name, name))
			return answer->headers[i].value;
	return (struct tl_str){ 0 };
}
