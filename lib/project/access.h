/* project/access.h: the authority behind an environment: addresses, credentials, role, ledger, signers, webhooks, queues of calls, audit keys. It never comes from the tree under
 * test: from $TRUNKLINE_CONFIG or the user's trunkline/config.yaml, or from the tracked project file once that section's SHA-256 was approved there. */
#ifndef TL_PROJECT_ACCESS_H
#define TL_PROJECT_ACCESS_H

#include "project/project.h"

/* Where a secret is found. It is read when it is needed, never kept. */
enum tl_secret_kind { TL_SECRET_NONE, TL_SECRET_ENV, TL_SECRET_FILE, TL_SECRET_COMMAND };
struct tl_secret {
	enum tl_secret_kind kind;
	struct tl_str name;            /* of the variable, or the file's path, absolute */
	char **argv;                   /* of the command, ends with NULL */
};

struct tl_webhook {
	struct tl_str name, url;
	struct tl_secret secret;
	bool allow_private;            /* may lie on a private address */
};

/* How the server of a queue of calls knows us: by user and password, by a token, or by a file of credentials. */
struct tl_calls_access {
	struct tl_secret user, password, token;
	struct tl_str credentials, ca; /* absolute paths, or empty */
};

/* How the vendor's Audio Connector is known where it connects to us, and we to it. */
struct tl_connector_access {
	struct tl_secret api_key, secret; /* what X-API-KEY is; the shared secret of its signatures, in base64 */
	struct tl_str certificate, key;   /* files, absolute: TLS; or empty */
};

/* What one environment may do, and where. Views of the config's arena; empty where nothing is said. */
struct tl_access {
	struct tl_str login, api, proxy, ca, role, ledger;
	struct tl_str branch, signers; /* publish_from; `signers` absolute */
	struct tl_str promote_from;    /* said in the protected configuration: no tree switches it off */
	uint64_t rate_top, rate_bottom; /* 0: the whole budget */
	bool unlimited;                /* there is no budget to keep to, said in the protected configuration */
	struct tl_secret client_id, client_secret;
	struct tl_webhook *webhooks;
	size_t n_webhooks;
	struct tl_calls_access calls;
	struct tl_connector_access connector;
	bool insecure;                 /* plain http beyond loopback, said in the protected configuration */
	struct tl_str from;            /* the file that says it, or should, for messages */
	bool from_missing;             /* there is no such file */
	bool unnamed;                  /* it, and the tracked project file, say nothing of this environment */
};

/* What the process is asked for; handed in, as the library reads no environment. */
struct tl_surroundings {
	const char *(*getenv)(const char *name);
	const char *home;              /* or NULL */
};

struct tl_config {
	struct tl_arena arena;
	struct tl_str path;            /* the protected file, absolute, whether it is there or not; empty: there is no place for one */
	struct tl_str folder;          /* what its relative paths start at */
	struct tl_str tree;            /* the tree under test, absolute: nothing that gives authority may lie in it; may be empty */
	struct tl_str identity;        /* of the project, by which it is approved; set by whoever knows it, before access is asked for */
	struct tl_item *root;          /* of the file, or NULL */
	bool missing;                  /* there is no such file */
	struct tl_doc *doc;
	const struct tl_surroundings *surroundings;
	struct tl_str audit_key;       /* absolute, or empty */
	struct tl_str *audit_trusted;
	size_t n_audit_trusted;
	unsigned audit_retention_days; /* 0: nothing is purged by itself */
};

/* Where the protected configuration lies: $TRUNKLINE_CONFIG, else trunkline/config.yaml below $XDG_CONFIG_HOME or ~/.config. In `arena`; empty where there is no home. */
struct tl_str tl_config_path(struct tl_arena *arena, const struct tl_surroundings *surroundings);
/* Where state lies: trunkline/ below $XDG_STATE_HOME or ~/.local/state. */
struct tl_str tl_state_folder(struct tl_arena *arena, const struct tl_surroundings *surroundings);
/* Reads it. A file that is not there is an empty configuration; one that others can write, or that lies in the tree under test (`root`, may be empty), is TL_USAGE. */
int tl_config_read(struct tl_config **out, const struct tl_surroundings *surroundings, struct tl_str root, const struct tl_schemas *schemas,
                   struct tl_error *err);
void tl_config_free(struct tl_config *config); /* NULL is fine */
/* The authority of one environment, in the config's arena. What the tracked project file says of it counts only where its digest is approved; else TL_USAGE in
 * words that lead to 'flow-publish trust'. TL_USAGE too for an address that is not https and not loopback, and for a PostgreSQL ledger off loopback that does
 * not verify its server (sslmode=verify-full is added where nothing is said). */
int tl_config_access(struct tl_access *out, struct tl_config *config, const struct tl_project *project, const struct tl_environment *environment,
                     struct tl_error *err);
/* The digest (SHA-256, hex) of the authority that the tracked project file claims, and what that is for a person, a line each, control characters shown; digest
 * empty where it claims none. A helper command there is TL_USAGE: it cannot be approved. */
int tl_project_authority(struct tl_str *digest, struct tl_str *text, struct tl_arena *arena, const struct tl_project *project, struct tl_error *err);
/* Whether that digest is approved for the config's identity. */
bool tl_config_approves(const struct tl_config *config, struct tl_str digest);
/* Approves a digest for the config's identity, in place of the one that was approved before: written into the protected configuration (made where it is not
 * there), everything else there byte for byte as it is. TL_USAGE, with the line to add by hand, where the file is written in a way that this cannot be done in. */
int tl_config_trust(struct tl_config *config, struct tl_str digest, struct tl_error *err);

/* Reads a secret into `arena`, without the line break at its end: at most 64 KiB; a file must be ours and closed to others; a command runs without a shell,
 * 10 s, and with a scrubbed environment. Empty is TL_USAGE. The message never holds any of it. */
int tl_secret_read(struct tl_str *out, struct tl_arena *arena, const struct tl_secret *secret, const struct tl_surroundings *surroundings,
                   const char *what, struct tl_error *err);
/* Overwrites it. */
void tl_secret_wipe(struct tl_str secret);

#endif
