/* doc/yaml.h: YAML 1.2 (core schema) text to a tree, by libyaml's events, never on the C stack. */
#ifndef TL_DOC_YAML_H
#define TL_DOC_YAML_H

#include "doc/substitute.h"
#include "doc/tree.h"

struct tl_read_options {
	uint64_t bytes, depth, scalars; /* limits; 0: none, but bytes are at most 2 GiB and depth 1,024 in any case */
	uint64_t expanded; /* bytes of keys and values after alias expansion; 0: eight times `bytes` */
	/* As findings, at their spans: `yaml-syntax`, `duplicate-key`, `limit`. */
	struct tl_findings *findings;
	/* Architect: {{key}} is replaced before parsing by these (key -> struct tl_str *); NULL: no substitution at all. */
	const struct tl_map *substitutions;
	struct tl_substitution *substitution; /* out, where not NULL and substitutions are on; lives in the document's arena */
};

/* Reads one document. Always gives a tl_doc (with its source, for findings); `root` is NULL where no tree could be made (syntax error,
 * limit, not UTF-8, empty, NUL byte); the findings then say why. A duplicate key is a finding, the first value is kept, the tree goes on. A second
 * document, a tag other than the core schema's own and a number that no double holds are findings `yaml-syntax` beside the tree; a merge key (`<<`), a key
 * that is no scalar, an alias to itself or to nothing are findings that take the root, since something is missing then. After 100 findings one
 * more, `limit`, says that reading stopped. UTF-8 with or without BOM, LF or CRLF. A key may have 1,024 characters (libyaml's own limit). Comments are collected only from a
 * file that holds "flow-ignore". Never fails otherwise. */
void tl_yaml_read(struct tl_doc **out, struct tl_str path, struct tl_str bytes, const struct tl_read_options *options);

/* By what the bytes hold: a first character '{' or '[' and a name ending in ".json" read as JSON, all else as YAML. */
void tl_doc_read(struct tl_doc **out, struct tl_str path, struct tl_str bytes, const struct tl_read_options *options);

#endif
