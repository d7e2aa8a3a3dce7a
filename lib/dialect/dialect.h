/* dialect/dialect.h: text to model: which dialect a document is, and its reader. */
#ifndef TL_DIALECT_DIALECT_H
#define TL_DIALECT_DIALECT_H

#include "base/error.h"
#include "doc/substitute.h"
#include "flow/build.h"

/* What a document holds. By content: `flow:` at the top is native, one Architect flow type alone is Architect, `nodes` without `flow` is the wire. */
enum tl_content { TL_CONTENT_UNKNOWN, TL_CONTENT_NATIVE, TL_CONTENT_ARCHITECT, TL_CONTENT_WIRE, TL_CONTENT_SUITE, TL_CONTENT_POLICY };

/* Reads a flow of any dialect from bytes. Everything wrong with it is a finding of lower->findings (yaml-syntax, duplicate-key, limit, schema for
 * a native file's structure (done by check/, not here), unset-substitution, unknown-action …). *out is NULL only where no model can be made (nothing
 * readable, or no flow at all); a flow with mistakes is lowered as far as it goes, so that one mistake does not hide the next. */
void tl_flow_read(struct tl_flow **out, struct tl_str path, struct tl_str bytes, const struct tl_lower *lower);
/* What the file holds, cheaply: from its first bytes. Also by name: *.suite.yaml, *.policy.yaml. */
enum tl_content tl_content_of(struct tl_str path, struct tl_str bytes);

/* The readers of the dialects. They take over `doc` (its root is not NULL). Findings about structure that only a schema sees are not theirs. */
void tl_native_read(struct tl_flow **out, struct tl_doc *doc, const struct tl_lower *lower);
void tl_architect_read(struct tl_flow **out, struct tl_doc *doc, const struct tl_substitution *substitution, const struct tl_lower *lower);
void tl_wire_read(struct tl_flow **out, struct tl_doc *doc, const struct tl_lower *lower);

/* How the vendor's API calls the type of flow that a file calls "inboundCall", in `arena`: "INBOUNDCALL"; and the other way round. One that is not known is only
 * put into the other case. */
struct tl_str tl_architect_api_type(struct tl_arena *arena, struct tl_str key);
struct tl_str tl_architect_type_key(struct tl_arena *arena, struct tl_str api);

/* The wire form of a native (or wire) flow, in `arena`: {name, nodes, applicationSettings, environmentVariables, …} without id, version and status, which
 * the platform owns. Reads back to an equal model. TL_UNSUPPORTED for an Architect flow. */
int tl_wire_write(struct tl_item **out, struct tl_arena *arena, const struct tl_flow *flow, struct tl_error *err);

/* The flow as a native file would say it, in `arena`: {flow, name, channel, start, variables, prompts, nodes, …}, with what placeholders were filled with. Reads back
 * to an equal model. TL_UNSUPPORTED where the native language has no words for something of it (a platform's own settings or node types), which the message names. */
int tl_native_write(struct tl_item **out, struct tl_arena *arena, const struct tl_flow *flow, struct tl_error *err);

#endif
