/* tests/fuzz/fuzz_audiohook.c: any lines as the messages of a platform that speaks AudioHook, a moment apart each. A line "N TYPE JSON" is the message of that type and
 * parameters with all that the protocol asks for beside them, N tenths of a second later; any other line is a message as it is. */
#include "fuzz.h"

#include "dialect/dialect.h"
#include "live/audiohook.h"

static const char flow_text[] =
	"flow: f\nchannel: voice\nstart: main\nvariables: {tier: {type: string}, n: {type: number}}\nprompts: {ask: {audio: a.wav}}\n"
	"nodes:\n  main:\n    type: menu\n    prompt: ask\n    choices: [{key: \"1\", next: pin}, {key: \"2\", next: desk}]\n    otherwise: bye\n"
	"  pin: {type: gather, prompt: ask, into: n, digits: {max: 3}, next: who, otherwise: bye}\n"
	"  who: {type: lookup_profile, found: main, not_found: main, failed: desk}\n"
	"  desk: {type: transfer, to: {queue: q}, failed: bye}\n  bye: {type: end}\n";

struct line {
	struct tl_flow *flow;
	uint64_t said, heard;
	bool closed;
};

static struct tl_str sound(void *data, struct tl_str audio)
{
	static const char samples[500] = { 0 };

	(void)data;
	(void)audio;
	return (struct tl_str){ samples, sizeof(samples) };
}

static void text(void *data, struct tl_str message)
{
	struct line *line = data;
	struct tl_doc *doc;

	demand(!line->closed);
	demand(tl_json_parse(&doc, TL_STR("m"), message, NULL) == 0);
	line->said++;
	demand(tl_item_get(doc->root, "seq")->number == (double)line->said);
	tl_doc_free(doc);
}

static void audio(void *data, struct tl_str samples)
{
	demand(!((const struct line *)data)->closed);
	demand(samples.len > 0 && samples.len <= 8 * TL_AUDIOHOOK_LIMITED_MS);
}

static void closed(void *data, int code, const char *reason)
{
	(void)code;
	(void)reason;
	((struct line *)data)->closed = true;
}

static void send(struct tl_audiohook *hook, struct line *line, int64_t now_ms, struct tl_str given)
{
	size_t blank = tl_str_find(given, TL_STR(" "), 2);
	struct tl_buf message = { 0 };

	if (given.len < 3 || given.ptr[1] != ' ' || blank == SIZE_MAX) {
		tl_audiohook_message(hook, now_ms, 1000000, given);
		return;
	}
	tl_buf_printf(&message, "{\"version\":\"2\",\"id\":\"s\",\"type\":\"%.*s\",\"seq\":%llu,\"serverseq\":%llu,\"parameters\":%.*s}",
	              TL_FMT(tl_str_slice(given, 2, blank)), (unsigned long long)++line->heard, (unsigned long long)line->said,
	              TL_FMT(tl_str_slice(given, blank + 1, given.len)));
	tl_audiohook_message(hook, now_ms, 1000000, tl_buf_view(&message));
	tl_buf_clear(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_read_options options = { .depth = 64 };
	struct tl_str rest = { (const char *)data, size };
	struct line line = { .flow = NULL };
	struct tl_edition edition = { .version = 1 };
	struct tl_audiohook_config config = {
		.edition = &edition, .session_id = TL_STR("s"), .sound = sound, .text = text, .audio = audio, .close = closed, .data = &line,
	};
	struct tl_audiohook *hook;
	struct tl_doc *doc;
	int64_t now_ms = 0;

	tl_doc_read(&doc, TL_STR("t.flow.yaml"), TL_STR(flow_text), &options);
	tl_native_read(&line.flow, doc, &lower);
	demand(line.flow);
	edition.program.flow = line.flow;
	hook = tl_audiohook_new(&config, now_ms);
	for (unsigned i = 0; rest.len > 0 && i < 200; i++) {
		size_t end = tl_str_find(rest, TL_STR("\n"), 0);
		struct tl_str given = tl_str_slice(rest, 0, end == SIZE_MAX ? rest.len : end);

		rest = tl_str_slice(rest, end == SIZE_MAX ? rest.len : end + 1, rest.len);
		now_ms += given.len > 0 && given.ptr[0] >= '0' && given.ptr[0] <= '9' ? (given.ptr[0] - '0') * 100 : 20;
		tl_audiohook_tick(hook, now_ms);
		send(hook, &line, now_ms, given);
	}
	for (unsigned i = 0; i < 50 && tl_audiohook_due(hook) >= 0; i++)
		tl_audiohook_tick(hook, tl_audiohook_due(hook));
	tl_audiohook_gone(hook, now_ms + 1000000);
	tl_audiohook_free(hook);
	tl_flow_free(line.flow);
	return 0;
}
