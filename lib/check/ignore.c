/* check/ignore.c: `# flow-ignore: RULE[, RULE]: REASON`, at the end of the line that it is about, alone above it, or above the file's first key for
 * all of the file. A reason is asked for, and a comment that takes nothing away is said: silence must not outlive its cause. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "check/run.h"

#define PREFIX TL_STR(TL_RULE_IGNORE ":")

/* One comment while it is read. */
struct reading {
	struct tl_ignores *ignores;
	struct tl_doc *doc;
	const struct tl_comment *comment;
	struct tl_findings *findings;
	uint32_t line;
};

static void complain(struct reading *r, const char *help, const char *fmt, ...) TL_PRINTF(3, 4);

static void complain(struct reading *r, const char *help, const char *fmt, ...)
{
	char message[512];
	va_list args;
	struct tl_finding *finding;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	finding = tl_findings_add(r->findings, &r->doc->source, r->comment->span, TL_WARNING, TL_RULE_IGNORE, "%s", message);
	if (help)
		tl_findings_help(r->findings, finding, "%s", help);
}

static void add(struct reading *r, const struct tl_rule *rule)
{
	struct tl_ignores *ignores = r->ignores;
	struct tl_ignore *ignore;
	struct tl_finding *unused;

	ignores->items = tl_grow(ignores->items, &ignores->capacity, ignores->count + 1, sizeof(*ignores->items));
	ignore = &ignores->items[ignores->count++];
	*ignore = (struct tl_ignore){
		.path = tl_arena_dup(&ignores->arena, r->doc->source.path), .rule = rule->id, .line = r->line,
	};
	unused = tl_findings_add(&ignores->unused, &r->doc->source, r->comment->span, TL_WARNING, TL_RULE_IGNORE,
	                         "nothing here is a finding of '%s'", rule->id);
	tl_findings_help(&ignores->unused, unused, "the comment can go");
	/* Of very many in one file the last finding stands for the rest. */
	ignore->unused = ignores->unused.count - 1;
}

static void read_rule(struct reading *r, struct tl_str id)
{
	const struct tl_rule *rule = tl_rule_find(id);
	struct tl_str near = tl_rule_nearest(id);
	struct tl_arena arena = { 0 };

	if (rule && rule->fixed)
		complain(r, NULL, "'%s' cannot be ignored", rule->id);
	else if (rule)
		add(r, rule);
	else if (near.len > 0)
		complain(r, tl_arena_printf(&arena, "did you mean '%.*s'?", TL_FMT(near)).ptr, "there is no rule '%.*s'", TL_FMT(id));
	else
		complain(r, "flow-validate --list-rules names them all", "there is no rule '%.*s'", TL_FMT(id));
	tl_arena_clear(&arena);
}

/* `text` is what follows the prefix. */
static void read_comment(struct reading *r, struct tl_str text)
{
	size_t colon = tl_str_find(text, TL_STR(":"), 0);
	struct tl_str rules = tl_str_trim(tl_str_slice(text, 0, colon == SIZE_MAX ? text.len : colon));
	struct tl_str reason = tl_str_trim(tl_str_slice(text, colon == SIZE_MAX ? text.len : colon + 1, text.len));

	if (rules.len == 0 || reason.len == 0) {
		complain(r, "write '# flow-ignore: RULE: why it is right here'", rules.len == 0 ? "the comment names no rule" : "the comment gives no reason, and is not obeyed");
		return;
	}
	while (rules.len > 0) {
		size_t comma = tl_str_find(rules, TL_STR(","), 0);
		size_t end = comma == SIZE_MAX ? rules.len : comma;

		read_rule(r, tl_str_trim(tl_str_slice(rules, 0, end)));
		rules = tl_str_slice(rules, end < rules.len ? end + 1 : end, rules.len);
	}
}

static uint32_t line_of(struct tl_doc *doc, struct tl_span span)
{
	return tl_source_place(&doc->source, span).line;
}

/* The line that comment `i` is about. */
static uint32_t target_line(struct tl_doc *doc, size_t i)
{
	uint32_t line = line_of(doc, doc->comments[i].span);

	if (!doc->comments[i].alone)
		return line;
	if (!doc->root || doc->comments[i].span.start < doc->root->span.start)
		return 0;
	/* Past the comments that follow it without a gap. */
	line++;
	while (++i < doc->n_comments && doc->comments[i].alone && line_of(doc, doc->comments[i].span) == line)
		line++;
	return line;
}

