/* project/project.h: trunkline.yaml: which flows, which rules, which limits, schedules and environments. Plain values, read once. */
#ifndef TL_PROJECT_PROJECT_H
#define TL_PROJECT_PROJECT_H

#include "base/error.h"
#include "base/finding.h"
#include "base/limits.h"
#include "base/map.h"
#include "doc/tree.h"
#include "schema/schema.h"

#define TL_PROJECT_FILE "trunkline.yaml"

struct tl_interval {
	int32_t opens_s, closes_s; /* seconds of the local day, opening inclusive, closing exclusive; 86400 ends a day */
};

struct tl_schedule {
	struct tl_str name;
	struct tl_str time_zone;        /* IANA name */
	struct tl_zone *zone;           /* its rules, owned by the project */
	struct tl_interval *weekly[7];  /* monday first */
	uint32_t n_weekly[7];
	int64_t *holidays;              /* days since 1970-01-01, local dates, ascending */
	uint32_t n_holidays;
	const struct tl_item *item;     /* as written, for digests */
};

enum tl_hours { TL_HOURS_OPEN, TL_HOURS_CLOSED, TL_HOURS_HOLIDAY };
/* What a schedule says at an instant (ms since 1970, UTC). */
enum tl_hours tl_schedule_at(const struct tl_schedule *schedule, int64_t ms);

struct tl_environment {
	struct tl_str name;
	struct tl_str platform;         /* "local", "genesys", "cxone", "architect" */
	struct tl_str database;         /* local: path of its SQLite file, relative to the project's folder */
	struct tl_str audio_base;
	struct tl_str promote_from;     /* the environment that must have what is published here; or empty */
	struct tl_map values;           /* name -> struct tl_str * */
	struct tl_map ids;              /* flow id -> struct tl_str *, the platform's id */
	const struct tl_item *item;     /* as written; NULL for the built-in `local` */
	struct tl_span span;
};

/* A rule's level in the project file: off, or one of enum tl_level. */
#define TL_RULE_OFF (-1)
struct tl_rule_level {
	struct tl_str rule;
	int level;
	struct tl_span span; /* of the rule's name */
};

struct tl_project {
	struct tl_arena arena;
	struct tl_doc *doc;             /* NULL: no project file, defaults hold */
	struct tl_str path;             /* of the file, as shown; empty where there is none */
	struct tl_str *flows;           /* folders or globs, relative to the project file's folder; where none: "." */
	uint32_t n_flows;
	struct tl_rule_level *rules;
	uint32_t n_rules;
	struct tl_limits limits;
	struct tl_schedule *schedules;
	uint32_t n_schedules;
	struct tl_environment *environments; /* `local` is always among them */
	uint32_t n_environments;
};

/* Reads a project file. Everything wrong with it (syntax, schema, unknown time zone, bad interval, a value that is no scalar) is a finding; returns -1 with
 * TL_USAGE where there was one of level error ("trunkline.yaml:3:5: …" of the first), and *out is NULL. */
int tl_project_read(struct tl_project **out, struct tl_str path, struct tl_str bytes, const struct tl_schemas *schemas,
                    struct tl_findings *findings, struct tl_error *err);
/* What holds without a project file. */
void tl_project_default(struct tl_project **out);
void tl_project_free(struct tl_project *project);

/* NULL where there is none of that name. */
const struct tl_environment *tl_project_environment(const struct tl_project *project, struct tl_str name);
const struct tl_schedule *tl_project_schedule(const struct tl_project *project, struct tl_str name);

#endif
