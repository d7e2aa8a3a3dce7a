/* tests/unit/test_project_access.c: where authority comes from: the protected configuration, and the project file only as it was approved. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "project/access.h"

#define IDENTITY TL_STR("example.com/acme/flows")

static char *yard;
static struct tl_schemas schemas;

static int make_yard(void **state)
{
	(void)state;
	yard = unit_scratch();
	tl_schemas_init(&schemas);
	return 0;
}

static int remove_yard(void **state)
{
	(void)state;
	unit_scratch_remove(yard);
	tl_schemas_clear(&schemas);
	return 0;
}

static const char *lookup(const char *name)
{
	return strcmp(name, "TRUNKLINE_CONFIG") == 0 ? getenv("UNIT_CONFIG") : NULL;
}

struct scene {
	struct tl_arena arena;
	struct tl_surroundings surroundings;
	struct tl_config *config;
	struct tl_project *project;
	struct tl_access access;
	struct tl_error err;
};

static const char *path_in_yard(struct scene *scene, const char *name)
{
	return tl_arena_printf(&scene->arena, "%s/%s", yard, name).ptr;
}

/* Writes both files, approves what the project claims where `approved`, and asks for `production` (or the platform's own). Returns tl_config_access()'s result. */
static int play(struct scene *scene, const char *config, const char *project, bool approved)
{
	const char *path = path_in_yard(scene, "config.yaml");
	struct tl_findings findings = { 0 };
	struct tl_str digest, text;
	int ret;

	tl_folder_make(path_in_yard(scene, "tree"), 0755, NULL);
	assert_int_equal(tl_file_write(path, tl_str(config), 0600, NULL), 0);
	setenv("UNIT_CONFIG", path, 1);
	scene->surroundings = (struct tl_surroundings){ lookup, NULL };
	if (tl_project_read(&scene->project, TL_STR("trunkline.yaml"), tl_str(project), &schemas, &findings, &scene->err) != 0)
		fail_msg("%s: %s", project, scene->err.message);
	tl_findings_clear(&findings);
	if (tl_config_read(&scene->config, &scene->surroundings, tl_str(path_in_yard(scene, "tree")), &schemas, &scene->err) != 0)
		return -1;
	scene->config->identity = IDENTITY;
	if (approved && tl_project_authority(&digest, &text, &scene->arena, scene->project, &scene->err) != 0)
		return -1;
	if (approved) {
		assert_int_equal(tl_config_trust(scene->config, digest, &scene->err), 0);
		tl_config_free(scene->config);
		assert_int_equal(tl_config_read(&scene->config, &scene->surroundings, tl_str(path_in_yard(scene, "tree")), &schemas, &scene->err), 0);
		scene->config->identity = IDENTITY;
	}
	ret = tl_config_access(&scene->access, scene->config, scene->project, tl_project_environment(scene->project, TL_STR("p")), &scene->err);
	return ret;
}

static void end(struct scene *scene)
{
	tl_config_free(scene->config);
	tl_project_free(scene->project);
	tl_arena_clear(&scene->arena);
	*scene = (struct scene){ 0 };
}

static const char *secret_text(struct scene *scene, const struct tl_secret *secret)
{
	switch (secret->kind) {
	case TL_SECRET_ENV: return tl_arena_printf(&scene->arena, "$%.*s", TL_FMT(secret->name)).ptr;
	case TL_SECRET_FILE: return tl_arena_printf(&scene->arena, "file %.*s", TL_FMT(secret->name)).ptr;
	case TL_SECRET_COMMAND: return tl_arena_printf(&scene->arena, "%s…", secret->argv[0]).ptr;
	case TL_SECRET_NONE: break;
	}
	return "";
}

