/* base/limits.c: the table of limits. */
#include "base/limits.h"

#include "base/clock.h"

#define AT(field) offsetof(struct tl_limits, field)

const struct tl_limit_row tl_limit_table[] = {
	{ "file", TL_LIMIT_BYTES, AT(file), "bytes of a flow file" },
	{ "suite", TL_LIMIT_BYTES, AT(suite), "bytes of a suite file" },
	{ "depth", TL_LIMIT_COUNT, AT(depth), "nested collections of a flow or suite file" },
	{ "architect_depth", TL_LIMIT_COUNT, AT(architect_depth), "nested collections of an Architect file" },
	{ "scalars", TL_LIMIT_COUNT, AT(scalars), "values of a flow file, aliases expanded" },
	{ "nodes", TL_LIMIT_COUNT, AT(nodes), "nodes of a flow" },
	{ "choices", TL_LIMIT_COUNT, AT(choices), "choices or cases of a node" },
	{ "cases", TL_LIMIT_COUNT, AT(cases), "cases of a suite" },
	{ "inputs", TL_LIMIT_COUNT, AT(inputs), "inputs of a case" },
	{ "variables", TL_LIMIT_COUNT, AT(variables), "variables of a case" },
	{ "subflow_depth", TL_LIMIT_COUNT, AT(subflow_depth), "subflows open at once" },
	{ "text", TL_LIMIT_BYTES, AT(text), "bytes of text that a call makes" },
	{ "max_steps", TL_LIMIT_COUNT, AT(max_steps), "steps of a call" },
	{ "max_time", TL_LIMIT_DURATION, AT(max_time_ms), "time of a call" },
};
const size_t tl_limit_count = TL_COUNT(tl_limit_table);

struct tl_limits tl_limits_default(void)
{
	return (struct tl_limits){
		.file = (uint64_t)4 << 20,
		.suite = (uint64_t)256 << 20,
		.depth = 64,
		.architect_depth = 256,
		.scalars = 1000000,
		.nodes = 10000,
		.choices = 1000,
		.cases = 100000,
		.inputs = 1000,
		.variables = 100,
		.subflow_depth = 16,
		.text = (uint64_t)16 << 20,
		.max_steps = 1000,
		.max_time_ms = 120000,
	};
}

/* Reads digits at the start of `text`; *rest is what follows them. False where there are none or too many. */
static bool read_number(uint64_t *value, struct tl_str text, struct tl_str *rest)
{
	size_t at = 0;

	*value = 0;
	for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++) {
		/* 10^15 is above anything that a limit can mean, and leaves room for every unit. */
		if (*value > 100000000000000u)
			return false;
		*value = *value * 10 + (uint64_t)(text.ptr[at] - '0');
	}
	*rest = tl_str_slice(text, at, text.len);
	return at > 0;
}

static bool read_bytes(uint64_t *value, struct tl_str text)
{
	static const char *const units[] = { "", "KiB", "MiB", "GiB" };
	struct tl_str rest;
	uint64_t number;

	if (!read_number(&number, text, &rest))
		return false;
	for (unsigned i = 0; i < TL_COUNT(units); i++) {
		if (!tl_str_is(rest, units[i]))
			continue;
		*value = number << 10 * i;
		return *value >> 10 * i == number;
	}
	return false;
}

static bool read_value(uint64_t *value, enum tl_limit_unit unit, struct tl_str text)
{
	struct tl_str rest;
	int64_t ms;

	switch (unit) {
	case TL_LIMIT_COUNT:
		return read_number(value, text, &rest) && rest.len == 0;
	case TL_LIMIT_BYTES:
		return read_bytes(value, text);
	case TL_LIMIT_DURATION:
		if (!tl_duration_parse(&ms, text))
			return false;
		*value = (uint64_t)ms;
		return true;
	}
	return false;
}

int tl_limits_set(struct tl_limits *limits, struct tl_str name, struct tl_str value)
{
	for (size_t i = 0; i < tl_limit_count; i++) {
		const struct tl_limit_row *row = &tl_limit_table[i];
		uint64_t number;

		if (!tl_str_is(name, row->name))
			continue;
		if (!read_value(&number, row->unit, value) || number == 0)
			return -2;
		memcpy((char *)limits + row->offset, &number, sizeof(number));
		return 0;
	}
	return -1;
}
