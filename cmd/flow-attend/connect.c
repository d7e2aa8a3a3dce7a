/* cmd/flow-attend/connect.c: the Audio Connector's calls and their results on one loop. */
#include "flow-attend/connect.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/guard.h"
#include "base/metric.h"
#include "report/attend.h"

#define SHOW_MS 1000
#define SOUND_BYTES ((uint64_t)64 << 20)
#define CERTIFICATE_BYTES ((uint64_t)1 << 20)
#define LOOKUP_THREADS 16
#define LOOKUP_MS 20000
/* How long the platform has to take our word for the end of what still runs, once the drain is over. */
#define LAST_WORDS_MS 6000

/* ---- lookups: a thread asks, since that may take time */

struct lookup {
	struct tl_help help;
	struct connect *connect;
	struct tl_connected *call; /* NULL: it is gone */
	struct lookup *next;
	struct tl_arena arena;
	struct tl_str id;
	struct tl_profile profile;
	struct tl_error err;
	int status;
};

static void look_up(struct tl_help *help)
{
	struct lookup *lookup = (struct lookup *)(void *)help;

	lookup->status = tl_platform_profile(&lookup->profile, &lookup->arena, lookup->connect->deployment->platform, lookup->id, LOOKUP_MS, &lookup->err);
}

static void looked_up(struct tl_help *help)
{
	struct lookup *lookup = (struct lookup *)(void *)help, **place = &lookup->connect->lookups;
	struct connect *connect = lookup->connect;
	bool answered = help->worked && lookup->status == 0;
	enum tl_answer answer = !answered ? TL_ANSWER_FAILED : lookup->profile.found ? TL_ANSWER_FOUND : TL_ANSWER_NOT_FOUND;

	while (*place != lookup)
		place = &(*place)->next;
	*place = lookup->next;
	*(answer == TL_ANSWER_FOUND ? &connect->found : answered ? &connect->missing : &connect->unanswered) += 1;
	if (lookup->call)
		tl_connector_profile(lookup->call, answer, answer == TL_ANSWER_FOUND ? lookup->profile.attributes : NULL);
	tl_arena_clear(&lookup->arena);
	free(lookup);
}

static void profile_wanted(void *data, struct tl_connected *call, struct tl_str external_id)
{
	struct connect *connect = data;
	struct lookup *lookup = tl_alloc_zero(1, sizeof(*lookup));

	lookup->help = (struct tl_help){ .work = look_up, .done = looked_up };
	lookup->connect = connect;
	lookup->call = call;
	lookup->id = tl_arena_dup(&lookup->arena, external_id);
	lookup->next = connect->lookups;
	connect->lookups = lookup;
	tl_helpers_do(connect->helpers, &lookup->help);
}

static void call_gone(void *data, struct tl_connected *call)
{
	struct connect *connect = data;

	for (struct lookup *lookup = connect->lookups; lookup; lookup = lookup->next) {
		if (lookup->call == call)
			lookup->call = NULL;
	}
	if (connect->draining && tl_connector_calls(connect->connector) <= 1)
		tl_loop_stop(connect->loop);
}

/* ---- results */

static void call_ended(void *data, const struct tl_attend_result *result)
{
	struct connect *connect = data;
	int code = result_exit(result);

	connect->ends[result->end]++;
	if (code > connect->worst)
		connect->worst = code;
	tl_buf_reset(&connect->line);
	if (connect->json)
		result_json(&connect->line, result);
	else if (!connect->command->common->quiet || code != 0)
		result_text(&connect->line, result);
	if (connect->line.len > 0)
		scribe_line(&connect->scribe, tl_buf_view(&connect->line));
}

static void say(void *data, const char *text)
{
	const struct connect *connect = data;

	if (!connect->command->common->quiet)
		tl_command_say(connect->command, "%s", text);
}

static void relieved(void *data)
{
	struct connect *connect = data;

	if (!connect->scribe.failed || connect->failed)
		return;
	connect->command->err = connect->scribe.err;
	connect->failed = true;
	tl_loop_stop(connect->loop);
}

/* ---- versions */

static int read_sound(void *data, struct tl_str *bytes, struct tl_arena *arena, struct tl_str path, struct tl_error *err)
{
	const struct connect *connect = data;

	if (tl_str_find(path, TL_STR("://"), 0) != SIZE_MAX)
		return tl_error_set(err, TL_UNSUPPORTED, "the sound '%.*s' lies elsewhere: the Audio Connector plays files of the repository", TL_FMT(path));
	return tl_view_read(bytes, arena, connect->command->view, path, SOUND_BYTES, NULL, err);
}

