/* deploy/depend.h: whether the platform has what the flows of a plan name. */
#ifndef TL_DEPLOY_DEPEND_H
#define TL_DEPLOY_DEPEND_H

#include "deploy/now.h"

/* The kinds of things that a flow names for certain: bits 1 << enum tl_named_kind. */
unsigned tl_depend_kinds(const struct tl_flow *flow);
/* Of platforms whose flows are no Architect's: adds an error for each call of a flow that is neither deployed nor written by the plan, and for each deployed flow that
 * would keep the former id of one that the plan renames. Nothing is asked. */
int tl_now_callees(struct tl_findings *findings, struct tl_now *now, struct tl_deploy *deploy, struct tl_error *err);
/* Looks up what the flows name that would be written: each list of the platform that is needed once, all at the same time. *found is false where something
 * is missing that the project's levels call an error; findings say what, where, and what is near. A list that we may not read is a warning. */
int tl_now_depend(bool *found, struct tl_now *now, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err);

#endif
