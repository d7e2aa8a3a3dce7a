/* report/findings.h: findings as text, JSON, SARIF and what services of continuous integration take. One row of a table a format; findings are sorted before. */
#ifndef TL_REPORT_FINDINGS_H
#define TL_REPORT_FINDINGS_H

#include "base/buf.h"
#include "base/finding.h"

struct tl_json;

/* What a report says besides the findings. */
struct tl_findings_summary {
	uint64_t flows; /* how many were checked */
	bool color;     /* text only */
};

struct tl_findings_format {
	const char *name;
	void (*write)(struct tl_buf *out, const struct tl_findings *findings, const struct tl_findings_summary *summary);
};

/* The format of that name, or NULL. */
const struct tl_findings_format *tl_findings_format(struct tl_str name);
/* The names of all formats, "text, json, …", appended, for messages. */
void tl_findings_formats(struct tl_buf *out);

/* A list of findings in the members that commands.md names, as a value of `json`. */
void tl_findings_put(struct tl_json *json, const struct tl_findings *findings);

/* Each finding for a person: place, level, message and rule, the source line with the span underlined, and help. No summary line. */
void tl_findings_text(struct tl_buf *out, const struct tl_findings *findings, bool color);

extern const struct tl_findings_format tl_findings_format_text, tl_findings_format_json, tl_findings_format_sarif, tl_findings_format_github,
	tl_findings_format_junit, tl_findings_format_gitlab;

#endif