/* The sounds of a version; what is wrong with them in `problems`. */
static int load_sounds(struct tl_sounds **out, struct connect *connect, const struct tl_edition *edition, struct tl_findings *problems)
{
	struct tl_arena arena = { 0 };
	const struct tl_flow **flows;
	size_t count = 0;
	int ret;

	while (tl_edition_flow(edition, count))
		count++;
	flows = TL_ARENA_ARRAY(&arena, const struct tl_flow *, count + 1);
	for (size_t i = 0; i < count; i++)
		flows[i] = tl_edition_flow(edition, i);
	ret = tl_sounds_load(out, flows, count, read_sound, connect, problems);
	tl_arena_clear(&arena);
	return ret;
}

/* Of all files that a version plays: another number once any of them was written anew. */
static uint64_t stamp_of(const struct connect *connect, const struct tl_edition *edition)
{
	const struct tl_flow *flow;
	uint64_t stamp = 0;

	for (size_t i = 0; (flow = tl_edition_flow(edition, i)) != NULL; i++) {
		for (uint32_t j = 0; j < flow->n_prompts; j++) {
			for (uint32_t k = 0; k < flow->prompts[j].n_audios; k++)
				stamp = stamp * 31 + tl_view_stamp(connect->command->view, flow->prompts[j].audios[k].text->value.text);
		}
	}
	return stamp;
}

static void forget_refused(struct connect *connect)
{
	free((char *)(uintptr_t)connect->refused.ptr);
	connect->refused = (struct tl_str){ NULL, 0 };
}

static void changed(void *data, struct tl_edition *edition)
{
	struct connect *connect = data;
	struct tl_findings problems = { .items = NULL };
	uint64_t stamp = stamp_of(connect, edition);
	struct tl_sounds *sounds;

	if (load_sounds(&sounds, connect, edition, &problems) == 0) {
		forget_refused(connect);
		connect->present = edition;
		connect->stamp = stamp;
		tl_connector_edition(connect->connector, edition, sounds, tl_edition_free);
		if (!connect->command->common->quiet)
			tl_command_say(connect->command, "new calls get flow '%.*s' as it is now", TL_FMT(edition->program.flow->id.text));
	} else {
		if (!tl_str_equal(connect->refused, edition->digest)) {
			flows_say(connect->command, &problems);
			tl_command_say(connect->command, "calls go on with the version that there is");
			forget_refused(connect);
			connect->refused = (struct tl_str){ tl_strdup(edition->digest.len > 0 ? edition->digest.ptr : ""), edition->digest.len };
		}
		connect->flows.present = connect->present;
		tl_edition_free(edition->owner);
	}
	tl_findings_clear(&problems);
}

/* A sound may be recorded anew while the flow stays as it is. What cannot be used is said once, and the calls hear what there was. */
static void look_at_sounds(struct connect *connect)
{
	struct tl_findings problems = { .items = NULL };
	uint64_t stamp = stamp_of(connect, connect->present);
	struct tl_sounds *sounds;

	if (stamp == connect->stamp)
		return;
	connect->stamp = stamp;
	if (load_sounds(&sounds, connect, connect->present, &problems) == 0) {
		tl_connector_sounds(connect->connector, sounds);
		if (!connect->command->common->quiet)
			tl_command_say(connect->command, "new calls hear the sounds of flow '%.*s' as they are now", TL_FMT(connect->present->program.flow->id.text));
	} else {
		flows_say(connect->command, &problems);
		tl_command_say(connect->command, "calls go on with the sounds that there are");
	}
	tl_findings_clear(&problems);
}

static void reload(void *data)
{
	struct connect *connect = data;

	connect->reload_timer = NULL;
	if (connect->draining)
		return;
	flows_look(&connect->flows);
	look_at_sounds(connect);
	connect->reload_timer = tl_loop_after(connect->loop, connect->reload_ms, reload, connect);
}

/* ---- what is shown */

static void fill_figures(struct tl_attend_figures *out, const struct connect *connect, const struct tl_connector_figures *audio)
{
	*out = (struct tl_attend_figures){
		.calls = audio->calls, .offered = audio->accepted, .messages_in = audio->messages_in, .messages_out = audio->messages_out,
		.unexpected = audio->violations, .handshakes_refused = audio->refused_key + audio->refused_signature + audio->refused_full,
		.profiles_found = connect->found, .profiles_missing = connect->missing, .profiles_failed = connect->unanswered,
		.version = connect->present->version, .digest = connect->present->digest, .editions = audio->editions,
		.draining = connect->draining, .key_to_play = audio->key_to_play, .nodes = audio->nodes, .n_nodes = audio->n_nodes,
	};
	for (unsigned i = 0; i < TL_ENDS; i++)
		out->ended[i] = audio->ended[i];
}

