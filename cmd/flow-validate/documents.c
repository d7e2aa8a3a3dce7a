/* cmd/flow-validate/documents.c: one document a worker at a time. */
#include "flow-validate/documents.h"

#include <stdlib.h>

#include "base/pool.h"

struct documents {
	const struct tl_workset *workset;
	const struct tl_check_options *options;
	struct tl_flow_keys flows;
	struct tl_findings *findings; /* one a worker */
	struct tl_error *errors;
};

/* A file that is too large is a finding: it is a user's file. */
static int note_limit(struct tl_findings *findings, const struct tl_entry *entry, const struct tl_error *why)
{
	struct tl_source source;

	tl_source_init(&source, entry->path, TL_STR(""));
	tl_findings_add(findings, &source, (struct tl_span){ 0, 0 }, TL_ERROR, "limit", "%s", why->message);
	tl_source_clear(&source);
	return 0;
}

static int check_one(void *data, unsigned worker, size_t i)
{
	struct documents *documents = data;
	const struct tl_workset *workset = documents->workset;
	bool is_suite = i < workset->suites.count;
	const struct tl_entry *entry = is_suite ? &workset->suites.items[i] : &workset->policies.items[i - workset->suites.count];
	const struct tl_limits *limits = &workset->lower.limits;
	uint64_t limit = is_suite ? limits->suite : limits->file;
	struct tl_error *err = &documents->errors[worker];
	struct tl_arena arena = { 0 };
	struct tl_str bytes;
	int status;

	if (tl_command_stopped())
		return tl_error_set(err, TL_INTERRUPTED, "interrupted");
	status = tl_workset_read(&bytes, &arena, workset, entry, limit, err);
	if (status == 0)
		tl_check_document(&documents->findings[worker], is_suite ? TL_SCHEMA_SUITE : TL_SCHEMA_POLICY, entry->path, bytes, limit, documents->options,
		                  &documents->flows);
	else if (err->code == TL_LIMIT)
		status = note_limit(&documents->findings[worker], entry, err);
	tl_arena_clear(&arena);
	return status;
}

int tl_documents_check(struct tl_findings *findings, const struct tl_workset *workset, const struct tl_check_options *options, struct tl_error *err)
{
	unsigned workers = options->workers > 0 ? options->workers : 1;
	struct documents documents = { .workset = workset, .options = options };
	size_t count = workset->suites.count + workset->policies.count;
	int status;

	if (count == 0)
		return 0;
	documents.findings = tl_alloc_zero(workers, sizeof(struct tl_findings));
	documents.errors = tl_alloc_zero(workers, sizeof(struct tl_error));
	tl_flow_keys_init(&documents.flows, &workset->summaries);
	status = tl_pool_run(workers, count, check_one, &documents);
	for (unsigned i = 0; i < workers; i++) {
		tl_findings_append(findings, &documents.findings[i]);
		tl_findings_clear(&documents.findings[i]);
		if (status != 0 && documents.errors[i].code != TL_OK && documents.errors[i].code != TL_LIMIT)
			*err = documents.errors[i];
	}
	tl_flow_keys_clear(&documents.flows);
	free(documents.findings);
	free(documents.errors);
	return status;
}
