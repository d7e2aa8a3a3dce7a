/* tests/unit/vendor_yard.h: the `architect` driver over an organisation in memory, with locks, publishing jobs and exports. One word says what goes wrong there. */
#ifndef TL_VENDOR_YARD_H
#define TL_VENDOR_YARD_H

#include "unit.h"

#include <pthread.h>

#include "platform/architect.h"
#include "unit_flow.h"

#define ORG_FLOWS 600
#define ORG_VERSIONS 8
#define ORG_JOBS 700

struct org_version {
	unsigned major, minor;
	bool publishes;
	const char *by;            /* "us", or a person */
	struct tl_str yaml;
};

struct org_flow {
	char id[64], name[64], type[32];
	struct org_version versions[ORG_VERSIONS];
	size_t count;
	size_t published, checked_in, saved; /* numbers of versions, from 1; 0: none */
	const char *holder;        /* "us", a person's name, "client:NAME"; NULL: nobody */
	const char *operation;     /* that Bob has under way, or NULL */
	bool deleted;
};

struct org_job {
	bool export, handed, over, good;
	unsigned looks;            /* how often it was asked for */
	struct org_flow *flow;
	struct tl_str yaml;        /* handed to it, or what it exports */
	const char *messages;      /* JSON of the list's items */
};

struct org {
	struct tl_arena arena;
	struct tl_error err;
	pthread_mutex_t lock;
	struct org_flow *flows;
	size_t n_flows;
	struct org_job *jobs;
	size_t n_jobs;
	const char *bad;           /* what goes wrong: vendor_yard.c */
	unsigned times;            /* how often it did */
	char log[8192];            /* "GET CHECKOUT GET JOB PUT LOOK …" */
	struct tl_buf last_body, last_path, last_upload;
	char last_headers[256];
	const char *role;          /* what a role is answered with */
	size_t requests, exports, most_in_job;
	bool archives;             /* several flows come as a zip archive; else as documents one after the other */
	bool nameless;             /* files of an archive go by the platform's own names */
	int64_t now;
	bool stopped;              /* somebody asked to stop */
	struct tl_clock clock;
	struct tl_environment environment;
	struct tl_platform *platform;
	struct tl_architect *architect;
};

/* cmocka setup and teardown: *state is an org. */
int org_make(void **state);
int org_remove(void **state);
/* Its driver, for a platform that somebody else opens, one after the other. */
const struct tl_driver *org_driver(struct org *org);
/* A flow that somebody published; its id is "id-NAME" of an INBOUNDCALL, else "id-NAME-TYPE". `words` is what it says. */
struct org_flow *org_add(struct org *org, const char *type, const char *name, const char *words);
/* The flow of that name, whatever its type; or NULL. */
struct org_flow *org_find(struct org *org, const char *name);
/* Somebody writes a version. */
void org_edit(struct org *org, struct org_flow *flow, const char *by, bool publish, bool draft, const char *words);
/* The flow's YAML, and the flow. tl_flow_free() it. */
struct tl_str org_yaml(struct tl_arena *arena, const char *type, const char *name, const char *words);
struct tl_flow *org_source(const char *type, const char *name, const char *words);
/* Whether what callers get of the flow has those words. */
bool org_says(const struct org_flow *flow, const char *words);

#endif
