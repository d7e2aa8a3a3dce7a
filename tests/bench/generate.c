/* generate DIR COUNT [BYTES [alone]]: writes COUNT flows of about BYTES each (10,000 by default) below DIR/flows, a hundred a folder, and a project file
 * beside them. They have nothing to complain about, refer to one another unless they are to be alone, and are the same on every machine. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const words[] = {
	"account", "address", "agent", "answer", "balance", "bill",   "branch",  "busy",    "callback", "change",  "claim",  "colleague",
	"contract", "delivery", "details", "due",  "engineer", "fault", "hours",  "invoice", "line",     "meter",   "moment", "number",
	"offer",   "order",   "payment", "plan",  "please",  "press", "question", "refund", "repair",   "service", "speak",  "support",
	"team",    "thank",   "ticket",  "transfer", "update", "visit", "wait",   "welcome", "window",  "yesterday",
};

#define N_WORDS (sizeof(words) / sizeof(words[0]))

struct writer {
	FILE *file;
	uint64_t random;
	long sections; /* written so far */
	bool alone;
};

/* splitmix64: the next number below `limit`. */
static unsigned pick(struct writer *w, unsigned limit)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ (z >> 31)) % limit);
}

static void sentence(struct writer *w, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		fprintf(w->file, "%s%s", i > 0 ? " " : "", words[pick(w, N_WORDS)]);
}

/* The choice of one key; each key has words of its own, so that no two choices are alike. */
static void choice(struct writer *w, unsigned key, char target, long section)
{
	fprintf(w->file, "      - {key: \"%u\", phrases: [\"%s", key, words[key * 10 + pick(w, 10)]);
	for (unsigned i = pick(w, 3); i > 0; i--)
		fprintf(w->file, " %s", words[pick(w, N_WORDS)]);
	fprintf(w->file, "\"], set: {topic: t%u}, next: %c%ld}\n", key, target, section);
}

/* A prompt of its own under `key`, in the middle of a node. */
static void inline_prompt(struct writer *w, const char *key)
{
	fprintf(w->file, "    %s: {text: \"", key);
	sentence(w, 8 + pick(w, 12));
	fprintf(w->file, "\", duration: %us}\n", 1 + pick(w, 6));
}

/* The first of every ten flows is one that the nine others refer to. */
static void header(struct writer *w, long number)
{
	fprintf(w->file, "# Written by tests/bench/generate.\nflow: line-%06ld\nname: ", number);
	sentence(w, 3);
	/* A platform has one flow of a name. */
	fprintf(w->file,
	        " %ld\nchannel: voice\nstart: hello\nvariables:\n"
	        "  tier: {type: string, enum: [standard, premium], default: standard}\n"
	        "  count: {type: number, default: 0}\n"
	        "  topic: {type: string, default: none}\n"
	        "  answer: {type: string, default: none}\n"
	        "  known: {type: boolean, default: false}\n"
	        "prompts:\n  again: {text: \"Sorry, once more please.\", duration: 2s}\n"
	        "nodes:\n  hello:\n    type: play\n", number);
	inline_prompt(w, "prompt");
	fprintf(w->file, "    next: s0\n  other: {type: transfer, to: ");
	fprintf(w->file, number % 10 > 0 && !w->alone ? "{flow: line-%06ld}" : "{queue: team-%ld}", number / 10 * 10);
	fprintf(w->file, ", failed: bye}\n  operator:\n    type: transfer\n    to: {queue: \"${env.OPERATOR_QUEUE}\"}\n    failed: other\n"
	                 "  bye: {type: end, reason: done}\n");
}

