/* project/access.c: what one environment may do and where: the user's own word first, then what the tracked project file says and the user approved. */
#include "project/access.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/guard.h"
#include "net/address.h"
#include "project/claims.h"
#include "project/protected.h"
#include "project/region.h"

/* Where a value comes from decides what it may be: only the user's own file may name commands, and only there are paths relative. */
struct source {
	const struct tl_item *item; /* of the environment; NULL: says nothing */
	struct tl_str file;         /* for messages */
	bool own;
};

struct reader {
	struct tl_config *config;
	struct tl_access *out;
	const struct tl_environment *environment;
	struct source own, tracked;
	struct tl_error *err;
};

static int complain(struct reader *reader, const struct source *source, const char *what, const char *problem)
{
	return tl_error_set(reader->err, TL_USAGE, "%.*s: environment '%.*s': %s %s", TL_FMT(source->file), TL_FMT(reader->environment->name), what, problem);
}

/* Puts file, environment and key before an error that was just set. */
static int locate(struct reader *reader, const struct source *source, const char *what)
{
	reader->err->code = TL_USAGE;
	return tl_error_wrap(reader->err, "%.*s: environment '%.*s': %s", TL_FMT(source->file), TL_FMT(reader->environment->name), what);
}

/* The one of the two that speaks of `key`: the user's own first. */
static const struct source *source_of(const struct reader *reader, const char *key)
{
	return tl_item_get(reader->own.item, key) || !tl_item_get(reader->tracked.item, key) ? &reader->own : &reader->tracked;
}

/* --- Values */

static int check_address(struct reader *reader, const struct source *source, const char *what, struct tl_str text)
{
	struct tl_address address;

	if (text.len == 0)
		return 0;
	if (tl_address_parse(&address, &reader->config->arena, text, reader->err) != 0)
		return locate(reader, source, what);
	if (!reader->out->insecure && tl_address_check_secure(&address, what, reader->err) != 0)
		return locate(reader, source, what);
	return 0;
}

/* A path that the user wrote is meant from the file it stands in; one of the project file must be absolute and lie elsewhere than in the tree. */
static int read_path(struct tl_str *out, struct reader *reader, const struct source *source, const char *what, struct tl_str text)
{
	if (text.len == 0)
		return 0;
	*out = source->own ? tl_config_file(reader->config, text) : text;
	if (!source->own && text.ptr[0] != '/')
		return complain(reader, source, what, "must be an absolute path: a file of the repository could be changed with it");
	*out = tl_arena_dup(&reader->config->arena, *out);
	if (tl_guard_is_within(out->ptr, reader->config->tree.ptr))
		return complain(reader, source, what, "lies in the repository, where a change could rewrite it: keep it elsewhere");
	return 0;
}

static int read_command(struct tl_secret *out, struct reader *reader, const struct source *source, const char *what, const struct tl_item *list)
{
	size_t count = 0;

	if (!source->own)
		return complain(reader, source, what, "names a helper command: those stand only in your own configuration");
	out->kind = TL_SECRET_COMMAND;
	out->argv = TL_ARENA_ARRAY(&reader->config->arena, char *, (size_t)list->count + 1);
	for (const struct tl_item *item = list->first; item; item = item->next)
		out->argv[count++] = (char *)(uintptr_t)tl_arena_dup(&reader->config->arena, item->text).ptr;
	return 0;
}

static int read_secret(struct tl_secret *out, struct reader *reader, const struct source *source, const char *what, const struct tl_item *item)
{
	const struct tl_item *command = tl_item_get(item, "command");

	if (!item)
		return 0;
	if (command)
		return read_command(out, reader, source, what, command);
	if (tl_item_get(item, "env")) {
		out->kind = TL_SECRET_ENV;
		out->name = tl_item_text(item, "env");
		return 0;
	}
	out->kind = TL_SECRET_FILE;
	return read_path(&out->name, reader, source, what, tl_item_text(item, "file"));
}

