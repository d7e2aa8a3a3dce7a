/* cmd/flow-validate/documents.h: the suites and policies of a workset against their schemas. */
#ifndef TL_FLOW_VALIDATE_DOCUMENTS_H
#define TL_FLOW_VALIDATE_DOCUMENTS_H

#include "check/check.h"
#include "common/command.h"

/* Adds what is wrong with them, in parallel. -1 where one could not be read. */
int tl_documents_check(struct tl_findings *findings, const struct tl_workset *workset, const struct tl_check_options *options, struct tl_error *err);

#endif
