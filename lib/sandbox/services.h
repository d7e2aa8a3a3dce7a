/* sandbox/services.h: what simulated calls of this sandbox are answered with, for the parts that run some. */
#ifndef TL_SANDBOX_SERVICES_H
#define TL_SANDBOX_SERVICES_H

#include "sandbox/route.h"
#include "sandbox/trial.h"

struct tl_trial_services tl_sandbox_services(const struct tl_sandbox *sandbox);

#endif
