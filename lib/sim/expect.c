/* sim/expect.c: the table of expectations. */
#include "sim/expect.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "doc/json.h"

/* One check: whether `wanted` is met, and what was there instead, as JSON into `actual`. */
struct check {
	const struct tl_item *wanted;
	const struct tl_run *run;
	const struct tl_map *values;
	struct tl_arena *arena;
	struct tl_json *actual;
};

static void say_or_null(struct tl_json *json, struct tl_str text)
{
	if (text.ptr)
		tl_json_string(json, text);
	else
		tl_json_null(json);
}

/* ---- single values */

static bool check_status(struct check *check)
{
	const char *status = tl_status_name(check->run->status);

	tl_json_text(check->actual, status);
	return tl_str_is(check->wanted->text, status);
}

static bool check_ends_at(struct check *check)
{
	struct tl_str node = check->run->ended_at ? check->run->ended_at->name.text : (struct tl_str){ 0 };

	say_or_null(check->actual, node);
	return node.ptr && check->wanted->kind == TL_STRING && tl_str_equal(check->wanted->text, node);
}

static bool check_exit(struct check *check)
{
	say_or_null(check->actual, check->run->exit);
	if (check->wanted->kind == TL_NULL)
		return !check->run->exit.ptr;
	return check->run->exit.ptr && tl_str_equal(check->wanted->text, check->run->exit);
}

static bool check_error(struct check *check)
{
	if (check->run->error)
		tl_json_text(check->actual, check->run->error);
	else
		tl_json_null(check->actual);
	return check->run->error && tl_str_is(check->wanted->text, check->run->error);
}

static bool check_transfer(struct check *check)
{
	const struct tl_item *to = check->wanted->kind == TL_MAP ? check->wanted->first : NULL;
	const struct tl_run *run = check->run;

	if (!run->transfer_kind.ptr) {
		tl_json_null(check->actual);
		return check->wanted->kind == TL_NULL;
	}
	tl_json_map(check->actual);
	tl_json_key_str(check->actual, run->transfer_kind);
	tl_json_string(check->actual, run->transfer.shown);
	tl_json_map_end(check->actual);
	return to && check->wanted->count == 1 && tl_str_equal(to->key, run->transfer_kind) &&
	       tl_str_equal(tl_case_fill(check->arena, to->text, check->values), run->transfer.text);
}

static bool check_max_steps(struct check *check)
{
	tl_json_integer(check->actual, (int64_t)check->run->steps);
	return (double)check->run->steps <= check->wanted->number;
}

static bool check_max_time(struct check *check)
{
	int64_t limit = -1;

	tl_json_string(check->actual, tl_duration_format(check->arena, check->run->duration_ms));
	return tl_duration_parse(&limit, check->wanted->text) && check->run->duration_ms <= limit;
}

/* ---- lists of nodes and prompts */

static struct tl_str visited(const struct tl_run *run, size_t i)
{
	return run->visits[i].node->name.text;
}

static void say_path(struct check *check)
{
	tl_json_list(check->actual);
	for (size_t i = 0; i < check->run->n_visits; i++)
		tl_json_string(check->actual, visited(check->run, i));
	tl_json_list_end(check->actual);
}

static bool check_path(struct check *check)
{
	const struct tl_item *next = check->wanted->first;

	for (size_t i = 0; i < check->run->n_visits && next; i++) {
		if (tl_str_equal(next->text, visited(check->run, i)))
			next = next->next;
	}
	say_path(check);
	return !next;
}

static bool check_exact_path(struct check *check)
{
	const struct tl_item *next = check->wanted->first;
	bool same = check->wanted->count == check->run->n_visits;

	for (size_t i = 0; i < check->run->n_visits && same; i++, next = next->next)
		same = tl_str_equal(next->text, visited(check->run, i));
	say_path(check);
	return same;
}

static bool is_visited(const struct tl_run *run, struct tl_str name)
{
	for (size_t i = 0; i < run->n_visits; i++) {
		if (tl_str_equal(visited(run, i), name))
			return true;
	}
	return false;
}

/* Says those of the wanted nodes that were visited, and counts them. */
static uint32_t count_visited(struct check *check)
{
	uint32_t count = 0;

	tl_json_list(check->actual);
	for (const struct tl_item *item = check->wanted->first; item; item = item->next) {
		if (!is_visited(check->run, item->text))
			continue;
		tl_json_string(check->actual, item->text);
		count++;
	}
	tl_json_list_end(check->actual);
	return count;
}

