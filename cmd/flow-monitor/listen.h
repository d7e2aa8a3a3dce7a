/* cmd/flow-monitor/listen.h: the status page, its JSON, metrics and health, served on a thread of their own while the looks go on. */
#ifndef TL_FLOW_MONITOR_LISTEN_H
#define TL_FLOW_MONITOR_LISTEN_H

#include "flow-monitor/watch.h"

struct listener;

/* Serves what watch->shown holds on watch->options.listen, which must be a loopback address; says where, on standard error. Without an address *out is NULL. -1 with
 * the command's error. */
int listen_start(struct listener **out, struct watch *watch);
void listen_stop(struct listener *listener); /* NULL is fine */

#endif