/* --- Addresses */

static bool speaks_of_addresses(const struct tl_item *item)
{
	return tl_item_get(item, "region") || tl_item_get(item, "login") || tl_item_get(item, "api");
}

/* Region, login and api belong together: all come from one file. */
static int read_addresses(struct reader *reader)
{
	const struct source *source = speaks_of_addresses(reader->own.item) ? &reader->own : &reader->tracked;
	struct tl_access *out = reader->out;
	struct tl_str region = tl_item_text(source->item, "region"), login = tl_item_text(source->item, "login"), api = tl_item_text(source->item, "api");

	if (region.len > 0 && tl_region_addresses(&out->login, &out->api, &reader->config->arena, reader->environment->platform, region, reader->err) != 0)
		return locate(reader, source, "region");
	if (login.len > 0)
		out->login = login;
	if (api.len > 0)
		out->api = api;
	if (check_address(reader, source, "login", out->login) != 0 || check_address(reader, source, "api", out->api) != 0)
		return -1;
	return 0;
}

/* A proxy is spoken to in plain http as a rule; what goes through it is TLS all the same. */
static int read_network(struct reader *reader)
{
	const struct source *source = source_of(reader, "proxy");
	struct tl_access *out = reader->out;
	struct tl_address address;

	out->proxy = tl_item_text(source->item, "proxy");
	if (out->proxy.len > 0 && tl_address_parse(&address, &reader->config->arena, out->proxy, reader->err) != 0)
		return locate(reader, source, "proxy");
	source = source_of(reader, "ca");
	return read_path(&out->ca, reader, source, "ca", tl_item_text(source->item, "ca"));
}

static uint64_t number_of(struct tl_str text)
{
	uint64_t number = 0;

	for (size_t i = 0; i < text.len; i++)
		number = number * 10 + (uint64_t)(text.ptr[i] - '0');
	return number;
}

static int read_rate(struct reader *reader)
{
	const struct source *source = source_of(reader, "rate");
	struct tl_str text = tl_item_text(source->item, "rate");
	size_t slash = tl_str_find(text, TL_STR("/"), 0);

	reader->out->unlimited = source->own && tl_str_is(text, "off");
	if (text.len == 0 || reader->out->unlimited)
		return 0;
	reader->out->rate_top = number_of(tl_str_slice(text, 0, slash));
	reader->out->rate_bottom = number_of(tl_str_slice(text, slash + 1, text.len));
	if (reader->out->rate_top > reader->out->rate_bottom)
		return complain(reader, source, "rate", "is more than the whole budget");
	return 0;
}

/* --- The rest */

static int read_credentials(struct reader *reader)
{
	const struct source *source = source_of(reader, "credentials");
	const struct tl_item *item = tl_item_get(source->item, "credentials");

	if (read_secret(&reader->out->client_id, reader, source, "client_id", tl_item_get(item, "client_id")) != 0)
		return -1;
	return read_secret(&reader->out->client_secret, reader, source, "client_secret", tl_item_get(item, "client_secret"));
}

static bool is_on_server(struct tl_str ledger)
{
	return tl_str_starts(ledger, TL_STR("postgres://")) || tl_str_starts(ledger, TL_STR("postgresql://"));
}

/* The address of a server is libpq's to take apart, when the ledger is opened: whoever read it in another way would trust another host than the one that is spoken to. */
static int read_ledger(struct reader *reader)
{
	const struct source *source = source_of(reader, "ledger");
	struct tl_str text = tl_item_text(source->item, "ledger");

	if (text.len == 0)
		return 0;
	if (is_on_server(text)) {
		reader->out->ledger = text;
		return 0;
	}
	/* A slip in the scheme would be a file, and a ledger in which nothing was ever published. */
	if (tl_str_find(text, TL_STR("://"), 0) != SIZE_MAX)
		return complain(reader, source, "ledger", "is neither a file nor postgres://USER@HOST/DATABASE");
	return read_path(&reader->out->ledger, reader, source, "ledger", text);
}