/* What was read, in one line; the yard is Y. */
static const char *say(struct scene *scene)
{
	const struct tl_access *a = &scene->access;
	struct tl_buf buf = { 0 };
	struct tl_str text;
	size_t at;

	tl_buf_printf(&buf, "%.*s %.*s", TL_FMT(a->login), TL_FMT(a->api));
	if (a->proxy.len > 0)
		tl_buf_printf(&buf, " proxy=%.*s", TL_FMT(a->proxy));
	if (a->ca.len > 0)
		tl_buf_printf(&buf, " ca=%.*s", TL_FMT(a->ca));
	if (a->unlimited)
		tl_buf_text(&buf, " rate=off");
	if (a->rate_top > 0)
		tl_buf_printf(&buf, " rate=%d/%d", (int)a->rate_top, (int)a->rate_bottom);
	if (a->client_id.kind)
		tl_buf_printf(&buf, " id=%s secret=%s", secret_text(scene, &a->client_id), secret_text(scene, &a->client_secret));
	if (a->role.len > 0)
		tl_buf_printf(&buf, " role=%.*s", TL_FMT(a->role));
	if (a->ledger.len > 0)
		tl_buf_printf(&buf, " ledger=%.*s", TL_FMT(a->ledger));
	if (a->branch.len > 0)
		tl_buf_printf(&buf, " branch=%.*s", TL_FMT(a->branch));
	if (a->signers.len > 0)
		tl_buf_printf(&buf, " signers=%.*s", TL_FMT(a->signers));
	for (size_t i = 0; i < a->n_webhooks; i++)
		tl_buf_printf(&buf, " %.*s=%.*s%s%s", TL_FMT(a->webhooks[i].name), TL_FMT(a->webhooks[i].url), secret_text(scene, &a->webhooks[i].secret),
		              a->webhooks[i].allow_private ? "(private)" : "");
	if (a->calls.user.kind)
		tl_buf_printf(&buf, " calls=%s:%s", secret_text(scene, &a->calls.user), secret_text(scene, &a->calls.password));
	if (a->calls.token.kind)
		tl_buf_printf(&buf, " calls=%s", secret_text(scene, &a->calls.token));
	if (a->calls.credentials.len > 0)
		tl_buf_printf(&buf, " calls=%.*s", TL_FMT(a->calls.credentials));
	if (a->calls.ca.len > 0)
		tl_buf_printf(&buf, " calls.ca=%.*s", TL_FMT(a->calls.ca));
	if (a->insecure)
		tl_buf_text(&buf, " insecure");
	text = tl_arena_dup(&scene->arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	while ((void)(at = tl_str_find(text, tl_str(yard), 0)), at != SIZE_MAX)
		text = tl_arena_printf(&scene->arena, "%.*sY%s", (int)at, text.ptr, text.ptr + at + strlen(yard));
	return text.ptr;
}

#define ADDRESSES "login: https://l.example, api: https://a.example"
#define PLAIN "environments: {p: {platform: genesys}}"

static const struct row {
	const char *name, *config, *project;
	bool approved;
	const char *wanted; /* what is read; or, after "!", a piece of the message */
} row_table[] = {
	{ "nothing", "", PLAIN, false, " " },
	{ "addresses", "environments: {p: {" ADDRESSES "}}", PLAIN, false, "https://l.example https://a.example" },
	{ "a region", "environments: {p: {region: eu-central-1}}", PLAIN, false, "https://login.mypurecloud.de https://api.mypurecloud.de" },
	{ "a region and its own api", "environments: {p: {region: us-west-2, api: \"https://x.example\"}}", PLAIN, false,
	  "https://login.usw2.pure.cloud https://x.example" },
	{ "no such region", "environments: {p: {region: eu-centrl-1}}", PLAIN, false, "!there is no region 'eu-centrl-1', did you mean 'eu-central-1'?" },
	{ "a region of CXone", "environments: {p: {region: us}}", "environments: {p: {platform: cxone}}", false,
	  "https://api.us.niceincontact.com https://api.us.niceincontact.com" },
	{ "a region that is a host", "environments: {p: {region: \"evil.example/\"}}", "environments: {p: {platform: cxone}}", false,
	  "!is no region of NICE CXone" },
	{ "all of it",
	  "environments:\n  p:\n    region: us-east-1\n    proxy: http://proxy:3128\n    ca: ca.pem\n    rate: 1/4\n    role: r1\n"
	  "    credentials: {client_id: {env: ID}, client_secret: {command: [pass, show, x]}}\n"
	  "    webhooks: {crm: {url: \"https://crm.example\", secret: {file: s}}, qa: {url: \"http://127.0.0.1:9\", allow_private: true}}\n"
	  "    ledger: l.db\n    publish_from: {branch: origin/main, signers: signers}\n",
	  PLAIN, false,
	  "https://login.mypurecloud.com https://api.mypurecloud.com proxy=http://proxy:3128 ca=Y/ca.pem rate=1/4 id=$ID secret=pass… role=r1 ledger=Y/l.db "
	  "branch=origin/main signers=Y/signers crm=https://crm.examplefile Y/s qa=http://127.0.0.1:9(private)" },
	{ "plain http on this machine", "environments: {p: {api: \"http://127.0.0.1:8\", login: \"http://localhost:8\"}}", PLAIN, false,
	  "http://localhost:8 http://127.0.0.1:8" },
	{ "plain http elsewhere", "environments: {p: {api: \"http://a.example\"}}", PLAIN, false, "!environment 'p': api" },
	{ "plain http elsewhere, said to be meant", "environments: {p: {api: \"http://a.example\", insecure: true}}", PLAIN, false, " http://a.example insecure" },
	{ "a plain webhook elsewhere", "environments: {p: {webhooks: {w: {url: \"http://a.example\"}}}}", PLAIN, false, "!webhook 'w'" },
	{ "a password in an address", "environments: {p: {api: \"https://u:hunter2@a.example\"}}", PLAIN, false, "!environment 'p': api" },
	{ "a queue of calls", "environments: {p: {calls: {user: {env: U}, password: {command: [pass, show, nats]}, ca: ca.pem}}}", PLAIN, false,
	  "  calls=$U:pass… calls.ca=Y/ca.pem" },
	{ "a queue of calls by a token", "environments: {p: {calls: {token: {file: t}}}}", PLAIN, false, "  calls=file Y/t" },
	{ "a queue of calls by credentials", "environments: {p: {calls: {credentials: w.creds}}}", PLAIN, false, "  calls=Y/w.creds" },
	{ "a user without a password", "environments: {p: {calls: {user: {env: U}}}}", PLAIN, false, "!calls has one of user and password" },
	{ "a password without a user", "environments: {p: {calls: {password: {env: P}}}}", PLAIN, false, "!calls has one of user and password" },
	{ "known in two ways", "environments: {p: {calls: {token: {env: T}, credentials: w.creds}}}", PLAIN, false, "!in more than one way" },
	{ "a password itself", "environments: {p: {calls: {user: {env: U}, password: hunter2}}}", PLAIN, false, "!this is no place where a secret is found" },
	{ "credentials in the tree", "environments: {p: {calls: {credentials: tree/w.creds}}}", PLAIN, false, "!lies in the repository" },
	{ "an authority for calls in the tree", "environments: {p: {calls: {ca: tree/ca.pem}}}", PLAIN, false, "!lies in the repository" },
	{ "no budget at all", "environments: {p: {rate: off}}", PLAIN, false, "  rate=off" },
	{ "more than all", "environments: {p: {rate: 3/2}}", PLAIN, false, "!is more than the whole budget" },
	{ "a secret itself", "environments: {p: {credentials: {client_id: {env: A}, client_secret: hunter2}}}", PLAIN, false, "!this is no place where a secret is found" },
	{ "a signers file in the tree", "environments: {p: {publish_from: {signers: tree/signers}}}", PLAIN, false, "!lies in the repository" },
	{ "a certificate in the tree", "environments: {p: {ca: tree/../tree/ca.pem}}", PLAIN, false, "!lies in the repository" },
	{ "a ledger elsewhere", "environments: {p: {ledger: \"postgres://u@db/x\"}}", PLAIN, false, "  ledger=postgres://u@db/x" },
	{ "a ledger by the other scheme", "environments: {p: {ledger: \"postgresql://db?application_name=x\"}}", PLAIN, false, "  ledger=postgresql://db?application_name=x" },
	{ "a slip in a ledger's scheme", "environments: {p: {ledger: \"postgress://u@db/x\"}}", PLAIN, false, "!is neither a file nor postgres://" },

	/* The tracked project file. */
	{ "claims an address", "", "environments: {p: {platform: genesys, " ADDRESSES "}}", false, "!claims authority (login, api) that you have not approved" },
	{ "claims what is configured anyway", "environments: {p: {" ADDRESSES "}}", "environments: {p: {platform: genesys, api: \"https://evil.example\"}}", false,
	  "!claims authority (api)" },
	{ "claims are approved", "", "environments: {p: {platform: genesys, " ADDRESSES ", role: r}}", true, "https://l.example https://a.example role=r" },
	{ "the user's word stands above them", "environments: {p: {role: mine}}", "environments: {p: {platform: genesys, " ADDRESSES ", role: r}}", true,
	  "https://l.example https://a.example role=mine" },
	{ "addresses are never mixed", "environments: {p: {region: us-east-1}}", "environments: {p: {platform: genesys, api: \"https://evil.example\"}}", true,
	  "https://login.mypurecloud.com https://api.mypurecloud.com" },
	{ "credentials are approved", "", "environments: {p: {platform: genesys, credentials: {client_id: {env: A}, client_secret: {file: /x/y}}}}", true,
	  "  id=$A secret=file /x/y" },
	{ "a command is never approved", "",
	  "environments: {p: {platform: genesys, credentials: {client_id: {env: A}, client_secret: {command: [sh, -c, id]}}}}", true, "!names a helper command" },
	{ "a file of the tree is never taken", "", "environments: {p: {platform: genesys, publish_from: {branch: main, signers: signers}}}", true,
	  "!signers must be an absolute path" },
	{ "a ledger of the tree", "", "environments: {p: {platform: genesys, ledger: x.db}}", true, "!ledger must be an absolute path" },
	{ "a webhook is approved, never to a private address", "", "environments: {p: {platform: genesys, webhooks: {w: {url: \"https://w.example\"}}}}", true,
	  "  w=https://w.example" },
	{ "of two webhooks the user's", "environments: {p: {webhooks: {w: {url: \"https://mine.example\"}}}}",
	  "environments: {p: {platform: genesys, webhooks: {w: {url: \"https://w.example\"}, x: {url: \"https://x.example\"}}}}", true,
	  "  w=https://mine.example x=https://x.example" },
	{ "claims a queue's credentials", "", "environments: {p: {platform: genesys, calls: {token: {env: HOME}}}}", false, "!claims authority (calls)" },
	{ "a queue's credentials are approved", "", "environments: {p: {platform: genesys, calls: {token: {env: T}, ca: /x/ca.pem}}}", true,
	  "  calls=$T calls.ca=/x/ca.pem" },
	{ "the user's own queue", "environments: {p: {calls: {token: {env: MINE}}}}",
	  "environments: {p: {platform: genesys, calls: {user: {env: U}, password: {env: P}}}}", true, "  calls=$MINE" },
	{ "a queue's command is never approved", "", "environments: {p: {platform: genesys, calls: {token: {command: [sh, -c, id]}}}}", true, "!names a helper command" },
	{ "a queue's file of the tree is never taken", "", "environments: {p: {platform: genesys, calls: {credentials: w.creds}}}", true,
	  "!calls.credentials must be an absolute path" },
	{ "a database outside", "", "environments: {p: {platform: local, database: /tmp/x.db}}", false, "!claims authority (database)" },
	{ "a database above", "", "environments: {p: {platform: local, database: a/../../x.db}}", false, "!claims authority (database)" },
	{ "a database in git's folder", "", "environments: {p: {platform: local, database: .GIT/x.db}}", false, "!claims authority (database)" },
	{ "a database outside, approved", "", "environments: {p: {platform: local, database: /tmp/x.db}}", true, " " },
	{ "keys of the audit log", "", PLAIN "\naudit: {key: /x/y}", false, "!claims authority (audit)" },
	{ "keys of the audit log, approved", "", PLAIN "\naudit: {key: /x/y}", true, " " },
	{ "keys of the audit log, in the tree", "", PLAIN "\naudit: {trusted: [a.pub]}", true, "!audit.trusted must be an absolute path" },
	{ "another environment claims", "", "environments: {p: {platform: genesys}, q: {platform: genesys, role: r}}", false, " " },
};

static void reads_access(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(row_table); i++) {
		const struct row *row = &row_table[i];
		struct scene scene = { 0 };
		int ret = play(&scene, row->config, row->project, row->approved);
		const char *got = ret == 0 ? say(&scene) : scene.err.message;
		bool good = row->wanted[0] == '!' ? ret != 0 && scene.err.code == TL_USAGE && strstr(got, row->wanted + 1) : ret == 0 && strcmp(got, row->wanted) == 0;

		if (!good)
			fail_msg("%s:\n%s\nwanted:\n%s", row->name, got, row->wanted);
		if (strstr(got, "hunter2"))
			fail_msg("%s: a secret is shown: %s", row->name, got);
		end(&scene);
	}
}