void tl_ignores_read(struct tl_ignores *ignores, struct tl_doc *doc, struct tl_findings *findings)
{
	for (size_t i = 0; i < doc->n_comments; i++) {
		const struct tl_comment *comment = &doc->comments[i];
		struct reading r = { ignores, doc, comment, findings, 0 };

		if (!tl_str_starts(comment->text, PREFIX))
			continue;
		r.line = target_line(doc, i);
		read_comment(&r, tl_str_slice(comment->text, PREFIX.len, comment->text.len));
	}
}

/* The comments of one file, as a list through their numbers. */
struct of_file {
	struct tl_ignore **items;
	size_t count, capacity;
};

static struct of_file *file_of(struct tl_map *files, struct tl_str path)
{
	bool made;
	struct tl_map_entry *entry = tl_map_put(files, path, &made);

	if (made)
		entry->value.ptr = tl_alloc_zero(1, sizeof(struct of_file));
	return entry->value.ptr;
}

static void group(struct tl_map *files, struct tl_ignores *ignores)
{
	for (size_t i = 0; i < ignores->count; i++) {
		struct of_file *file = file_of(files, ignores->items[i].path);

		file->items = tl_grow(file->items, &file->capacity, file->count + 1, sizeof(struct tl_ignore *));
		file->items[file->count++] = &ignores->items[i];
	}
}

/* Every comment that speaks of a finding has its use, also where two speak of the same. */
static bool is_ignored(const struct tl_map *files, const struct tl_finding *finding)
{
	const struct of_file *file = tl_map_ptr(files, finding->file);
	bool found = false;

	for (size_t i = 0; file && i < file->count; i++) {
		struct tl_ignore *ignore = file->items[i];

		if (strcmp(ignore->rule, finding->rule) != 0 || (ignore->line != 0 && ignore->line != finding->place.line))
			continue;
		ignore->used = true;
		found = true;
	}
	return found;
}

static void add_unused(struct tl_findings *findings, struct tl_ignores *ignores)
{
	struct tl_findings left = { 0 };
	size_t last = SIZE_MAX;

	for (size_t i = 0; i < ignores->count; i++) {
		const struct tl_ignore *ignore = &ignores->items[i];

		if (ignore->used || ignore->unused == last)
			continue;
		ignores->unused.items[left.count++] = ignores->unused.items[ignore->unused];
		last = ignore->unused;
	}
	left.items = ignores->unused.items;
	tl_findings_append(findings, &left);
}

/* A comment says that it should go, and may not. */
static void say_held(struct tl_findings *findings, struct tl_finding *finding)
{
	if (finding->help.len == 0)
		tl_findings_help(findings, finding, "a comment cannot ignore it: it is an error by the rules of the base");
}

size_t tl_ignores_apply(struct tl_findings *findings, const bool *held, struct tl_ignores *ignores, unsigned workers)
{
	struct tl_map files = { 0 };
	size_t kept = 0, gone;

	for (unsigned i = 0; i < workers; i++)
		group(&files, &ignores[i]);
	if (files.count == 0)
		return 0;
	for (size_t i = 0; i < findings->count; i++) {
		bool ignored = is_ignored(&files, &findings->items[i]), stays = held && held[i];

		if (ignored && stays)
			say_held(findings, &findings->items[i]);
		if (!ignored || stays)
			findings->items[kept++] = findings->items[i];
	}
	gone = findings->count - kept;
	findings->count = kept;
	for (unsigned i = 0; i < workers; i++)
		add_unused(findings, &ignores[i]);
	for (size_t i = 0; i < files.count; i++) {
		free(((struct of_file *)files.entries[i].value.ptr)->items);
		free(files.entries[i].value.ptr);
	}
	tl_map_clear(&files);
	return gone;
}

void tl_ignores_clear(struct tl_ignores *ignores)
{
	tl_arena_clear(&ignores->arena);
	tl_findings_clear(&ignores->unused);
	free(ignores->items);
	*ignores = (struct tl_ignores){ 0 };
}
