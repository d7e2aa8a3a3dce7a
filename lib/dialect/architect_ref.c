/* dialect/architect_ref.c: where things lead. Outcomes aim at labels, labels become nodes when these are made, references by path become labels when
 * all places are known; everything is resolved once, at the end. */
#include <assert.h>

#include "dialect/architect.h"

/* ---- Labels */

uint32_t tl_arch_label(struct tl_arch *arch)
{
	arch->labels = tl_grow(arch->labels, &arch->label_capacity, arch->n_labels + 1, sizeof(*arch->labels));
	arch->labels[arch->n_labels] = (struct tl_arch_label){ .node = TL_NONE, .alias = TL_NONE };
	return (uint32_t)arch->n_labels++;
}

void tl_arch_bind(struct tl_arch *arch, uint32_t label, uint32_t node)
{
	arch->labels[label].node = node;
}

void tl_arch_alias(struct tl_arch *arch, uint32_t label, uint32_t of)
{
	assert(label != of);
	arch->labels[label].alias = of;
}

/* The label at the end of a chain of aliases; the chain is shortened on the way. */
static uint32_t last_label(struct tl_arch *arch, uint32_t label)
{
	uint32_t last = label;

	while (arch->labels[last].node == TL_NONE && arch->labels[last].alias != TL_NONE)
		last = arch->labels[last].alias;
	while (label != last) {
		uint32_t next = arch->labels[label].alias;

		arch->labels[label].alias = last;
		label = next;
	}
	return last;
}

struct tl_target tl_arch_target(struct tl_arch *arch, uint32_t label)
{
	uint32_t last = last_label(arch, label);

	if (arch->labels[last].node != TL_NONE)
		return (struct tl_target){ .to = TL_TO_NODE, .node = arch->labels[last].node };
	return (struct tl_target){ .to = last == TL_ARCH_END ? TL_TO_END : TL_TO_RETURN, .node = TL_NONE };
}

uint32_t tl_arch_outcome(struct tl_arch *arch, uint32_t node, enum tl_role role, struct tl_str name, uint32_t label,
                         struct tl_span span)
{
	struct tl_target open = { .to = TL_TO_RETURN, .node = TL_NONE };
	uint32_t outcome = tl_builder_outcome(&arch->builder, node, role, name, open, span);

	arch->aims = tl_grow(arch->aims, &arch->aim_capacity, (size_t)outcome + 1, sizeof(*arch->aims));
	arch->aims[outcome] = label;
	arch->n_aims = (size_t)outcome + 1;
	return outcome;
}

/* ---- Paths */

/* What a list's item is known by: its refId, else its name. */
static struct tl_str item_id(struct tl_arch *arch, const struct tl_item *item)
{
	struct tl_name id = tl_arch_name(arch, item, "refId");

	return id.text.len > 0 ? id.text : tl_arch_name(arch, item, "name").text;
}

static void add_steps(struct tl_arch *arch, struct tl_buf *buf, const struct tl_arch_path *path)
{
	struct tl_str id;

	if (path->outer)
		add_steps(arch, buf, path->outer);
	tl_buf_char(buf, '/');
	tl_buf_str(buf, path->step);
	if (!path->item)
		return;
	id = item_id(arch, path->item);
	tl_buf_printf(buf, "[%.*s]", TL_FMT(id));
}

/* A path, and below it "/rest" where there is a rest. */
static struct tl_str joined(struct tl_arch *arch, const struct tl_arch_path *path, struct tl_str rest)
{
	struct tl_buf buf = { 0 };
	struct tl_str text;

