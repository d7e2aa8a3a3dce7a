/* net/webhook.c: signing and sending. */
#include "net/webhook.h"

#include <inttypes.h>

#include "base/text.h"
#include "crypto/sign.h"
#include "net/address.h"

#define ANSWER_LIMIT 65536
#define RETRY_LIMIT_S 3600

static struct tl_str signature_of(struct tl_arena *arena, const struct tl_delivery *delivery, struct tl_str timestamp)
{
	char hex[TL_SHA256_SIZE];
	struct tl_buf signed_bytes = { 0 };

	tl_buf_str(&signed_bytes, timestamp);
	tl_buf_char(&signed_bytes, '.');
	tl_buf_str(&signed_bytes, delivery->body);
	tl_hmac_sha256_hex(hex, delivery->secret, tl_buf_view(&signed_bytes));
	tl_buf_clear(&signed_bytes);
	return tl_arena_printf(arena, "sha256=%s", hex);
}

static int64_t retry_after(const struct tl_http_answer *answer)
{
	double seconds;

	if (!tl_text_number_parse(&seconds, tl_http_header_of(answer, "retry-after")) || seconds < 0)
		return 0;
	return (int64_t)((seconds < RETRY_LIMIT_S ? seconds : RETRY_LIMIT_S) * 1000);
}

static enum tl_delivered verdict(const struct tl_http_answer *answer, struct tl_error *err)
{
	int status = answer->status;

	if (status >= 200 && status < 300)
		return TL_DELIVERED;
	tl_error_set(err, TL_REFUSED, "the webhook answered %d", status);
	return status == 408 || status == 429 || status >= 500 ? TL_DELIVERY_LATER : TL_DELIVERY_REFUSED;
}

/* An address may be a secret itself: what is said of it is kept and shown. */
static void hide_address(struct tl_error *err, struct tl_str url)
{
	struct tl_str text = tl_str(err->message);
	struct tl_buf hidden = { 0 };
	size_t at = 0, found;

	for (found = tl_str_find(text, url, at); url.len > 0 && found != SIZE_MAX; found = tl_str_find(text, url, at)) {
		tl_buf_str(&hidden, tl_str_slice(text, at, found));
		tl_buf_text(&hidden, "(its address)");
		at = found + url.len;
	}
	tl_buf_str(&hidden, tl_str_slice(text, at, text.len));
	if (at > 0)
		tl_error_set(err, err->code, "%.*s", TL_FMT(tl_buf_view(&hidden)));
	tl_buf_clear(&hidden);
}

enum tl_delivered tl_webhook_send(int64_t *retry_ms, struct tl_http *http, const struct tl_delivery *delivery, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str timestamp = tl_arena_printf(&arena, "%" PRId64, delivery->now_ms);
	struct tl_http_header headers[4] = {
		{ TL_STR("content-type"), TL_STR("application/json") },
		{ TL_STR("x-trunkline-timestamp"), timestamp },
		{ TL_STR("idempotency-key"), delivery->key },
	};
	struct tl_http_request request = {
		.method = "POST", .url = delivery->url, .headers = headers, .n_headers = 3, .body = delivery->body, .total_ms = TL_WEBHOOK_MS,
		.body_limit = ANSWER_LIMIT,
	};
	enum tl_delivered delivered = TL_DELIVERY_REFUSED;
	struct tl_http_answer answer;
	struct tl_address address;

	*retry_ms = 0;
	if (tl_address_parse(&address, &arena, delivery->url, err) != 0 || tl_address_check_secure(&address, "a webhook", err) != 0)
		goto out;
	if (delivery->secret.len > 0)
		headers[request.n_headers++] = (struct tl_http_header){ TL_STR("x-trunkline-signature"), signature_of(&arena, delivery, timestamp) };
	if (tl_http_send(&answer, &arena, http, &request, err) != 0) {
		hide_address(err, delivery->url);
		delivered = err->code == TL_USAGE ? TL_DELIVERY_REFUSED : TL_DELIVERY_LATER;
		goto out;
	}
	delivered = verdict(&answer, err);
	*retry_ms = retry_after(&answer);
out:
	tl_arena_clear(&arena);
	return delivered;
}