static void add_metric(struct tl_buf *out, const char *name, const char *type, const char *help, double value)
{
	tl_metric_begin(out, name, type, help);
	tl_metric_sample(out, name, NULL, 0, value);
}

static void audio_metrics(struct tl_buf *out, const struct tl_connector_figures *audio)
{
	add_metric(out, "trunkline_audio_pieces_total", "counter", "Pieces of sound that were sent, 20 ms each.", (double)audio->frames_out);
	add_metric(out, "trunkline_audio_heard_bytes_total", "counter", "Bytes of callers' voices that came.", (double)audio->bytes_in);
	add_metric(out, "trunkline_audio_barge_ins_total", "counter", "Prompts that a key ended.", (double)audio->barge_ins);
	add_metric(out, "trunkline_audio_pauses_total", "counter", "Times that the platform paused a call.", (double)audio->pauses);
	add_metric(out, "trunkline_audio_errors_total", "counter", "Errors that the platform reported.", (double)audio->errors);
	add_metric(out, "trunkline_audio_limited_total", "counter", "Times that it said that it takes no more messages (429).", (double)audio->limited);
	add_metric(out, "trunkline_audio_lateness_p99_seconds", "gauge", "How long after their time pieces of sound were sent, 99th percentile.",
	           (double)audio->lateness.p99_us / 1e6);
	add_metric(out, "trunkline_audio_lateness_max_seconds", "gauge", "The same, the longest.", (double)audio->lateness.max_us / 1e6);
}

static void fill_shown(struct connect *connect)
{
	struct tl_buf texts[TL_SHOWN_TEXTS] = { { .data = NULL } };
	struct tl_connector_figures audio;
	struct tl_arena arena = { 0 };
	struct tl_attend_figures figures;
	struct tl_attend_report report = {
		.environment = connect->command->environment->name, .flow = connect->present->program.flow->id.text,
		.source = tl_connector_address(connect->connector), .since_ms = connect->since_ms,
		.at_ms = connect->command->clock.now_ms(connect->command->clock.data), .figures = &figures,
	};

	tl_connector_figures(&audio, &arena, connect->connector);
	fill_figures(&figures, connect, &audio);
	tl_attend_page(&texts[TL_SHOWN_PAGE], &report);
	tl_attend_status(&texts[TL_SHOWN_STATUS], &report);
	tl_attend_metrics(&texts[TL_SHOWN_METRICS], &report);
	audio_metrics(&texts[TL_SHOWN_METRICS], &audio);
	tl_shown_take(&connect->shown, texts);
	for (unsigned i = 0; i < TL_SHOWN_TEXTS; i++)
		tl_buf_clear(&texts[i]);
	tl_arena_clear(&arena);
}

static void show(void *data)
{
	struct connect *connect = data;

	fill_shown(connect);
	connect->show_timer = tl_loop_after(connect->loop, SHOW_MS, show, connect);
}

static int start_showing(struct connect *connect)
{
	struct tl_listen_config config = { .address = connect->listen, .page = true, .show = tl_shown_show, .data = &connect->shown };

	if (!connect->listen)
		return 0;
	show(connect);
	return tl_listen_start(&connect->listener, connect->command, &config);
}

/* ---- beginning */

static int read_secret(struct tl_str *out, struct tl_arena *arena, struct connect *connect, const struct tl_secret *secret, const char *what)
{
	if (secret->kind == TL_SECRET_NONE)
		return 0;
	return tl_secret_read(out, arena, secret, connect->deployment->config->surroundings, what, &connect->command->err);
}

/* Secrets in `arena`, which is wiped once the server is open. */
static int fill_authority(struct tl_connector_config *config, struct tl_arena *arena, struct connect *connect)
{
	const struct tl_connector_access *access = &connect->deployment->access.connector;
	struct tl_error *err = &connect->command->err;
	const char *tree = connect->deployment->root.ptr;
	struct tl_str secret = { NULL, 0 };

	if (access->api_key.kind == TL_SECRET_NONE)
		return tl_error_set(err, TL_USAGE, "environment '%.*s': who may connect is not said: %.*s has 'audio_connector: {api_key: …, secret: …}' for it",
		                    TL_FMT(connect->command->environment->name), TL_FMT(connect->deployment->access.from));
	if (read_secret(&config->api_key, arena, connect, &access->api_key, "audio_connector.api_key") != 0 ||
	    read_secret(&secret, arena, connect, &access->secret, "audio_connector.secret") != 0)
		return -1;
	if (secret.len > 0 && !tl_base64_decode(&config->secret, arena, secret))
		return tl_error_set(err, TL_USAGE, "audio_connector.secret is no base64: it is the integration's client secret as it stands there");
	if (access->certificate.len == 0)
		return 0;
	if (tl_guard_read(&config->certificate, arena, access->certificate.ptr, TL_GUARD_OURS, tree, CERTIFICATE_BYTES, "audio_connector.certificate", err) != 0)
		return -1;
	return tl_guard_read(&config->key, arena, access->key.ptr, TL_GUARD_SECRET, tree, CERTIFICATE_BYTES, "audio_connector.key", err);
}

