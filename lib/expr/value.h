/* expr/value.h: the values that variables hold and expressions give. */
#ifndef TL_EXPR_VALUE_H
#define TL_EXPR_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "doc/tree.h"

enum tl_type { TL_UNSET, TL_V_STRING, TL_V_NUMBER, TL_V_BOOLEAN, TL_V_OBJECT, TL_V_LIST };

/* Objects and lists are held as their canonical JSON text (compact, keys in byte order): equal values have equal bytes. Texts are borrowed. */
struct tl_value {
	enum tl_type type;
	bool boolean;
	double number;
	struct tl_str text;
};

#define TL_VALUE_UNSET ((struct tl_value){ .type = TL_UNSET })

static inline struct tl_value tl_value_string(struct tl_str text)
{
	return (struct tl_value){ .type = TL_V_STRING, .text = text };
}

static inline struct tl_value tl_value_number(double number)
{
	return (struct tl_value){ .type = TL_V_NUMBER, .number = number };
}

static inline struct tl_value tl_value_boolean(bool boolean)
{
	return (struct tl_value){ .type = TL_V_BOOLEAN, .boolean = boolean };
}

/* "string", "number", "boolean", "object", "list", "nothing" */
const char *tl_type_name(enum tl_type type);
/* The type that a native variable may have ("string", "number", "boolean", "object"); TL_UNSET for another word. */
enum tl_type tl_type_parse(struct tl_str name);

/* A literal of a document. null is TL_UNSET. New text (canonical JSON) goes into `arena`; strings are borrowed from the item. */
struct tl_value tl_value_of_item(struct tl_arena *arena, const struct tl_item *item);
/* The value as a tree. */
struct tl_item *tl_value_item(struct tl_arena *arena, const struct tl_value *value);

/* Same type and same value. */
bool tl_value_equal(const struct tl_value *a, const struct tl_value *b);
/* The value as text, as a template shows it (flow-language.md, Values). Not set: nothing is appended. */
void tl_value_text(struct tl_buf *buf, const struct tl_value *value);
/* The value as JSON. */
void tl_value_json(struct tl_buf *buf, const struct tl_value *value);

/* Coerces by the native rules ("A value put into a variable"). `wanted` TL_UNSET: nothing is asked, the value stays. False: type_error.
 * New text goes into `scratch` and is valid until it is reset or grows. */
bool tl_value_coerce(struct tl_value *out, const struct tl_value *value, enum tl_type wanted, struct tl_buf *scratch);
/* The member of an object by dotted names already split; TL_UNSET where there is none or it is null. New text goes into `scratch`. */
struct tl_value tl_value_member(const struct tl_value *object, const struct tl_str *names, size_t count, struct tl_buf *scratch);

#endif
