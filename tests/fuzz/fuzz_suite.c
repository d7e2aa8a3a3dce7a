/* tests/fuzz/fuzz_suite.c: any bytes as a suite, and as cases without a suite's head, on a flow of every node type. What the schema lets pass
 * can be run; every result is JSON; a value that is sensitive is in none. */
#include "dialect/dialect.h"
#include "doc/yaml.h"
#include "fuzz.h"
#include "report/simulate.h"

static const char flow_text[] =
	"flow: t\nname: T\nchannel: voice\nstart: ask\n"
	"variables:\n"
	"  pin: {type: string, sensitive: true, default: 'sesame-4711'}\n"
	"  n: {type: number, default: 1}\n"
	"  b: {type: boolean}\n"
	"  o: {type: object}\n"
	"  s: {type: string}\n"
	"prompts:\n  hello: {text: {en: 'Hello ${pin}', de: 'Hallo ${pin}'}, duration: 1s}\n"
	"nodes:\n"
	"  ask: {type: gather, prompt: hello, into: s, digits: {min: 2, max: 4}, no_input: {timeout: 2s, retries: 1}, no_match: {retries: 1}, next: menu, otherwise: menu}\n"
	"  menu:\n"
	"    type: menu\n"
	"    prompt: {text: 'Say ${pin}'}\n"
	"    choices:\n"
	"      - {key: '1', phrases: [one, my bill], set: {s: '${last.input}', n: '${last.confidence}'}, next: fetch}\n"
	"      - {key: '2', when: {variable: n, greater_than: 1}, prompt: {text: 'two'}, next: who}\n"
	"    no_match: {retries: 2}\n"
	"    otherwise: who\n"
	"  fetch: {type: data_action, action: d, inputs: {p: '${pin}'}, outputs: {n: n, b: b.c, o: o, s: s}, timeout: 3s, next: who, failed: who, timed_out: send}\n"
	"  who: {type: lookup_profile, by: x, found: when, not_found: when, failed: send}\n"
	"  when: {type: hours, schedule: office, open: send, closed: again, holiday: send}\n"
	"  again: {type: subflow, flow: t, inputs: {n: '${n}', o: '${o}'}, outputs: {s: s}, exits: {done: send}, otherwise: send}\n"
	"  send: {type: transfer, to: {queue: 'q-${n}-${pin}'}, failed: bye}\n"
	"  bye: {type: end, exit: done}\n";

static const char project_text[] =
	"schedules: {office: {time_zone: UTC, weekly: {monday: ['09:00-17:00']}, holidays: ['2026-12-25']}}\n"
	"environments: {local: {platform: local, values: {Q: q-1}}}\n";

/* Made once: they do not change. */
struct yard {
	struct tl_schemas schemas;
	struct tl_project *project;
	struct tl_flow *flow;
	struct tl_limits limits;
};

static const struct tl_flow *find(void *data, struct tl_str id)
{
	const struct yard *yard = data;

	return tl_str_is(id, "t") ? yard->flow : NULL;
}

static struct yard *make_yard(void)
{
	static struct yard made;
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .depth = 64, .findings = &findings };
	struct tl_error err = { 0 };
	struct tl_doc *doc;

	if (made.flow)
		return &made;
	tl_schemas_init(&made.schemas);
	demand(tl_project_read(&made.project, TL_STR("trunkline.yaml"), TL_STR(project_text), &made.schemas, &findings, &err) == 0);
	tl_yaml_read(&doc, TL_STR("t.flow.yaml"), TL_STR(flow_text), &options);
	demand(findings.count == 0);
	tl_native_read(&made.flow, doc, &lower);
	made.limits = lower.limits;
	made.limits.suite = 1 << 20;
	made.limits.text = 1 << 18;
	return &made;
}

/* A run that tells of the pin although no case said it. */
static bool tells(struct tl_str text, struct tl_str given)
{
	struct tl_str pin = TL_STR("sesame-4711");

	return tl_str_find(text, pin, 0) != SIZE_MAX && tl_str_find(given, TL_STR("sesame"), 0) == SIZE_MAX;
}

static int done(void *data, const struct tl_case_result *result)
{
	tl_simulate_case(data, result);
	return 0;
}

/* All cases, as the format of that name. */
static void run_as(struct tl_buf *out, const char *format, struct tl_suite *suite, struct yard *yard)
{
	struct tl_program program = { .flow = yard->flow, .find = find, .data = yard };
	struct tl_simulate_report report = { .format = tl_simulate_format(tl_str(format)), .out = out, .verbose = true };
	struct tl_suite_run run = {
		.suite = suite, .program = &program, .project = yard->project, .values = &yard->project->environments[0].values,
		.limits = &yard->limits, .jobs = 1, .done = done, .data = &report,
	};

	tl_simulate_begin(&report);
	tl_simulate_suite(&report, suite);
	demand(tl_suite_run(&run) == 0);
	tl_simulate_suite_end(&report);
	tl_simulate_end(&report);
}

static void run_suite(struct tl_suite *suite, struct yard *yard, struct tl_findings *findings, struct tl_str given)
{
	static const char *const formats[] = { "json", "text", "trace" };
	struct tl_program program = { .flow = yard->flow, .find = find, .data = yard };
	struct tl_suite_run run = { .suite = suite, .program = &program, .project = yard->project, .limits = &yard->limits };
	struct tl_buf out = { 0 };
	struct tl_doc *doc;

	if (!tl_suite_check(&run, findings)) {
		demand(tl_findings_count(findings, TL_ERROR) > 0);
		return;
	}
	for (size_t i = 0; i < TL_COUNT(formats); i++) {
		tl_buf_reset(&out);
		run_as(&out, formats[i], suite, yard);
		demand(!tells(tl_buf_view(&out), given));
		if (i > 0)
			continue;
		demand(tl_json_parse(&doc, TL_STR("result"), tl_buf_view(&out), NULL) == 0);
		tl_doc_free(doc);
	}
	tl_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tl_str bytes = { (const char *)data, size };
	struct yard *yard = make_yard();

	for (int alone = 0; alone < 2; alone++) {
		struct tl_findings findings = { 0 };
		struct tl_suite *suite;
		int status;

		if (alone)
			status = tl_suite_read_cases(&suite, TL_STR("cases.yaml"), bytes, &yard->schemas, &yard->limits, &findings);
		else
			status = tl_suite_read(&suite, TL_STR("t.suite.yaml"), bytes, &yard->schemas, &yard->limits, &findings);
		demand((status == 0) == (tl_findings_count(&findings, TL_ERROR) == 0));
		if (status == 0)
			run_suite(suite, yard, &findings, bytes);
		tl_suite_free(suite);
		tl_findings_clear(&findings);
	}
	return 0;
}
