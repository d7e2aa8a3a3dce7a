/* cmd/common/listen.h: what a command shows of itself while it works, read only, on a loopback address: a status page, its JSON, metrics and health, served by a thread of its
 * own. */
#ifndef TL_CMD_LISTEN_H
#define TL_CMD_LISTEN_H

#include <pthread.h>

#include "base/buf.h"
#include "common/command.h"

enum tl_shown_text {
	TL_SHOWN_PAGE,     /* at /: HTML */
	TL_SHOWN_STATUS,   /* at /status.json */
	TL_SHOWN_METRICS,  /* at /metrics: for Prometheus */
	TL_SHOWN_TROUBLE,  /* at /healthz: nothing: 200, else 503 with it */
	TL_SHOWN_TEXTS,
};

struct tl_listen;

struct tl_listen_config {
	const char *address;   /* "127.0.0.1:9464"; port 0: any free one */
	bool page;             /* there is one; else / is 404 */
	/* Adds a text as it is now to `out`. Called by the listener's thread. */
	void (*show)(void *data, enum tl_shown_text which, struct tl_buf *out);
	void *data;
};

/* Serves, and says where on standard error ("listening on http://127.0.0.1:40123/"). Copies `config`. -1 with the command's error: TL_USAGE for an address that is none or beyond
 * this machine, TL_IO where it is taken. */
int tl_listen_start(struct tl_listen **out, struct tl_command *command, const struct tl_listen_config *config);
void tl_listen_stop(struct tl_listen *listen); /* NULL is fine */

/* Texts that one thread makes now and then, and the listener's hands out: all of one moment. {0} with an initialised lock. */
struct tl_shown {
	pthread_mutex_t lock;
	struct tl_buf texts[TL_SHOWN_TEXTS];
};
void tl_shown_init(struct tl_shown *shown);
void tl_shown_clear(struct tl_shown *shown);
/* Takes over new texts, which are the former ones afterwards, empty: so that nobody waits while they are made. */
void tl_shown_take(struct tl_shown *shown, struct tl_buf texts[TL_SHOWN_TEXTS]);
/* As the `show` of a listener, `data` a struct tl_shown. */
void tl_shown_show(void *data, enum tl_shown_text which, struct tl_buf *out);

#endif
