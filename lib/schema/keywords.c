/* Keywords that ask something of one value, and annotations. */
#include <math.h>

#include "schema/compiler.h"

static int read_number(const struct tl_keyword *k, bool *has, double *number)
{
	if (k->value->kind != TL_NUMBER)
		return tl_keyword_fail(k, "a number");
	*has = true;
	*number = k->value->number;
	return 0;
}

static int read_count(const struct tl_keyword *k, double *count)
{
	if (k->value->kind != TL_NUMBER || k->value->number < 0 || !tl_is_whole(k->value->number))
		return tl_keyword_fail(k, "a whole number, at least 0");
	*count = k->value->number;
	return 0;
}

static struct tl_number_rules *number_rules(const struct tl_keyword *k)
{
	if (!k->node->number)
		k->node->number = TL_ARENA_NEW(k->c->arena, struct tl_number_rules);
	return k->node->number;
}

static struct tl_string_rules *string_rules(const struct tl_keyword *k)
{
	if (!k->node->string) {
		k->node->string = TL_ARENA_NEW(k->c->arena, struct tl_string_rules);
		k->node->string->most = INFINITY;
	}
	return k->node->string;
}

struct tl_list_rules *tl_list_rules_of(const struct tl_keyword *k)
{
	if (!k->node->list) {
		k->node->list = TL_ARENA_NEW(k->c->arena, struct tl_list_rules);
		k->node->list->most = INFINITY;
	}
	return k->node->list;
}

struct tl_map_rules *tl_map_rules_of(const struct tl_keyword *k)
{
	if (!k->node->map) {
		k->node->map = TL_ARENA_NEW(k->c->arena, struct tl_map_rules);
		k->node->map->most = INFINITY;
	}
	return k->node->map;
}

static const struct {
	const char *name;
	unsigned types;
} type_table[] = {
	{ "null", 1 << TL_NULL },       { "boolean", 1 << TL_BOOLEAN }, { "number", TL_TYPE_NUMBER }, { "integer", TL_TYPE_INTEGER },
	{ "string", TL_TYPE_STRING },   { "array", TL_TYPE_LIST },      { "object", TL_TYPE_MAP },
};

/* The bit of a type's name, or 0. */
static unsigned type_bit(const struct tl_item *name)
{
	for (size_t i = 0; i < TL_COUNT(type_table); i++)
		if (name->kind == TL_STRING && tl_str_is(name->text, type_table[i].name))
			return type_table[i].types;
	return 0;
}

int tl_keyword_type(struct tl_keyword *k)
{
	unsigned types = 0;
	bool list = k->value->kind == TL_LIST;
	for (const struct tl_item *name = list ? k->value->first : k->value; name; name = list ? name->next : NULL) {
		unsigned bit = type_bit(name);
		if (bit == 0)
			return tl_keyword_fail(k, "the name of a type, or a list of such");
		types |= bit;
	}
	k->node->types = (uint8_t)types;
	return 0;
}

/* Where all values are strings, the set that answers quicker. */
static void index_strings(const struct tl_keyword *k, struct tl_values *values)
{
	struct tl_str *texts = TL_ARENA_ARRAY(k->c->arena, struct tl_str, k->value->count);
	uint32_t count = 0;
	for (const struct tl_item *value = k->value->first; value; value = value->next) {
		if (value->kind != TL_STRING)
			return;
		texts[count++] = value->text;
	}
	tl_keys_init(&values->keys, k->c->arena, texts, count);
	values->strings = true;
}

int tl_keyword_enum(struct tl_keyword *k)
{
	if (k->value->kind != TL_LIST)
		return tl_keyword_fail(k, "a list");
	k->node->enumeration = TL_ARENA_NEW(k->c->arena, struct tl_values);
	k->node->enumeration->list = k->value;
	index_strings(k, k->node->enumeration);
	return 0;
}

int tl_keyword_const(struct tl_keyword *k)
{
	k->node->constant = TL_ARENA_NEW(k->c->arena, struct tl_values);
	k->node->constant->list = k->value;
	k->node->constant->constant = true;
	return 0;
}

int tl_keyword_minimum(struct tl_keyword *k)
{
	struct tl_number_rules *rules = number_rules(k);
	return read_number(k, &rules->has_least, &rules->least);
}

int tl_keyword_maximum(struct tl_keyword *k)
{
	struct tl_number_rules *rules = number_rules(k);
	return read_number(k, &rules->has_most, &rules->most);
}

int tl_keyword_above(struct tl_keyword *k)
{
	struct tl_number_rules *rules = number_rules(k);
	return read_number(k, &rules->has_above, &rules->above);
}

