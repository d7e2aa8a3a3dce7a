/* sandbox/trial.h: a simulated call of a flow that the platform has: the engine of flow-simulate, with the platform's services answered here.
 *
 * What a flow asks is answered so: a profile by its key from the sandbox's profiles; a data action by the replies of the seed's `simulation.data` (in the form of a
 * suite's `data`), and where there are none it succeeds with no values; a schedule by `simulation.hours` ({NAME: open | closed | holiday}), else it is open; a
 * transfer is taken unless it stands in `simulation.refused`. The call starts at `simulation.at`, else now. */
#ifndef TL_SANDBOX_TRIAL_H
#define TL_SANDBOX_TRIAL_H

#include "doc/json.h"
#include "sandbox/refusal.h"
#include "sim/case.h"

struct tl_trial_services {
	const struct tl_item *simulation; /* of the seed: a map, or NULL */
	/* The attributes (a map) of the profile of that external id; NULL: there is none. May be NULL: there are no profiles. */
	const struct tl_item *(*profile)(void *data, struct tl_str external_id);
	void *data;
};

/* A flow that can run, and all that it leads to. */
struct tl_trial_flow {
	struct tl_program program;
	struct tl_str id;    /* the platform's */
	struct tl_str start; /* the start node of its wire form that the model has no node of; or empty */
};

struct tl_trial_call {
	const struct tl_case_input *inputs;
	size_t n_inputs;
	struct tl_str phone_number, name;
	const struct tl_item *variables; /* a map, or NULL: by name; those that the flow does not know are handed through */
	int64_t max_time_ms;             /* 0: the default, 120,000 */
	int64_t now_ms;                  /* since 1970 */
};

/* Whether it is a map of `data`, `hours`, `refused` and `at` as above and of nothing else: 200 or 422. */
int tl_trial_check_simulation(struct tl_refusal *refusal, const struct tl_item *simulation);

/* What happened. Starts as {0}; clear it afterwards. Borrows all of the above. */
struct tl_trial {
	struct tl_arena arena;
	struct tl_case given;
	struct tl_run run;
	const struct tl_trial_flow *flow;
	const struct tl_trial_call *call;
	const struct tl_trial_services *services;
	bool *answered_blindly; /* by visit: a data action that nobody had a reply for */
	size_t answered_capacity;
};

void tl_trial_run(struct tl_trial *trial, const struct tl_trial_flow *flow, const struct tl_trial_call *call, const struct tl_trial_services *services);
void tl_trial_clear(struct tl_trial *trial);

/* The visit that the call went wrong at, or SIZE_MAX: it went well, or wrong before its first node. */
size_t tl_trial_culprit(const struct tl_trial *trial);
/* What went wrong in a word ("type_error", "timed_out", "stuck"); NULL where nothing did. And in a sentence. */
const char *tl_trial_error(const struct tl_trial *trial);
struct tl_str tl_trial_error_message(struct tl_trial *trial);
bool tl_trial_was_blind(const struct tl_trial *trial, size_t visit);
/* A map of what was changed, sensitive values masked; and of all variables at the end, those handed through included. */
void tl_trial_put_changed(struct tl_json *json, const struct tl_changed *changed, size_t count);
void tl_trial_put_variables(struct tl_json *json, const struct tl_trial *trial);
/* RFC 3339 in UTC with three digits of fraction. */
struct tl_str tl_trial_time(struct tl_arena *arena, int64_t ms);

/* One sign of 0-9*# */
bool tl_trial_is_sign(const struct tl_item *item);

#endif
