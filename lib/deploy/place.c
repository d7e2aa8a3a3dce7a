/* deploy/place.c: what a platform says of a flow in words alone, on the lines of its file. A message names tasks, menus, actions, variables by what they are
 * called; the place is the thing whose name, together with those of what it stands in, the message knows best. */
#include "deploy/apply.h"

#include "crypto/sha256.h"

#define RULE "remote-publish"
/* Shorter names are found everywhere. */
#define NAME_LEAST 2

struct placing {
	struct tl_str text;         /* the message */
	const struct tl_item *best;
	size_t score, length;       /* names of it and of what it stands in that the message has; bytes of the last */
};

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Whether the message has the name as a whole: no letters go on before or after it. */
static bool names(struct tl_str text, struct tl_str name)
{
	for (size_t at = 0; name.len >= NAME_LEAST && (at = tl_str_find(text, name, at)) != SIZE_MAX; at++) {
		size_t end = at + name.len;
		bool starts = at == 0 || !is_word(text.ptr[at - 1]) || !is_word(name.ptr[0]);
		bool ends = end == text.len || !is_word(text.ptr[end]) || !is_word(name.ptr[name.len - 1]);

		if (starts && ends)
			return true;
	}
	return false;
}

/* What a map is called that the message knows: its refId, its name; or NULL. */
static const struct tl_item *named_by(const struct placing *placing, const struct tl_item *map)
{
	static const char *const keys[] = { "refId", "name" };

	for (size_t i = 0; i < TL_COUNT(keys); i++) {
		const struct tl_item *item = tl_item_get(map, keys[i]);

		if (item && item->kind == TL_STRING && names(placing->text, item->text))
			return item;
	}
	return NULL;
}

/* Depth first; trees are at most 1,024 deep. */
static void look(struct placing *placing, const struct tl_item *item, size_t outer)
{
	const struct tl_item *name = item->kind == TL_MAP ? named_by(placing, item) : NULL;
	size_t score = outer + (name != NULL);

	if (name && (score > placing->score || (score == placing->score && name->text.len > placing->length))) {
		placing->best = name;
		placing->score = score;
		placing->length = name->text.len;
	}
	if (item->kind != TL_MAP && item->kind != TL_LIST)
		return;
	for (const struct tl_item *child = item->first; child; child = child->next) {
		look(placing, child, score);
		/* A key may be a name itself: the data action of a category. */
		if (item->kind == TL_MAP && score + 1 > placing->score && child->kind == TL_MAP && child->key.len >= 4 && names(placing->text, child->key) &&
		    memchr(child->key.ptr, ' ', child->key.len)) {
			placing->best = child;
			placing->score = score + 1;
			placing->length = child->key.len;
		}
	}
}

/* The flow's own name stands in most messages: it is the place only where nothing else is. */
static struct tl_span place_of(const struct tl_flow *flow, struct tl_str text)
{
	struct placing placing = { .text = text };

	for (const struct tl_item *item = flow->doc->root && flow->doc->root->first ? flow->doc->root->first->first : NULL; item; item = item->next)
		look(&placing, item, 0);
	return placing.best ? placing.best->span : flow->name.span;
}

void tl_apply_place(struct tl_applying *applying, const struct tl_line *line, const struct tl_flow *flow, const struct tl_remote_findings *said)
{
	if (!applying->findings || said->count == 0)
		return;
	pthread_mutex_lock(&applying->lock);
	for (size_t i = 0; i < said->count; i++) {
		const struct tl_remote_finding *one = &said->items[i];

		/* What a rollback publishes is no file. */
		tl_findings_add(applying->findings, line->source ? &flow->doc->source : NULL, place_of(flow, one->message), one->error ? TL_ERROR : TL_WARNING, RULE,
		                "%s says: %.*s", tl_platform_name(applying->deploy->platform), TL_FMT(one->message));
	}
	pthread_mutex_unlock(&applying->lock);
}

struct tl_str tl_step_job_key(struct tl_arena *arena, const struct tl_step *step)
{
	char digest[TL_SHA256_SIZE];
	struct tl_str text = tl_arena_printf(arena, "publish\n%.*s\n%.*s\n%lld", TL_FMT(step->wanted.flow), TL_FMT(step->wanted.content), (long long)step->base_version);

	tl_sha256_hex(digest, text);
	return tl_arena_dup(arena, tl_str(digest));
}