/* A digest is of everything that is claimed, whatever its order; and of nothing else. */
static void knows_a_change(void **state)
{
	static const char *const same_table[] = {
		"environments: {p: {platform: genesys, role: r, api: \"https://a\"}, q: {platform: genesys, role: s}}",
		"# words\nenvironments:\n  q: {role: s, platform: genesys, values: {A: b}}\n  p: {api: https://a, role: 'r', platform: genesys}\nrules: {unreachable: error}\n",
	};
	static const char *const other_table[] = {
		"environments: {p: {platform: genesys, role: R, api: \"https://a\"}, q: {platform: genesys, role: s}}",
		"environments: {p: {platform: genesys, role: r, api: \"https://a\"}}",
		"environments: {p: {platform: genesys, role: r, api: \"https://a\"}, q: {platform: genesys, role: s}, z: {platform: genesys, ledger: x}}",
		"environments: {p: {platform: genesys, role: r, api: \"https://a\"}, q: {platform: genesys, role: s}}\naudit: {key: x}",
	};
	struct tl_arena arena = { 0 };
	struct tl_str first = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(same_table) + TL_COUNT(other_table); i++) {
		bool same = i < TL_COUNT(same_table);
		const char *text = same ? same_table[i] : other_table[i - TL_COUNT(same_table)];
		struct tl_findings findings = { 0 };
		struct tl_project *project;
		struct tl_str digest, words;

		assert_int_equal(tl_project_read(&project, TL_STR("t"), tl_str(text), &schemas, &findings, NULL), 0);
		assert_int_equal(tl_project_authority(&digest, &words, &arena, project, NULL), 0);
		if (i == 0)
			first = digest;
		assert_int_equal(digest.len, 64);
		assert_row(text, tl_str_equal(first, digest) == same);
		tl_project_free(project);
		tl_findings_clear(&findings);
	}
	tl_arena_clear(&arena);
}

