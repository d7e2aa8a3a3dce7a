/* sandbox/sandbox.c: the sandbox as a whole: its store, its server, its parts, its secrets. */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "crypto/certificate.h"
#include "sandbox/inside.h"
#include "sandbox/vendor.h"

#define SECRET_DIGITS 40
#define CERTIFICATE_DAYS 30
#define DAY_MS ((int64_t)24 * 3600 * 1000)
#define BODY_LIMIT ((size_t)16 << 20)

const struct tl_clock *tl_sandbox_clock(const struct tl_sandbox *sandbox)
{
	return &sandbox->clock;
}

int64_t tl_sandbox_now_us(const struct tl_sandbox *sandbox)
{
	return sandbox->config.now_us ? sandbox->config.now_us() : sandbox->clock.monotonic_ms(sandbox->clock.data) * 1000;
}

bool tl_sandbox_tells(const struct tl_sandbox *sandbox)
{
	return sandbox->config.tell != NULL;
}

void tl_sandbox_tell(const struct tl_sandbox *sandbox, const char *line)
{
	sandbox->config.tell(sandbox->config.tell_data, line);
}

struct tl_server *tl_sandbox_server(const struct tl_sandbox *sandbox)
{
	return sandbox->server;
}

struct tl_local_store *tl_sandbox_store(const struct tl_sandbox *sandbox)
{
	return sandbox->store;
}

void *tl_part_state(const struct tl_sandbox *sandbox, const struct tl_part *part)
{
	for (size_t i = 0; i < tl_part_count; i++) {
		if (tl_part_table[i] == part)
			return sandbox->states[i];
	}
	return NULL;
}

/* ---- opening */

/* Of our own: nobody else can get at what is in it. */
static int make_folder(struct tl_sandbox *sandbox, struct tl_error *err)
{
	const char *below = sandbox->config.folder ? sandbox->config.folder : "/tmp";
	char *path;

	if (sandbox->folder)
		return 0;
	path = tl_strdup(tl_path_join(&sandbox->arena, tl_str(below), TL_STR("flow-sandbox.XXXXXX")).ptr);
	if (mkdtemp(path)) {
		sandbox->folder = path;
		return 0;
	}
	free(path);
	return tl_error_errno(err, errno, "cannot make a folder for the sandbox in '%s'", below);
}

static void remove_folder(struct tl_sandbox *sandbox)
{
	static const char *const name_table[] = { "sandbox.db", "sandbox.db-journal", "ca.pem" };
	struct tl_arena arena = { 0 };

	if (!sandbox->folder)
		return;
	for (size_t i = 0; i < TL_COUNT(name_table); i++)
		unlink(tl_path_join(&arena, tl_str(sandbox->folder), tl_str(name_table[i])).ptr);
	rmdir(sandbox->folder);
	tl_arena_clear(&arena);
	free(sandbox->folder);
}

/* An empty file, as mktemp leaves one to be filled, is named by who starts a sandbox: it has nothing to lose, and gives way to a database. */
static void clear_empty(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		unlink(path);
}

static int open_store(struct tl_sandbox *sandbox, struct tl_error *err)
{
	const char *path = sandbox->config.database;

	if (path)
		clear_empty(path);
	if (!path) {
		if (make_folder(sandbox, err) != 0)
			return -1;
		path = tl_path_join(&sandbox->arena, tl_str(sandbox->folder), TL_STR("sandbox.db")).ptr;
	}
	if (tl_local_store_open(&sandbox->store, path, &sandbox->clock, !sandbox->config.database, err) != 0)
		return -1;
	return tl_local_store_make(sandbox->store, err);
}

/* The host of HOST:PORT, without brackets. */
static struct tl_str host_of(struct tl_arena *arena, struct tl_str address)
{
	size_t end = address.len;

	while (end > 0 && address.ptr[end - 1] != ':')
		end--;
	address = tl_str_slice(address, 0, end > 0 ? end - 1 : 0);
	if (address.len > 2 && address.ptr[0] == '[')
		address = tl_str_slice(address, 1, address.len - 1);
	return tl_arena_dup(arena, address);
}

/* Where all addresses of the machine are listened on, nobody can connect to what stands there: the one of loopback is for who comes from here. */
static struct tl_str reachable(struct tl_arena *arena, struct tl_str address)
{
	static const struct { const char *any, *loopback; } table[] = { { "://0.0.0.0:", "://127.0.0.1:" }, { "://[::]:", "://[::1]:" } };

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		size_t at = tl_str_find(address, tl_str(table[i].any), 0);

		if (at != SIZE_MAX)
			return tl_arena_printf(arena, "%.*s%s%.*s", (int)at, address.ptr, table[i].loopback,
			                       TL_FMT(tl_str_slice(address, at + strlen(table[i].any), address.len)));
	}
	return address;
}

