/* deploy/wanted.h: what git and configuration want: the flows of a set, with the digests of what would be deployed. */
#ifndef TL_DEPLOY_WANTED_H
#define TL_DEPLOY_WANTED_H

#include "deploy/deploy.h"

struct tl_audio;

/* Gathered flows; clear with tl_gathered_clear. */
struct tl_gathered {
	struct tl_deploy *deploy;
	struct tl_summaries *summaries; /* of the set that was gathered: deploy's own, or a narrower choice of the same files */
	struct tl_arena arena;
	struct tl_arena *arenas;        /* one a worker */
	struct tl_audio *audio;         /* digests of audio files, each read once */
	struct tl_wanted_list wanted;
	struct tl_str *unread;          /* paths of chosen files in which there should be a flow, and nobody can read one */
	size_t n_unread;
	struct tl_wanted *found;        /* private: by file, while it is gathered */
	struct tl_error *errors;        /* private: one a worker */
};

/* Reads the chosen flows of summaries->set by all workers, and of the others their ids and callees. TL_USAGE for two flows of one id,
 * TL_UNSUPPORTED for a dialect that the platform does not take. */
int tl_gather(struct tl_gathered *out, struct tl_deploy *deploy, struct tl_summaries *summaries, struct tl_error *err);
/* The same in parts, where others read the flows: between begin and end any that was read of the set may be handed over, by any worker, and is not read once
 * more (`data` is the struct tl_gathered). */
void tl_gather_begin(struct tl_gathered *out, struct tl_deploy *deploy, struct tl_summaries *summaries);
void tl_gather_seen(void *data, unsigned worker, size_t file, const struct tl_flow *flow);
int tl_gather_end(struct tl_gathered *gathered, struct tl_error *err);
void tl_gathered_clear(struct tl_gathered *gathered);
/* Reads the flow of a line again, for publishing: the same as was gathered, else TL_USAGE (the file was changed meanwhile). The caller's. */
int tl_gathered_read(struct tl_flow **out, struct tl_gathered *gathered, const struct tl_wanted *wanted, struct tl_error *err);
/* Whether the file of a line holds the very bytes that were gathered, else TL_CONFLICT. */
int tl_gathered_unchanged(struct tl_gathered *gathered, const struct tl_wanted *wanted, struct tl_error *err);
/* Only the digests of a flow, wherever it comes from, with the schedules and the audio that it uses as they are here: `digest`, `content` and `more`, in
 * `arena`. By any thread. */
int tl_wanted_digests(struct tl_wanted *wanted, struct tl_arena *arena, const struct tl_gathered *gathered, const struct tl_flow *flow,
                      struct tl_error *err);

#endif
