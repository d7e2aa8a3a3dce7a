/* base/finding.h: what is said about a user's file. Data, never an error: a rule adds findings, a report shows them. */
#ifndef TL_BASE_FINDING_H
#define TL_BASE_FINDING_H

#include "base/arena.h"
#include "base/span.h"

enum tl_level { TL_NOTE, TL_WARNING, TL_ERROR };

/* Owns nothing that its list does not own: it stays whole after the source it speaks of is gone. */
struct tl_finding {
	const char *rule; /* a static id: "unknown-node" */
	enum tl_level level;
	struct tl_str file; /* relative to the repository */
	struct tl_span span;
	struct tl_place place;
	struct tl_str line_text; /* the source line at `place.line`, cut at 400 bytes */
	struct tl_str message;   /* lower case, no full stop; names in 'quotes' */
	struct tl_str help;      /* how to mend it, or empty */
	struct tl_str witness;   /* JSON of a case that shows it, or empty */
};

struct tl_findings {
	struct tl_arena arena;
	struct tl_finding *items;
	size_t count, capacity;
	size_t in_file;           /* that were added one after another about one file */
	struct tl_finding unsaid; /* what stands for those past the limit */
};

/* Findings about one file, one after another; the next one says that there are more, at the highest level of them. */
#define TL_FINDINGS_IN_FILE 20000

/* {0} is an empty list. */
void tl_findings_clear(struct tl_findings *findings);
/* Adds one and returns it (valid until the next is added), so that help or a witness can be set on it.
 * `source` may be NULL for a finding about no file. */
struct tl_finding *tl_findings_add(struct tl_findings *findings, struct tl_source *source, struct tl_span span,
                                   enum tl_level level, const char *rule, const char *fmt, ...) TL_PRINTF(6, 7);
/* Sets the help of a finding that was just added; the text is copied into the list. */
void tl_findings_help(struct tl_findings *findings, struct tl_finding *finding, const char *fmt, ...) TL_PRINTF(3, 4);
/* Copies all findings of `from` to the end of `to`. */
void tl_findings_append(struct tl_findings *to, const struct tl_findings *from);
/* Sorts by file, line, column, end, level (errors first), rule, message, and drops exact repetitions. The one place that does it. */
void tl_findings_sort(struct tl_findings *findings);
size_t tl_findings_count(const struct tl_findings *findings, enum tl_level level);
/* "note", "warning", "error" */
const char *tl_level_name(enum tl_level level);
/* The level of that name; false where there is none. */
bool tl_level_parse(enum tl_level *level, struct tl_str name);

#endif
