/* live/audiohook_text.c: our messages, each with its place in the sequence. */
#include "live/audiohook_text.h"

#include "doc/json.h"
#include "live/wav.h"

static void begin(struct tl_audiohook *hook, struct tl_json *json, const char *type)
{
	tl_buf_reset(&hook->out);
	tl_json_init(json, &hook->out, false);
	tl_json_map(json);
	tl_json_put(json, "version", TL_STR("2"));
	tl_json_put(json, "id", hook->config.session_id);
	tl_json_put(json, "type", tl_str(type));
	tl_json_put_integer(json, "seq", (int64_t)++hook->said);
	tl_json_put_integer(json, "clientseq", (int64_t)hook->heard);
	tl_json_key(json, "parameters");
	tl_json_map(json);
}

static void end(struct tl_audiohook *hook, struct tl_json *json)
{
	tl_json_map_end(json);
	tl_json_map_end(json);
	hook->figures.messages_out++;
	hook->config.text(hook->config.data, tl_buf_view(&hook->out));
}

int64_t tl_audiohook_duration(struct tl_str text)
{
	size_t at = 2;
	int64_t ms = 0, unit = 1000;

	if (text.len < 4 || !tl_str_starts(text, TL_STR("PT")) || text.ptr[text.len - 1] != 'S')
		return -1;
	for (; at < text.len - 1 && text.ptr[at] >= '0' && text.ptr[at] <= '9' && ms < INT64_MAX / 100000; at++)
		ms = 10 * ms + (text.ptr[at] - '0') * 1000;
	if (at < text.len - 1 && text.ptr[at] == '.')
		at++;
	for (; at < text.len - 1 && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++, unit /= 10)
		ms += (text.ptr[at] - '0') * unit / 10;
	return at == text.len - 1 ? ms : -1;
}

void tl_audiohook_say(struct tl_audiohook *hook, const char *type)
{
	struct tl_json json;

	begin(hook, &json, type);
	end(hook, &json);
}

void tl_audiohook_say_opened(struct tl_audiohook *hook, const struct tl_item *media)
{
	struct tl_json json;

	begin(hook, &json, "opened");
	tl_json_key(&json, "media");
	tl_json_list(&json);
	tl_json_map(&json);
	tl_json_put(&json, "type", TL_STR("audio"));
	tl_json_put(&json, "format", TL_STR("PCMU"));
	tl_json_key(&json, "channels");
	tl_json_item(&json, tl_item_get(media, "channels"));
	tl_json_put_integer(&json, "rate", TL_PCMU_RATE);
	tl_json_map_end(&json);
	tl_json_list_end(&json);
	tl_json_put_boolean(&json, "startPaused", false);
	end(hook, &json);
}

/* ---- events: a list of entities, here one at a time */

static void begin_entity(struct tl_audiohook *hook, struct tl_json *json, const char *type)
{
	begin(hook, json, "event");
	tl_json_key(json, "entities");
	tl_json_list(json);
	tl_json_map(json);
	tl_json_put(json, "type", tl_str(type));
	tl_json_key(json, "data");
	tl_json_map(json);
}

static void end_entity(struct tl_audiohook *hook, struct tl_json *json)
{
	tl_json_map_end(json);
	tl_json_map_end(json);
	tl_json_list_end(json);
	end(hook, json);
}

void tl_audiohook_say_barge_in(struct tl_audiohook *hook)
{
	struct tl_json json;

	begin_entity(hook, &json, "barge_in");
	end_entity(hook, &json);
}

/* What was pressed is not told: it may be a secret. */
void tl_audiohook_say_turn(struct tl_audiohook *hook, const char *disposition)
{
	struct tl_json json;

	begin_entity(hook, &json, "bot_turn_response");
	tl_json_put(&json, "disposition", tl_str(disposition));
	end_entity(hook, &json);
}

/* ---- the end */

/* Names that are ours in the outputs. */
static bool is_ours(struct tl_str name)
{
	static const char *const table[] = { "status", "exit", "transferKind", "transferTarget" };

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (tl_str_is(name, table[i]))
			return true;
	}
	return false;
}

/* Whether the flow says which of its variables are outputs: the native language has no word for it, so there all are. */
static bool names_outputs(const struct tl_flow *flow)
{
	for (uint32_t i = 0; i < flow->n_variables; i++) {
		if (flow->variables[i].output)
			return true;
	}
	return false;
}

static void put_outputs(struct tl_json *json, const struct tl_flow *flow, const struct tl_call *call)
{
	bool named = names_outputs(flow);
	struct tl_buf text = { 0 };

	for (uint32_t i = 0; i < flow->n_variables; i++) {
		const struct tl_variable *variable = &flow->variables[i];
		struct tl_value value = tl_call_variable(call, i);

		if (variable->output != named || !variable->declared || variable->sensitive || value.type == TL_UNSET || is_ours(variable->name.text))
			continue;
		tl_buf_reset(&text);
		tl_value_text(&text, &value);
		tl_json_key_str(json, variable->name.text);
		tl_json_string(json, tl_buf_view(&text));
	}
	tl_buf_clear(&text);
}

static void put_maybe(struct tl_json *json, const char *key, struct tl_str text)
{
	if (text.len > 0)
		tl_json_put(json, key, text);
}

static void put_result(const struct tl_audiohook *hook, struct tl_json *json)
{
	const struct tl_call *call = hook->session ? tl_session_call(hook->session) : NULL;

	if (!call)
		return;
	tl_json_put(json, "status", tl_str(tl_session_status(hook->session)));
	put_maybe(json, "exit", tl_call_exit(call));
	put_maybe(json, "transferKind", tl_buf_view(&hook->transfer_kind));
	put_maybe(json, "transferTarget", tl_buf_view(&hook->transfer_target));
	put_outputs(json, hook->config.edition->program.flow, call);
}

void tl_audiohook_say_disconnect(struct tl_audiohook *hook, const char *reason, struct tl_str info)
{
	struct tl_json json;

	begin(hook, &json, "disconnect");
	tl_json_put(&json, "reason", tl_str(reason));
	put_maybe(&json, "info", info);
	tl_json_key(&json, "outputVariables");
	tl_json_map(&json);
	put_result(hook, &json);
	tl_json_map_end(&json);
	end(hook, &json);
}
