/* sim/library.h: the flows that calls may enter, by id, read when they are first asked for. */
#ifndef TL_SIM_LIBRARY_H
#define TL_SIM_LIBRARY_H

#include "flow/source.h"
#include "sim/call.h"

struct tl_library;

/* `set` and `lower` are borrowed; what is said of the flows while they are read goes to lower->findings. */
struct tl_library *tl_library_new(const struct tl_flow_set *set, const struct tl_lower *lower);
void tl_library_free(struct tl_library *library);

/* Gets the flow of that id ready for calls: it and all that its subflows lead to are read. *out is NULL where there is none of that id, or where it
 * cannot run: then `problems` (may be NULL) says why, at its place (it could not be read; a transition that leads nowhere; an expression
 * that is only kept as text). A file named after the id is looked at first, then all. -1 only where a file could not be had. */
int tl_library_get(const struct tl_flow **out, struct tl_library *library, struct tl_str id, struct tl_findings *problems,
                   struct tl_error *err);
/* As above by index of the set. */
int tl_library_get_file(const struct tl_flow **out, struct tl_library *library, size_t file, struct tl_findings *problems, struct tl_error *err);
/* The program that starts in `flow`. It reads nothing more, so calls may run on several threads. */
struct tl_program tl_library_program(struct tl_library *library, const struct tl_flow *flow);
/* Ids of all flows read so far, for near names. */
size_t tl_library_ids(struct tl_library *library, struct tl_str **ids, struct tl_arena *arena);

/* The id of the first flow read so far that people call so; empty where there is none. */
struct tl_str tl_library_id_of_name(const struct tl_library *library, struct tl_str name);

/* Whether each node of the flow can run; says in `problems` (may be NULL) all that cannot. Of the flow alone: its callees are not looked at. */
bool tl_flow_runs(const struct tl_flow *flow, struct tl_findings *problems);

#endif
