/* sandbox/phone_tell.c: a conversation as lines for people: "call-1  0.2s → play welcome.wav (keys 1 2 0)". */
#include <stdarg.h>

#include "base/text.h"
#include "sandbox/phone_call.h"

#define TO "\342\206\222"   /* an arrow to the right: what the platform is asked for */
#define FROM "\342\206\220" /* to the left: what it tells */

/* "call-1    0.2s ", the time since the call was first connected. */
static void begin(struct tl_buf *line, const struct phone_call *call)
{
	const struct tl_phone_hooks *hooks = &call->phone->hooks;
	int64_t tenths = (hooks->now_us(hooks->data) - call->began_us) / 100000;

	tl_text_safe(line, tl_str(call->id));
	tl_buf_printf(line, " %4lld.%llds ", (long long)(tenths / 10), (long long)(tenths % 10));
}

static void end(struct tl_buf *line, const struct phone_call *call)
{
	call->phone->hooks.tell(call->phone->hooks.data, line->data);
	tl_buf_clear(line);
}

void tl_phone_tell(const struct phone_call *call, const char *fmt, ...)
{
	struct tl_buf line = { 0 };
	va_list args;

	if (!call->phone->hooks.tell)
		return;
	begin(&line, call);
	va_start(args, fmt);
	tl_buf_vprintf(&line, fmt, args);
	va_end(args);
	end(&line, call);
}

/* The file alone: what stands before it is the same for all, and a signature behind it is nobody's business. */
static struct tl_str file_of(struct tl_str audio)
{
	size_t end = tl_str_find(audio, TL_STR("?"), 0), start = 0;

	audio = tl_str_slice(audio, 0, end == SIZE_MAX ? audio.len : end);
	for (size_t i = 0; i + 1 < audio.len; i++)
		start = audio.ptr[i] == '/' ? i + 1 : start;
	return tl_str_slice(audio, start, audio.len);
}

static void put_keys(struct tl_buf *line, const struct tl_item *dtmf)
{
	const struct tl_item *enabled = tl_item_get(dtmf, "enabled"), *keys = tl_item_get(dtmf, "keys");

	if (enabled && !enabled->boolean) {
		tl_buf_text(line, " (no key is heard)");
		return;
	}
	if (!keys || !keys->first)
		return;
	tl_buf_text(line, keys->first->next ? " (keys" : " (key");
	for (const struct tl_item *key = keys->first; key; key = key->next) {
		tl_buf_char(line, ' ');
		tl_text_safe(line, key->text);
	}
	tl_buf_char(line, ')');
}

void tl_phone_tell_command(const struct phone_call *call, const struct tl_item *message)
{
	enum phone_action action = tl_phone_action(tl_item_text(message, "action"));
	struct tl_buf line = { 0 };

	if (!call->phone->hooks.tell)
		return;
	begin(&line, call);
	tl_buf_printf(&line, TO " %s", tl_phone_action_name(action));
	if (action == PHONE_PLAY) {
		tl_buf_char(&line, ' ');
		tl_text_safe(&line, file_of(tl_item_text(message, "audio")));
		put_keys(&line, tl_item_get(message, "dtmf"));
	} else if (action == PHONE_TRANSFER) {
		tl_buf_text(&line, " to ");
		tl_text_safe(&line, tl_item_text(message, "target"));
		tl_buf_text(&line, " (");
		tl_text_safe(&line, tl_item_text(message, "type"));
		tl_buf_char(&line, ')');
	}
	end(&line, call);
}

void tl_phone_tell_event(const struct phone_call *call, struct tl_str event, struct tl_str value)
{
	struct tl_buf line = { 0 };

	if (!call->phone->hooks.tell)
		return;
	begin(&line, call);
	tl_buf_text(&line, FROM " ");
	if (tl_str_is(event, "dtmf")) {
		tl_buf_text(&line, "key ");
		tl_text_safe(&line, value);
	} else {
		tl_text_safe(&line, event);
	}
	end(&line, call);
}
