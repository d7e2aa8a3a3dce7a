/* ledger/schema.c: the ledger's tables and the statements over them, in the SQL that both databases know (store/db.h). */
#include "ledger/tables.h"

#define DEPLOYED_COLUMNS "environment, flow, platform_id, version, digest, content, more, blob, commit_id, plan, at_ms, source, promoted"
#define VERSION_COLUMNS DEPLOYED_COLUMNS ", live, written_ms"
#define STEP_OWN_COLUMNS "action, renamed_from, base_version, hold_digest, hold_reason, outcome, message, ended_ms, plan_record, position, fence"
#define STEP_COLUMNS DEPLOYED_COLUMNS ", id, " STEP_OWN_COLUMNS
#define STEPS "SELECT " STEP_COLUMNS ", coalesce((SELECT atomic FROM plans AS p WHERE p.id = plan_record), 0) FROM steps "
#define OUTBOX_COLUMNS "id, environment, interaction, flow, node, stamp, seq, key, body, state, attempts, not_before_ms, error, owner, held_ms, made_ms, webhook"
/* What is not over yet holds what comes later of its interaction, for the same webhook. */
#define OUTBOX_WAITS "state IN ('prepared', 'ready', 'dead')"
#define OUTBOX_IS_FIRST "NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.environment = o.environment AND e.interaction = o.interaction " \
			"AND e.webhook = o.webhook AND e.seq < o.seq AND e." OUTBOX_WAITS ")"
#define OUTBOX_LAST "(SELECT coalesce(max(l.seq), 0) + 1 FROM outbox AS l WHERE l.environment = ?1 AND l.interaction = ?2)"
#define PLAN_COLUMNS "environment, plan, bytes, atomic, state, message, fence, begun_ms, ended_ms"

