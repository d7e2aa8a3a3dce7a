/* cmd/flow-attend/connect.c: the Audio Connector's calls and their results on one loop. */
#include "flow-attend/connect.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/guard.h"
#include "base/metric.h"

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

	lookup->status = tl_platform_profile(&lookup->profile, &lookup->arena, lookup->connect->service->deployment->platform, lookup->id, LOOKUP_MS, &lookup->err);
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
	if (connect->service->draining && tl_connector_calls(connect->connector) <= 1)
		tl_loop_stop(connect->service->loop);
}

/* ---- results */

static void call_ended(void *data, const struct tl_attend_result *result)
{
	const struct connect *connect = data;

	service_result(connect->service, result, 0);
}

static void say(void *data, const char *text)
{
	const struct connect *connect = data;

	service_say(connect->service, text);
}

static void relieved(void *data)
{
	const struct connect *connect = data;

	if (connect->service->failed)
		tl_loop_stop(connect->service->loop);
}

/* ---- versions */

static int read_sound(void *data, struct tl_str *bytes, struct tl_arena *arena, struct tl_str path, struct tl_error *err)
{
	const struct connect *connect = data;

	if (tl_str_find(path, TL_STR("://"), 0) != SIZE_MAX)
		return tl_error_set(err, TL_UNSUPPORTED, "the sound '%.*s' lies elsewhere: the Audio Connector plays files of the repository", TL_FMT(path));
	return tl_view_read(bytes, arena, connect->service->command->view, path, SOUND_BYTES, NULL, err);
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
				stamp = stamp * 31 + tl_view_stamp(connect->service->command->view, flow->prompts[j].audios[k].text->value.text);
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
		if (!connect->service->command->common->quiet)
			tl_command_say(connect->service->command, "new calls get flow '%.*s' as it is now", TL_FMT(edition->program.flow->id.text));
	} else {
		if (!tl_str_equal(connect->refused, edition->digest)) {
			flows_say(connect->service->command, &problems);
			tl_command_say(connect->service->command, "calls go on with the version that there is");
			forget_refused(connect);
			connect->refused = (struct tl_str){ tl_strdup(edition->digest.len > 0 ? edition->digest.ptr : ""), edition->digest.len };
		}
		connect->service->flows.present = connect->present;
		tl_edition_free(edition->owner);
	}
	tl_findings_clear(&problems);
}

/* A sound may be recorded anew while the flow stays as it is. What cannot be used is said once, and the calls hear what there was. */
static void look_at_sounds(void *data)
{
	struct connect *connect = data;
	struct tl_findings problems = { .items = NULL };
	uint64_t stamp = stamp_of(connect, connect->present);
	struct tl_sounds *sounds;

	if (stamp == connect->stamp)
		return;
	connect->stamp = stamp;
	if (load_sounds(&sounds, connect, connect->present, &problems) == 0) {
		tl_connector_sounds(connect->connector, sounds);
		if (!connect->service->command->common->quiet)
			tl_command_say(connect->service->command, "new calls hear the sounds of flow '%.*s' as they are now", TL_FMT(connect->present->program.flow->id.text));
	} else {
		flows_say(connect->service->command, &problems);
		tl_command_say(connect->service->command, "calls go on with the sounds that there are");
	}
	tl_findings_clear(&problems);
}

/* ---- what is shown */

static void fill_figures(struct tl_attend_figures *out, const struct connect *connect, const struct tl_connector_figures *audio)
{
	*out = (struct tl_attend_figures){
		.calls = audio->calls, .offered = audio->accepted, .messages_in = audio->messages_in, .messages_out = audio->messages_out,
		.unexpected = audio->violations, .handshakes_refused = audio->refused_key + audio->refused_signature + audio->refused_full,
		.profiles_found = connect->found, .profiles_missing = connect->missing, .profiles_failed = connect->unanswered,
		.version = connect->present->version, .digest = connect->present->digest, .editions = audio->editions,
		.draining = connect->service->draining, .key_to_play = audio->key_to_play, .nodes = audio->nodes, .n_nodes = audio->n_nodes,
	};
	for (unsigned i = 0; i < TL_ENDS; i++)
		out->ended[i] = audio->ended[i];
}

static void add_metric(struct tl_buf *out, const char *name, const char *type, const char *help, double value)
{
	tl_metric_begin(out, name, type, help);
	tl_metric_sample(out, name, NULL, 0, value);
}

static void audio_metrics(void *data, struct tl_buf *out)
{
	const struct connect *connect = data;
	struct tl_connector_figures figures, *audio = &figures;
	struct tl_arena arena = { 0 };

	tl_connector_figures(audio, &arena, connect->connector);
	add_metric(out, "trunkline_audio_pieces_total", "counter", "Pieces of sound that were sent, 20 ms each.", (double)audio->frames_out);
	add_metric(out, "trunkline_audio_heard_bytes_total", "counter", "Bytes of callers' voices that came.", (double)audio->bytes_in);
	add_metric(out, "trunkline_audio_barge_ins_total", "counter", "Prompts that a key ended.", (double)audio->barge_ins);
	add_metric(out, "trunkline_audio_pauses_total", "counter", "Times that the platform paused a call.", (double)audio->pauses);
	add_metric(out, "trunkline_audio_errors_total", "counter", "Errors that the platform reported.", (double)audio->errors);
	add_metric(out, "trunkline_audio_limited_total", "counter", "Times that it said that it takes no more messages (429).", (double)audio->limited);
	add_metric(out, "trunkline_audio_lateness_p99_seconds", "gauge", "How long after their time pieces of sound were sent, 99th percentile.",
	           (double)audio->lateness.p99_us / 1e6);
	add_metric(out, "trunkline_audio_lateness_max_seconds", "gauge", "The same, the longest.", (double)audio->lateness.max_us / 1e6);
	tl_arena_clear(&arena);
}

