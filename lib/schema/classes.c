#include "schema/classes.h"

/* A place in the pattern that is being read. */
struct reader {
	struct tl_str text;
	size_t at;
};

static int peek(const struct reader *in)
{
	return in->at < in->text.len ? (unsigned char)in->text.ptr[in->at] : -1;
}

static void add_range(struct tl_class_step *step, int from, int to)
{
	for (int c = from; c <= to; c++)
		step->members[c / 64] |= UINT64_C(1) << (c % 64);
}

static bool has_member(const struct tl_class_step *step, unsigned char c)
{
	return (step->members[c / 64] >> (c % 64)) & 1;
}

/* The character that an escape stands for: punctuation for itself. -1 for every other escape but \d, which is 'd' + 256. */
static int read_escape(struct reader *in)
{
	int c = peek(in);
	in->at++;
	if (c == 'd')
		return 'd' + 256;
	if (c > ' ' && c < 127 && !strchr("0123456789", c) && !((c | 32) >= 'a' && (c | 32) <= 'z') && c != '_')
		return c;
	return -1;
}

/* One character of a class or a literal; -1 where it is not plain ASCII. */
static int read_char(struct reader *in, const char *special)
{
	int c = peek(in);
	if (c < ' ' || c > 126 || strchr(special, c))
		return -1;
	in->at++;
	return c == '\\' ? read_escape(in) : c;
}

/* After '[': members up to ']'. */
static bool read_class(struct reader *in, struct tl_class_step *step)
{
	if (peek(in) == '^' || peek(in) == ']')
		return false;
	while (peek(in) != ']') {
		int from = read_char(in, "[&~");
		if (from == 'd' + 256) {
			add_range(step, '0', '9');
			continue;
		}
		int to = from;
		bool range = peek(in) == '-' && in->at + 1 < in->text.len && in->text.ptr[in->at + 1] != ']';
		if (range) {
			in->at++;
			to = read_char(in, "[&~");
		}
		if (from < 0 || to < from || to > 126)
			return false;
		add_range(step, from, to);
	}
	in->at++;
	return true;
}

/* A whole number of at most six digits, or -1. */
static int64_t read_number(struct reader *in)
{
	int64_t number = 0;
	size_t start = in->at;
	while (peek(in) >= '0' && peek(in) <= '9' && in->at - start < 6)
		number = number * 10 + (in->text.ptr[in->at++] - '0');
	return in->at == start ? -1 : number;
}

/* After '{': "n}", "n,}" or "n,m}". */
static bool read_braces(struct reader *in, struct tl_class_step *step)
{
	int64_t min = read_number(in), max = min;
	if (min >= 0 && peek(in) == ',') {
		in->at++;
		max = peek(in) == '}' ? UINT32_MAX : read_number(in);
	}
	if (min < 0 || max < min || peek(in) != '}')
		return false;
	in->at++;
	step->min = (uint32_t)min;
	step->max = (uint32_t)max;
	return true;
}

static bool read_count(struct reader *in, struct tl_class_step *step)
{
	int c = peek(in);
	step->min = c == '*' || c == '?' ? 0 : 1;
	step->max = c == '*' || c == '+' ? UINT32_MAX : 1;
	if (c != '*' && c != '+' && c != '?' && c != '{')
		return true;
	in->at++;
	if (c == '{' && !read_braces(in, step))
		return false;
	/* lazy and possessive counts mean something else */
	return peek(in) != '?' && peek(in) != '+' && peek(in) != '*' && peek(in) != '{';
}

static bool read_step(struct reader *in, struct tl_class_step *step)
{
	*step = (struct tl_class_step){ 0 };
	if (peek(in) == '[') {
		in->at++;
		if (!read_class(in, step))
			return false;
	} else {
		int c = read_char(in, "^$.|?*+()[]{}");
		if (c < 0)
			return false;
		if (c == 'd' + 256)
			add_range(step, '0', '9');
		else
			add_range(step, c, c);
	}
	return read_count(in, step);
}

static bool disjoint(const struct tl_class_step *a, const struct tl_class_step *b)
{
	for (int i = 0; i < 4; i++)
		if (a->members[i] & b->members[i])
			return false;
	return true;
}

/* Whether no step can take what a later one needs, so that the longest match of each is the only one to try. */
static bool never_goes_back(const struct tl_classes *classes)
{
	for (unsigned i = 0; i < classes->count; i++) {
		if (classes->steps[i].min == classes->steps[i].max)
			continue;
		for (unsigned j = i + 1; j < classes->count; j++) {
			if (!disjoint(&classes->steps[i], &classes->steps[j]))
				return false;
			if (classes->steps[j].min > 0)
				break;
		}
	}
	return true;
}

bool tl_classes_read(struct tl_classes *out, struct tl_str pattern)
{
	if (pattern.len < 2 || pattern.ptr[0] != '^' || pattern.ptr[pattern.len - 1] != '$')
		return false;
	if (pattern.ptr[pattern.len - 2] == '\\')
		return false;
	struct reader in = { { pattern.ptr + 1, pattern.len - 2 }, 0 };
	out->count = 0;
	while (in.at < in.text.len) {
		if (out->count == TL_CLASSES_MAX || !read_step(&in, &out->steps[out->count]))
			return false;
		out->count++;
	}
	return never_goes_back(out);
}

bool tl_classes_match(const struct tl_classes *classes, struct tl_str text)
{
	size_t at = 0;
	for (unsigned i = 0; i < classes->count; i++) {
		const struct tl_class_step *step = &classes->steps[i];
		size_t taken = 0;
		while (at < text.len && taken < step->max && has_member(step, (unsigned char)text.ptr[at])) {
			at++;
			taken++;
		}
		if (taken < step->min)
			return false;
	}
	return at == text.len;
}
