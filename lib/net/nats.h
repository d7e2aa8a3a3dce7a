/* net/nats.h: libnats, loaded at first use. The room's own. */
#ifndef TL_NET_NATS_H
#define TL_NET_NATS_H

#include <nats/nats.h>

#include "base/error.h"

/* What is used of it, each with the type that its own header gives it. */
#define TL_NATS_FUNCTIONS(X) \
	X(connection_close, natsConnection_Close) \
	X(connection_connect, natsConnection_Connect) \
	X(connection_destroy, natsConnection_Destroy) \
	X(connection_flush, natsConnection_FlushTimeout) \
	X(connection_last_error, natsConnection_GetLastError) \
	X(connection_publish, natsConnection_PublishRequestString) \
	X(connection_publish_plain, natsConnection_PublishString) \
	X(connection_request, natsConnection_RequestString) \
	X(connection_subscribe, natsConnection_Subscribe) \
	X(inbox_create, natsInbox_Create) \
	X(inbox_destroy, natsInbox_Destroy) \
	X(last_error, nats_GetLastError) \
	X(message_data, natsMsg_GetData) \
	X(message_destroy, natsMsg_Destroy) \
	X(message_header, natsMsgHeader_Get) \
	X(message_length, natsMsg_GetDataLength) \
	X(message_reply, natsMsg_GetReply) \
	X(message_subject, natsMsg_GetSubject) \
	X(open, nats_Open) \
	X(options_create, natsOptions_Create) \
	X(options_destroy, natsOptions_Destroy) \
	X(options_expect_host, natsOptions_SetExpectedHostname) \
	X(options_ignore_discovered, natsOptions_SetIgnoreDiscoveredServers) \
	X(options_load_ca, natsOptions_LoadCATrustedCertificates) \
	X(options_set_credentials, natsOptions_SetUserCredentialsFromFiles) \
	X(options_set_error_handler, natsOptions_SetErrorHandler) \
	X(options_set_name, natsOptions_SetName) \
	X(options_set_pings_out, natsOptions_SetMaxPingsOut) \
	X(options_set_ping_interval, natsOptions_SetPingInterval) \
	X(options_set_reconnect, natsOptions_SetAllowReconnect) \
	X(options_set_secure, natsOptions_SetSecure) \
	X(options_set_timeout, natsOptions_SetTimeout) \
	X(options_set_token, natsOptions_SetToken) \
	X(options_set_url, natsOptions_SetURL) \
	X(options_set_user, natsOptions_SetUserInfo) \
	X(options_set_write_deadline, natsOptions_SetWriteDeadline) \
	X(status_text, natsStatus_GetText) \
	X(subscription_destroy, natsSubscription_Destroy) \
	X(subscription_drain, natsSubscription_DrainTimeout) \
	X(subscription_tell_end, natsSubscription_SetOnCompleteCB) \
	X(subscription_wait_drained, natsSubscription_WaitForDrainCompletion)

struct tl_nats {
#define TL_NATS_MEMBER(name, function) __typeof__(&function) name;
	TL_NATS_FUNCTIONS(TL_NATS_MEMBER)
#undef TL_NATS_MEMBER
};

/* The library, loaded and started once in a process; it stays, and its threads handle no signal. TL_UNSUPPORTED where it is not installed or too old, with the package's
 * name. Any thread. */
int tl_nats_load(const struct tl_nats **out, struct tl_error *err);
/* What libnats says of the last call of this thread that failed with `status`, without the line of its source. Borrowed until the next. */
const char *tl_nats_why(const struct tl_nats *nats, natsStatus status);

#endif
