/* net/retry.c: waiting before another attempt. */
#include "net/retry.h"

#include "crypto/sha256.h"

#define FIRST_MS 250
#define LAST_MS 30000
#define SLICE_MS 50
#define AFTER_DEFAULT_MS 5000
#define AFTER_MOST_MS 900000
/* Thirty years and more; what is longer is said to be as long. */
#define ASKED_MOST_MS ((int64_t)999999999 * 1000)

int64_t tl_retry_now(const struct tl_retry *retry)
{
	return retry->clock->monotonic_ms(retry->clock->data);
}

int64_t tl_retry_delay(unsigned attempts, int64_t at_least_ms)
{
	int64_t bound = FIRST_MS, delay;
	uint64_t random;

	for (unsigned i = 1; i < attempts && bound < LAST_MS; i++)
		bound *= 2;
	if (bound > LAST_MS)
		bound = LAST_MS;
	tl_random(&random, sizeof(random));
	delay = (int64_t)(random % (uint64_t)(bound + 1));
	return delay > at_least_ms ? delay : at_least_ms;
}

void tl_retry_tell(const struct tl_retry *retry, int64_t ms, const char *why)
{
	if (retry->waits && ms >= TL_RETRY_TOLD_MS)
		retry->waits(retry->data, ms, why);
}

int tl_retry_wait(const struct tl_retry *retry, int64_t at_least_ms, const char *why, struct tl_error *err)
{
	int64_t at = tl_retry_now(retry), until = at + tl_retry_delay(retry->attempts, at_least_ms);

	if (until > retry->deadline_ms)
		return tl_error_set(err, TL_TIMED_OUT, "the next attempt would be in %lld s, past the deadline", (long long)(until - at + 999) / 1000);
	/* An attempt that took long to fail was a wait, too. */
	if (retry->waits && until - (retry->begun_ms > 0 ? retry->begun_ms : at) >= TL_RETRY_TOLD_MS)
		retry->waits(retry->data, until - at, why);
	for (; at < until; at = tl_retry_now(retry)) {
		if (retry->stopped && retry->stopped())
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
		retry->clock->sleep_ms(retry->clock->data, until - at < SLICE_MS ? until - at : SLICE_MS);
	}
	return 0;
}

/* The number that `count` digits at `at` spell, or -1. */
static int64_t digits_at(struct tl_str text, size_t at, size_t count)
{
	int64_t value = 0;

	if (text.len < at + count)
		return -1;
	for (size_t i = at; i < at + count; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return -1;
		value = value * 10 + (text.ptr[i] - '0');
	}
	return value;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7; its two obsolete forms are not read) in milliseconds since 1970, or -1. */
static int64_t read_date(struct tl_str text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t day, year, hours, minutes, seconds;
	unsigned month = 0;

	if (text.len != 29 || !tl_str_ends(text, TL_STR(" GMT")))
		return -1;
	day = digits_at(text, 5, 2);
	year = digits_at(text, 12, 4);
	hours = digits_at(text, 17, 2);
	minutes = digits_at(text, 20, 2);
	seconds = digits_at(text, 23, 2);
	for (unsigned i = 0; i < 12; i++)
		if (memcmp(text.ptr + 8, months + 3 * (size_t)i, 3) == 0)
			month = i + 1;
	if (month == 0 || day < 1 || day > 31 || year < 1970 || hours < 0 || minutes < 0 || seconds < 0)
		return -1;
	return ((tl_days_from_civil(year, month, (unsigned)day) * 24 + hours) * 3600 + minutes * 60 + seconds) * 1000;
}

static bool is_number(struct tl_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return text.len > 0;
}

int64_t tl_retry_asked(struct tl_str value, struct tl_str date, int64_t now_ms)
{
	int64_t wanted = -1, until;

	value = tl_str_trim(value);
	if (is_number(value))
		wanted = value.len <= 9 ? digits_at(value, 0, value.len) * 1000 : ASKED_MOST_MS;
	until = read_date(value);
	if (until >= 0) {
		int64_t there = read_date(tl_str_trim(date));

		wanted = until - (there >= 0 ? there : now_ms);
		wanted = wanted < 0 ? 0 : wanted;
	}
	return wanted > ASKED_MOST_MS ? ASKED_MOST_MS : wanted;
}

int64_t tl_retry_after(struct tl_str value, struct tl_str date, int64_t now_ms)
{
	int64_t wanted = tl_retry_asked(value, date, now_ms);

	if (wanted < 0)
		return AFTER_DEFAULT_MS;
	return wanted > AFTER_MOST_MS ? AFTER_MOST_MS : wanted;
}
