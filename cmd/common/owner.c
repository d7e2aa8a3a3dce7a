/* cmd/common/owner.c: the machine since it was started, the space of process ids, the id, and when it began. */
#include "common/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where in /proc/ID/stat the time stands, counted from the name's end. */
#define START_FIELD 20

static bool read_line(char *out, size_t size, const char *path)
{
	FILE *file = fopen(path, "re");
	bool good = file && fgets(out, (int)size, file) != NULL;

	if (file)
		fclose(file);
	if (good)
		out[strcspn(out, "\n")] = '\0';
	return good;
}

/* Where this process's ids mean something: "BOOT NAMESPACE". */
static struct tl_str space(struct tl_arena *arena)
{
	char boot[64], names[64];
	ssize_t n = readlink("/proc/self/ns/pid", names, sizeof(names) - 1);

	if (n < 0 || !read_line(boot, sizeof(boot), "/proc/sys/kernel/random/boot_id"))
		return TL_STR("unknown unknown");
	names[n] = '\0';
	return tl_arena_printf(arena, "%s %s", boot, names);
}

/* When a process began, in ticks; false where there is none, or only what is left of one. */
static bool began(unsigned long long *out, long id)
{
	char path[64], line[1024], state;
	char *at;

	snprintf(path, sizeof(path), "/proc/%ld/stat", id);
	at = read_line(line, sizeof(line), path) ? strrchr(line, ')') : NULL;
	if (!at || at[1] == '\0')
		return false;
	state = at[2];
	for (unsigned i = 0; at && i < START_FIELD; i++)
		at = strchr(at + 1, ' ');
	if (!at || state == 'Z' || state == 'X')
		return false;
	*out = strtoull(at, NULL, 10);
	return true;
}

struct tl_str tl_owner_self(struct tl_arena *arena)
{
	unsigned long long start = 0;

	began(&start, (long)getpid());
	return tl_arena_printf(arena, "%.*s %ld %llu", TL_FMT(space(arena)), (long)getpid(), start);
}

bool tl_owner_is_alive(void *data, struct tl_str owner)
{
	struct tl_arena arena = { 0 };
	struct tl_str here = space(&arena), text = tl_arena_dup(&arena, owner);
	unsigned long long start = 0, now = 0;
	bool alive = true;
	long id = 0;

	(void)data;
	if (tl_str_starts(text, here) && !tl_str_is(here, "unknown unknown")) {
		char *end;

		id = strtol(text.ptr + here.len, &end, 10);
		start = strtoull(end, NULL, 10);
		alive = id <= 0 || start == 0 || (began(&now, id) && now == start);
	}
	tl_arena_clear(&arena);
	return alive;
}
