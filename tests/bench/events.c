/* events DIR: reads every flow below DIR and runs libyaml's bare event loop over it, which is what flow-validate is measured by.
 * Prints how many bytes and events there were. */
#include <ftw.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

/* nftw hands nothing through, so the counts stand here. */
static uint64_t n_files, n_bytes, n_events;

static bool count_events(const unsigned char *bytes, size_t length)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool good = true, done = false;

	if (yaml_parser_initialize(&parser) == 0)
		return false;
	yaml_parser_set_input_string(&parser, bytes, length);
	while (good && !done) {
		good = yaml_parser_parse(&parser, &event) != 0;
		if (good) {
			done = event.type == YAML_STREAM_END_EVENT;
			n_events++;
			yaml_event_delete(&event);
		}
	}
	yaml_parser_delete(&parser);
	return good;
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *place)
{
	static const char suffix[] = ".flow.yaml";
	size_t length = strlen(path), size = (size_t)st->st_size;
	unsigned char *bytes = NULL;
	FILE *file = NULL;
	bool good = false;

	(void)place;
	if (type != FTW_F || length < strlen(suffix) || strcmp(path + length - strlen(suffix), suffix) != 0)
		return 0;
	file = fopen(path, "rb");
	bytes = malloc(size + 1);
	if (file != NULL && bytes != NULL && fread(bytes, 1, size, file) == size)
		good = count_events(bytes, size);
	if (!good)
		fprintf(stderr, "events: cannot read '%s'\n", path);
	if (file != NULL)
		fclose(file);
	free(bytes);
	n_files++;
	n_bytes += size;
	return good ? 0 : 3;
}

int main(int argc, char **argv)
{
	int code = argc == 2 ? nftw(argv[1], visit, 32, FTW_PHYS) : 2;

	if (argc != 2)
		fprintf(stderr, "usage: events DIR\n");
	else if (code == 0)
		printf("%" PRIu64 " files, %" PRIu64 " bytes, %" PRIu64 " events\n", n_files, n_bytes, n_events);
	return code < 0 ? 3 : code;
}
