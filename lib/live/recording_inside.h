/* live/recording_inside.h: what a recording holds. Private to recording*.c. */
#ifndef TL_LIVE_RECORDING_INSIDE_H
#define TL_LIVE_RECORDING_INSIDE_H

#include "live/recording.h"

enum tl_recorded_kind { TL_RECORDED_KEY, TL_RECORDED_SILENCE, TL_RECORDED_HANGUP };

struct tl_recorded_input {
	int64_t at_ms;
	uint64_t count;   /* of a hang-up: visits; of silence: how many times, the last one at `at_ms` */
	uint8_t kind;     /* enum tl_recorded_kind */
	char key;
	bool taken, sensitive;
};

/* Of one request, in the order of all. */
struct tl_recorded_answer {
	struct tl_str action; /* "profile": a lookup */
	enum tl_answer answer;
	struct tl_str json;   /* attributes of a profile that was found */
	bool lookup;
};

struct tl_recorded_transfer {
	struct tl_str kind, target; /* no target: it holds a sensitive value */
	bool taken;
};

/* Elements of one kind, one after another. */
struct tl_recorded {
	void *items;
	size_t count, capacity;
};

struct tl_recording {
	struct tl_arena arena;
	bool keep_sensitive;
	bool full;                   /* there was more than it may hold: nothing is added */
	const struct tl_edition *edition;
	struct tl_str id, language;
	const struct tl_item *caller, *variables; /* variables: a map, or NULL */
	int64_t wall_ms, last_ms;
	struct tl_recorded inputs;    /* struct tl_recorded_input */
	struct tl_recorded heard;     /* int64_t */
	struct tl_recorded path;      /* const struct tl_node * */
	struct tl_recorded prompts;   /* struct tl_str; no pointer: it holds a sensitive value */
	struct tl_recorded answers;   /* struct tl_recorded_answer */
	struct tl_recorded transfers; /* struct tl_recorded_transfer */
	size_t next_taken;            /* of the inputs */
	size_t lines;                 /* inputs as a case counts them */
	size_t bytes;                 /* of texts and elements */
};

/* recording_yaml.c: values so that no text from outside can be read as anything else. */
void tl_yaml_put_string(struct tl_buf *out, struct tl_str text);
/* In one line. */
void tl_yaml_put_item(struct tl_buf *out, const struct tl_item *item);

#endif
