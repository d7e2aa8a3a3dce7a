/* tests/unit/genesys_yard.h: the `genesys` driver over a platform in memory that keeps the contract, and breaks it as a script says. The script stands in place
 * of the client of net/client.h: what reaches the driver is what that would hand up. */
#ifndef TL_GENESYS_YARD_H
#define TL_GENESYS_YARD_H

#include "unit.h"

#include <pthread.h>

#include "platform/genesys.h"
#include "platform/platform.h"
#include "unit_flow.h"

#define STAGE_FLOWS 700
#define STAGE_VERSIONS 8

struct stage_version {
	struct tl_str body;     /* as it was sent */
	char status[16];
};

struct stage_flow {
	char id[64], title[64];
	struct stage_version versions[STAGE_VERSIONS];
	int64_t count;          /* versions */
};

struct stage {
	struct tl_arena arena;
	struct tl_error err;
	pthread_mutex_t lock;
	struct stage_flow *flows;
	size_t n_flows;
	/* What happens to each write, a letter each; '.' past the end. See genesys_yard.c. */
	const char *script;
	bool deaf;              /* every read fails */
	bool compact;           /* answers to writes have no nodes */
	/* The answer to every read, where set: its body, status and ETag. */
	const char *body, *etag;
	int status;
	const char *const *pages; /* the answers to a list, page for page, where set; past NULL: a page without rows */
	/* Called before each answer to a list. */
	void (*meddle)(struct stage *stage);
	bool strict; /* no page past the end may be asked for */
	char log[4096];         /* "GET PUT GET", reads of lists as LIST */
	struct tl_buf last_body, last_path;
	size_t requests;
	int64_t now, slept;
	int64_t stop_at;        /* interrupted from then on; 0: never */
	struct tl_clock clock;
	struct tl_environment environment;
	struct tl_platform *platform;
};

/* cmocka setup and teardown: *state is a stage. */
int stage_make(void **state);
int stage_remove(void **state);

/* A flow on the stage that was made by somebody else; `reason` is its content. Its id is "id-TITLE". */
struct stage_flow *stage_add(struct stage *stage, const char *title, const char *reason);
/* Somebody else writes the next version. */
void stage_edit(struct stage *stage, struct stage_flow *flow, const char *reason);
/* The flow of that title, or NULL. */
struct stage_flow *stage_find(struct stage *stage, const char *title);
/* How many flows have the title. */
size_t stage_count(const struct stage *stage, const char *title);
/* Whether the version ends with that reason. */
bool stage_holds(const struct stage_flow *flow, int64_t version, const char *reason);
/* A native flow called `title` that ends with `reason`. tl_flow_free() it. */
struct tl_flow *stage_flow(const char *title, const char *reason);

#endif