/* A good one, or one that must be refused. */
static int make_certificate(struct tl_serve_config *serve, struct tl_sandbox *sandbox, struct tl_error *err)
{
	static const char *const wrong_table[] = { "elsewhere.example" };
	const char *right[5] = { "localhost", "127.0.0.1", "::1" };
	struct tl_str host = host_of(&sandbox->arena, tl_str(sandbox->config.listen ? sandbox->config.listen : ""));
	size_t n_right = 3;
	enum tl_sandbox_certificate kind = sandbox->config.certificate;
	struct tl_str authority;
	int64_t end = sandbox->clock.now_ms(sandbox->clock.data) + (kind == TL_CERTIFICATE_EXPIRED ? -DAY_MS : CERTIFICATE_DAYS * DAY_MS);

	/* Other machines come by the address that is listened on, or by the machine's name. */
	if (sandbox->config.exposed && host.len > 0)
		right[n_right++] = host.ptr;
	if (sandbox->config.exposed && sandbox->config.machine)
		right[n_right++] = sandbox->config.machine;
	if (tl_certificate_make(&authority, &serve->certificate, &serve->key, &sandbox->arena,
	                        kind == TL_CERTIFICATE_WRONG_HOST ? wrong_table : right,
	                        kind == TL_CERTIFICATE_WRONG_HOST ? TL_COUNT(wrong_table) : n_right, end - 2 * CERTIFICATE_DAYS * DAY_MS,
	                        end, err) != 0)
		return -1;
	if (!sandbox->config.ca && make_folder(sandbox, err) != 0)
		return -1;
	sandbox->ca = sandbox->config.ca ? tl_str(sandbox->config.ca) : tl_path_join(&sandbox->arena, tl_str(sandbox->folder), TL_STR("ca.pem"));
	return tl_file_write(sandbox->ca.ptr, authority, 0644, err);
}

/* The address of the vendor's API: where nothing is said, any free port of the first one's host. */
static const char *beside(struct tl_sandbox *sandbox)
{
	struct tl_str first = sandbox->config.listen ? tl_str(sandbox->config.listen) : TL_STR("127.0.0.1:0");
	size_t end = first.len;

	if (sandbox->config.listen_architect)
		return sandbox->config.listen_architect;
	while (end > 0 && first.ptr[end - 1] != ':')
		end--;
	return tl_arena_printf(&sandbox->arena, "%.*s0", TL_FMT(tl_str_slice(first, 0, end))).ptr;
}

static int open_server(struct tl_sandbox *sandbox, struct tl_error *err)
{
	struct tl_serve_config serve = {
		.address = sandbox->config.listen ? sandbox->config.listen : "127.0.0.1:0",
		.exposed = sandbox->config.exposed, .expose_hint = "--expose lets them in",
		.body_limit = BODY_LIMIT,
		.request = tl_sandbox_request,
		.gone = tl_sandbox_gone,
		.upgrade = tl_sandbox_upgrade,
		.opened = tl_sandbox_opened,
		.message = tl_sandbox_message,
		.closed = tl_sandbox_closed,
		.data = &sandbox->own,
	};

	if (sandbox->config.tls && make_certificate(&serve, sandbox, err) != 0)
		return -1;
	sandbox->own = (struct tl_face){ .sandbox = sandbox, .bit = TL_FACE_OWN };
	sandbox->architect = (struct tl_face){ .sandbox = sandbox, .bit = TL_FACE_ARCHITECT };
	if (tl_server_open(&sandbox->server, &serve, err) != 0)
		return -1;
	sandbox->own.server = sandbox->server;
	serve.address = beside(sandbox);
	serve.data = &sandbox->architect;
	if (tl_server_join(&sandbox->architect.server, sandbox->server, &serve, err) != 0)
		return -1;
	sandbox->address = reachable(&sandbox->arena, tl_server_address(sandbox->server));
	sandbox->address_architect = reachable(&sandbox->arena, tl_server_address(sandbox->architect.server));
	return 0;
}

static int open_parts(struct tl_sandbox *sandbox, struct tl_error *err)
{
	size_t n_routes = 0;

	for (size_t i = 0; i < tl_part_count; i++)
		n_routes += tl_part_table[i]->n_routes;
	sandbox->counts = TL_ARENA_ARRAY(&sandbox->arena, uint64_t, n_routes);
	sandbox->states = TL_ARENA_ARRAY(&sandbox->arena, void *, tl_part_count);
	for (size_t i = 0; i < tl_part_count; i++) {
		if (tl_part_table[i]->open && tl_part_table[i]->open(&sandbox->states[i], sandbox, err) != 0)
			return -1;
	}
	return 0;
}

