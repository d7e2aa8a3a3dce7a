/* tests/unit/fake_platform.h: a platform in memory that many threads may ask at once, with latency, deployments that take their time, and faults. */
#ifndef TL_FAKE_PLATFORM_H
#define TL_FAKE_PLATFORM_H

#include <pthread.h>

#include "platform/platform.h"

#define FAKE_FLOWS 2048
#define FAKE_VERSIONS 8

struct fake_version {
	struct tl_str name, content;
	enum tl_remote_status status;
	bool reached;
};

struct fake_flow {
	struct tl_str id;
	struct fake_version versions[FAKE_VERSIONS];
	int64_t version, published;
	unsigned looks_left;     /* until the deployment under way has its end */
	bool gone;
};

/* What is wrong with one flow, by its name. */
struct fake_fault {
	const char *name;
	bool deployment_fails;   /* with "no licence" */
	bool deployment_hangs;
	bool claims;             /* the last version is said to be what callers get, whatever its status */
	enum tl_code code;       /* of its next write; TL_OK: none */
	int status;              /* … by HTTP; 0: it has none */
	bool writes_first;       /* and the write took effect all the same */
	bool twin;               /* and a flow that is made is there twice */
	bool replaced;           /* and somebody else wrote on top of it at once */
	bool hides;              /* and somebody else was first, and what is written is put on top of it */
	int times;               /* how often `code` is answered; 0: always */
	bool invalid;            /* validation: at node "say", field "prompt" */
};

struct fake_platform {
	pthread_mutex_t lock;
	struct tl_arena arena;
	struct fake_flow flows[FAKE_FLOWS];
	size_t n_flows;
	unsigned looks;          /* that a deployment takes; 0: a write publishes at once */
	unsigned latency_us;
	struct fake_fault faults[4];
	const char *const *scopes; /* of every role; ends with NULL */
	const char *const *granted; /* to the client itself; NULL: it is not said */
	/* What happened. */
	unsigned free_names;     /* flows that were made, whose name nobody had as the caller knew */
	unsigned requests, writes, lists, gets, in_flight, most_in_flight, validations;
	char written[4096];      /* names in the order of their publishing, "name " each; drafts as "name? " */
};

extern const struct tl_driver fake_driver;
/* The platform that fake_driver opens; zeroed by fake_reset. One at a time. */
extern struct fake_platform fake;
void fake_reset(void);
/* Somebody else publishes `text` as the next version of the flow of that name. */
void fake_intrude(const char *name);
struct fake_flow *fake_find(const char *name);

#endif
