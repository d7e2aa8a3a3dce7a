/* sequential API CA COUNT: a publisher as simple as can be, to measure another one by: COUNT flows of the platform, one after the other, each read, written
 * with the next version, and read again; over one connection. CA: the file of its authority, or "". The token stands on standard input. Prints the
 * microseconds that it took, and how many requests. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "doc/json.h"
#include "net/http.h"

struct publisher {
	const char *api;
	struct tl_http *http;
	struct tl_arena arena;
	struct tl_str bearer;
	unsigned requests;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The answer's document, the caller's; ends the program where there is none. */
static struct tl_doc *ask(struct publisher *publisher, const char *method, const char *path, struct tl_str body)
{
	struct tl_http_header headers[] = { { TL_STR("Authorization"), publisher->bearer }, { TL_STR("Content-Type"), TL_STR("application/json") } };
	struct tl_http_request request = { .method = method, .headers = headers, .n_headers = body.ptr ? 2 : 1, .body = body };
	struct tl_error err = { 0 };
	struct tl_http_answer answer;
	struct tl_doc *doc = NULL;

	publisher->requests++;
	request.url = tl_arena_printf(&publisher->arena, "%s%s", publisher->api, path);
	if (tl_http_send(&answer, &publisher->arena, publisher->http, &request, &err) != 0 || answer.status / 100 != 2 ||
	    tl_json_parse(&doc, request.url, answer.body, &err) != 0) {
		fprintf(stderr, "sequential: %s %s: %d %s%.*s\n", method, path, answer.status, err.code != TL_OK ? err.message : "",
		        TL_FMT(tl_str_cut(answer.body, 300)));
		exit(3);
	}
	return doc;
}

/* What is sent back of a flow that was read: its next version. */
static void write_next(struct tl_buf *body, struct tl_arena *arena, const struct tl_item *flow)
{
	struct tl_item *next = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *item = flow->first; item; item = item->next) {
		if (!tl_str_is(item->key, "version") && !tl_str_is(item->key, "status"))
			tl_item_put(next, item->key, tl_item_copy(arena, item));
	}
	tl_item_put(next, TL_STR("version"), tl_item_number(arena, tl_item_get(flow, "version")->number + 1));
	tl_item_put(next, TL_STR("status"), tl_item_string(arena, TL_STR("published")));
	tl_json_canonical(body, next);
}

static void publish(struct publisher *publisher, const char *path)
{
	struct tl_str none = { NULL, 0 };
	struct tl_doc *doc = ask(publisher, "GET", path, none);
	struct tl_buf body = { 0 };

	write_next(&body, &publisher->arena, doc->root);
	tl_doc_free(doc);
	tl_doc_free(ask(publisher, "PUT", path, tl_buf_view(&body)));
	tl_doc_free(ask(publisher, "GET", path, none));
	tl_buf_clear(&body);
}

static void publish_first(struct publisher *publisher, unsigned count)
{
	struct tl_doc *list = ask(publisher, "GET", "/api/v2/flows?pageSize=100&pageNumber=1", (struct tl_str){ NULL, 0 });
	const struct tl_item *entities = tl_item_get(list->root, "entities");
	int64_t start = now_us();
	unsigned done = 0;

	publisher->requests = 0;
	for (const struct tl_item *flow = entities ? entities->first : NULL; flow && done < count; flow = flow->next) {
		publish(publisher, tl_arena_printf(&publisher->arena, "/api/v2/flows/%.*s", TL_FMT(tl_item_text(flow, "id"))).ptr);
		done++;
	}
	printf("%" PRId64 " %u\n", now_us() - start, publisher->requests);
	tl_doc_free(list);
}

int main(int argc, char **argv)
{
	struct tl_clock clock = tl_clock_system();
	struct tl_http_config config = { .clock = &clock };
	struct publisher publisher = { 0 };
	struct tl_error err;
	char token[4096];

	if (argc != 4 || !fgets(token, sizeof(token), stdin)) {
		fprintf(stderr, "usage: sequential API CA COUNT <TOKEN\n");
		return 2;
	}
	publisher.api = argv[1];
	publisher.bearer = tl_arena_printf(&publisher.arena, "Bearer %.*s", TL_FMT(tl_str_trim(tl_str(token))));
	config.ca = argv[2][0] ? argv[2] : NULL;
	if (tl_http_open(&publisher.http, &config, &err) != 0) {
		fprintf(stderr, "sequential: %s\n", err.message);
		return 3;
	}
	publish_first(&publisher, (unsigned)strtoul(argv[3], NULL, 10));
	tl_http_close(publisher.http);
	tl_arena_clear(&publisher.arena);
	return 0;
}
