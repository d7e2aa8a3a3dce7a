/* sandbox/fault.c: faults as text, and which of them strike. */
#include "sandbox/fault.h"

#include <stdlib.h>

#include "base/clock.h"

#define FAULTS_MAX 1000

/* How a kind's value is written. */
enum value { NOTHING, STATUS, DURATION, BYTES, BYTES_MAYBE, WHEN, DEPLOYMENT, JOB, ACT };

static const struct {
	const char *name;
	enum value value;
	int64_t usual;
	const char *form; /* for who wrote it wrongly */
} kind_table[TL_FAULT_COUNT] = {
	[TL_FAULT_STATUS] = { "status", STATUS, 500, "status=503" },
	[TL_FAULT_LATENCY] = { "latency", DURATION, 0, "latency=2s" },
	[TL_FAULT_SLOW] = { "slow", BYTES, 0, "slow=100" },
	[TL_FAULT_CUT] = { "cut", BYTES, 0, "cut=20" },
	[TL_FAULT_HTML] = { "html", NOTHING, 200, "html" },
	[TL_FAULT_EMPTY] = { "empty", NOTHING, 200, "empty" },
	[TL_FAULT_FLOOD] = { "flood", BYTES_MAYBE, (int64_t)2 << 30, "flood=2GiB" },
	[TL_FAULT_RESET] = { "reset", WHEN, 0, "reset=before or reset=after" },
	[TL_FAULT_EXPIRE] = { "expire", NOTHING, 0, "expire" },
	[TL_FAULT_DEPLOY] = { "deploy", DEPLOYMENT, 0, "deploy=failed, deploy=rejected or deploy=hang" },
	[TL_FAULT_JOB] = { "job", JOB, 0, "job=fail, silent, hang, not-found, upload-refused, url-expired or omit" },
	[TL_FAULT_ACT] = { "act", ACT, 0, "act=edit, save, lock, lock-client, unlock, rename, delete, busy or revoke" },
};

/* ---- texts */

static bool read_count(int64_t *out, struct tl_str text, int64_t most)
{
	int64_t number = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9' || number > most / 10)
			return false;
		number = number * 10 + (text.ptr[i] - '0');
	}
	*out = number;
	return text.len > 0 && number <= most;
}

static bool read_bytes(int64_t *out, struct tl_str text)
{
	static const struct { const char *unit; int64_t size; } unit_table[] = {
		{ "KiB", (int64_t)1 << 10 }, { "MiB", (int64_t)1 << 20 }, { "GiB", (int64_t)1 << 30 },
	};
	int64_t size = 1;

	for (size_t i = 0; i < TL_COUNT(unit_table); i++) {
		if (!tl_str_ends(text, tl_str(unit_table[i].unit)))
			continue;
		text.len -= 3;
		size = unit_table[i].size;
		break;
	}
	if (!read_count(out, text, (int64_t)1 << 40))
		return false;
	*out *= size;
	return true;
}

static bool read_when(bool *after, struct tl_str text)
{
	*after = tl_str_is(text, "after");
	return *after || tl_str_is(text, "before");
}

static bool is_one_of(struct tl_str text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (tl_str_is(text, list[i]))
			return true;
	}
	return false;
}

/* One of those words; it is kept. */
static bool read_word(struct tl_fault *fault, enum value form, struct tl_str text)
{
	static const char *const deployment_table[] = { "failed", "rejected", "hang" };
	static const char *const job_table[] = { "fail", "silent", "hang", "not-found", "upload-refused", "url-expired", "omit" };
	static const char *const act_table[] = { "edit", "save", "lock", "lock-client", "unlock", "rename", "delete", "busy", "revoke" };

	fault->what = text;
	if (form == JOB)
		return is_one_of(text, job_table, TL_COUNT(job_table));
	if (form == ACT)
		return is_one_of(text, act_table, TL_COUNT(act_table));
	return is_one_of(text, deployment_table, TL_COUNT(deployment_table));
}

static bool read_value(struct tl_fault *fault, enum value form, struct tl_str text)
{
	switch (form) {
	case NOTHING:
		return text.ptr == NULL;
	case STATUS:
		return read_count(&fault->value, text, 599) && fault->value >= 200;
	case DURATION:
		return tl_duration_parse(&fault->value, text);
	case BYTES_MAYBE:
		return text.ptr == NULL || read_bytes(&fault->value, text);
	case BYTES:
		return read_bytes(&fault->value, text);
	case WHEN:
		return read_when(&fault->took_effect, text);
	case DEPLOYMENT:
	case JOB:
	case ACT:
		return read_word(fault, form, text);
	}
	return false;
}