static void report_now(void *data, struct tl_attend_report *report, struct tl_attend_figures *figures, struct tl_arena *arena)
{
	const struct connect *connect = data;
	struct tl_connector_figures audio;

	tl_connector_figures(&audio, arena, connect->connector);
	report->flow = connect->present->program.flow->id.text;
	report->source = tl_connector_address(connect->connector);
	fill_figures(figures, connect, &audio);
}

static const struct service_way audio_connector = {
	.changed = changed, .look = look_at_sounds, .relieved = relieved, .report = report_now, .metrics = audio_metrics,
};

/* ---- beginning */

static int read_secret(struct tl_str *out, struct tl_arena *arena, struct connect *connect, const struct tl_secret *secret, const char *what)
{
	if (secret->kind == TL_SECRET_NONE)
		return 0;
	return tl_secret_read(out, arena, secret, connect->service->deployment->config->surroundings, what, &connect->service->command->err);
}

/* Secrets in `arena`, which is wiped once the server is open. */
static int fill_authority(struct tl_connector_config *config, struct tl_arena *arena, struct connect *connect)
{
	const struct tl_connector_access *access = &connect->service->deployment->access.connector;
	struct tl_error *err = &connect->service->command->err;
	const char *tree = connect->service->deployment->root.ptr;
	struct tl_str secret = { NULL, 0 };

	if (access->api_key.kind == TL_SECRET_NONE)
		return tl_error_set(err, TL_USAGE, "environment '%.*s': who may connect is not said: %.*s has 'audio_connector: {api_key: …, secret: …}' for it",
		                    TL_FMT(connect->service->command->environment->name), TL_FMT(connect->service->deployment->access.from));
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
	bool can_ask = tl_platform_can(connect->service->deployment->platform, TL_CAN_CONTROL);
	struct tl_arena secrets = { 0 };
	struct tl_connector_config config = {
		.loop = connect->service->loop, .clock = &connect->service->command->clock, .address = connect->address, .exposed = connect->expose,
		.expose_hint = "'--expose' allows that", .max_calls = connect->service->max_calls, .profile = can_ask ? profile_wanted : NULL, .gone = call_gone,
		.ended = call_ended, .say = say, .now_us = fine_time, .piece_ms = connect->piece_ms, .data = connect,
	};
	int ret = fill_authority(&config, &secrets, connect);

	if (ret == 0 && can_ask)
		ret = tl_helpers_open(&connect->helpers, connect->service->loop, LOOKUP_THREADS, &connect->service->command->err);
	if (ret == 0)
		ret = tl_connector_open(&connect->connector, &config, &connect->service->command->err);
	tl_arena_wipe(&secrets);
	return ret;
}

/* 1: what the flow plays cannot be had, and that was said. */
static int begin(struct connect *connect, struct tl_edition *edition)
{
	struct tl_command *command = connect->service->command;
	struct tl_findings problems = { .items = NULL };
	uint64_t stamp = stamp_of(connect, edition);
	struct tl_sounds *sounds = NULL;
	int ret = 0;

	if (load_sounds(&sounds, connect, edition, &problems) != 0) {
		flows_say(command, &problems);
		ret = 1;
	} else if (service_open(connect->service, &audio_connector, connect) != 0 || open_connector(connect) != 0) {
		ret = -1;
	}
	tl_findings_clear(&problems);
	if (ret != 0) {
		tl_sounds_free(sounds);
		tl_edition_free(edition->owner);
		return ret;
	}
	connect->present = edition;
	connect->stamp = stamp;
	tl_connector_edition(connect->connector, edition, sounds, tl_edition_free);
	tl_command_say(command, "the Audio Connector's calls are taken at %.*s/", TL_FMT(tl_connector_address(connect->connector)));
	return service_begin(connect->service);
}

/* ---- the end */

/* Calls in progress may go on; then the platform is told to go on without us, and has a moment to hear it. */
static int drain(struct connect *connect)
{
	size_t calls = tl_connector_calls(connect->connector);
	struct service *service = connect->service;

	service_drain(service, calls);
	if (calls == 0)
		return 0;
	tl_connector_drain(connect->connector, service->drain_ms);
	return tl_loop_run(service->loop, service->drain_ms + LAST_WORDS_MS, NULL, &service->command->err);
}

int connect_run(struct connect *connect, struct tl_edition *edition)
{
	struct service *service = connect->service;
	int ret = begin(connect, edition);

	if (ret != 0)
		return ret;
	if (tl_loop_run(service->loop, 0, tl_command_stopped, &service->command->err) != 0 || (!service->failed && drain(connect) != 0))
		return -1;
	return service->failed ? -1 : service->worst;
}

void connect_close(struct connect *connect)
{
	service_stop(connect->service);
	tl_connector_close(connect->connector);
	tl_helpers_close(connect->helpers);
	service_close(connect->service);
	forget_refused(connect);
}