static bool check_visits(struct check *check)
{
	return count_visited(check) == check->wanted->count;
}

static bool check_avoids(struct check *check)
{
	return count_visited(check) == 0;
}

static bool check_prompts(struct check *check)
{
	const struct tl_item *next = check->wanted->first;

	tl_json_list(check->actual);
	for (size_t i = 0; i < check->run->n_prompts; i++) {
		if (next && tl_str_equal(next->text, check->run->prompts[i].text))
			next = next->next;
		tl_json_string(check->actual, check->run->prompts[i].shown);
	}
	tl_json_list_end(check->actual);
	return !next;
}

/* ---- variables */

static const struct tl_changed *variable_of(const struct tl_run *run, struct tl_str name)
{
	for (size_t i = 0; i < run->n_variables; i++) {
		if (tl_str_equal(run->variables[i].name, name))
			return &run->variables[i];
	}
	return NULL;
}

static void say_value(struct check *check, const struct tl_changed *variable)
{
	struct tl_buf json = { 0 };

	if (!variable) {
		tl_json_null(check->actual);
	} else if (variable->sensitive) {
		tl_json_string(check->actual, TL_STR(TL_MASK));
	} else {
		tl_value_json(&json, &variable->value);
		tl_json_raw(check->actual, tl_buf_view(&json));
		tl_buf_clear(&json);
	}
}

static bool check_variables(struct check *check)
{
	bool good = true;

	tl_json_map(check->actual);
	for (const struct tl_item *item = check->wanted->first; item; item = item->next) {
		const struct tl_changed *variable = variable_of(check->run, item->key);
		struct tl_value wanted = tl_value_of_item(check->arena, item);

		good = good && variable && tl_value_equal(&wanted, &variable->value);
		tl_json_key_str(check->actual, item->key);
		say_value(check, variable);
	}
	tl_json_map_end(check->actual);
	return good;
}

static bool check_unset(struct check *check)
{
	bool good = true;

	tl_json_map(check->actual);
	for (const struct tl_item *item = check->wanted->first; item; item = item->next) {
		const struct tl_changed *variable = variable_of(check->run, item->text);

		if (!variable)
			continue;
		good = false;
		tl_json_key_str(check->actual, item->text);
		say_value(check, variable);
	}
	tl_json_map_end(check->actual);
	return good;
}

/* ---- the table */

static const struct {
	const char *name;
	bool (*check)(struct check *check);
} expectation_table[] = {
	{ "status", check_status },
	{ "path", check_path },
	{ "exact_path", check_exact_path },
	{ "visits", check_visits },
	{ "avoids", check_avoids },
	{ "ends_at", check_ends_at },
	{ "transfer", check_transfer },
	{ "prompts", check_prompts },
	{ "variables", check_variables },
	{ "max_steps", check_max_steps },
	{ "max_time", check_max_time },
	{ "error", check_error },
	{ "exit", check_exit },
	{ "unset", check_unset },
};

static size_t row_of(struct tl_str name)
{
	size_t row = 0;

	while (row < TL_COUNT(expectation_table) && !tl_str_is(name, expectation_table[row].name))
		row++;
	return row;
}

/* `text` with each occurrence of `value` masked. */
static struct tl_str hide(struct tl_arena *arena, struct tl_str text, struct tl_str value)
{
	struct tl_buf out = { 0 };
	struct tl_str masked;
	size_t at = 0, found;

	while ((void)(found = value.len > 0 ? tl_str_find(text, value, at) : SIZE_MAX), found != SIZE_MAX) {
		tl_buf_str(&out, tl_str_slice(text, at, found));
		tl_buf_text(&out, TL_MASK);
		at = found + value.len;
	}
	tl_buf_str(&out, tl_str_slice(text, at, text.len));
	masked = at > 0 ? tl_arena_dup(arena, tl_buf_view(&out)) : text;
	tl_buf_clear(&out);
	return masked;
}

/* A wanted text as it may be shown: what the call shows masked is masked here too, and so are the values of sensitive variables. */
static struct tl_str shown(struct tl_arena *arena, struct tl_str text, const struct tl_run *run)
{
	struct tl_buf value = { 0 };