/* What is approved is shown with nothing that a terminal would obey. */
static void shows_claims(void **state)
{
	struct scene scene = { 0 };
	struct tl_str digest, text;

	(void)state;
	assert_int_equal(play(&scene, "", "environments:\n  p:\n    platform: genesys\n    role: \"a\\e[2J\\u202eb\"\n    credentials: {client_id: {env: A}, client_secret: {env: B}}\n", false), -1);
	assert_int_equal(tl_project_authority(&digest, &text, &scene.arena, scene.project, &scene.err), 0);
	assert_str(text, "environments.p.credentials.client_id.env: A\nenvironments.p.credentials.client_secret.env: B\n"
	                 "environments.p.role: a\\x1b[2J\\u202eb\n");
	end(&scene);
}

/* Approved for one project, it is not for another one that claims the same. */
static void binds_to_a_project(void **state)
{
	struct scene scene = { 0 };

	(void)state;
	assert_int_equal(play(&scene, "", "environments: {p: {platform: genesys, role: r}}", true), 0);
	scene.config->identity = TL_STR("example.com/other/flows");
	assert_int_equal(tl_config_access(&scene.access, scene.config, scene.project, tl_project_environment(scene.project, TL_STR("p")), &scene.err), -1);
	end(&scene);
}

static const struct place_row {
	const char *config, *xdg, *home, *config_path, *state_path;
} place_table[] = {
	{ "/c.yaml", "/x", "/h", "/c.yaml", "/x/trunkline" },
	{ NULL, "/x", "/h", "/x/trunkline/config.yaml", "/x/trunkline" },
	{ "", "relative", "/h", "/h/.config/trunkline/config.yaml", "/h/.local/state/trunkline" },
	{ NULL, NULL, "/h", "/h/.config/trunkline/config.yaml", "/h/.local/state/trunkline" },
	{ NULL, NULL, NULL, "", "" },
};
static const struct place_row *place;

static const char *lookup_place(const char *name)
{
	return strcmp(name, "TRUNKLINE_CONFIG") == 0 ? place->config : strncmp(name, "XDG_", 4) == 0 ? place->xdg : NULL;
}

static void finds_its_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(place_table); i++) {
		struct tl_surroundings surroundings = { lookup_place, place_table[i].home };
		struct tl_arena arena = { 0 };

		place = &place_table[i];
		assert_str(tl_config_path(&arena, &surroundings), place->config_path);
		assert_str(tl_state_folder(&arena, &surroundings), place->state_path);
		tl_arena_clear(&arena);
	}
}

int test_project_access(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_access, make_yard, remove_yard),
		cmocka_unit_test_setup_teardown(knows_a_change, make_yard, remove_yard),
		cmocka_unit_test_setup_teardown(shows_claims, make_yard, remove_yard),
		cmocka_unit_test_setup_teardown(binds_to_a_project, make_yard, remove_yard),
		cmocka_unit_test(finds_its_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