int tl_keyword_below(struct tl_keyword *k)
{
	struct tl_number_rules *rules = number_rules(k);
	return read_number(k, &rules->has_below, &rules->below);
}

int tl_keyword_step(struct tl_keyword *k)
{
	struct tl_number_rules *rules = number_rules(k);
	if (k->value->kind != TL_NUMBER || k->value->number <= 0)
		return tl_keyword_fail(k, "a number above 0");
	return read_number(k, &rules->has_step, &rules->step);
}

int tl_keyword_min_length(struct tl_keyword *k)
{
	return read_count(k, &string_rules(k)->least);
}

int tl_keyword_max_length(struct tl_keyword *k)
{
	return read_count(k, &string_rules(k)->most);
}

const struct tl_pattern *tl_compile_pattern(const struct tl_keyword *k, struct tl_str text)
{
	struct tl_pattern *pattern = tl_map_ptr(&k->c->schema->patterns, text);
	if (pattern)
		return pattern;
	struct tl_error err;
	if (tl_pattern_new(&pattern, text, &err) < 0) {
		tl_compile_fail(k->c, err.code, k->path, "%s", err.message);
		return NULL;
	}
	tl_map_put(&k->c->schema->patterns, text, NULL)->value.ptr = pattern;
	return pattern;
}

int tl_keyword_pattern(struct tl_keyword *k)
{
	if (k->value->kind != TL_STRING)
		return tl_keyword_fail(k, "a regular expression");
	struct tl_string_rules *rules = string_rules(k);
	rules->pattern_text = k->value->text;
	rules->pattern = tl_compile_pattern(k, k->value->text);
	return rules->pattern ? 0 : -1;
}

/* Formats that we know, as annotations: they say what is meant, "pattern" says what is allowed. */
static const char *const format_table[] = {
	"date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6",
	"uri", "uri-reference", "iri", "iri-reference", "uuid", "uri-template", "json-pointer", "relative-json-pointer", "regex",
};

int tl_keyword_format(struct tl_keyword *k)
{
	if (k->value->kind != TL_STRING)
		return tl_keyword_fail(k, "the name of a format");
	for (size_t i = 0; i < TL_COUNT(format_table); i++)
		if (tl_str_is(k->value->text, format_table[i]))
			return 0;
	return tl_compile_fail(k->c, TL_UNSUPPORTED, k->path, "the format '%.*s' is not supported", TL_FMT(k->value->text));
}

int tl_keyword_min_items(struct tl_keyword *k)
{
	return read_count(k, &tl_list_rules_of(k)->least);
}

int tl_keyword_max_items(struct tl_keyword *k)
{
	return read_count(k, &tl_list_rules_of(k)->most);
}

int tl_keyword_unique(struct tl_keyword *k)
{
	if (k->value->kind != TL_BOOLEAN)
		return tl_keyword_fail(k, "true or false");
	tl_list_rules_of(k)->unique = k->value->boolean;
	return 0;
}

int tl_keyword_min_properties(struct tl_keyword *k)
{
	return read_count(k, &tl_map_rules_of(k)->least);
}

int tl_keyword_max_properties(struct tl_keyword *k)
{
	return read_count(k, &tl_map_rules_of(k)->most);
}

/* A count that another keyword reads ("minContains"). */
int tl_keyword_count(struct tl_keyword *k)
{
	double ignored;
	return read_count(k, &ignored);
}

int tl_keyword_string(struct tl_keyword *k)
{
	return k->value->kind == TL_STRING ? 0 : tl_keyword_fail(k, "a string");
}

int tl_keyword_boolean(struct tl_keyword *k)
{
	return k->value->kind == TL_BOOLEAN ? 0 : tl_keyword_fail(k, "true or false");
}

int tl_keyword_anything(struct tl_keyword *k)
{
	(void)k;
	return 0;
}

int tl_keyword_expected(struct tl_keyword *k)
{
	k->node->words.expected = k->value->text;
	return tl_keyword_string(k);
}

int tl_keyword_title(struct tl_keyword *k)
{
	if (!tl_item_get(k->node->item, "x-expected"))
		k->node->words.expected = k->value->text;
	return tl_keyword_string(k);
}

int tl_keyword_message(struct tl_keyword *k)
{
	k->node->words.message = k->value->text;
	return tl_keyword_string(k);
}

int tl_keyword_help(struct tl_keyword *k)
{
	k->node->words.help = k->value->text;
	return tl_keyword_string(k);
}
