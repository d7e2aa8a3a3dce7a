/* dialect/native.h: the pieces of the native reader that its two files and the wire's reader share. */
#ifndef TL_DIALECT_NATIVE_H
#define TL_DIALECT_NATIVE_H

#include "base/clock.h"
#include "dialect/dialect.h"

/* The text of a string item with its span; empty for anything else, NULL included. */
struct tl_name tl_native_name(const struct tl_item *item);
/* A duration in milliseconds, or `otherwise` where the item is none. */
int64_t tl_native_duration(const struct tl_item *item, int64_t otherwise);
/* A whole number that is not negative, or `otherwise`. */
uint32_t tl_native_count(const struct tl_item *item, uint32_t otherwise);
/* A literal or template as an expression of `node`. */
struct tl_expr *tl_native_value(struct tl_builder *builder, const struct tl_item *item, uint32_t node);
/* A condition, or NULL where the item is none. */
struct tl_expr *tl_native_condition(struct tl_builder *builder, const struct tl_item *item);
/* A prompt by name or inline: index of flow->prompts, or TL_NONE. */
uint32_t tl_native_prompt(struct tl_builder *builder, const struct tl_item *item, uint32_t node);
/* The variables and prompts that a map declares. */
void tl_native_variables(struct tl_builder *builder, const struct tl_item *map);
void tl_native_prompts(struct tl_builder *builder, const struct tl_item *map);
/* Says so where there are more nodes than the limit allows. */
void tl_native_node_limit(struct tl_builder *builder, const struct tl_item *nodes);
/* Whether it is one of the language's node types. */
bool tl_native_is_type(struct tl_str type);
/* Adds the node that `item` (a map) describes. */
void tl_native_node(struct tl_builder *builder, const struct tl_item *item, struct tl_name name);

#endif
