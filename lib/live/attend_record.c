/* live/attend_record.c: recordings, a file a call, written by a thread. */
#include "live/attending.h"

#include <stdlib.h>

#include "base/file.h"
#include "crypto/sha256.h"

#define NAME_MOST 100
#define HASH_SHOWN 8

/* A recording on its way into its file. */
struct writing {
	struct tl_help help;
	struct tl_attended *call;
	struct tl_arena arena;
	struct tl_str path;
	struct tl_buf text;
	struct tl_error err;
	int status;
};

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

char *tl_attend_file_name(struct tl_str id)
{
	struct tl_str shown = tl_str_slice(id, 0, id.len < NAME_MOST ? id.len : NAME_MOST);
	bool changed = shown.len < id.len;
	struct tl_buf name = { 0 };
	char hash[TL_SHA256_SIZE];

	for (size_t i = 0; i < shown.len; i++) {
		bool plain = is_plain(shown.ptr[i]) && (i > 0 || shown.ptr[i] != '.');

		tl_buf_char(&name, plain ? shown.ptr[i] : '_');
		changed = changed || !plain;
	}
	if (changed) {
		tl_sha256_hex(hash, id);
		tl_buf_printf(&name, "-%.*s", HASH_SHOWN, hash);
	}
	tl_buf_text(&name, ".suite.yaml");
	return name.data;
}

static void write_file(struct tl_help *help)
{
	struct writing *writing = (struct writing *)help;

	writing->status = writing->text.overflow ? tl_error_set(&writing->err, TL_LIMIT, "the recording is too large")
	                                         : tl_file_write(writing->path.ptr, tl_buf_view(&writing->text), 0600, &writing->err);
}

static void written(struct tl_help *help)
{
	struct writing *writing = (struct writing *)help;
	struct tl_attended *call = writing->call;

	/* A worker that ends writes what it has. */
	if (!help->worked)
		write_file(help);
	if (writing->status == 0) {
		call->recorded = (struct tl_str){ tl_strdup(writing->path.ptr), writing->path.len };
	} else {
		tl_attend_note(call->attend, tl_attend_id(call), "no recording: %s", writing->err.message);
		tl_attend_say(call->attend, "a recording cannot be written: %s", writing->err.message);
	}
	tl_buf_clear(&writing->text);
	tl_arena_clear(&writing->arena);
	free(writing);
	tl_attend_settle(call);
}

void tl_attend_record(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;
	struct writing *writing;
	char *name;

	if (!call->recording || !call->begun) {
		tl_attend_settle(call);
		return;
	}
	writing = tl_alloc_zero(1, sizeof(*writing));
	name = tl_attend_file_name(tl_attend_id(call));
	writing->call = call;
	writing->path = tl_path_join(&writing->arena, tl_str(attend->config.record), tl_str(name));
	free(name);
	tl_recording_write(&writing->text, call->recording, call->session);
	writing->help = (struct tl_help){ .work = write_file, .done = written };
	tl_helpers_do(attend->clerk, &writing->help);
}
