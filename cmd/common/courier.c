/* cmd/common/courier.c: a courier with what a command has. */
#include "common/courier.h"

#include "common/owner.h"

int tl_command_courier(struct tl_courier *courier, struct tl_command *command, struct tl_deployment *deployment, const char *webhook)
{
	struct tl_str environment = command->environment->name;

	*courier = (struct tl_courier){
		.ledger = deployment->ledger, .platform = deployment->platform, .clock = &command->clock, .environment = environment,
		.webhook = tl_courier_webhook(&deployment->access, webhook), .access = &deployment->access,
		.surroundings = deployment->config->surroundings, .owner = tl_owner_self(&command->arena), .is_alive = tl_owner_is_alive,
		.workers = command->concurrency, .stopped = tl_command_stopped,
	};
	if (!courier->webhook)
		return tl_error_set(&command->err, TL_USAGE, "the environment '%.*s' has no webhook '%s': trunkline-config(5) says where it is named",
		                    TL_FMT(environment), webhook);
	return tl_courier_open(courier, &command->err);
}
