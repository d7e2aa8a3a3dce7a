/* net/http_loop.c: the event thread. It alone touches the multi handle; jobs come by the queue and leave with their end set. */
#include "net/http_job.h"

/* How often `stopped` and the deadlines are looked at while something is under way, and the longest sleep while nothing is. */
#define TICK_MS 50
#define IDLE_MS 60000
/* libcurl ends a request at its deadline; what it overlooks (it waits for a connection to come free) is ended here. */
#define GRACE_MS 250
/* An answer that has begun brings so many bytes in such a time. */
#define STALL_BYTES 1024
#define STALL_MS 20000

struct loop {
	struct tl_http *http;
	const struct tl_curl *curl;
	struct tl_job *jobs; /* under way */
	unsigned n_jobs;
	struct tl_job *waiting, **waiting_end; /* for their turn */
	int64_t looked_at;
};

static int64_t now(const struct tl_http *http)
{
	return http->config.clock->monotonic_ms(http->config.clock->data);
}

/* Wakes the thread that waits for the job, whose stack it lies on: it must not be touched afterwards. */
static void hand_back(struct loop *loop, struct tl_job *job, enum tl_job_end end)
{
	pthread_mutex_lock(&loop->http->lock);
	job->end = end;
	pthread_cond_signal(&job->done);
	pthread_mutex_unlock(&loop->http->lock);
}

/* Takes the job out of the multi handle, and hands it back. */
static void finish(struct loop *loop, struct tl_job *job, enum tl_job_end end)
{
	struct tl_job **at = &loop->jobs;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	loop->n_jobs--;
	loop->curl->multi_remove_handle(loop->http->multi, job->easy);
	hand_back(loop, job, end);
}

static void begin(struct loop *loop, struct tl_job *job)
{
	CURLMcode code;

	job->next = loop->jobs;
	loop->jobs = job;
	loop->n_jobs++;
	job->started = now(loop->http);
	job->deadline = job->started + job->total_ms + GRACE_MS;
	code = loop->curl->multi_add_handle(loop->http->multi, job->easy);
	if (code == CURLM_OK)
		return;
	job->result = CURLE_FAILED_INIT;
	finish(loop, job, TL_JOB_CURL);
}

static struct tl_job *take_waiting(struct loop *loop)
{
	struct tl_job *job = loop->waiting;

	loop->waiting = job->next;
	if (!loop->waiting)
		loop->waiting_end = &loop->waiting;
	return job;
}

/* Those whose turn has come. What follows an answer goes out here, at once: no other thread has to wake for it. */
static void begin_waiting(struct loop *loop)
{
	unsigned most = loop->http->config.most;

	while (loop->waiting && (most == 0 || loop->n_jobs < most)) {
		struct tl_job *job = take_waiting(loop);

		if (job->request->still && !job->request->still(job->request->data))
			hand_back(loop, job, TL_JOB_WITHHELD);
		else
			begin(loop, job);
	}
}

/* Takes over what was queued. False where the room closes. */
static bool take_queue(struct loop *loop)
{
	struct tl_http *http = loop->http;
	bool closing;

	pthread_mutex_lock(&http->lock);
	if (http->queue) {
		*loop->waiting_end = http->queue;
		loop->waiting_end = http->queue_end;
	}
	http->queue = NULL;
	http->queue_end = &http->queue;
	closing = http->closing;
	pthread_mutex_unlock(&http->lock);
	return !closing;
}

static void reap(struct loop *loop)
{
	CURLMsg *message;
	int left;

	for (message = loop->curl->multi_info_read(loop->http->multi, &left); message;
	     message = loop->curl->multi_info_read(loop->http->multi, &left)) {
		struct tl_job *job = NULL;
		CURLcode result = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		loop->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
		job->result = result;
		finish(loop, job, TL_JOB_CURL);
	}
}

static bool has_stalled(struct tl_job *job, int64_t at)
{
	size_t bytes = job->head.len + job->body.len;
	int64_t most = job->total_ms / 2 < STALL_MS ? job->total_ms / 2 : STALL_MS;

	if (bytes == 0)
		return false;
	if (job->moved_at == 0 || bytes - job->moved >= STALL_BYTES) {
		job->moved = bytes;
		job->moved_at = at;
	}
	return at - job->moved_at > most;
}

/* Ends what must not go on. */
static void look(struct loop *loop)
{
	const struct tl_http *http = loop->http;
	int64_t at = now(http);
	bool stopped;

	if (at - loop->looked_at < TICK_MS)
		return;
	loop->looked_at = at;
	stopped = http->config.stopped && http->config.stopped();
	while (stopped && loop->waiting)
		hand_back(loop, take_waiting(loop), TL_JOB_WITHHELD);
	for (struct tl_job *job = loop->jobs, *next; job; job = next) {
		next = job->next;
		if (stopped)
			finish(loop, job, TL_JOB_STOPPED);
		else if (at >= job->deadline)
			finish(loop, job, TL_JOB_DEADLINE);
		else if (has_stalled(job, at))
			finish(loop, job, TL_JOB_STALLED);
	}
}

void *tl_http_loop(void *data)
{
	struct tl_http *http = data;
	struct loop loop = { .http = http, .curl = http->curl, .looked_at = INT64_MIN / 2 };
	int running;

	loop.waiting_end = &loop.waiting;
	while (take_queue(&loop)) {
		begin_waiting(&loop);
		loop.curl->multi_perform(http->multi, &running);
		reap(&loop);
		if (loop.jobs)
			look(&loop);
		begin_waiting(&loop);
		loop.curl->multi_poll(http->multi, NULL, 0, loop.jobs ? TICK_MS : IDLE_MS, NULL);
	}
	loop.curl->multi_cleanup(http->multi);
	return NULL;
}
