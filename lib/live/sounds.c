/* live/sounds.c: each file once, by the name that flows give it. */
#include <stdlib.h>

#include "live/connector.h"
#include "live/wav.h"

struct tl_sounds {
	struct tl_arena arena;  /* names */
	struct tl_map by_name;  /* audio -> index */
	struct tl_arena *files; /* of one file each: what it was read from goes when its samples are kept */
	struct tl_str *samples;
	size_t count, capacity, files_capacity, bytes;
};

struct loading {
	struct tl_sounds *sounds;
	int (*read)(void *data, struct tl_str *bytes, struct tl_arena *arena, struct tl_str path, struct tl_error *err);
	void *data;
	struct tl_findings *findings;
	int result;
};

static void add_samples(struct tl_sounds *sounds, struct tl_str samples)
{
	struct tl_arena *files;

	sounds->samples = tl_grow(sounds->samples, &sounds->capacity, sounds->count + 1, sizeof(*sounds->samples));
	sounds->files = tl_grow(sounds->files, &sounds->files_capacity, sounds->count + 1, sizeof(*sounds->files));
	files = &sounds->files[sounds->count];
	*files = (struct tl_arena){ 0 };
	sounds->samples[sounds->count++] = tl_arena_dup(files, samples);
	sounds->bytes += samples.len;
}

static int read_sound(struct loading *loading, struct tl_str audio, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str bytes, samples = { NULL, 0 };
	const char *name = tl_arena_dup(&arena, audio).ptr;
	int ret = loading->read(loading->data, &bytes, &arena, audio, err);

	if (ret == 0)
		ret = tl_wav_read(&samples, &arena, bytes, name, err);
	add_samples(loading->sounds, samples);
	tl_arena_clear(&arena);
	return ret;
}

static void load_wording(struct loading *loading, const struct tl_flow *flow, const struct tl_wording *wording)
{
	struct tl_sounds *sounds = loading->sounds;
	struct tl_str audio = wording->text->value.text;
	struct tl_error err = { 0 };
	bool made;
	struct tl_map_entry *entry = tl_map_put(&sounds->by_name, audio, &made);

	if (!made)
		return;
	entry->key = tl_arena_dup(&sounds->arena, audio);
	entry->value.index = (uint32_t)sounds->count;
	if (read_sound(loading, audio, &err) == 0)
		return;
	tl_findings_add(loading->findings, &flow->doc->source, wording->span, TL_ERROR, "missing-audio", "%s", err.message);
	loading->result = -1;
}

int tl_sounds_load(struct tl_sounds **out, const struct tl_flow *const *flows, size_t n_flows,
                   int (*read)(void *data, struct tl_str *bytes, struct tl_arena *arena, struct tl_str path, struct tl_error *err), void *data,
                   struct tl_findings *findings)
{
	struct tl_sounds *sounds = tl_alloc_zero(1, sizeof(*sounds));
	struct loading loading = { .sounds = sounds, .read = read, .data = data, .findings = findings };

	*out = NULL;
	for (size_t i = 0; i < n_flows; i++) {
		for (uint32_t j = 0; j < flows[i]->n_prompts; j++) {
			const struct tl_prompt *prompt = &flows[i]->prompts[j];

			for (uint32_t k = 0; k < prompt->n_audios; k++)
				load_wording(&loading, flows[i], &prompt->audios[k]);
		}
	}
	if (loading.result == 0)
		*out = sounds;
	else
		tl_sounds_free(sounds);
	return loading.result;
}

void tl_sounds_free(struct tl_sounds *sounds)
{
	if (!sounds)
		return;
	for (size_t i = 0; i < sounds->count; i++)
		tl_arena_clear(&sounds->files[i]);
	free(sounds->files);
	free(sounds->samples);
	tl_map_clear(&sounds->by_name);
	tl_arena_clear(&sounds->arena);
	free(sounds);
}

struct tl_str tl_sounds_get(const struct tl_sounds *sounds, struct tl_str audio)
{
	uint32_t index = tl_map_index(&sounds->by_name, audio);

	return index == TL_NONE ? (struct tl_str){ NULL, 0 } : sounds->samples[index];
}

size_t tl_sounds_bytes(const struct tl_sounds *sounds)
{
	return sounds->bytes;
}
