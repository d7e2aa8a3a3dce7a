/* lib/trunkline.h: the map. One library; each folder is a room, each room stands on a floor and includes only rooms on lower
 * floors. In reading order:
 *
 * 0  base/      strings, arenas, buffers, maps, errors, spans, findings, clock, limits, files, threads, options
 * 1  doc/       YAML and JSON text to a tree in which every key and value knows where it stood; substitution; files edited where their tree is to be another; writers
 * 1  git/       where bytes come from: working tree, index, revision, range
 * 1  crypto/    SHA-256, HMAC, Ed25519, certificates, random, the client's side of TLS
 * 2  schema/    JSON Schema 2020-12 over a doc tree; the schemas of schemas/, compiled in
 * 2  expr/      values, expressions, templates, one table of operators and functions
 * 2  store/     SQL over SQLite or PostgreSQL: one table of statements, transactions, migrations
 * 2  net/       HTTP client, OAuth token, send budget, retries; one event loop: serving HTTP and WebSockets, WebSockets to servers; intake: where work is offered (lines,
 *               a Unix socket, a queue); signed requests and webhooks
 * 3  project/   trunkline.yaml: environments, values, schedules, rule levels, limits; the protected configuration
 * 3  flow/      the one model of a flow; canonical form, digests, graph
 * 3  ledger/    what was deployed, holds, leases, the audit chain, the outbox
 * 4  dialect/   text to model: native, architect, wire; model to wire and native
 * 4  sim/       the step function; traces, suites, expectations, coverage, path analysis
 * 5  platform/  one interface, a file a driver: local, genesys, cxone, architect; what the platform has put into a file that is here
 * 6  check/     one file a rule, one table of rules, suppression
 * 6  diff/      two or three versions of a flow compared
 * 7  deploy/    plan, apply, rollback, resume, import
 * 7  monitor/   waiting for deployments, drift, metrics
 * 7  live/      interactions in progress: transitions; a call (session), many of them over call control (attend) or in sound (audiohook, connector), as suites (recording)
 * 8  report/    one file a format, over what the rooms below hand up
 * 8  sandbox/   the platform on loopback, over the local driver's store, with faults on demand
 *
 * Bytes (git/) become a tree with spans (doc/), the tree a flow (dialect/ → flow/), the flow findings (check/), traces (sim/),
 * differences (diff/) or plans (deploy/), and those become text (report/). cmd/flow-NAME/main.c reads options and joins them.
 */
#ifndef TL_TRUNKLINE_H
#define TL_TRUNKLINE_H

#define TL_VERSION "0.1.0"

#endif