/* Seven nodes that ask, remember, decide and look up, from s<i> on to s<i + 1>. */
static void section(struct writer *w)
{
	long i = w->sections++;

	fprintf(w->file, "  s%ld:\n    type: menu\n", i);
	inline_prompt(w, "prompt");
	fprintf(w->file, "    choices:\n");
	for (unsigned key = 1; key <= 3; key++)
		choice(w, key, "npd"[key - 1], i);
	fprintf(w->file,
	        "    no_input: {timeout: %us, retries: 1}\n    no_match: {retries: 1, prompt: again}\n    otherwise: operator\n"
	        "  n%ld: {type: set, values: {count: %u, answer: \"${topic} ${tier}\"}, next: d%ld}\n  p%ld:\n    type: play\n",
	        3 + pick(w, 5), i, pick(w, 1000), i, i);
	inline_prompt(w, "prompt");
	fprintf(w->file,
	        "    next: d%ld\n  d%ld:\n    type: decide\n    cases:\n"
	        "      - {when: {variable: tier, equals: premium}, next: g%ld}\n"
	        "      - {when: {all: [{variable: count, greater_than: %u}, {variable: topic, not_equals: t3}]}, next: a%ld}\n"
	        "    otherwise: h%ld\n  g%ld:\n    type: gather\n",
	        i, i, i, pick(w, 1000), i, i, i);
	inline_prompt(w, "prompt");
	fprintf(w->file,
	        "    into: answer\n    digits: {min: 1, max: %u}\n    no_input: {timeout: 4s, retries: 1}\n    next: a%ld\n    otherwise: operator\n"
	        "  a%ld:\n    type: data_action\n    action: crm.%s\n    inputs: {number: \"${caller.number}\", answer: \"${answer}\"}\n"
	        "    outputs: {known: known, count: count}\n    timeout: 3s\n    next: h%ld\n    failed: operator\n"
	        "  h%ld: {type: hours, schedule: office, open: s%ld, closed: operator, holiday: bye}\n",
	        2 + pick(w, 8), i, i, words[pick(w, N_WORDS)], i, i, i + 1);
}

static void footer(struct writer *w)
{
	fprintf(w->file, "  s%ld:\n    type: play\n", w->sections);
	inline_prompt(w, "prompt");
	fprintf(w->file, "    next: bye\nsettings: {made: generated}\n");
}

static bool write_flow(const char *path, long number, long bytes, bool alone)
{
	struct writer w = { .file = fopen(path, "w"), .random = (uint64_t)number, .alone = alone };

	if (w.file == NULL)
		return false;
	header(&w, number);
	while (w.sections == 0 || ftell(w.file) < bytes - 1000)
		section(&w);
	footer(&w);
	return fclose(w.file) == 0;
}

static bool write_project(const char *path)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return false;
	fputs("flows: [flows]\n"
	      "schedules:\n  office: {time_zone: Europe/Berlin, weekly: {monday: [\"09:00-17:00\"], friday: [\"09:00-15:00\"]}}\n"
	      "environments:\n  local: {platform: local, values: {OPERATOR_QUEUE: operator}}\n",
	      file);
	return fclose(file) == 0;
}

static bool make_folder(const char *path)
{
	return mkdir(path, 0777) == 0 || errno == EEXIST;
}

static bool generate(const char *folder, long count, long bytes, bool alone)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/flows", folder);
	if (!make_folder(folder) || !make_folder(path))
		return false;
	for (long i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/flows/%04ld", folder, i / 100);
		if (i % 100 == 0 && !make_folder(path))
			return false;
		snprintf(path, sizeof(path), "%s/flows/%04ld/line-%06ld.flow.yaml", folder, i / 100, i);
		if (!write_flow(path, i, bytes, alone))
			return false;
	}
	snprintf(path, sizeof(path), "%s/trunkline.yaml", folder);
	return write_project(path);
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	long bytes = argc > 3 ? strtol(argv[3], NULL, 10) : 10000;
	bool alone = argc == 5 && strcmp(argv[4], "alone") == 0;

	if (argc < 3 || argc > 4 + alone || count < 1 || bytes < 1 || strlen(argv[1]) > 4000) {
		fprintf(stderr, "usage: generate DIR COUNT [BYTES [alone]]\n");
		return 2;
	}
	if (!generate(argv[1], count, bytes, alone)) {
		perror("generate");
		return 3;
	}
	return 0;
}
