/* platform/reading.h: a flow's file as a platform is sent it, for the sandbox, which knows no dialects. */
#ifndef TL_PLATFORM_READING_H
#define TL_PLATFORM_READING_H

#include "base/finding.h"
#include "flow/flow.h"

/* The model of an Architect flow's YAML, the caller's own; what is wrong with it goes to `findings` (may be NULL), a {{key}} too, as nothing is left to fill in.
 * NULL: it is no such flow, or nothing can be made of it. */
struct tl_flow *tl_reading_architect(struct tl_str yaml, struct tl_findings *findings);

#endif
