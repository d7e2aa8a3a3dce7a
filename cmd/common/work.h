/* cmd/common/work.h: what a workset is made of. Shared by the files of this folder. */
#ifndef TL_CMD_WORK_H
#define TL_CMD_WORK_H

#include "common/command.h"

/* What a file holds as far as its name says. */
enum tl_name_kind {
	TL_NAME_OTHER,
	TL_NAME_FLOW,   /* *.flow.yaml, .yml, .json */
	TL_NAME_SUITE,  /* *.suite.yaml … */
	TL_NAME_POLICY, /* *.policy.yaml … */
	TL_NAME_MAYBE,  /* other YAML and JSON: a flow of another dialect, or anything */
	TL_NAME_PROJECT,
};
enum tl_name_kind tl_name_kind_of(struct tl_str path);

struct tl_work_file {
	struct tl_str shown;   /* relative to the repository, or as it was typed */
	struct tl_view *view;
	const struct tl_entry *entry; /* its path is the one in `view`; in the work's arena */
	enum tl_name_kind kind;
	bool asked;            /* by the operands, or by the project's patterns where there are none */
	bool named;            /* itself, by an operand: then it is a flow, whatever it holds */
	bool stray;            /* it only lies beside a file that was asked for */
	bool chosen;
};

struct tl_work_files {
	struct tl_work_file *items; /* owned; sorted by `shown` once all are there */
	size_t count, capacity;
};

/* The folders outside of the view that operands lead to. */
struct tl_work_view {
	struct tl_str folder; /* absolute, real */
	struct tl_view *view;
};

struct tl_work {
	struct tl_arena arena;
	struct tl_command *command;
	struct tl_findings *findings;
	struct tl_str named_link;      /* the first link or submodule that an operand names itself; or empty */
	const struct tl_str *patterns; /* the project's, where they say what is asked for */
	size_t n_patterns;
	struct tl_work_files all;     /* while they are gathered */
	struct tl_work_files flows, suites, policies;
	struct tl_flow_file *shown;   /* by flow, for tl_flow_set */
	struct tl_work_view *views;
	size_t n_views, views_capacity;
	struct tl_cache *cache;
};

void tl_work_add(struct tl_work_files *files, const struct tl_work_file *file);
/* Sorts by `shown`, and joins what is there twice. */
void tl_work_sort(struct tl_work_files *files);
struct tl_work_file *tl_work_find(const struct tl_work_files *files, struct tl_str shown);

/* operand.c: the project's patterns as the view names them, in the work's arena. */
struct tl_str *tl_work_patterns(struct tl_work *work, size_t *count);
/* Gathers into work->all what the operands (or the project) name, and what else belongs to the project. */
int tl_work_gather(struct tl_work *work, const struct tl_option_list *operands);
/* Adds files by their shown names where they are not there yet, as if each were named. */
int tl_work_gather_known(struct tl_work *work, const struct tl_option_list *paths);
/* changed.c: of what was asked for, chooses what changed, and the flows and suites that depend on it. */
int tl_work_choose_changed(struct tl_work *work, struct tl_workset *workset);

#endif