static bool read_number(uint64_t *out, struct tl_str text)
{
	int64_t number;

	if (!read_count(&number, text, INT64_MAX / 16))
		return false;
	*out = (uint64_t)number;
	return true;
}

/* "PUT /api/v2/flows/{id}", or the path alone. */
static bool read_on(struct tl_fault *fault, struct tl_str text)
{
	size_t blank = tl_str_find(text, TL_STR(" "), 0);

	if (blank != SIZE_MAX) {
		fault->method = tl_str_slice(text, 0, blank);
		text = tl_str_trim(tl_str_slice(text, blank, text.len));
	}
	fault->path = text;
	return text.len > 0 && text.ptr[0] == '/';
}

static bool read_percent(struct tl_fault *fault, struct tl_str text)
{
	int64_t number;

	if (!read_count(&number, text, 100) || number == 0)
		return false;
	fault->percent = (unsigned)number;
	return true;
}

/* 0: taken, 1: no such key, -1: no such value. */
static int read_key(struct tl_fault *fault, struct tl_str key, struct tl_str value)
{
	bool good;

	if (tl_str_is(key, "on"))
		good = read_on(fault, value);
	else if (tl_str_is(key, "after"))
		good = read_number(&fault->after, value);
	else if (tl_str_is(key, "count"))
		good = read_number(&fault->count, value) && fault->count > 0;
	else if (tl_str_is(key, "percent"))
		good = read_percent(fault, value);
	else if (tl_str_is(key, "for"))
		good = tl_duration_parse(&fault->for_ms, value) && fault->for_ms > 0;
	else if (tl_str_is(key, "retry-after"))
		good = read_count(&fault->retry_after, value, 86400);
	else if (tl_str_is(key, "when"))
		good = read_when(&fault->took_effect, value);
	else if (tl_str_is(key, "status"))
		good = read_count(&fault->value, value, 599) && fault->value >= 200;
	else if (tl_str_is(key, "reason"))
		good = (fault->reason = value).ptr != NULL;
	else if (tl_str_is(key, "flow"))
		good = (fault->flow = value).len > 0;
	else
		return 1;
	return good ? 0 : -1;
}

/* The next piece up to a comma that stands for itself; '\,' becomes ','. In the arena. */
static struct tl_str next_piece(struct tl_arena *arena, struct tl_str spec, size_t *at)
{
	char *piece = tl_arena_alloc(arena, spec.len + 1, 1);
	size_t len = 0;

	while (*at < spec.len && spec.ptr[*at] != ',') {
		if (spec.ptr[*at] == '\\' && *at + 1 < spec.len && spec.ptr[*at + 1] == ',')
			(*at)++;
		piece[len++] = spec.ptr[(*at)++];
	}
	(*at)++;
	return (struct tl_str){ piece, len };
}

static void split(struct tl_str piece, struct tl_str *key, struct tl_str *value)
{
	size_t equals = tl_str_find(piece, TL_STR("="), 0);

	*key = tl_str_trim(equals == SIZE_MAX ? piece : tl_str_slice(piece, 0, equals));
	*value = equals == SIZE_MAX ? (struct tl_str){ NULL, 0 } : tl_str_trim(tl_str_slice(piece, equals + 1, piece.len));
}

static int read_kind(struct tl_fault *fault, struct tl_str piece, struct tl_error *err)
{
	struct tl_str key, value;
	unsigned kind = 0;

	split(piece, &key, &value);
	while (kind < TL_FAULT_COUNT && !tl_str_is(key, kind_table[kind].name))
		kind++;
	if (kind == TL_FAULT_COUNT)
		return tl_error_set(err, TL_USAGE, "a fault begins with status, latency, slow, cut, html, empty, flood, reset, expire, deploy, job or act, not '%.*s'",
		                    TL_FMT(key));
	fault->kind = (enum tl_fault_kind)kind;
	fault->value = kind_table[kind].usual;
	if (read_value(fault, kind_table[kind].value, value))
		return 0;
	return tl_error_set(err, TL_USAGE, "a fault of that kind is written %s, not '%.*s'", kind_table[kind].form, TL_FMT(piece));
}