static int read_publish_from(struct reader *reader)
{
	const struct source *source = source_of(reader, "publish_from");
	const struct tl_item *item = tl_item_get(source->item, "publish_from");

	reader->out->branch = tl_item_text(item, "branch");
	return read_path(&reader->out->signers, reader, source, "signers", tl_item_text(item, "signers"));
}

static int read_webhook(struct reader *reader, const struct source *source, const struct tl_item *item)
{
	struct tl_webhook *hook = &reader->out->webhooks[reader->out->n_webhooks++];
	const struct tl_item *allow = tl_item_get(item, "allow_private");
	const char *what = tl_arena_printf(&reader->config->arena, "webhook '%.*s'", TL_FMT(item->key)).ptr;

	hook->name = item->key;
	hook->url = tl_item_text(item, "url");
	hook->allow_private = source->own && allow && allow->boolean;
	if (check_address(reader, source, what, hook->url) != 0)
		return -1;
	return read_secret(&hook->secret, reader, source, what, tl_item_get(item, "secret"));
}

/* Each by its name: the user's own, and those of the project file that the user says nothing of. */
static int read_webhooks(struct reader *reader)
{
	const struct tl_item *own = tl_item_get(reader->own.item, "webhooks"), *tracked = tl_item_get(reader->tracked.item, "webhooks");

	reader->out->webhooks = TL_ARENA_ARRAY(&reader->config->arena, struct tl_webhook, (own ? (size_t)own->count : 0) + (tracked ? tracked->count : 0) + 1);
	for (const struct tl_item *item = own ? own->first : NULL; item; item = item->next) {
		if (read_webhook(reader, &reader->own, item) != 0)
			return -1;
	}
	for (const struct tl_item *item = tracked ? tracked->first : NULL; item; item = item->next) {
		if (!tl_item_get_str(own, item->key) && read_webhook(reader, &reader->tracked, item) != 0)
			return -1;
	}
	return 0;
}

/* All of it from one file; and one way to be known, so that nobody wonders which one was taken. */
static int read_calls(struct reader *reader)
{
	const struct source *source = source_of(reader, "calls");
	const struct tl_item *item = tl_item_get(source->item, "calls");
	struct tl_calls_access *calls = &reader->out->calls;
	int ways;

	if (read_secret(&calls->user, reader, source, "calls.user", tl_item_get(item, "user")) != 0 ||
	    read_secret(&calls->password, reader, source, "calls.password", tl_item_get(item, "password")) != 0 ||
	    read_secret(&calls->token, reader, source, "calls.token", tl_item_get(item, "token")) != 0 ||
	    read_path(&calls->credentials, reader, source, "calls.credentials", tl_item_text(item, "credentials")) != 0 ||
	    read_path(&calls->ca, reader, source, "calls.ca", tl_item_text(item, "ca")) != 0)
		return -1;
	if ((calls->user.kind == TL_SECRET_NONE) != (calls->password.kind == TL_SECRET_NONE))
		return complain(reader, source, "calls", "has one of user and password: give both");
	ways = (calls->user.kind != TL_SECRET_NONE) + (calls->token.kind != TL_SECRET_NONE) + (calls->credentials.len > 0);
	if (ways > 1)
		return complain(reader, source, "calls", "is to be known in more than one way: by user and password, by a token, or by a file of credentials");
	return 0;
}

/* Likewise: no tree says who may connect. */
static int read_connector(struct reader *reader)
{
	const struct tl_item *item = tl_item_get(reader->own.item, "audio_connector");
	struct tl_connector_access *out = &reader->out->connector;

	if (read_secret(&out->api_key, reader, &reader->own, "audio_connector.api_key", tl_item_get(item, "api_key")) != 0 ||
	    read_secret(&out->secret, reader, &reader->own, "audio_connector.secret", tl_item_get(item, "secret")) != 0 ||
	    read_path(&out->certificate, reader, &reader->own, "audio_connector.certificate", tl_item_text(item, "certificate")) != 0)
		return -1;
	return read_path(&out->key, reader, &reader->own, "audio_connector.key", tl_item_text(item, "key"));
}

