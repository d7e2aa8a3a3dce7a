/* check/pack.c: summaries as bytes: numbers of 32 bits in the machine's order, texts with their length before them. The cache
 * lies in one repository's git folder on one machine, and says which version wrote it. */
#include "check/summary.h"

static void put(struct tl_buf *buf, uint32_t number)
{
	tl_buf_add(buf, &number, sizeof(number));
}

static void put_text(struct tl_buf *buf, struct tl_str text)
{
	put(buf, (uint32_t)text.len);
	tl_buf_str(buf, text);
}

static void put_name(struct tl_buf *buf, struct tl_name name)
{
	put_text(buf, name.text);
	put(buf, name.span.start);
	put(buf, name.span.end);
}

static void put_texts(struct tl_buf *buf, const struct tl_str *texts, uint32_t count)
{
	put(buf, count);
	for (uint32_t i = 0; i < count; i++)
		put_text(buf, texts[i]);
}

static void put_arguments(struct tl_buf *buf, const struct tl_summary_argument *arguments, uint32_t count)
{
	put(buf, count);
	for (uint32_t i = 0; i < count; i++) {
		put_name(buf, arguments[i].name);
		put(buf, arguments[i].value_span.start);
		put(buf, arguments[i].value_span.end);
		put(buf, arguments[i].fits);
		put(buf, arguments[i].sensitive);
	}
}

static void put_ref(struct tl_buf *buf, const struct tl_summary_ref *ref)
{
	put_name(buf, ref->flow);
	put(buf, ref->call);
	put(buf, ref->strict);
	put(buf, ref->n_exits);
	for (uint32_t i = 0; i < ref->n_exits; i++)
		put_name(buf, ref->exits[i]);
	put_arguments(buf, ref->inputs, ref->n_inputs);
	put_arguments(buf, ref->outputs, ref->n_outputs);
}

void tl_summary_pack(struct tl_buf *buf, const struct tl_summary *summary)
{
	put(buf, summary->kind);
	put(buf, summary->dialect);
	put_name(buf, summary->id);
	put_name(buf, summary->renamed_from);
	put_text(buf, summary->type);
	put_texts(buf, summary->exits, summary->n_exits);
	put(buf, summary->n_variables);
	for (uint32_t i = 0; i < summary->n_variables; i++) {
		put_text(buf, summary->variables[i].name);
		put(buf, summary->variables[i].type);
		put(buf, summary->variables[i].sensitive);
	}
	put(buf, summary->n_refs);
	for (uint32_t i = 0; i < summary->n_refs; i++)
		put_ref(buf, &summary->refs[i]);
	put_texts(buf, summary->audios, summary->n_audios);
}

/* What is left to read. Once something does not fit, nothing does. */
struct reader {
	struct tl_arena *arena;
	const char *at, *end;
	bool bad;
};

static uint32_t take(struct reader *r)
{
	uint32_t number = 0;

	if ((size_t)(r->end - r->at) < sizeof(number)) {
		r->bad = true;
		return 0;
	}
	memcpy(&number, r->at, sizeof(number));
	r->at += sizeof(number);
	return number;
}

static struct tl_str take_text(struct reader *r)
{
	uint32_t len = take(r);
	struct tl_str text = { r->at, len };

	if ((size_t)(r->end - r->at) < len) {
		r->bad = true;
		return TL_STR("");
	}
	r->at += len;
	return text;
}

static struct tl_span take_span(struct reader *r)
{
	uint32_t start = take(r);

	return (struct tl_span){ start, take(r) };
}

static struct tl_name take_name(struct reader *r)
{
	struct tl_str text = take_text(r);

	return (struct tl_name){ text, take_span(r) };
}

/* A number of things of which each takes at least four bytes; 0 where so many cannot follow. */
static uint32_t take_count(struct reader *r)
{
	uint32_t count = take(r);

	if (count <= (size_t)(r->end - r->at) / sizeof(uint32_t))
		return count;
	r->bad = true;
	return 0;
}

static struct tl_str *take_texts(struct reader *r, uint32_t *count)
{
	struct tl_str *texts;

	*count = take_count(r);
	texts = TL_ARENA_ARRAY(r->arena, struct tl_str, *count);
	for (uint32_t i = 0; i < *count; i++)
		texts[i] = take_text(r);
	return texts;
}

static struct tl_summary_argument *take_arguments(struct reader *r, uint32_t *count)
{
	struct tl_summary_argument *arguments;

	*count = take_count(r);
	arguments = TL_ARENA_ARRAY(r->arena, struct tl_summary_argument, *count);
	for (uint32_t i = 0; i < *count; i++) {
		arguments[i].name = take_name(r);
		arguments[i].value_span = take_span(r);
		arguments[i].fits = take(r);
		arguments[i].sensitive = take(r) != 0;
	}
	return arguments;
}

static void take_ref(struct reader *r, struct tl_summary_ref *ref)
{
	ref->flow = take_name(r);
	ref->call = take(r) != 0;
	ref->strict = take(r) != 0;
	ref->n_exits = take_count(r);
	ref->exits = TL_ARENA_ARRAY(r->arena, struct tl_name, ref->n_exits);
	for (uint32_t i = 0; i < ref->n_exits; i++)
		ref->exits[i] = take_name(r);
	ref->inputs = take_arguments(r, &ref->n_inputs);
	ref->outputs = take_arguments(r, &ref->n_outputs);
}

static void take_variables(struct reader *r, struct tl_summary *out)
{
	out->n_variables = take_count(r);
	out->variables = TL_ARENA_ARRAY(r->arena, struct tl_summary_variable, out->n_variables);
	for (uint32_t i = 0; i < out->n_variables; i++) {
		out->variables[i].name = take_text(r);
		out->variables[i].type = (enum tl_type)take(r);
		out->variables[i].sensitive = take(r) != 0;
		r->bad = r->bad || out->variables[i].type > TL_V_LIST;
	}
}

bool tl_summary_unpack(struct tl_summary *out, struct tl_arena *arena, struct tl_str bytes)
{
	struct reader r = { arena, bytes.ptr, bytes.ptr + bytes.len, false };
	uint32_t kind = take(&r), dialect = take(&r);

	*out = (struct tl_summary){ .kind = (enum tl_summary_kind)kind, .dialect = (enum tl_dialect)dialect };
	out->id = take_name(&r);
	out->renamed_from = take_name(&r);
	out->type = take_text(&r);
	out->exits = take_texts(&r, &out->n_exits);
	take_variables(&r, out);
	out->n_refs = take_count(&r);
	out->refs = TL_ARENA_ARRAY(arena, struct tl_summary_ref, out->n_refs);
	for (uint32_t i = 0; i < out->n_refs && !r.bad; i++)
		take_ref(&r, &out->refs[i]);
	out->audios = take_texts(&r, &out->n_audios);
	return !r.bad && r.at == r.end && kind <= TL_SUMMARY_SUITE && dialect <= TL_DIALECT_WIRE;
}