static const char *const statement_table[TL_LEDGER_STATEMENTS] = {
	[TL_LEDGER_DEPLOYED] = "SELECT " VERSION_COLUMNS " FROM deployed AS d WHERE environment = ?1 AND current = 1 ORDER BY flow",
	[TL_LEDGER_COUNT] = "SELECT count(*) FROM deployed WHERE environment = ?1 AND current = 1",
	[TL_LEDGER_VERSION] = "SELECT " VERSION_COLUMNS " FROM deployed WHERE environment = ?1 AND platform_id = ?2 AND version = ?3",
	/* A draft on top, or one that failed, moves nothing of what callers get. */
	[TL_LEDGER_LIVE] = "SELECT " VERSION_COLUMNS " FROM deployed AS d WHERE environment = ?1 AND live = 1 "
			   "AND EXISTS (SELECT 1 FROM deployed AS c WHERE c.environment = ?1 AND c.flow = d.flow "
			   "AND c.platform_id = d.platform_id AND c.current = 1) "
			   "AND NOT EXISTS (SELECT 1 FROM deployed AS e WHERE e.environment = ?1 AND e.platform_id = d.platform_id "
			   "AND e.live = 1 AND e.version > d.version) ORDER BY flow",
	/* Two programs may tell of their writes in another order than they wrote: the highest version stays the current one. */
	[TL_LEDGER_NOT_CURRENT] = "UPDATE deployed SET current = 0 WHERE environment = ?1 AND flow = ?2 AND current = 1 "
				  "AND NOT (platform_id = ?3 AND version > ?4)",
	/* Apart from the former: an index is there for each, and for neither where they are one. */
	[TL_LEDGER_NOT_NEWEST] = "UPDATE deployed SET current = 0 WHERE environment = ?1 AND platform_id = ?2 AND version <= ?3 AND current = 1",
	[TL_LEDGER_PUT_DEPLOYED] = "INSERT INTO deployed (" VERSION_COLUMNS ", current) "
				   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, CASE WHEN EXISTS (SELECT 1 FROM deployed "
				   "WHERE environment = ?1 AND platform_id = ?3 AND version > ?4 AND current = 1) THEN 0 ELSE 1 END) "
				   "ON CONFLICT (environment, platform_id, version) DO UPDATE SET flow = ?2, digest = ?5, content = ?6, "
				   "more = ?7, blob = ?8, commit_id = ?9, plan = ?10, at_ms = ?11, source = ?12, promoted = ?13, live = ?14, "
				   "written_ms = ?15, current = excluded.current",
	[TL_LEDGER_DATE] = "UPDATE deployed SET written_ms = ?4 WHERE environment = ?1 AND platform_id = ?2 AND version = ?3",
	/* The platform wrote on top of a lower version than was on record already: it was set back, and what is on record above is no more. */
	[TL_LEDGER_FORGET_STEP] = "DELETE FROM deployed WHERE environment = ?1 AND platform_id = ?2 AND version > ?3 "
				  "AND at_ms < (SELECT at_ms FROM steps WHERE id = ?4)",
	[TL_LEDGER_FORGET_SEEN] = "DELETE FROM deployed WHERE environment = ?1 AND platform_id = ?2 AND version > ?3 AND at_ms < ?4",
	[TL_LEDGER_BEGIN] = "INSERT INTO steps (" DEPLOYED_COLUMNS ", " STEP_OWN_COLUMNS ") "
			    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, 'open', '', NULL, ?19, ?20, ?21) "
			    "RETURNING id",
	[TL_LEDGER_END] = "UPDATE steps SET outcome = ?2, message = ?3, ended_ms = ?4, platform_id = ?5, version = ?6 WHERE id = ?1",
	/* A step that was begun before and whose program never came back: what is known now tells what became of it. */
	[TL_LEDGER_CLOSE_WRITTEN] = "UPDATE steps SET outcome = 'published', message = '" TL_CLOSED_WRITTEN "', ended_ms = ?6, "
				    "platform_id = ?3 WHERE environment = ?1 AND flow = ?2 AND version = ?4 AND content = ?5 "
				    "AND outcome = 'open' RETURNING id, version, digest, action",
	[TL_LEDGER_CLOSE_LOST] = "UPDATE steps SET outcome = 'failed', message = '" TL_CLOSED_LOST "', ended_ms = ?4 "
				 "WHERE environment = ?1 AND flow = ?2 AND version <= ?3 AND outcome = 'open' RETURNING id, version, digest, action",
	[TL_LEDGER_OPEN_STEPS] = STEPS "WHERE environment = ?1 AND outcome = 'open' ORDER BY id",
	[TL_LEDGER_PLAN_STEPS] = STEPS "WHERE plan_record = ?1 ORDER BY id",
	[TL_LEDGER_PLAN_BEGIN] = "INSERT INTO plans (" PLAN_COLUMNS ") VALUES (?1, ?2, ?3, ?4, 'open', '', ?5, ?6, NULL) RETURNING id",
	[TL_LEDGER_PLAN_END] = "UPDATE plans SET state = ?2, message = ?3, ended_ms = ?4 WHERE id = ?1 AND state = 'open'",
	[TL_LEDGER_PLAN_OPEN] = "SELECT id, " PLAN_COLUMNS " FROM plans WHERE environment = ?1 AND state = 'open' ORDER BY id",
	[TL_LEDGER_HOLDS] = "SELECT holds.flow, holds.digest, holds.reason, holds.made_ms, steps.platform_id, steps.base_version "
			    "FROM holds LEFT JOIN steps ON steps.id = holds.step WHERE holds.environment = ?1 AND holds.released_ms IS NULL "
			    "ORDER BY holds.flow, holds.digest, holds.id",
	[TL_LEDGER_HOLD] = "INSERT INTO holds (environment, flow, digest, reason, made_ms, step) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[TL_LEDGER_TAKE_BACK] = "UPDATE holds SET released_ms = ?2, release_reason = 'the rollback was not made' "
				"WHERE step = ?1 AND released_ms IS NULL",
	[TL_LEDGER_RELEASE] = "UPDATE holds SET released_ms = ?3, release_reason = ?4 "
			      "WHERE environment = ?1 AND flow = ?2 AND released_ms IS NULL",
	[TL_LEDGER_LEASE_READ] = "SELECT owner, fence, since_ms, expires_ms FROM leases WHERE environment = ?1",
	/* The fence grows with every lease, also over those that were given back. */
	[TL_LEDGER_LEASE_TAKE] = "INSERT INTO leases (environment, owner, fence, since_ms, expires_ms) VALUES (?1, ?2, 1, ?3, ?4) "
				 "ON CONFLICT (environment) DO UPDATE SET owner = ?2, fence = leases.fence + 1, since_ms = ?3, "
				 "expires_ms = ?4 RETURNING fence",
	[TL_LEDGER_LEASE_RENEW] = "UPDATE leases SET expires_ms = ?3 WHERE environment = ?1 AND fence = ?2",
	[TL_LEDGER_LEASE_GIVE_BACK] = "UPDATE leases SET owner = '', expires_ms = 0 WHERE environment = ?1 AND fence = ?2",
	[TL_LEDGER_LEASE_STOLEN] = "INSERT INTO stolen (environment, owner, fence, from_owner, from_fence, reason, at_ms) "
				   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[TL_LEDGER_AUDIT_START] = "INSERT INTO audit_head (id, chain, seq, hash, retired) VALUES (1, ?1, 0, '', '') ON CONFLICT (id) DO NOTHING",
	/* The update takes the lock on the row, on both databases: no two records have one place. */
	[TL_LEDGER_AUDIT_NEXT] = "UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING chain, seq, hash, retired",
	[TL_LEDGER_AUDIT_ADD] = "INSERT INTO audit (seq, bytes, hash, key_id, signature) VALUES (?1, ?2, ?3, ?4, ?5)",
	[TL_LEDGER_AUDIT_ADD_PERSONAL] = "INSERT INTO audit_personal (seq, at_ms, salt, data) VALUES (?1, ?2, ?3, ?4)",
	[TL_LEDGER_AUDIT_HEAD] = "UPDATE audit_head SET hash = ?1, retired = ?2 WHERE id = 1",
	[TL_LEDGER_AUDIT_READ] = "SELECT a.seq, a.bytes, a.hash, a.key_id, a.signature, coalesce(p.salt, ''), coalesce(p.data, ''), "
				 "CASE WHEN p.seq IS NULL THEN 0 ELSE 1 END, coalesce(p.at_ms, 0) FROM audit AS a LEFT JOIN audit_personal AS p ON p.seq = a.seq WHERE a.seq >= ?1 ORDER BY a.seq LIMIT ?2",
	/* One statement, so that head and records are of one moment. */
	[TL_LEDGER_AUDIT_END] = "SELECT coalesce((SELECT chain FROM audit_head WHERE id = 1), ''), coalesce((SELECT seq FROM audit_head WHERE id = 1), 0), "
				"coalesce((SELECT hash FROM audit_head WHERE id = 1), ''), (SELECT count(*) FROM audit), "
				"coalesce((SELECT max(seq) FROM audit), 0), coalesce((SELECT retired FROM audit_head WHERE id = 1), ''), "
				"(SELECT count(*) FROM audit_personal AS p WHERE NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.seq = p.seq))",
	[TL_LEDGER_AUDIT_PURGE] = "DELETE FROM audit_personal WHERE at_ms < ?1",
	[TL_LEDGER_JOB_FIND] = "SELECT job FROM simulations WHERE environment = ?1 AND request = ?2 AND at_ms > ?3",
	[TL_LEDGER_JOB_KEEP] = "INSERT INTO simulations (environment, request, job, at_ms) VALUES (?1, ?2, ?3, ?4) "
			       "ON CONFLICT (environment, request) DO UPDATE SET job = excluded.job, at_ms = excluded.at_ms",
	[TL_LEDGER_JOB_OVER] = "DELETE FROM simulations WHERE environment = ?1 AND request = ?2",
	[TL_LEDGER_JOB_PURGE] = "DELETE FROM simulations WHERE at_ms <= ?1",
	[TL_LEDGER_OUTBOX_ADD] = "INSERT INTO outbox (environment, interaction, flow, node, stamp, seq, key, body, attempts, not_before_ms, error, "
				 "owner, held_ms, made_ms, ended_ms, webhook, state) VALUES (?1, ?2, ?3, ?4, ?5, " OUTBOX_LAST ", ?6, ?7, 0, 0, '', ?8, "
				 "?9, ?10, 0, ?11, ?12) RETURNING id",
	[TL_LEDGER_OUTBOX_KNOWN] = "SELECT id FROM outbox WHERE environment = ?1 AND interaction = ?2 AND webhook = ?3 AND key = ?4",
	/* A state that was read proves that it was written, whoever waits for that to be known. */
	[TL_LEDGER_OUTBOX_SEEN] = "UPDATE outbox SET state = 'ready', held_ms = 0, not_before_ms = 0 WHERE environment = ?1 AND interaction = ?2 AND node = ?3 "
				  "AND stamp = ?4 AND state IN ('prepared', 'void') AND id <> ?5 RETURNING id, flow",
	[TL_LEDGER_OUTBOX_AGAIN] = "UPDATE outbox SET seq = " OUTBOX_LAST ", held_ms = ?4, made_ms = ?5, state = 'prepared' WHERE id = ?3",
	[TL_LEDGER_OUTBOX_READY] = "UPDATE outbox SET state = 'ready', held_ms = 0, not_before_ms = 0, error = '' WHERE id = ?1 AND state IN ('prepared', 'void')",
	[TL_LEDGER_OUTBOX_FORGET] = "DELETE FROM outbox WHERE id = ?1 AND state IN ('prepared', 'void')",
	[TL_LEDGER_OUTBOX_LEAVE] = "UPDATE outbox SET held_ms = 0, not_before_ms = ?2, error = ?3 WHERE id = ?1 AND state = 'prepared'",
	[TL_LEDGER_OUTBOX_VOID] = "UPDATE outbox SET state = 'void', held_ms = 0, ended_ms = ?2 WHERE id = ?1 AND state = 'prepared' AND held_ms <= ?2",
	[TL_LEDGER_OUTBOX_DOUBT] = "UPDATE outbox SET state = 'dead', held_ms = 0, error = ?2 WHERE id = ?1 AND state = 'prepared'",
	[TL_LEDGER_OUTBOX_LIST] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE environment = ?1 AND " OUTBOX_WAITS " AND id > ?2 AND webhook = ?4 "
				  "ORDER BY id LIMIT ?3",
	[TL_LEDGER_OUTBOX_UNSETTLED] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE environment = ?1 AND " OUTBOX_WAITS " AND state = 'prepared' AND held_ms <= ?2 "
				       "AND not_before_ms <= ?2 ORDER BY id LIMIT ?3",
	[TL_LEDGER_OUTBOX_CLAIM] = "UPDATE outbox SET owner = ?3, held_ms = ?4 WHERE id IN (SELECT o.id FROM outbox AS o WHERE o.environment = ?1 "
				   "AND o.webhook = ?6 AND o." OUTBOX_WAITS " AND o.state = 'ready' AND o.not_before_ms <= ?2 AND o.held_ms <= ?2 AND " OUTBOX_IS_FIRST
				   " ORDER BY o.id LIMIT ?5) RETURNING " OUTBOX_COLUMNS,
	/* What was taken needs no longer be kept: it speaks of a caller. */
	[TL_LEDGER_OUTBOX_DELIVERED] = "UPDATE outbox SET state = 'delivered', body = '', error = '', attempts = attempts + 1, held_ms = 0, ended_ms = ?2 "
				       "WHERE id = ?1 AND state = 'ready'",
	[TL_LEDGER_OUTBOX_LATER] = "UPDATE outbox SET attempts = attempts + 1, not_before_ms = ?2, error = ?3, held_ms = 0 WHERE id = ?1 AND state = 'ready' "
				   "AND owner = ?4",
	[TL_LEDGER_OUTBOX_DEAD] = "UPDATE outbox SET state = 'dead', attempts = attempts + 1, error = ?2, held_ms = 0 WHERE id = ?1 AND state = 'ready' "
				  "AND owner = ?3",
	[TL_LEDGER_OUTBOX_GIVE_BACK] = "UPDATE outbox SET held_ms = 0 WHERE id = ?1 AND state = 'ready' AND owner = ?2",
	[TL_LEDGER_OUTBOX_OWNERS] = "SELECT DISTINCT owner FROM outbox WHERE environment = ?1 AND " OUTBOX_WAITS " AND held_ms > ?2",
	[TL_LEDGER_OUTBOX_RELEASE] = "UPDATE outbox SET held_ms = 0 WHERE environment = ?1 AND owner = ?2 AND " OUTBOX_WAITS,
	[TL_LEDGER_OUTBOX_REPLAY] = "UPDATE outbox SET state = 'ready', attempts = 0, not_before_ms = 0, held_ms = 0 WHERE environment = ?1 "
				    "AND (id = ?2 OR ?2 = 0) AND state = 'dead' AND webhook = ?3 RETURNING id, interaction, flow, error",
	[TL_LEDGER_OUTBOX_DROP] = "UPDATE outbox SET state = 'dropped', body = '', ended_ms = ?3 WHERE environment = ?1 AND id = ?2 AND held_ms <= ?3 "
				  "AND state IN ('ready', 'dead') AND webhook = ?4 RETURNING id, interaction, flow, error",
	/* What waits at all; dead letters; what could be done by whoever comes, and when the first of it may be. */
	[TL_LEDGER_OUTBOX_COUNTS] = "SELECT count(*), coalesce(sum(CASE WHEN state = 'dead' THEN 1 ELSE 0 END), 0), "
				    "coalesce(sum(CASE WHEN state <> 'dead' AND held_ms <= ?2 AND " OUTBOX_IS_FIRST " THEN 1 ELSE 0 END), 0), "
				    "coalesce(min(CASE WHEN state <> 'dead' AND held_ms <= ?2 AND " OUTBOX_IS_FIRST " THEN not_before_ms END), 0) "
				    "FROM outbox AS o WHERE environment = ?1 AND webhook = ?3 AND " OUTBOX_WAITS,
	[TL_LEDGER_OUTBOX_PURGE] = "DELETE FROM outbox WHERE environment = ?1 AND state IN ('delivered', 'dropped', 'void') AND ended_ms < ?2",
};