	add_steps(arch, &buf, path);
	if (rest.len > 0) {
		tl_buf_char(&buf, '/');
		tl_buf_str(&buf, rest);
	}
	text = tl_arena_dup(tl_arch_arena(arch), tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return text;
}

struct tl_str tl_arch_path_text(struct tl_arch *arch, const struct tl_arch_path *path)
{
	return joined(arch, path, TL_STR(""));
}

/* A reference into another file has a '#' before any bracket: "./shared.yaml#/common/tasks/task[x]". */
static bool is_external(struct tl_str ref)
{
	size_t hash = tl_str_find(ref, TL_STR("#/"), 0);

	return hash != SIZE_MAX && !tl_str_starts(ref, TL_STR("/")) && hash < tl_str_find(ref, TL_STR("["), 0);
}

struct tl_str tl_arch_absolute(struct tl_arch *arch, const struct tl_arch_path *path, struct tl_str ref)
{
	if (is_external(ref))
		return TL_STR("");
	if (tl_str_starts(ref, TL_STR("/")))
		return ref;
	for (;;) {
		if (tl_str_starts(ref, TL_STR("../"))) {
			path = path->outer ? path->outer : path;
			ref = tl_str_slice(ref, 3, ref.len);
		} else if (tl_str_starts(ref, TL_STR("./"))) {
			ref = tl_str_slice(ref, 2, ref.len);
		} else {
			return joined(arch, path, ref);
		}
	}
}

/* ---- Places */

bool tl_arch_is_tracked(struct tl_str id, struct tl_str name)
{
	size_t digits = name.len + 1;

	if (!tl_str_starts(id, name))
		return false;
	if (id.len == name.len)
		return true;
	if (id.len == digits || id.ptr[name.len] != '_')
		return false;
	while (digits < id.len && id.ptr[digits] >= '0' && id.ptr[digits] <= '9')
		digits++;
	return digits == id.len;
}

/* The path with `name` between its last brackets. */
static struct tl_str plain_path(struct tl_arch *arch, const struct tl_arch_path *path, struct tl_str name)
{
	struct tl_str outer = tl_arch_path_text(arch, path->outer);

	return tl_arena_printf(tl_arch_arena(arch), "%.*s/%.*s[%.*s]", TL_FMT(outer), TL_FMT(path->step), TL_FMT(name));
}

void tl_arch_place(struct tl_arch *arch, const struct tl_arch_path *path, struct tl_str name, uint32_t entry,
                   uint32_t routine)
{
	struct tl_name ref = tl_arch_name(arch, path->item, "refId");
	struct tl_str id = item_id(arch, path->item), own = tl_arch_name(arch, path->item, "name").text;
	bool made;
	struct tl_map_entry *known = tl_map_put(&arch->place_names, tl_arch_path_text(arch, path), &made);

	if (!made) {
		if (ref.text.len > 0)
			tl_arch_say(arch, ref.span, TL_ERROR, "schema", "another %.*s has the refId '%.*s' too",
			            TL_FMT(path->step), TL_FMT(id));
		return;
	}
	known->value.index = (uint32_t)arch->n_places;
	arch->places = tl_grow(arch->places, &arch->place_capacity, arch->n_places + 1, sizeof(*arch->places));
	arch->places[arch->n_places++] = (struct tl_arch_place){
		.kind = path->step,
		.id = id,
		.entry = entry,
		.routine = routine,
		.item = path->item,
		.plain = plain_path(arch, path, tl_arch_is_tracked(id, own) ? name : id),
	};
}

const struct tl_arch_place *tl_arch_find(const struct tl_arch *arch, struct tl_str path)
{
	uint32_t index = tl_map_index(&arch->place_names, path);

	return index == TL_NONE ? NULL : &arch->places[index];
}

struct tl_str tl_arch_plain(struct tl_arch *arch, const struct tl_arch_path *path, struct tl_str ref)
{
	const struct tl_arch_place *place = tl_arch_find(arch, tl_arch_absolute(arch, path, ref));

	return place ? place->plain : ref;
}

/* ---- References */

/* Notes that the reference in `map` under `key` is to be resolved for an outcome (TL_NONE: only to be looked up). False where nobody can. */
static bool note_ref(struct tl_arch *arch, uint32_t outcome, struct tl_name written, const struct tl_arch_path *path)
{
	struct tl_str absolute = tl_arch_absolute(arch, path, written.text);

	if (absolute.len == 0)
		tl_arch_need(arch, TL_NEED_OTHER, written, TL_NONE);
	if (absolute.len == 0 || !tl_arch_is_filled(arch, written.span))
		return false;
	arch->refs = tl_grow(arch->refs, &arch->ref_capacity, arch->n_refs + 1, sizeof(*arch->refs));
	arch->refs[arch->n_refs++] = (struct tl_arch_ref){ .outcome = outcome, .path = absolute, .written = written };
	return true;
}

/* The reference, or an empty text after a finding. */
static struct tl_name written_ref(struct tl_arch *arch, const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);
	struct tl_name written = tl_arch_name(arch, map, key);