/* The keys of the audit log that an approved project file names, where the user's own names none. */
static int read_audit(struct reader *reader, const struct tl_project *project)
{
	struct tl_config *config = reader->config;
	const struct tl_item *audit = project->doc ? tl_item_get(project->doc->root, "audit") : NULL, *trusted = tl_item_get(audit, "trusted");
	struct source source = { audit, project->path, false };

	if (!audit || tl_item_get(config->root, "audit"))
		return 0;
	if (read_path(&config->audit_key, reader, &source, "audit.key", tl_item_text(audit, "key")) != 0)
		return -1;
	config->n_audit_trusted = 0;
	config->audit_trusted = TL_ARENA_ARRAY(&config->arena, struct tl_str, trusted ? trusted->count : 0);
	for (const struct tl_item *item = trusted ? trusted->first : NULL; item; item = item->next) {
		if (read_path(&config->audit_trusted[config->n_audit_trusted++], reader, &source, "audit.trusted", item->text) != 0)
			return -1;
	}
	return 0;
}

/* What the project file claims holds only as it was approved, all of it. */
static int check_approval(struct reader *reader, const struct tl_project *project)
{
	struct tl_config *config = reader->config;
	struct tl_str names, digest, text;

	if (!tl_project_claims(&names, &config->arena, project, reader->environment))
		return 0;
	if (tl_project_authority(&digest, &text, &config->arena, project, reader->err) != 0)
		return -1;
	if (tl_config_approves(config, digest)) {
		reader->tracked.item = reader->environment->item;
		return 0;
	}
	return tl_error_set(reader->err, TL_USAGE, "%.*s: environment '%.*s' claims authority (%.*s) that you have not approved as it stands now: "
	                    "'flow-publish trust' shows and approves it%s%.*s", TL_FMT(project->path), TL_FMT(reader->environment->name), TL_FMT(names),
	                    tl_str_is(names, "database") ? "" : "; or keep it in ", tl_str_is(names, "database") ? 0 : (int)config->path.len, config->path.ptr);
}

int tl_config_access(struct tl_access *out, struct tl_config *config, const struct tl_project *project, const struct tl_environment *environment,
                     struct tl_error *err)
{
	struct tl_error ignored = { 0 };
	struct reader reader = {
		.config = config, .out = out, .environment = environment, .err = err ? err : &ignored,
		.own = { tl_item_get_str(tl_item_get(config->root, "environments"), environment->name), config->path, true },
		.tracked = { NULL, project->path, false },
	};
	const struct tl_item *insecure = tl_item_get(reader.own.item, "insecure");
	const struct source *role;

	*out = (struct tl_access){ .from = config->path, .from_missing = config->missing };
	out->insecure = insecure && insecure->boolean;
	out->promote_from = tl_item_text(reader.own.item, "promote_from");
	if (check_approval(&reader, project) != 0)
		return -1;
	role = source_of(&reader, "role");
	out->role = tl_item_text(role->item, "role");
	if (!reader.own.item && reader.tracked.item) {
		out->from = project->path;
		out->from_missing = false;
	}
	out->unnamed = !reader.own.item && !reader.tracked.item;
	if (read_addresses(&reader) != 0 || read_network(&reader) != 0 || read_rate(&reader) != 0 || read_credentials(&reader) != 0 ||
	    read_ledger(&reader) != 0 || read_publish_from(&reader) != 0 || read_webhooks(&reader) != 0 || read_calls(&reader) != 0 || read_connector(&reader) != 0)
		return -1;
	return tl_project_claims(NULL, &config->arena, project, environment) ? read_audit(&reader, project) : 0;
}
