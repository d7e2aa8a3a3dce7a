/* dialect/wire_node.h: one node of the wire to one or more nodes of the model. */
#ifndef TL_DIALECT_WIRE_NODE_H
#define TL_DIALECT_WIRE_NODE_H

#include "dialect/wire.h"

/* One node as it stands in the document. */
struct tl_wire_entry {
	struct tl_name name;
	const struct tl_item *raw;  /* as it stands */
	const struct tl_item *node; /* in the shape of 002…: {type, transition, actions, conditions} */
	uint32_t first, count;      /* nodes of the model; count 0: it is the flow's entry alone */
};

/* Adds the nodes of an entry to the model. `names` holds the names of all entries: further parts get names that are not among them. */
void tl_wire_node_read(struct tl_builder *builder, struct tl_wire_entry *entry, const struct tl_map *names);
/* A finding about the structure of a wire document (rule `schema`, level error), where somebody listens. */
void tl_wire_complain(struct tl_builder *builder, struct tl_span span, const char *fmt, ...) TL_PRINTF(3, 4);

#endif