static const char *const migration_table[] = {
	"CREATE TABLE deployed ("
	" environment TEXT NOT NULL, flow TEXT NOT NULL, platform_id TEXT NOT NULL, version INTEGER NOT NULL,"
	" digest TEXT NOT NULL, content TEXT NOT NULL, more TEXT NOT NULL,"
	" blob TEXT NOT NULL, commit_id TEXT NOT NULL, plan TEXT NOT NULL, at_ms INTEGER NOT NULL,"
	" current INTEGER NOT NULL CHECK (current IN (0, 1)),"
	" PRIMARY KEY (environment, platform_id, version)"
	") STRICT;"
	"CREATE UNIQUE INDEX deployed_current ON deployed (environment, flow) WHERE current = 1;"
	"CREATE TABLE steps ("
	" environment TEXT NOT NULL, flow TEXT NOT NULL, platform_id TEXT NOT NULL, version INTEGER NOT NULL,"
	" digest TEXT NOT NULL, content TEXT NOT NULL, more TEXT NOT NULL,"
	" blob TEXT NOT NULL, commit_id TEXT NOT NULL, plan TEXT NOT NULL, at_ms INTEGER NOT NULL,"
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" action TEXT NOT NULL, renamed_from TEXT NOT NULL, base_version INTEGER NOT NULL,"
	" hold_digest TEXT NOT NULL, hold_reason TEXT NOT NULL,"
	" outcome TEXT NOT NULL CHECK (outcome IN ('open', 'published', 'drafted', 'conflict', 'failed')),"
	" message TEXT NOT NULL, ended_ms INTEGER"
	") STRICT;"
	"CREATE INDEX steps_open ON steps (environment) WHERE outcome = 'open';"
	"CREATE TABLE holds ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" environment TEXT NOT NULL, flow TEXT NOT NULL, digest TEXT NOT NULL, reason TEXT NOT NULL, made_ms INTEGER NOT NULL,"
	" step INTEGER REFERENCES steps (id),"
	" released_ms INTEGER, release_reason TEXT"
	") STRICT;"
	"CREATE INDEX holds_standing ON holds (environment, flow) WHERE released_ms IS NULL;",

	"CREATE TABLE plans ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" environment TEXT NOT NULL, plan TEXT NOT NULL, bytes TEXT NOT NULL, atomic INTEGER NOT NULL CHECK (atomic IN (0, 1)),"
	" state TEXT NOT NULL CHECK (state IN ('open', 'finished', 'undone')), message TEXT NOT NULL,"
	" fence INTEGER NOT NULL, begun_ms INTEGER NOT NULL, ended_ms INTEGER"
	") STRICT;"
	"CREATE INDEX plans_open ON plans (environment) WHERE state = 'open';"
	"ALTER TABLE steps ADD COLUMN plan_record INTEGER REFERENCES plans (id);"
	"ALTER TABLE steps ADD COLUMN position INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE steps ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX steps_of_plan ON steps (plan_record);"
	"CREATE TABLE leases ("
	" environment TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, fence INTEGER NOT NULL,"
	" since_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL"
	") STRICT;"
	"CREATE TABLE stolen ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" environment TEXT NOT NULL, owner TEXT NOT NULL, fence INTEGER NOT NULL,"
	" from_owner TEXT NOT NULL, from_fence INTEGER NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL"
	") STRICT;",

	/* Who did what: ledger/audit.h. Personal data lies apart, so that it can go. */
	"CREATE TABLE audit_head ("
	" id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),"
	" chain TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, retired TEXT NOT NULL"
	") STRICT;"
	"CREATE TABLE audit ("
	" seq INTEGER NOT NULL PRIMARY KEY,"
	" bytes TEXT NOT NULL, hash TEXT NOT NULL, key_id TEXT NOT NULL, signature TEXT NOT NULL"
	") STRICT;"
	"CREATE TABLE audit_personal ("
	" seq INTEGER NOT NULL PRIMARY KEY, at_ms INTEGER NOT NULL, salt TEXT NOT NULL, data TEXT NOT NULL"
	") STRICT;"
	"CREATE INDEX audit_personal_age ON audit_personal (at_ms);",

	/* Promotion: by which source a flow goes, whatever the environments fill in, and whether callers got it. */
	"ALTER TABLE deployed ADD COLUMN source TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE deployed ADD COLUMN promoted TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE deployed ADD COLUMN live INTEGER NOT NULL DEFAULT 0 CHECK (live IN (0, 1));"
	"ALTER TABLE steps ADD COLUMN source TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE steps ADD COLUMN promoted TEXT NOT NULL DEFAULT '';"
	"UPDATE deployed SET live = 1 WHERE NOT EXISTS (SELECT 1 FROM steps AS s WHERE s.environment = deployed.environment "
	"AND s.platform_id = deployed.platform_id AND s.version = deployed.version AND s.outcome = 'drafted');",

	/* Jobs of simulators that were begun and whose end was not seen: ledger/job.c. */
	"CREATE TABLE simulations ("
	" environment TEXT NOT NULL, request TEXT NOT NULL, job TEXT NOT NULL, at_ms INTEGER NOT NULL,"
	" PRIMARY KEY (environment, request)"
	") STRICT;",

	/* What other systems are to hear of, from before it happens until they took it: ledger/outbox.h. */
	"CREATE TABLE outbox ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" environment TEXT NOT NULL, interaction TEXT NOT NULL, flow TEXT NOT NULL, node TEXT NOT NULL, stamp TEXT NOT NULL,"
	" seq INTEGER NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,"
	" state TEXT NOT NULL CHECK (state IN ('prepared', 'ready', 'delivered', 'dead', 'dropped', 'void')),"
	" attempts INTEGER NOT NULL, not_before_ms INTEGER NOT NULL, error TEXT NOT NULL,"
	" owner TEXT NOT NULL, held_ms INTEGER NOT NULL, made_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL"
	") STRICT;"
	"CREATE UNIQUE INDEX outbox_order ON outbox (environment, interaction, seq);"
	"CREATE INDEX outbox_waiting ON outbox (environment, interaction, seq) WHERE state IN ('prepared', 'ready', 'dead');",

	/* By which name the configuration knows who is to hear of it. */
	"ALTER TABLE outbox ADD COLUMN webhook TEXT NOT NULL DEFAULT 'crm';",

	/* When a version was written, as the platform says: what has the number and another time is another version. 0: not known. */
	"ALTER TABLE deployed ADD COLUMN written_ms INTEGER NOT NULL DEFAULT 0;",
};

const struct tl_sql tl_ledger_schema = { statement_table, TL_LEDGER_STATEMENTS, migration_table, TL_COUNT(migration_table), "ledger" };