	for (size_t i = 0; i < run->n_prompts; i++) {
		if (tl_str_equal(text, run->prompts[i].text) && !tl_str_equal(text, run->prompts[i].shown))
			return run->prompts[i].shown;
	}
	for (size_t i = 0; i < run->n_variables; i++) {
		if (!run->variables[i].sensitive)
			continue;
		tl_buf_reset(&value);
		tl_value_text(&value, &run->variables[i].value);
		text = hide(arena, text, tl_buf_view(&value));
	}
	tl_buf_clear(&value);
	return text;
}

static void put_prompts(struct tl_json *json, const struct check *check)
{
	tl_json_list(json);
	for (const struct tl_item *item = check->wanted->first; item; item = item->next)
		tl_json_string(json, shown(check->arena, item->text, check->run));
	tl_json_list_end(json);
}

static void put_target(struct tl_json *json, const struct check *check)
{
	const struct tl_item *to = check->wanted->first;

	tl_json_map(json);
	tl_json_key_str(json, to->key);
	tl_json_string(json, shown(check->arena, tl_case_fill(check->arena, to->text, check->values), check->run));
	tl_json_map_end(json);
}

static void put_variables(struct tl_json *json, const struct tl_item *wanted, const struct tl_flow *flow)
{
	tl_json_map(json);
	for (const struct tl_item *item = wanted->first; item; item = item->next) {
		uint32_t slot = tl_map_index(&flow->variable_names, item->key);

		tl_json_key_str(json, item->key);
		if (slot != TL_NONE && flow->variables[slot].sensitive)
			tl_json_string(json, TL_STR(TL_MASK));
		else
			tl_json_item(json, item);
	}
	tl_json_map_end(json);
}

/* The expectation as JSON: placeholders filled as they were compared; the values of sensitive variables stay out of it. */
static struct tl_str expected_json(const struct check *check)
{
	const struct tl_item *wanted = check->wanted;
	struct tl_buf text = { 0 };
	struct tl_json json;
	struct tl_str copy;

	tl_json_init(&json, &text, false);
	if (tl_str_is(wanted->key, "variables") && wanted->kind == TL_MAP) {
		put_variables(&json, wanted, check->run->flow);
	} else if (tl_str_is(wanted->key, "transfer") && wanted->kind == TL_MAP && wanted->first) {
		put_target(&json, check);
	} else if (tl_str_is(wanted->key, "prompts") && wanted->kind == TL_LIST) {
		put_prompts(&json, check);
	} else {
		tl_json_item(&json, wanted);
	}
	copy = tl_arena_dup(check->arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return copy;
}

struct tl_failure *tl_failures_add(struct tl_failures *out, struct tl_arena *arena, const char *name)
{
	if (out->count == out->capacity) {
		struct tl_failure *more = TL_ARENA_ARRAY(arena, struct tl_failure, out->capacity * 2 + 4);

		if (out->count > 0)
			memcpy(more, out->items, out->count * sizeof(*more));
		out->items = more;
		out->capacity = out->capacity * 2 + 4;
	}
	out->items[out->count] = (struct tl_failure){ .expectation = name };
	return &out->items[out->count++];
}

static void check_one(struct tl_failures *out, struct check *check)
{
	size_t row = row_of(check->wanted->key);
	struct tl_buf json = { 0 };
	struct tl_json actual;
	struct tl_failure *failure;

	if (row == TL_COUNT(expectation_table))
		return;
	tl_json_init(&actual, &json, false);
	check->actual = &actual;
	if (!expectation_table[row].check(check)) {
		failure = tl_failures_add(out, check->arena, expectation_table[row].name);
		failure->expected = expected_json(check);
		failure->actual = tl_arena_dup(check->arena, tl_buf_view(&json));
		failure->span = check->wanted->key_span;
	}
	tl_buf_clear(&json);
}

void tl_expect_check(struct tl_failures *out, struct tl_arena *arena, const struct tl_case *given, const struct tl_run *run,
                     const struct tl_map *values)
{
	const struct tl_item *expect = given->expect;
	bool bad = run->status != TL_COMPLETED && run->status != TL_ABANDONED;

	for (const struct tl_item *item = expect && expect->kind == TL_MAP ? expect->first : NULL; item; item = item->next) {
		struct check check = { .wanted = item, .run = run, .values = values, .arena = arena };

		check_one(out, &check);
	}
	if (bad && !tl_item_get(expect, "status")) {
		struct tl_failure *failure = tl_failures_add(out, arena, "status");

		failure->expected = TL_STR("\"completed\"");
		failure->actual = tl_arena_printf(arena, "\"%s\"", tl_status_name(run->status));
	}
}
