/* base/limits.h: every limit of the flow language in one value. All can be raised on the command line. */
#ifndef TL_BASE_LIMITS_H
#define TL_BASE_LIMITS_H

#include "base/base.h"
#include "base/str.h"

struct tl_limits {
	uint64_t file;            /* bytes of a flow file: 4 MiB */
	uint64_t suite;           /* bytes of a suite file: 256 MiB */
	uint64_t depth;           /* nested collections of a native file or a suite: 64 */
	uint64_t architect_depth; /* of an Architect file: 256 */
	uint64_t scalars;         /* after alias expansion: 1,000,000 (flow files) */
	uint64_t nodes;           /* of a flow: 10,000 */
	uint64_t choices;         /* or cases of a node: 1,000 */
	uint64_t cases;           /* of a suite: 100,000 */
	uint64_t inputs;          /* of a case: 1,000 */
	uint64_t variables;       /* of a case: 100 */
	uint64_t subflow_depth;   /* open at once: 16 */
	uint64_t text;            /* bytes that a call makes: values, prompts, requests: 16 MiB */
	uint64_t max_steps;       /* of a call: 1,000 */
	uint64_t max_time_ms;     /* of a call: 120,000 */
};

struct tl_limits tl_limits_default(void);

/* One row a limit: its name in the project file and on the command line ("max_steps"), how it is written, where it is. */
enum tl_limit_unit { TL_LIMIT_COUNT, TL_LIMIT_BYTES, TL_LIMIT_DURATION };
struct tl_limit_row {
	const char *name;
	enum tl_limit_unit unit;
	size_t offset; /* in struct tl_limits */
	const char *summary;
};
extern const struct tl_limit_row tl_limit_table[];
extern const size_t tl_limit_count;

/* Sets the limit `name` from "10000", "4MiB" (KiB, MiB, GiB) or "120s". Returns 0, -1 for an unknown name, -2 for a bad value (0 is one). */
int tl_limits_set(struct tl_limits *limits, struct tl_str name, struct tl_str value);

#endif
