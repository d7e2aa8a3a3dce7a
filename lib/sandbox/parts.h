/* sandbox/parts.h: the parts of this room, for its table. */
#ifndef TL_SANDBOX_PARTS_H
#define TL_SANDBOX_PARTS_H

#include "sandbox/route.h"

extern const struct tl_part tl_part_admin;
extern const struct tl_part tl_part_callers;
extern const struct tl_part tl_part_flows;
extern const struct tl_part tl_part_interactions;
extern const struct tl_part tl_part_oauth;
extern const struct tl_part tl_part_phone;
extern const struct tl_part tl_part_profiles;
extern const struct tl_part tl_part_roles;
extern const struct tl_part tl_part_simulate;
extern const struct tl_part tl_part_simulator;
extern const struct tl_part tl_part_sinks;
extern const struct tl_part tl_part_vendor;
extern const struct tl_part tl_part_vendor_actions;
extern const struct tl_part tl_part_vendor_admin;
extern const struct tl_part tl_part_vendor_depend;
extern const struct tl_part tl_part_vendor_export;
extern const struct tl_part tl_part_vendor_flows;
extern const struct tl_part tl_part_vendor_jobs;
extern const struct tl_part tl_part_vendor_lists;
extern const struct tl_part tl_part_vendor_notify;
extern const struct tl_part tl_part_vendor_people;
extern const struct tl_part tl_part_vendor_record;
extern const struct tl_part tl_part_vendor_run;

#endif
