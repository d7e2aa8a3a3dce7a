/* net/http_job.h: one request on its way, between the thread that waits for it and the event thread. The room's own. */
#ifndef TL_NET_HTTP_JOB_H
#define TL_NET_HTTP_JOB_H

#include <pthread.h>

#include "net/address.h"
#include "net/curl.h"
#include "net/http.h"

/* Who ended a request. */
enum tl_job_end {
	TL_JOB_OPEN,
	TL_JOB_CURL,     /* libcurl: job->result */
	TL_JOB_STOPPED,  /* the process was asked to stop */
	TL_JOB_DEADLINE, /* it is over */
	TL_JOB_STALLED,  /* the answer began, and then came too slowly */
	TL_JOB_WITHHELD, /* it was not begun */
};

/* Made on the stack of the thread that sends; the event thread has it from the queue on until it is done. */
struct tl_job {
	struct tl_job *next;
	struct tl_http *http;
	const struct tl_http_request *request;
	struct tl_address address;    /* of the url */
	const char *url;
	CURL *easy;
	struct curl_slist *headers;
	struct tl_buf head, body;     /* of the answer: its header lines since the last status line, its bytes */
	size_t n_lines;
	int64_t total_ms, started, deadline;
	size_t moved;                 /* bytes of the answer when it was last seen to move, */
	int64_t moved_at;             /* and when that was; 0: it has not begun */
	unsigned starts;              /* how often libcurl set out to send it */
	bool proxied, head_too_long, body_too_long;
	char refused_ip[64];          /* the address that it was not allowed to connect to */
	char text[CURL_ERROR_SIZE];   /* libcurl's words */
	CURLcode result;
	enum tl_job_end end;
	pthread_cond_t done;          /* with the http's lock: end is set */
};

struct tl_http {
	struct tl_http_config config; /* defaults filled in */
	struct tl_arena arena;
	const struct tl_curl *curl;   /* NULL until the first request */
	CURLM *multi;
	pthread_t thread, warmer;
	bool warming;                 /* `warmer` is to be joined */
	struct tl_str roots;          /* certificates, where they have to be handed over as bytes; else empty */
	struct tl_str proxy;          /* without a user and a password, for messages */
	pthread_mutex_t lock;         /* of what follows */
	bool running, closing;
	struct tl_job *queue, **queue_end;
};

/* Prepares job->easy. TL_USAGE for a header that cannot be sent. */
int tl_job_prepare(struct tl_job *job, struct tl_error *err);
/* Frees what the job holds; the headers, which may be secret, are overwritten. */
void tl_job_clear(struct tl_job *job);
/* The event thread. */
void *tl_http_loop(void *http);
/* Fills `out` and the error for a job that ended without a whole answer; returns -1. */
int tl_job_fault(struct tl_http_answer *out, struct tl_job *job, struct tl_error *err);

#endif
