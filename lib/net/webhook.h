/* net/webhook.h: one event for another system: JSON in a POST, signed, with a key by which a repetition is known. */
#ifndef TL_NET_WEBHOOK_H
#define TL_NET_WEBHOOK_H

#include "net/http.h"

/* How long one delivery may take. */
#define TL_WEBHOOK_MS 5000

struct tl_delivery {
	struct tl_str url;         /* https, or loopback */
	struct tl_str secret;      /* signs it; empty: not signed */
	struct tl_str body;        /* JSON */
	struct tl_str key;         /* Idempotency-Key: the same each time this event is sent */
	int64_t now_ms;            /* since 1970: part of what is signed */
};

/* What became of it. */
enum tl_delivered {
	TL_DELIVERED,              /* 2xx */
	TL_DELIVERY_LATER,         /* 408, 429, 5xx, or the network: it may be sent again */
	TL_DELIVERY_REFUSED,       /* anything else: sending it again would change nothing */
};

/* Sends it once. Headers: X-Trunkline-Timestamp (ms), X-Trunkline-Signature "sha256=HEX" (HMAC-SHA-256 of timestamp, '.' and body), Idempotency-Key. *retry_ms is
 * what Retry-After asks for, or 0. `err` says why it is not delivered, without address or secret. `http` decides which addresses may be reached at all. */
enum tl_delivered tl_webhook_send(int64_t *retry_ms, struct tl_http *http, const struct tl_delivery *delivery, struct tl_error *err);

#endif