static int add_faults(struct tl_sandbox *sandbox, struct tl_error *err)
{
	for (size_t i = 0; i < sandbox->config.n_faults; i++) {
		if (tl_fault_add(&sandbox->faults, tl_str(sandbox->config.faults[i]), err) != 0)
			return -1;
	}
	return 0;
}

int tl_sandbox_open(struct tl_sandbox **out, const struct tl_sandbox_config *config, struct tl_error *err)
{
	struct tl_sandbox *sandbox = tl_alloc_zero(1, sizeof(*sandbox));

	*out = NULL;
	sandbox->config = *config;
	sandbox->clock = *config->clock;
	if (sandbox->config.token_ms <= 0)
		sandbox->config.token_ms = TL_SANDBOX_TOKEN_MS;
	sandbox->client_id = tl_sandbox_uuid(&sandbox->arena);
	sandbox->client_secret = tl_sandbox_secret(&sandbox->arena, SECRET_DIGITS);
	sandbox->admin_token = tl_sandbox_secret(&sandbox->arena, SECRET_DIGITS);
	if (add_faults(sandbox, err) != 0 || open_store(sandbox, err) != 0 || open_server(sandbox, err) != 0 || open_parts(sandbox, err) != 0) {
		tl_sandbox_close(sandbox);
		return -1;
	}
	*out = sandbox;
	return 0;
}

void tl_sandbox_close(struct tl_sandbox *sandbox)
{
	if (!sandbox)
		return;
	/* Requests and sockets that are still there end here, while the parts know them. */
	tl_server_close(sandbox->server);
	for (size_t i = 0; sandbox->states && i < tl_part_count; i++) {
		if (sandbox->states[i] && tl_part_table[i]->close)
			tl_part_table[i]->close(sandbox->states[i]);
	}
	tl_local_store_close(sandbox->store);
	remove_folder(sandbox);
	tl_faults_clear(&sandbox->faults);
	tl_arena_clear(&sandbox->arena);
	free(sandbox);
}

struct tl_sandbox_access tl_sandbox_access(const struct tl_sandbox *sandbox)
{
	return (struct tl_sandbox_access){
		.address = sandbox->address,
		.architect = sandbox->address_architect,
		.role = tl_vendor_publisher(sandbox),
		.client_id = sandbox->client_id,
		.client_secret = sandbox->client_secret,
		.admin_token = sandbox->admin_token,
		.ca = sandbox->ca,
	};
}

int tl_sandbox_run(struct tl_sandbox *sandbox, int64_t for_ms, int (*stopped)(void), struct tl_error *err)
{
	return tl_server_run(sandbox->server, for_ms, stopped, err);
}

/* ---- seeds */

static const struct tl_part *part_of_seed(size_t *index, struct tl_str key)
{
	for (*index = 0; *index < tl_part_count; (*index)++) {
		if (tl_part_table[*index]->seed_key && tl_str_is(key, tl_part_table[*index]->seed_key))
			return tl_part_table[*index];
	}
	return NULL;
}

static int no_part(struct tl_str key, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str *names = TL_ARENA_ARRAY(&arena, struct tl_str, tl_part_count + 1), near;
	struct tl_buf all = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < tl_part_count; i++) {
		if (!tl_part_table[i]->seed_key)
			continue;
		names[count] = tl_str(tl_part_table[i]->seed_key);
		tl_buf_printf(&all, "%s%s", count > 0 ? ", " : "", tl_part_table[i]->seed_key);
		count++;
	}
	near = tl_text_nearest(key, names, count);
	if (near.len > 0)
		tl_error_set(err, TL_USAGE, "a seed has no '%.*s', did you mean '%.*s'?", TL_FMT(key), TL_FMT(near));
	else
		tl_error_set(err, TL_USAGE, "a seed has no '%.*s'; it has %.*s", TL_FMT(key), TL_FMT(tl_buf_view(&all)));
	tl_buf_clear(&all);
	tl_arena_clear(&arena);
	return -1;
}

int tl_sandbox_seed(struct tl_sandbox *sandbox, const struct tl_item *seed, const char *folder, struct tl_error *err)
{
	const struct tl_part *part;
	size_t index;

	if (!seed || seed->kind != TL_MAP)
		return tl_error_set(err, TL_USAGE, "a seed is a map of clients, roles, flows and so on");
	for (const struct tl_item *item = seed->first; item; item = item->next) {
		part = part_of_seed(&index, item->key);
		if (!part)
			return no_part(item->key, err);
		if (part->seed(sandbox->states[index], sandbox, item, folder, err) != 0)
			return tl_error_wrap(err, "%.*s", TL_FMT(item->key));
	}
	return 0;
}
