/* doc/build.h: how both readers make a tree: an explicit stack of open collections, texts in one pool, keys that repeat, limits.
 * Internal to doc/. Offsets are bytes of the text that is parsed; spans of the original come from them by the pieces. */
#ifndef TL_DOC_BUILD_H
#define TL_DOC_BUILD_H

#include "base/map.h"
#include "doc/yaml.h"

/* Deeper than this no reader goes, whatever the options say: those who walk trees may do so on the C stack. */
#define TL_DEPTH_CEILING 1024

/* Only so many findings about one text; the next one says that there are more. */
#define TL_BUILD_FINDINGS 100

/* An open collection. */
struct tl_build_frame {
	struct tl_item *item;
	struct tl_str key; /* the key whose value comes next */
	struct tl_span key_span;
	bool has_key;
	bool drop;          /* that value is read, but stays out of the tree */
	bool is_key;        /* the collection stands where a key should be */
	bool brackets;      /* the reader's: ends where its bracket does, not where its last child does */
	uint32_t height;    /* collections below it, the deepest way */
	size_t start;
	void *anchor;        /* the reader's, or NULL */
	struct tl_map *keys; /* key -> child; only of maps with more than a few */
};

struct tl_build {
	struct tl_doc *doc;
	const struct tl_read_options *options;
	struct tl_pieces pieces;
	struct tl_build_frame *frames;
	size_t n_frames, capacity;
	struct tl_item *items; /* a slab that is handed out one by one */
	size_t items_left;
	char *text;            /* the same for texts */
	size_t text_left;
	uint64_t depth;        /* the limits in force */
	uint64_t scalars;
	uint64_t weight;       /* scalars so far, after alias expansion */
	uint64_t expanded;     /* bytes of keys and scalars so far, after alias expansion */
	uint64_t most;         /* that may be */
	size_t end;            /* where the last key, value or bracket ended */
	size_t n_findings;
	bool broken;           /* something is missing from the tree: no root */
	bool stop;             /* a limit was passed, or there are too many findings: read no further */
};

/* Borrows doc and options until tl_build_clear. `doc` must have its source. */
void tl_build_init(struct tl_build *build, struct tl_doc *doc, const struct tl_read_options *options);
/* Frees the stack; a broken or unfinished tree loses its root. */
void tl_build_clear(struct tl_build *build);

/* A finding at [start, end) of the text. `help` may be NULL. */
void tl_build_finding(struct tl_build *build, size_t start, size_t end, const char *rule, const char *help, const char *fmt, ...)
	TL_PRINTF(6, 7);

/* A NUL-terminated copy in the document's pool; and room for `len` bytes and a NUL, of which `used` are then kept. */
struct tl_str tl_build_text(struct tl_build *build, const char *bytes, size_t len);
char *tl_build_text_room(struct tl_build *build, size_t len);
struct tl_str tl_build_text_keep(struct tl_build *build, size_t used);

/* Whether what comes next is the key of a map. */
static inline bool tl_build_wants_key(const struct tl_build *build)
{
	const struct tl_build_frame *frame;

	if (build->n_frames == 0)
		return false;
	frame = &build->frames[build->n_frames - 1];
	return frame->item->kind == TL_MAP && !frame->has_key;
}

/* The key of the next value; its text must live as long as the document. A repeated one is a finding, and its value is dropped. */
void tl_build_key(struct tl_build *build, struct tl_str key, size_t start, size_t end);
/* A key that cannot be read: the value that comes next is dropped, and the tree is broken. */
void tl_build_no_key(struct tl_build *build);

/* Counts the bytes that an alias stands for; past the limit nothing more is read. */
void tl_build_expand(struct tl_build *build, uint64_t bytes, size_t start, size_t end);

/* Puts a scalar, or another's value again (`shared`, with its height: an alias), where the next value belongs. Never NULL. */
struct tl_item *tl_build_scalar(struct tl_build *build, enum tl_kind kind, size_t start, size_t end);
struct tl_item *tl_build_shared(struct tl_build *build, const struct tl_item *shared, uint32_t height, size_t start, size_t end);
/* Opens and closes a list or map; returns what was opened, until the next one is. Where the open collections pass the limit: a finding,
 * and `stop`. */
struct tl_build_frame *tl_build_open(struct tl_build *build, enum tl_kind kind, size_t start);
/* Returns the height of what was closed: 1 for a collection of scalars. */
uint32_t tl_build_close(struct tl_build *build, size_t end);

/* Bytes that no reader takes: too many, UTF-16, a NUL, not UTF-8. True where there is none of it; else there is a finding.
 * Makes the document with its source first. */
bool tl_build_doc(struct tl_doc **out, struct tl_str path, struct tl_str bytes, const struct tl_read_options *options);

#endif
