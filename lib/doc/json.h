/* doc/json.h: RFC 8259 text to the same tree with the same spans, and trees or values to text by the one writer. */
#ifndef TL_DOC_JSON_H
#define TL_DOC_JSON_H

#include "base/buf.h"
#include "base/error.h"
#include "doc/yaml.h"

/* As tl_yaml_read, for JSON: strict (no trailing commas, comments, NaN), a duplicate key is a finding. Rule for bad text: `yaml-syntax`. */
void tl_json_read(struct tl_doc **out, struct tl_str path, struct tl_str bytes, const struct tl_read_options *options);

/* For files and answers that are not a user's flow (plans, results): the first finding becomes an error "file:line:column: message". */
int tl_json_parse(struct tl_doc **out, struct tl_str path, struct tl_str bytes, struct tl_error *err);

/* The writer. Streams into a buffer; every byte escaped (control characters, quotes, backslash, U+2028/9; bytes that are no UTF-8 become U+FFFD).
 * Indented by one tab a level where `pretty`, else compact. Misuse (value without key in a map, unbalanced ends) asserts. */
#define TL_JSON_DEPTH 2048 /* levels; the readers' trees have at most half of them */
struct tl_json {
	struct tl_buf *buf;
	bool pretty;
	bool comma;     /* the next value needs one before it */
	bool after_key;
	unsigned depth;
	uint64_t maps[TL_JSON_DEPTH / 64]; /* bit by bit: whether that level is a map */
};

void tl_json_init(struct tl_json *json, struct tl_buf *buf, bool pretty);
void tl_json_map(struct tl_json *json);
void tl_json_map_end(struct tl_json *json);
void tl_json_list(struct tl_json *json);
void tl_json_list_end(struct tl_json *json);
void tl_json_key(struct tl_json *json, const char *key);
void tl_json_key_str(struct tl_json *json, struct tl_str key);
void tl_json_string(struct tl_json *json, struct tl_str text);
void tl_json_text(struct tl_json *json, const char *text);
void tl_json_number(struct tl_json *json, double number); /* as JavaScript writes it; not finite: null */
void tl_json_integer(struct tl_json *json, int64_t number);
void tl_json_boolean(struct tl_json *json, bool boolean);
void tl_json_null(struct tl_json *json);
/* A piece of JSON text that is known to be well formed, as it is. */
void tl_json_raw(struct tl_json *json, struct tl_str text);
/* A whole tree, keys in the tree's order. Not recursive on the C stack beyond `depth` limits of the readers. */
void tl_json_item(struct tl_json *json, const struct tl_item *item);
/* Convenience: key and value. */
void tl_json_put(struct tl_json *json, const char *key, struct tl_str text);
void tl_json_put_integer(struct tl_json *json, const char *key, int64_t number);
void tl_json_put_count(struct tl_json *json, const char *key, uint64_t count);
void tl_json_put_boolean(struct tl_json *json, const char *key, bool boolean);
/* As tl_time_format() writes it. */
void tl_json_put_time(struct tl_json *json, const char *key, int64_t ms);
/* null where `text` has no pointer */
void tl_json_put_or_null(struct tl_json *json, const char *key, struct tl_str text);

/* The canonical text of a tree: compact, keys in byte order, numbers as JavaScript writes them. Appended to `buf`. */
void tl_json_canonical(struct tl_buf *buf, const struct tl_item *item);
/* The text of a tree by RFC 8785, for what is signed and chained: keys in the order of their UTF-16 code units, nothing escaped that need not be. Every number
 * is finite and every text UTF-8, else what the text says is not what the tree held. Appended to `buf`. */
void tl_json_jcs(struct tl_buf *buf, const struct tl_item *item);

#endif
