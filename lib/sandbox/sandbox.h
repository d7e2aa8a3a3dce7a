/* sandbox/sandbox.h: a contact-centre platform on loopback, in front of the `local` driver's store, for trying everything without an account and for tests:
 * the contract of `genesys` with its faults on demand. */
#ifndef TL_SANDBOX_SANDBOX_H
#define TL_SANDBOX_SANDBOX_H

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "doc/tree.h"

struct tl_sandbox;

/* What a minute holds for one token where nothing else is said, and how long a token lives. */
#define TL_SANDBOX_RATE 300
#define TL_SANDBOX_TOKEN_MS ((int64_t)3600 * 1000)

/* What is wrong with the certificate, for trying out what clients say. */
enum tl_sandbox_certificate { TL_CERTIFICATE_GOOD, TL_CERTIFICATE_EXPIRED, TL_CERTIFICATE_WRONG_HOST };

struct tl_sandbox_config {
	const struct tl_clock *clock;
	const char *listen;            /* "127.0.0.1:0"; NULL: that */
	const char *listen_architect;  /* where the vendor's API is; NULL: any free port beside the first one */
	bool exposed;                  /* other machines may come, and every Host is taken */
	const char *machine;           /* by which name they may call it, for the certificate; NULL: none */
	bool tls;
	enum tl_sandbox_certificate certificate;
	const char *ca;                /* where the CA's certificate is written; NULL: beside the temporary database */
	const char *folder;            /* in which a folder is made for what is temporary; NULL: /tmp */
	const char *database;          /* durable, shared with the `local` driver; NULL: a temporary one that goes with the sandbox */
	int64_t latency_ms;            /* of every answer */
	uint64_t rate;                 /* requests a minute of one token; 0: no limit */
	int64_t token_ms;              /* how long a token lives; 0: TL_SANDBOX_TOKEN_MS */
	int64_t publish_ms;            /* how long a deployment takes; 0: it is there at once */
	const char *const *faults;     /* specs, see sandbox/fault.h */
	size_t n_faults;
	int64_t (*now_us)(void);       /* of a clock that never goes back, for latencies; NULL: the clock's milliseconds */
	/* A line for a person to read, of a call that somebody controls: who said what. Safe for the terminal. NULL: nobody reads. */
	void (*tell)(void *data, const char *line);
	void *tell_data;
};

/* What a person or a test needs to use it. Borrowed until the close. */
struct tl_sandbox_access {
	struct tl_str address;         /* "http://127.0.0.1:40123"; where all addresses of the machine are listened on, the one of loopback */
	struct tl_str architect;       /* the same, of the vendor's API */
	struct tl_str role;            /* the id of the role there that a publisher has */
	struct tl_str client_id, client_secret, admin_token;
	struct tl_str ca;              /* the file of the CA's certificate, PEM; empty without TLS */
};

/* Listens. TL_USAGE for what cannot be used of the config, TL_IO. */
int tl_sandbox_open(struct tl_sandbox **out, const struct tl_sandbox_config *config, struct tl_error *err);
void tl_sandbox_close(struct tl_sandbox *sandbox); /* NULL is fine */
struct tl_sandbox_access tl_sandbox_access(const struct tl_sandbox *sandbox);
/* Takes over what a seed says; see flow-sandbox(1). `folder` is where the paths in it start from. TL_USAGE names what cannot be used. */
int tl_sandbox_seed(struct tl_sandbox *sandbox, const struct tl_item *seed, const char *folder, struct tl_error *err);
/* Serves until `stopped` says so, or `for_ms` are over (0: no end). */
int tl_sandbox_run(struct tl_sandbox *sandbox, int64_t for_ms, int (*stopped)(void), struct tl_error *err);

#endif