	if (written.text.len == 0)
		tl_arch_say(arch, item ? item->span : map->key_span, TL_ERROR, "schema",
		            "'%.*s' needs '%s', the path of where it leads", TL_FMT(map->key), key);
	return written;
}

void tl_arch_aim(struct tl_arch *arch, uint32_t outcome, const struct tl_item *map, const char *key,
                 const struct tl_arch_path *path)
{
	struct tl_name written = written_ref(arch, map, key);

	if (written.text.len == 0)
		return;
	tl_arch_flow(arch)->outcomes[outcome].target.name = written;
	/* What stands in another file is not known: it leads out of what is. */
	if (!note_ref(arch, outcome, written, path))
		arch->aims[outcome] = TL_ARCH_END;
}

void tl_arch_check_ref(struct tl_arch *arch, const struct tl_item *map, const char *key,
                       const struct tl_arch_path *path)
{
	struct tl_name written = written_ref(arch, map, key);

	if (written.text.len > 0)
		note_ref(arch, TL_NONE, written, path);
}

/* The kind and the name of a path's last step: "/inboundCall/tasks/task[A]" has "task" and "A". */
static void last_step(struct tl_str path, struct tl_str *kind, struct tl_str *id)
{
	size_t open = path.len, start, end = tl_str_ends(path, TL_STR("]")) ? path.len - 1 : path.len;

	while (open > 0 && path.ptr[open - 1] != '[')
		open--;
	open = open > 0 ? open - 1 : path.len;
	for (start = open; start > 0 && path.ptr[start - 1] != '/'; start--)
		continue;
	*kind = tl_str_slice(path, start, open);
	*id = open < end ? tl_str_slice(path, open + 1, end) : TL_STR("");
}

static void suggest_place(struct tl_arch *arch, struct tl_finding *finding, struct tl_str path)
{
	struct tl_arena scratch = { 0 };
	struct tl_str *names = TL_ARENA_ARRAY(&scratch, struct tl_str, arch->n_places + 1), kind, id;
	size_t count = 0;

	last_step(path, &kind, &id);
	for (size_t i = 0; i < arch->n_places; i++) {
		if (tl_str_equal(arch->places[i].kind, kind))
			names[count++] = arch->places[i].id;
	}
	tl_arch_suggest(arch, finding, id, names, count);
	tl_arena_clear(&scratch);
}

static void say_unknown(struct tl_arch *arch, const struct tl_arch_ref *ref)
{
	struct tl_finding *finding = tl_arch_say(arch, ref->written.span, TL_ERROR, "unknown-node",
	                                         "'%.*s' leads to nothing in this flow", TL_FMT(ref->written.text));

	if (tl_arch_may_suggest(arch, finding))
		suggest_place(arch, finding, ref->path);
}

/* What a reference leads to is called by the routine's name, so that it has no tracking number. */
static void resolve_ref(struct tl_arch *arch, const struct tl_arch_ref *ref)
{
	const struct tl_arch_place *place = tl_arch_find(arch, ref->path);

	if (!place)
		say_unknown(arch, ref);
	if (ref->outcome == TL_NONE)
		return;
	if (!place) {
		arch->aims[ref->outcome] = TL_NONE;
		return;
	}
	arch->aims[ref->outcome] = place->entry;
	tl_arch_flow(arch)->outcomes[ref->outcome].target.name.text =
		place->routine == TL_NONE ? place->plain : tl_arch_flow(arch)->routines[place->routine].name.text;
}

void tl_arch_resolve(struct tl_arch *arch)
{
	struct tl_flow *flow = tl_arch_flow(arch);

	for (size_t i = 0; i < arch->n_refs; i++)
		resolve_ref(arch, &arch->refs[i]);
	assert(arch->n_aims == flow->n_outcomes);
	for (uint32_t i = 0; i < flow->n_outcomes; i++) {
		struct tl_name name = flow->outcomes[i].target.name;
		struct tl_target nowhere = { .to = TL_TO_NOWHERE, .node = TL_NONE };

		flow->outcomes[i].target = arch->aims[i] == TL_NONE ? nowhere : tl_arch_target(arch, arch->aims[i]);
		flow->outcomes[i].target.name = name;
	}
}