static int read_spec(struct tl_fault *fault, struct tl_arena *arena, struct tl_str spec, struct tl_error *err)
{
	struct tl_str key, value, piece;
	size_t at = 0;

	if (read_kind(fault, next_piece(arena, spec, &at), err) != 0)
		return -1;
	while (at < spec.len) {
		piece = next_piece(arena, spec, &at);
		split(piece, &key, &value);
		switch (read_key(fault, key, value)) {
		case 0:
			break;
		case 1:
			return tl_error_set(err, TL_USAGE, "a fault has no '%.*s': it takes on, after, count, percent, for, retry-after, when, status, reason and flow",
			                    TL_FMT(key));
		default:
			return tl_error_set(err, TL_USAGE, "a fault cannot have '%.*s'", TL_FMT(piece));
		}
	}
	if (fault->kind == TL_FAULT_ACT && fault->path.len == 0)
		return tl_error_set(err, TL_USAGE, "an act needs 'on': the request at which it happens");
	return 0;
}

int tl_fault_add(struct tl_faults *faults, struct tl_str spec, struct tl_error *err)
{
	struct tl_fault fault = { .retry_after = -1 };

	if (faults->count >= FAULTS_MAX)
		return tl_error_set(err, TL_USAGE, "there are %d faults already", FAULTS_MAX);
	fault.spec = tl_arena_dup(&faults->arena, tl_str_trim(spec));
	if (read_spec(&fault, &faults->arena, fault.spec, err) != 0)
		return tl_error_wrap(err, "fault '%.*s'", TL_FMT(fault.spec));
	fault.id = ++faults->last_id;
	faults->items = tl_grow(faults->items, &faults->capacity, faults->count + 1, sizeof(*faults->items));
	faults->items[faults->count++] = fault;
	return 0;
}

bool tl_fault_drop(struct tl_faults *faults, unsigned id)
{
	for (size_t i = 0; i < faults->count; i++) {
		if (faults->items[i].id != id)
			continue;
		memmove(&faults->items[i], &faults->items[i + 1], (faults->count - i - 1) * sizeof(*faults->items));
		faults->count--;
		return true;
	}
	return false;
}

void tl_faults_clear(struct tl_faults *faults)
{
	free(faults->items);
	faults->items = NULL;
	faults->count = faults->capacity = 0;
	tl_arena_clear(&faults->arena);
}

/* ---- striking */

static struct tl_str next_segment(struct tl_str path, size_t *at)
{
	size_t start = *at < path.len && path.ptr[*at] == '/' ? *at + 1 : *at, end = start;

	while (end < path.len && path.ptr[end] != '/')
		end++;
	*at = end;
	return tl_str_slice(path, start, end);
}

bool tl_fault_path_matches(struct tl_str pattern, struct tl_str path)
{
	size_t a = 0, b = 0;
	struct tl_str wanted, segment;

	while (a < pattern.len) {
		wanted = next_segment(pattern, &a);
		if (tl_str_is(wanted, "**") && a >= pattern.len)
			return true;
		if (b >= path.len)
			return false;
		segment = next_segment(path, &b);
		if (!tl_str_is(wanted, "*") && !(wanted.len > 1 && wanted.ptr[0] == '{') && !tl_str_equal(wanted, segment))
			return false;
	}
	return b >= path.len;
}

static bool meets(const struct tl_fault *fault, const struct tl_fault_request *request)
{
	if (request->spared & 1u << fault->kind || (fault->method.len > 0 && !tl_str_equal(fault->method, request->method)))
		return false;
	return fault->path.len == 0 || tl_fault_path_matches(fault->path, request->path);
}

static bool is_spent(const struct tl_fault *fault, int64_t now_ms)
{
	if (fault->count > 0 && fault->struck >= fault->count)
		return true;
	return fault->for_ms > 0 && fault->struck > 0 && now_ms - fault->first_ms >= fault->for_ms;
}

/* A xorshift generator: what strikes by chance strikes the same way every time. */
static bool by_chance(struct tl_faults *faults, unsigned percent)
{
	uint64_t x = faults->chance ? faults->chance : 0x9e3779b97f4a7c15u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	faults->chance = x;
	return percent == 0 || (x >> 33) % 100 < percent;
}

size_t tl_faults_strike(const struct tl_fault **out, size_t most, struct tl_faults *faults, const struct tl_fault_request *request)
{
	size_t count = 0;

	for (size_t i = 0; i < faults->count && count < most; i++) {
		struct tl_fault *fault = &faults->items[i];

		if (!meets(fault, request))
			continue;
		fault->seen++;
		if (fault->seen <= fault->after || is_spent(fault, request->now_ms) || !by_chance(faults, fault->percent))
			continue;
		if (fault->struck++ == 0)
			fault->first_ms = request->now_ms;
		out[count++] = fault;
	}
	return count;
}
