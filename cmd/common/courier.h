/* cmd/common/courier.h: how commands tell a webhook what stands in the ledger's outbox. */
#ifndef TL_CMD_COURIER_H
#define TL_CMD_COURIER_H

#include "common/deployment.h"
#include "live/webhook.h"

/* Opens the courier of the environment's webhook of that name; what is asked of the platform is asked only where the deployment has one. TL_USAGE where there is no such
 * webhook. tl_courier_close in any case. -1 with the command's error. */
int tl_command_courier(struct tl_courier *courier, struct tl_command *command, struct tl_deployment *deployment, const char *webhook);

#endif