static int64_t fine_time(void *data)
{
	(void)data;
	return tl_clock_system_us();
}

static int open_connector(struct connect *connect)
{
	bool can_ask = tl_platform_can(connect->deployment->platform, TL_CAN_CONTROL);
	struct tl_arena secrets = { 0 };
	struct tl_connector_config config = {
		.loop = connect->loop, .clock = &connect->command->clock, .address = connect->address, .exposed = connect->expose,
		.expose_hint = "'--expose' allows that", .max_calls = connect->max_calls, .profile = can_ask ? profile_wanted : NULL, .gone = call_gone,
		.ended = call_ended, .say = say, .now_us = fine_time, .piece_ms = connect->piece_ms, .data = connect,
	};
	int ret = fill_authority(&config, &secrets, connect);

	if (ret == 0 && can_ask)
		ret = tl_helpers_open(&connect->helpers, connect->loop, LOOKUP_THREADS, &connect->command->err);
	if (ret == 0)
		ret = tl_connector_open(&connect->connector, &config, &connect->command->err);
	tl_arena_wipe(&secrets);
	return ret;
}

/* 1: what the flow plays cannot be had, and that was said. */
static int begin(struct connect *connect, struct tl_edition *edition)
{
	struct tl_command *command = connect->command;
	struct tl_findings problems = { .items = NULL };
	uint64_t stamp = stamp_of(connect, edition);
	struct tl_sounds *sounds = NULL;
	int ret = 0;

	connect->since_ms = command->clock.now_ms(command->clock.data);
	tl_shown_init(&connect->shown);
	if (load_sounds(&sounds, connect, edition, &problems) != 0) {
		flows_say(connect->command, &problems);
		ret = 1;
	} else if (tl_loop_open(&connect->loop, &command->err) != 0 || scribe_open(&connect->scribe, command, connect->loop) != 0 ||
	           flows_watch(&connect->flows, connect->loop, changed, connect) != 0 || open_connector(connect) != 0) {
		ret = -1;
	}
	tl_findings_clear(&problems);
	if (ret != 0) {
		tl_sounds_free(sounds);
		tl_edition_free(edition->owner);
		return ret;
	}
	connect->scribe.relieved = relieved;
	connect->scribe.data = connect;
	connect->present = edition;
	connect->stamp = stamp;
	tl_connector_edition(connect->connector, edition, sounds, tl_edition_free);
	if (connect->reload_ms > 0)
		connect->reload_timer = tl_loop_after(connect->loop, connect->reload_ms, reload, connect);
	tl_command_say(command, "the Audio Connector's calls are taken at %.*s/", TL_FMT(tl_connector_address(connect->connector)));
	return start_showing(connect);
}

/* ---- the end */

/* Calls in progress may go on; then the platform is told to go on without us, and has a moment to hear it. */
static int drain(struct connect *connect)
{
	size_t calls = tl_connector_calls(connect->connector);
	struct tl_error *err = &connect->command->err;

	connect->draining = true;
	if (calls == 0)
		return 0;
	result_say_drain(connect->command, calls, connect->drain_ms);
	tl_connector_drain(connect->connector, connect->drain_ms);
	return tl_loop_run(connect->loop, connect->drain_ms + LAST_WORDS_MS, NULL, err);
}

int connect_run(struct connect *connect, struct tl_edition *edition)
{
	struct tl_error *err = &connect->command->err;
	int ret = begin(connect, edition);

	if (ret != 0)
		return ret;
	if (tl_loop_run(connect->loop, 0, tl_command_stopped, err) != 0 || (!connect->failed && drain(connect) != 0))
		return -1;
	return connect->failed ? -1 : connect->worst;
}

void connect_close(struct connect *connect)
{
	tl_timer_cancel(connect->reload_timer);
	tl_timer_cancel(connect->show_timer);
	tl_listen_stop(connect->listener);
	flows_close(&connect->flows);
	tl_connector_close(connect->connector);
	tl_helpers_close(connect->helpers);
	scribe_close(&connect->scribe);
	if (connect->connector && !connect->command->common->quiet)
		result_say_all(connect->command, connect->ends);
	tl_loop_close(connect->loop);
	if (connect->since_ms > 0)
		tl_shown_clear(&connect->shown);
	forget_refused(connect);
	tl_buf_clear(&connect->line);
}
