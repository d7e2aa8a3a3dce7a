# make demo       what it can do, command by command; installs what is missing first
# make demo-architect  a day of a team with Architect flows, on two organisations that this machine plays; the same
# make demo-live  a media worker and three callers, as they talk; the same
# make            the library and the commands, below build/
# make check      all tests, the unit and command tests once more under sanitizers
# make check-san  only those under sanitizers
# make SAN=address,undefined …         under sanitizers, below build/san/
# make WERROR=1   warnings are errors
# make fuzz       every fuzz target for FUZZ_SECONDS=60, with clang; FUZZ=fuzz_yaml for one of them
# make bench      the figures of the README, measured here
# make V=1        shows whole commands
# make install    PREFIX=/usr/local, DESTDIR=; make uninstall

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# ---- Sources: one file a line, in alphabetical order. ROOM_SRC is lib/ROOM, ROOM_UNIT its unit tests: each of those is
# ---- tests/unit/test_NAME.c with one function `int test_NAME(void)`, and is run because it stands here. Lists end with $(END).

END :=

# base: strings, arenas, buffers, maps, errors, spans, findings, clock, limits, files, threads, options

BASE_SRC = \
	lib/base/arena.c \
	lib/base/base.c \
	lib/base/base64.c \
	lib/base/beneath.c \
	lib/base/buf.c \
	lib/base/clock.c \
	lib/base/error.c \
	lib/base/file.c \
	lib/base/finding.c \
	lib/base/guard.c \
	lib/base/latency.c \
	lib/base/limits.c \
	lib/base/map.c \
	lib/base/metric.c \
	lib/base/nearest.c \
	lib/base/option.c \
	lib/base/path.c \
	lib/base/pool.c \
	lib/base/process.c \
	lib/base/span.c \
	lib/base/str.c \
	lib/base/symbol.c \
	lib/base/text.c \
	lib/base/width.c \
	$(END)

BASE_UNIT = \
	tests/unit/test_base_arena.c \
	tests/unit/test_base_base.c \
	tests/unit/test_base_base64.c \
	tests/unit/test_base_buf.c \
	tests/unit/test_base_clock.c \
	tests/unit/test_base_error.c \
	tests/unit/test_base_file.c \
	tests/unit/test_base_finding.c \
	tests/unit/test_base_guard.c \
	tests/unit/test_base_latency.c \
	tests/unit/test_base_limits.c \
	tests/unit/test_base_map.c \
	tests/unit/test_base_metric.c \
	tests/unit/test_base_option.c \
	tests/unit/test_base_path.c \
	tests/unit/test_base_pool.c \
	tests/unit/test_base_process.c \
	tests/unit/test_base_span.c \
	tests/unit/test_base_str.c \
	tests/unit/test_base_text.c \
	$(END)

# doc: YAML and JSON text to a tree with places

DOC_SRC = \
	lib/doc/build.c \
	lib/doc/complaint.c \
	lib/doc/edit.c \
	lib/doc/jcs.c \
	lib/doc/json_reader.c \
	lib/doc/json_writer.c \
	lib/doc/pieces.c \
	lib/doc/read.c \
	lib/doc/scalar.c \
	lib/doc/scan.c \
	lib/doc/substitute.c \
	lib/doc/tag.c \
	lib/doc/tree.c \
	lib/doc/write.c \
	lib/doc/yaml.c \
	$(END)

DOC_UNIT = \
	tests/unit/test_doc_edit.c \
	tests/unit/test_doc_jcs.c \
	tests/unit/test_doc_json.c \
	tests/unit/test_doc_substitute.c \
	tests/unit/test_doc_tree.c \
	tests/unit/test_doc_vectors.c \
	tests/unit/test_doc_writer.c \
	tests/unit/test_doc_yaml.c \
	$(END)

# git: where bytes come from

GIT_SRC = \
	lib/git/archive.c \
	lib/git/collect.c \
	lib/git/commit.c \
	lib/git/compare.c \
	lib/git/dirty.c \
	lib/git/hooks.c \
	lib/git/identity.c \
	lib/git/ignore.c \
	lib/git/index_file.c \
	lib/git/init.c \
	lib/git/libgit.c \
	lib/git/odb.c \
	lib/git/repo.c \
	lib/git/sparse.c \
	lib/git/staged.c \
	lib/git/stored.c \
	lib/git/tree.c \
	lib/git/view.c \
	lib/git/view_disk.c \
	lib/git/view_index.c \
	lib/git/view_revision.c \
	lib/git/walk.c \
	$(END)

GIT_UNIT = \
	tests/unit/test_git_changes.c \
	tests/unit/test_git_commit.c \
	tests/unit/test_git_hooks.c \
	tests/unit/test_git_ignore.c \
	tests/unit/test_git_index.c \
	tests/unit/test_git_repo.c \
	tests/unit/test_git_view.c \
	$(END)

# The hooks, which are compiled into the library for `flow-publish init`

HOOKS = \
	hooks/pre-commit \
	hooks/pre-push \
	$(END)

# crypto: SHA-256, HMAC, Ed25519

CRYPTO_SRC = \
	lib/crypto/certificate.c \
	lib/crypto/sha256.c \
	lib/crypto/sign.c \
	lib/crypto/tls.c \
	$(END)

CRYPTO_UNIT = \
	tests/unit/test_crypto_certificate.c \
	tests/unit/test_crypto_sha256.c \
	tests/unit/test_crypto_sign.c \
	$(END)

# schema: JSON Schema over a tree

SCHEMA_SRC = \
	lib/schema/alternatives.c \
	lib/schema/applicators.c \
	lib/schema/builtin.c \
	lib/schema/classes.c \
	lib/schema/compile.c \
	lib/schema/explain.c \
	lib/schema/keys.c \
	lib/schema/keywords.c \
	lib/schema/pattern.c \
	lib/schema/resolve.c \
	lib/schema/say.c \
	lib/schema/say_values.c \
	lib/schema/uri.c \
	lib/schema/valid.c \
	lib/schema/values.c \
	lib/schema/words.c \
	$(END)

# The schemas that the library holds, in the order of enum tl_schema_name
SCHEMA_BUILTIN = \
	schemas/flow.schema.json \
	schemas/suite.schema.json \
	schemas/case.schema.json \
	schemas/policy.schema.json \
	schemas/project.schema.json \
	schemas/config.schema.json \
	$(END)

SCHEMA_UNIT = \
	tests/unit/test_schema_compile.c \
	tests/unit/test_schema_findings.c \
	tests/unit/test_schema_fixtures.c \
	tests/unit/test_schema_pattern.c \
	tests/unit/test_schema_suite.c \
	$(END)

# expr: values, expressions, templates

EXPR_SRC = \
	lib/expr/value.c \
	lib/expr/expr.c \
	$(END)

EXPR_UNIT = \
	tests/unit/test_expr.c \
	$(END)

# net: HTTP client, OAuth token, send budget, retries; serving

NET_SRC = \
	lib/net/address.c \
	lib/net/budget.c \
	lib/net/client.c \
	lib/net/chunked.c \
	lib/net/complaint.c \
	lib/net/curl.c \
	lib/net/dial.c \
	lib/net/dial_connect.c \
	lib/net/dial_frame.c \
	lib/net/dial_handshake.c \
	lib/net/http.c \
	lib/net/http_fault.c \
	lib/net/http_job.c \
	lib/net/http_loop.c \
	lib/net/intake.c \
	lib/net/intake_lines.c \
	lib/net/intake_queue.c \
	lib/net/intake_socket.c \
	lib/net/intake_unix.c \
	lib/net/login.c \
	lib/net/nats.c \
	lib/net/queue.c \
	lib/net/queue_address.c \
	lib/net/queue_consumer.c \
	lib/net/queue_link.c \
	lib/net/queue_thread.c \
	lib/net/loop.c \
	lib/net/retry.c \
	lib/net/serve.c \
	lib/net/serve_exchange.c \
	lib/net/serve_pipeline.c \
	lib/net/serve_socket.c \
	lib/net/serve_target.c \
	lib/net/socket.c \
	lib/net/timer.c \
	lib/net/signature.c \
	lib/net/token.c \
	lib/net/unzip.c \
	lib/net/verdict.c \
	lib/net/webhook.c \
	$(END)

NET_UNIT = \
	tests/unit/test_net_address.c \
	tests/unit/test_net_budget.c \
	tests/unit/test_net_client.c \
	tests/unit/test_net_dial.c \
	tests/unit/test_net_http.c \
	tests/unit/test_net_intake.c \
	tests/unit/test_net_queue.c \
	tests/unit/test_net_loop.c \
	tests/unit/test_net_serve.c \
	tests/unit/test_net_signature.c \
	tests/unit/test_net_tls.c \
	$(END)

# store: SQL over SQLite or PostgreSQL

STORE_SRC = \
	lib/store/db.c \
	lib/store/libpq.c \
	lib/store/postgres.c \
	lib/store/postgres_address.c \
	lib/store/postgres_failure.c \
	lib/store/postgres_migrate.c \
	lib/store/postgres_statement.c \
	lib/store/relax.c \
	lib/store/sqlite.c \
	lib/store/sqlite_failure.c \
	lib/store/sqlite_make.c \
	lib/store/sqlite_migrate.c \
	lib/store/sqlite_statement.c \
	$(END)

STORE_UNIT = \
	tests/unit/test_store_db.c \
	tests/unit/test_store_postgres.c \
	$(END)

# project: trunkline.yaml

PROJECT_SRC = \
	lib/project/access.c \
	lib/project/calls.c \
	lib/project/claims.c \
	lib/project/config.c \
	lib/project/edit.c \
	lib/project/hours.c \
	 \
	lib/project/project.c \
	lib/project/region.c \
	lib/project/rule.c \
	lib/project/schedule.c \
	lib/project/secret.c \
	lib/project/trust.c \
	lib/project/zone.c \
	$(END)

PROJECT_UNIT = \
	tests/unit/test_project_access.c \
	tests/unit/test_project_edit.c \
	tests/unit/test_project_read.c \
	tests/unit/test_project_secret.c \
	tests/unit/test_project_trust.c \
	tests/unit/test_project_zone.c \
	$(END)

# flow: the one model of a flow

FLOW_SRC = \
	lib/flow/architect_tree.c \
	lib/flow/build.c \
	lib/flow/canonical.c \
	lib/flow/cycles.c \
	lib/flow/edges.c \
	lib/flow/flow.c \
	lib/flow/graph.c \
	lib/flow/longest.c \
	lib/flow/shown.c \
	lib/flow/template.c \
	lib/flow/tree.c \
	$(END)

FLOW_UNIT = \
	tests/unit/test_flow_canonical.c \
	tests/unit/test_flow_graph.c \
	$(END)

# ledger: what was deployed, and who did it

LEDGER_SRC = \
	lib/ledger/audit.c \
	lib/ledger/audit_keep.c \
	lib/ledger/audit_read.c \
	lib/ledger/audit_step.c \
	lib/ledger/audit_verify.c \
	lib/ledger/folder.c \
	lib/ledger/job.c \
	lib/ledger/lease.c \
	lib/ledger/ledger.c \
	lib/ledger/outbox.c \
	lib/ledger/outbox_send.c \
	lib/ledger/plan.c \
	lib/ledger/schema.c \
	lib/ledger/together.c \
	lib/ledger/write.c \
	$(END)

LEDGER_UNIT = \
	tests/unit/test_ledger.c \
	tests/unit/test_ledger_audit.c \
	tests/unit/test_ledger_folder.c \
	tests/unit/test_ledger_lease.c \
	tests/unit/test_ledger_outbox.c \
	$(END)

# dialect: text to model and back

DIALECT_SRC = \
	lib/dialect/architect.c \
	lib/dialect/architect_action.c \
	lib/dialect/architect_argument.c \
	lib/dialect/architect_branch.c \
	lib/dialect/architect_container.c \
	lib/dialect/architect_extras.c \
	lib/dialect/architect_field.c \
	lib/dialect/architect_menu.c \
	lib/dialect/architect_output.c \
	lib/dialect/architect_ref.c \
	lib/dialect/architect_setting.c \
	lib/dialect/architect_table.c \
	lib/dialect/architect_value.c \
	lib/dialect/architect_variable.c \
	lib/dialect/content.c \
	lib/dialect/dialect.c \
	lib/dialect/native.c \
	lib/dialect/native_node.c \
	lib/dialect/native_write.c \
	lib/dialect/wire.c \
	lib/dialect/wire_action.c \
	lib/dialect/wire_node.c \
	lib/dialect/wire_rest.c \
	lib/dialect/wire_text.c \
	lib/dialect/wire_write.c \
	$(END)

DIALECT_UNIT = \
	tests/unit/test_architect.c \
	tests/unit/test_architect_real.c \
	tests/unit/test_content.c \
	tests/unit/test_native.c \
	tests/unit/test_wire.c \
	tests/unit/test_wire_native.c \
	$(END)

# sim: the step function, suites, coverage

SIM_SRC = \
	lib/sim/state.c \
	lib/sim/step.c \
	lib/sim/trace.c \
	lib/sim/value.c \
	lib/sim/request.c \
	lib/sim/subflow.c \
	lib/sim/ask.c \
	lib/sim/words.c \
	lib/sim/run.c \
	lib/sim/skeleton.c \
	lib/sim/skeleton_graph.c \
	lib/sim/case.c \
	lib/sim/world.c \
	lib/sim/expect.c \
	lib/sim/coverage.c \
	lib/sim/analysis.c \
	lib/sim/library.c \
	lib/sim/suite.c \
	$(END)

SIM_UNIT = \
	tests/unit/test_sim_analysis.c \
	tests/unit/test_sim_call.c \
	$(END)

# platform: one interface, a file a driver

PLATFORM_SRC = \
	lib/platform/added.c \
	lib/platform/architect.c \
	lib/platform/architect_archive.c \
	lib/platform/architect_create.c \
	lib/platform/architect_export.c \
	lib/platform/architect_job.c \
	lib/platform/architect_list.c \
	lib/platform/architect_lock.c \
	lib/platform/architect_since.c \
	lib/platform/architect_named.c \
	lib/platform/architect_put.c \
	lib/platform/architect_read.c \
	lib/platform/cxone.c \
	lib/platform/cxone_run.c \
	lib/platform/genesys.c \
	lib/platform/genesys_create.c \
	lib/platform/genesys_list.c \
	lib/platform/genesys_live.c \
	lib/platform/genesys_put.c \
	lib/platform/genesys_read.c \
	lib/platform/genesys_run.c \
	lib/platform/genesys_write.c \
	lib/platform/local.c \
	lib/platform/local_store.c \
	lib/platform/merge.c \
	lib/platform/platform.c \
	lib/platform/reading.c \
	lib/platform/remote_case.c \
	lib/platform/remote_part.c \
	lib/platform/remote_trace.c \
	lib/platform/status.c \
	lib/platform/version.c \
	$(END)

PLATFORM_UNIT = \
	tests/unit/test_platform_added.c \
	tests/unit/test_platform_architect.c \
	tests/unit/test_platform_architect_write.c \
	tests/unit/test_platform_cxone.c \
	tests/unit/test_platform_genesys.c \
	tests/unit/test_platform_genesys_live.c \
	tests/unit/test_platform_genesys_write.c \
	tests/unit/test_platform_local.c \
	tests/unit/test_platform_merge.c \
	$(END)

# check: one file a rule

CHECK_SRC = \
	lib/check/cache.c \
	lib/check/ignore.c \
	lib/check/implies.c \
	lib/check/linked.c \
	lib/check/pack.c \
	lib/check/rule_bad_placeholder.c \
	lib/check/rule_dead_end.c \
	lib/check/rule_default_menu.c \
	lib/check/rule_duplicate_choice.c \
	lib/check/rule_duplicate_flow_id.c \
	lib/check/rule_endless_loop.c \
	lib/check/rule_missing_audio.c \
	lib/check/rule_missing_language.c \
	lib/check/rule_missing_value.c \
	lib/check/rule_reader.c \
	lib/check/rule_reserved_name.c \
	lib/check/rule_sensitive_copy.c \
	lib/check/rule_shadowed_case.c \
	lib/check/rule_subflow_recursion.c \
	lib/check/rule_type_mismatch.c \
	lib/check/rule_unknown_exit.c \
	lib/check/rule_unknown_flow.c \
	lib/check/rule_unknown_node.c \
	lib/check/rule_unknown_prompt.c \
	lib/check/rule_unknown_schedule.c \
	lib/check/rule_unknown_variable.c \
	lib/check/rule_unreachable.c \
	lib/check/rule_unused.c \
	lib/check/rule_wrong_channel.c \
	lib/check/run.c \
	lib/check/summaries.c \
	lib/check/summary.c \
	lib/check/table.c \
	lib/check/tools.c \
	lib/check/types.c \
	$(END)

CHECK_UNIT = \
	tests/unit/test_check_implies.c \
	tests/unit/test_check_rules.c \
	tests/unit/test_check_summary.c \
	$(END)

# diff: versions of a flow compared

DIFF_SRC = \
	lib/diff/diff.c \
	lib/diff/fields.c \
	lib/diff/rename.c \
	lib/diff/shadow.c \
	lib/diff/three.c \
	lib/diff/values.c \
	$(END)

DIFF_UNIT = \
	tests/unit/test_diff.c \
	tests/unit/test_diff_nodes.c \
	tests/unit/test_diff_three.c \
	$(END)

# deploy: plan, apply, rollback

DEPLOY_SRC = \
	lib/deploy/again.c \
	lib/deploy/apply.c \
	lib/deploy/audio.c \
	lib/deploy/callees.c \
	lib/deploy/depend.c \
	lib/deploy/group.c \
	lib/deploy/held.c \
	lib/deploy/identity.c \
	lib/deploy/import.c \
	lib/deploy/import_edit.c \
	lib/deploy/import_fill.c \
	lib/deploy/import_file.c \
	lib/deploy/import_key.c \
	lib/deploy/import_read.c \
	lib/deploy/judge.c \
	lib/deploy/match.c \
	lib/deploy/now.c \
	lib/deploy/order.c \
	lib/deploy/place.c \
	lib/deploy/plan.c \
	lib/deploy/plan_json.c \
	lib/deploy/present.c \
	lib/deploy/promote.c \
	lib/deploy/record.c \
	lib/deploy/renamed.c \
	lib/deploy/resume.c \
	lib/deploy/role.c \
	lib/deploy/rollback.c \
	lib/deploy/run.c \
	lib/deploy/settle.c \
	lib/deploy/source.c \
	lib/deploy/status.c \
	lib/deploy/tell.c \
	lib/deploy/undo.c \
	lib/deploy/validate.c \
	lib/deploy/wanted.c \
	lib/deploy/write.c \
	$(END)

DEPLOY_UNIT = \
	tests/unit/test_deploy_apply.c \
	tests/unit/test_deploy_architect.c \
	tests/unit/test_deploy_kill.c \
	tests/unit/test_deploy_kill_wire.c \
	tests/unit/test_deploy_parallel.c \
	tests/unit/test_deploy_plan.c \
	$(END)

# monitor: waiting for deployments

MONITOR_SRC = \
	lib/monitor/choose.c \
	lib/monitor/drift.c \
	lib/monitor/monitor.c \
	$(END)

MONITOR_UNIT = \
	tests/unit/test_monitor.c \
	tests/unit/test_monitor_drift.c \
	$(END)

# report: one file a format

REPORT_SRC = \
	lib/report/attend.c \
	lib/report/attend_page.c \
	lib/report/audit.c \
	lib/report/audit_verdict.c \
	lib/report/audit_export.c \
	lib/report/deploy.c \
	lib/report/deploy_json.c \
	lib/report/deploy_text.c \
	lib/report/diff.c \
	lib/report/diff_json.c \
	lib/report/diff_markdown.c \
	lib/report/diff_text.c \
	lib/report/drift.c \
	lib/report/drift_page.c \
	lib/report/import.c \
	lib/report/members.c \
	lib/report/findings.c \
	lib/report/findings_github.c \
	lib/report/findings_gitlab.c \
	lib/report/findings_json.c \
	lib/report/findings_junit.c \
	lib/report/findings_sarif.c \
	lib/report/findings_text.c \
	lib/report/fingerprint.c \
	lib/report/html.c \
	lib/report/rules.c \
	lib/report/run_text.c \
	lib/report/analysis.c \
	lib/report/qa.c \
	lib/report/simulate.c \
	lib/report/skeleton.c \
	lib/report/simulate_json.c \
	lib/report/simulate_text.c \
	lib/report/three.c \
	lib/report/told.c \
	lib/report/transition.c \
	$(END)

REPORT_UNIT = \
	tests/unit/test_report_attend.c \
	tests/unit/test_report_diff.c \
	tests/unit/test_report_drift.c \
	tests/unit/test_report_findings.c \
	tests/unit/test_report_transition.c \
	$(END)

# cmd/common: what the commands share (in cmd/common/, linked into each)

CMD_COMMON_SRC = \
	cmd/common/actor.c \
	cmd/common/authority.c \
	cmd/common/changed.c \
	cmd/common/command.c \
	cmd/common/courier.c \
	cmd/common/deployment.c \
	cmd/common/listen.c \
	cmd/common/open.c \
	cmd/common/operand.c \
	cmd/common/output.c \
	cmd/common/owner.c \
	cmd/common/place.c \
	cmd/common/remote.c \
	cmd/common/source.c \
	cmd/common/subcommand.c \
	$(END)

CMD_COMMON_UNIT = \
	tests/unit/test_cmd_place.c \
	$(END)

# live: interactions in progress

LIVE_SRC = \
	lib/live/attend.c \
	lib/live/attend_call.c \
	lib/live/attend_end.c \
	lib/live/attend_figures.c \
	lib/live/attend_line.c \
	lib/live/attend_record.c \
	lib/live/audiohook.c \
	lib/live/audiohook_text.c \
	lib/live/connector.c \
	lib/live/counts.c \
	lib/live/control.c \
	lib/live/edition.c \
	lib/live/editions.c \
	lib/live/flows.c \
	lib/live/helpers.c \
	lib/live/offer.c \
	lib/live/recording.c \
	lib/live/recording_write.c \
	lib/live/recording_yaml.c \
	lib/live/session.c \
	lib/live/session_wait.c \
	lib/live/sounds.c \
	lib/live/transition.c \
	lib/live/wav.c \
	lib/live/webhook.c \
	$(END)

LIVE_UNIT = \
	tests/unit/test_live_attend.c \
	tests/unit/test_live_audiohook.c \
	tests/unit/test_live_control.c \
	tests/unit/test_live_recording.c \
	tests/unit/test_live_replay.c \
	tests/unit/test_live_wav.c \
	tests/unit/test_live_session.c \
	tests/unit/test_live_webhook.c \
	$(END)

# sandbox: the platform on loopback

SANDBOX_SRC = \
	lib/sandbox/admin.c \
	lib/sandbox/answer.c \
	lib/sandbox/call.c \
	lib/sandbox/deployed.c \
	lib/sandbox/dispatch.c \
	lib/sandbox/fault.c \
	lib/sandbox/flows.c \
	lib/sandbox/interactions.c \
	lib/sandbox/interactions_part.c \
	lib/sandbox/judge.c \
	lib/sandbox/oauth.c \
	lib/sandbox/part.c \
	lib/sandbox/phone.c \
	lib/sandbox/phone_announce.c \
	lib/sandbox/phone_caller.c \
	lib/sandbox/phone_command.c \
	lib/sandbox/phone_part.c \
	lib/sandbox/phone_show.c \
	lib/sandbox/phone_tell.c \
	lib/sandbox/profiles.c \
	lib/sandbox/profiles_part.c \
	lib/sandbox/rate.c \
	lib/sandbox/refusal.c \
	lib/sandbox/roles.c \
	lib/sandbox/sandbox.c \
	lib/sandbox/simulate.c \
	lib/sandbox/simulate_part.c \
	lib/sandbox/simulator.c \
	lib/sandbox/simulator_part.c \
	lib/sandbox/sinks.c \
	lib/sandbox/sinks_part.c \
	lib/sandbox/trial.c \
	lib/sandbox/vendor_act.c \
	lib/sandbox/vendor_actions.c \
	lib/sandbox/vendor_admin.c \
	lib/sandbox/vendor_depend.c \
	lib/sandbox/vendor_export.c \
	lib/sandbox/vendor_flow.c \
	lib/sandbox/vendor_flows.c \
	lib/sandbox/vendor_job.c \
	lib/sandbox/vendor_lists.c \
	lib/sandbox/vendor_notify.c \
	lib/sandbox/vendor_org.c \
	lib/sandbox/vendor_people.c \
	lib/sandbox/vendor_put.c \
	lib/sandbox/vendor_record.c \
	lib/sandbox/vendor_run.c \
	lib/sandbox/vendor_seed.c \
	lib/sandbox/vendor_source.c \
	lib/sandbox/vendor_store.c \
	lib/sandbox/vendor_yaml.c \
	lib/sandbox/vendor_zip.c \
	$(END)

SANDBOX_UNIT = \
	tests/unit/test_sandbox_fault.c \
	tests/unit/test_sandbox_phone.c \
	tests/unit/test_sandbox_records.c \
	tests/unit/test_sandbox_simulate.c \
	tests/unit/test_sandbox_simulator.c \
	tests/unit/test_sandbox_sinks.c \
	$(END)

# The commands: NAME is built of all cmd/NAME/*.c to build/bin/NAME

COMMANDS = \
	flow-attend \
	flow-audit \
	flow-diff \
	flow-validate \
	flow-simulate \
	flow-publish \
	flow-monitor \
	flow-transition \
	flow-sandbox \
	$(END)

# tests/unit: what the unit tests share

UNIT_COMMON_SRC = \
	tests/unit/boundary.c \
	tests/unit/deploy_yard.c \
	tests/unit/fake_platform.c \
	tests/unit/check_yard.c \
	tests/unit/genesys_yard.c \
	tests/unit/vendor_yard.c \
	tests/unit/git_yard.c \
	tests/unit/ledger_yard.c \
	tests/unit/store_yard.c \
	tests/unit/main.c \
	tests/unit/nats_yard.c \
	tests/unit/net_peer.c \
	tests/unit/unit.c \
	tests/unit/unit_flow.c \
	tests/unit/unit_gen.c \
	tests/unit/unit_model.c \
	$(END)

# tests/fuzz: NAME is built of tests/fuzz/NAME.c

FUZZ_TARGETS = \
	fuzz_answers \
	fuzz_architect \
	fuzz_audiohook \
	fuzz_dial \
	fuzz_json \
	fuzz_native \
	fuzz_record \
	fuzz_signature \
	fuzz_substitute \
	fuzz_suite \
	fuzz_wav \
	fuzz_wire \
	fuzz_yaml \
	$(END)

# ---- Nothing below names a single file.

LIB_SRC = $(BASE_SRC) $(DOC_SRC) $(GIT_SRC) $(CRYPTO_SRC) $(SCHEMA_SRC) $(EXPR_SRC) $(STORE_SRC) $(NET_SRC) \
	$(PROJECT_SRC) $(FLOW_SRC) $(LEDGER_SRC) $(DIALECT_SRC) $(SIM_SRC) $(PLATFORM_SRC) $(CHECK_SRC) \
	$(DIFF_SRC) $(DEPLOY_SRC) $(MONITOR_SRC) $(LIVE_SRC) $(REPORT_SRC) $(SANDBOX_SRC)
UNIT_TESTS = $(BASE_UNIT) $(DOC_UNIT) $(GIT_UNIT) $(CRYPTO_UNIT) $(SCHEMA_UNIT) $(EXPR_UNIT) $(STORE_UNIT) $(NET_UNIT) \
	$(PROJECT_UNIT) $(FLOW_UNIT) $(LEDGER_UNIT) $(DIALECT_UNIT) $(SIM_UNIT) $(PLATFORM_UNIT) \
	$(CHECK_UNIT) $(DIFF_UNIT) $(DEPLOY_UNIT) $(MONITOR_UNIT) $(LIVE_UNIT) $(REPORT_UNIT) $(SANDBOX_UNIT) $(CMD_COMMON_UNIT)
UNIT_SRC = $(UNIT_COMMON_SRC) $(UNIT_TESTS)

# ---- Tools and flags

ifeq ($(origin CC),default)
CC := $(if $(shell command -v ccache 2>/dev/null),ccache gcc,gcc)
endif
ifeq ($(origin AR),default)
AR := gcc-ar
endif
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local
DESTDIR ?=
SAN ?=
FUZZER ?=
FUZZ_SECONDS ?= 60
WERROR ?=
J ?= 2

# say(what,target): one short line in place of a command, which V=1 shows
Q := $(if $(V),,@)
say = $(if $(V),@:,@echo '$(1) $(2)')

# libcurl, libpq and libnats are loaded at first use: of them only the headers are needed.
HEADERS_OF := libcurl libpq libnats
PACKAGES := libgit2 yaml-0.1 sqlite3 libssl libcrypto libpcre2-8 libwebsockets libuv zlib
PACKAGES_MISSING := $(shell for p in $(PACKAGES) $(HEADERS_OF); do $(PKG_CONFIG) --exists $$p 2>/dev/null || echo $$p; done)
PACKAGE_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) $(HEADERS_OF) 2>/dev/null)
PACKAGE_LIBS := $(shell $(PKG_CONFIG) --libs $(filter-out libgit2,$(PACKAGES)) 2>/dev/null)

# libgit2 as an archive, where the machine has it as Debian does: a command then starts in a sixth of the time (0.9 ms, not 5.8),
# because lib/git/archive.c keeps libgit2's network out, and with it the reading of the CA bundle and eleven shared libraries.
# The other two archives are for URLs as text (libhttp_parser) and SHA-256 (libmbedcrypto).
GIT2_ARCHIVES := libgit2.a libhttp_parser.a libmbedcrypto.a
archive_is_here = $(filter /%,$(shell $(CC) -print-file-name=$(1)))
GIT2_LIBS := $(if $(filter-out 3,$(words $(foreach a,$(GIT2_ARCHIVES),$(call archive_is_here,$(a))))), \
	$(shell $(PKG_CONFIG) --libs libgit2 2>/dev/null), \
	-Wl,--wrap=git_regexp_match $(GIT2_ARCHIVES:%=-l:%) $(shell $(PKG_CONFIG) --libs libpcre2-8 zlib 2>/dev/null))
CMOCKA_CFLAGS := $(shell $(PKG_CONFIG) --cflags cmocka 2>/dev/null)
CMOCKA_LIBS := $(shell $(PKG_CONFIG) --libs cmocka 2>/dev/null || echo -lcmocka)

O := build$(if $(SAN),/san)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=c17 -D_GNU_SOURCE $(WARNINGS) $(if $(WERROR),-Werror) -pthread $(CFLAGS) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) $(if $(FUZZER),-fsanitize=fuzzer-no-link)
ALL_CPPFLAGS := -Ilib -Icmd -I$(O)/gen $(PACKAGE_CFLAGS) $(CPPFLAGS)
ALL_LDFLAGS := -Wl,--as-needed -pthread $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
ALL_LIBS := $(GIT2_LIBS) $(PACKAGE_LIBS) -lm

# ---- The library and the commands

LIB := $(O)/libtrunkline.a
CMD_COMMON_LIB := $(O)/libcmd.a
LIB_OBJ := $(LIB_SRC:%.c=$(O)/obj/%.o)
CMD_COMMON_OBJ := $(CMD_COMMON_SRC:%.c=$(O)/obj/%.o)
UNIT_OBJ := $(UNIT_SRC:%.c=$(O)/obj/%.o)
CMD_SRC := $(foreach name,$(COMMANDS),$(wildcard cmd/$(name)/*.c))
CMD_OBJ := $(CMD_SRC:%.c=$(O)/obj/%.o)
BIN := $(COMMANDS:%=$(O)/bin/%)

.PHONY: all demo demo-architect demo-live
all: $(LIB) $(CMD_COMMON_LIB) $(BIN)

# Installs what is missing, builds and shows everything, by itself.
demo:
	@scripts/demo

demo-architect:
	@scripts/demo-architect

demo-live:
	@scripts/demo-live

# Objects depend on the flags that they were built with: the stamp changes only when its text does. -Werror makes no other object.
FLAGS_TEXT := $(CC) $(ALL_CPPFLAGS) $(filter-out -Werror,$(ALL_CFLAGS))
LINK_TEXT := $(CC) $(ALL_LDFLAGS) $(ALL_LIBS) $(CMOCKA_LIBS)

.PHONY: FORCE
FORCE:

$(O)/flags: FORCE
	@mkdir -p $(@D)
	@if [ -n "$(PACKAGES_MISSING)" ]; then \
		echo "make: pkg-config does not know: $(PACKAGES_MISSING); scripts/setup installs what is missing" >&2; exit 1; fi
	@printf '%s\n' '$(FLAGS_TEXT)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_TEXT)' >$@

$(O)/link-flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(LINK_TEXT)' | cmp -s - $@ || printf '%s\n' '$(LINK_TEXT)' >$@

# The members of an archive or a binary, so that one that goes away is not kept.
define members_template
$(1).members: FORCE
	@mkdir -p $$(@D)
	@echo '$(2)' | cmp -s - $$@ || echo '$(2)' >$$@
endef

$(O)/obj/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Tools of the build and the tests: embed makes C source of the schemas; schema-check compiles each schema by the library's own code, so
# that one which would be obeyed by half fails the build; schema-validate holds files against a schema.
SCHEMA_TEXT_OBJ := $(O)/obj/gen/schemas.o
SCHEMA_TOOLS := $(O)/tools/schema-check $(O)/tools/schema-validate
SCHEMA_TOOLS_LIB_OBJ := $(patsubst %.c,$(O)/obj/%.o,$(BASE_SRC) $(DOC_SRC) $(SCHEMA_SRC)) $(SCHEMA_TEXT_OBJ)
SCHEMA_TOOLS_OBJ := $(patsubst %,$(O)/obj/tools/%.o,embed schemas schema-check schema-validate)
SCHEMAS := $(wildcard schemas/*.json)
all: $(SCHEMA_TOOLS)

$(O)/tools/embed: $(O)/obj/tools/embed.o $(O)/link-flags
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<
$(O)/gen/schemas.c: $(O)/tools/embed $(SCHEMA_BUILTIN)
	$(call say,EMBED,$@)
	@mkdir -p $(@D)
	$(Q)$(O)/tools/embed $(SCHEMA_BUILTIN) >$@
$(SCHEMA_TEXT_OBJ): $(O)/gen/schemas.c lib/schema/builtin.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<
$(SCHEMA_TOOLS): $(O)/tools/%: $(O)/obj/tools/%.o $(O)/obj/tools/schemas.o $(SCHEMA_TOOLS_LIB_OBJ) $(O)/link-flags
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(ALL_LIBS)
$(O)/schemas.ok: $(O)/tools/schema-check $(SCHEMAS)
	$(call say,SCHEMAS,schemas/)
	$(Q)$(O)/tools/schema-check $(SCHEMAS)
	@touch $@

# The hooks that are installed are the files that are shipped: a row of lib/git/hooks.c's table each.
HOOK_TEXTS := $(O)/gen/git/hook_texts.inc
$(HOOK_TEXTS): $(HOOKS)
	$(call say,EMBED,$@)
	@mkdir -p $(@D)
	$(Q)for hook in $(HOOKS); do \
		printf '{ "%s",\n' "$${hook#hooks/}" && sed -e 's/[\\"?]/\\&/g' -e 's/.*/"&\\n"/' "$$hook" && echo '},' || exit 1; \
	done >$@
$(O)/obj/lib/git/hooks.o: $(HOOK_TEXTS)

# What `flow-publish init` writes are files that the tests check: a row of cmd/flow-publish/init.c's table each.
SKELETON_FILES := $(wildcard cmd/flow-publish/skeleton/*)
SKELETON := $(O)/gen/flow-publish/skeleton.inc
$(SKELETON): $(SKELETON_FILES)
	$(call say,EMBED,$@)
	@mkdir -p $(@D)
	$(Q)for file in $(SKELETON_FILES); do \
		printf '{ "%s",\n' "$${file##*/}" && sed -e 's/[\\"?]/\\&/g' -e 's/.*/"&\\n"/' "$$file" && echo '},' || exit 1; \
	done >$@
$(O)/obj/cmd/flow-publish/init.o: $(SKELETON)

$(LIB): $(LIB_OBJ) $(SCHEMA_TEXT_OBJ) $(LIB).members | $(O)/schemas.ok
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(LIB_OBJ) $(SCHEMA_TEXT_OBJ)
$(eval $(call members_template,$(LIB),$(LIB_OBJ)))

$(CMD_COMMON_LIB): $(CMD_COMMON_OBJ) $(CMD_COMMON_LIB).members
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(CMD_COMMON_OBJ)
$(eval $(call members_template,$(CMD_COMMON_LIB),$(CMD_COMMON_OBJ)))

# $(1): the name of a command, $(2): its objects
define command_template
$(O)/bin/$(1): $(2) $(CMD_COMMON_LIB) $(LIB) $(O)/link-flags
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $$@ $(2) $(CMD_COMMON_LIB) $(LIB) $(ALL_LIBS)
endef
$(foreach name,$(COMMANDS),$(eval $(call command_template,$(name),$(patsubst %.c,$(O)/obj/%.o,$(wildcard cmd/$(name)/*.c)))))

# ---- Tests

# tests/postgres runs a command beside a PostgreSQL server: one for all of `make check`, else one for each target that asks for it. tests/nats does so
# with a NATS server: one for the command tests, and one that the unit tests may stop and start.
.PHONY: check check-all check-unit check-cmd check-headers check-floors check-listed check-san
check:
	+@tests/postgres $(MAKE) --no-print-directory check-all
check-all: check-unit check-cmd check-headers check-floors
	$(if $(SAN),,+@$(MAKE) --no-print-directory check-san)

# A sanitizer's report is no exit code that a command ever means.
export ASAN_OPTIONS ?= exitcode=126:detect_leaks=1
export UBSAN_OPTIONS ?= exitcode=126:print_stacktrace=1
TRUNKLINE_SHARED ?= $(wildcard ../shared)
export TRUNKLINE_SHARED

# The table of test groups, from the names of their files.
UNIT_NAMES := $(UNIT_TESTS:tests/unit/%.c=%)
$(O)/gen/unit-groups.h: $(O)/unit-tests
	@mkdir -p $(@D)
	@for name in $(UNIT_NAMES); do echo "GROUP($$name)"; done >$@
$(O)/unit-tests: FORCE
	@mkdir -p $(@D)
	@echo '$(UNIT_NAMES)' | cmp -s - $@ || echo '$(UNIT_NAMES)' >$@
$(O)/obj/tests/unit/main.o: $(O)/gen/unit-groups.h
$(UNIT_OBJ): ALL_CPPFLAGS += $(CMOCKA_CFLAGS)
# A group of tests is declared by the table alone.
$(UNIT_OBJ): ALL_CFLAGS += -Wno-missing-prototypes

$(O)/tests/unit: $(UNIT_OBJ) $(CMD_COMMON_LIB) $(LIB) $(O)/link-flags $(O)/unit-tests
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(UNIT_OBJ) $(CMD_COMMON_LIB) $(LIB) $(ALL_LIBS) $(CMOCKA_LIBS)

# What tests do with a NATS server. It knows nothing of ours.
NATS_TOOL := $(O)/tests/nats-tool
$(NATS_TOOL): $(O)/obj/tests/nats-tool.o $(O)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(shell $(PKG_CONFIG) --libs libnats 2>/dev/null || echo -lnats)
all: $(NATS_TOOL)

# Failures and skips go to standard error; the log has every test.
check-unit: $(O)/tests/unit $(NATS_TOOL) check-listed
	@tests/postgres env -u TRUNKLINE_TEST_NATS tests/nats $(O)/tests/unit >$(O)/tests/unit.log 2>$(O)/tests/unit.err; status=$$?; \
		grep -v '^\[  PASSED  \]' $(O)/tests/unit.err; exit $$status

check-cmd: all
	@tests/sdk/install build/sdk || true
	tests/postgres tests/nats tests/run -b $(O)/bin -j $(J)

# In a build of its own.
check-san:
	+@$(MAKE) --no-print-directory SAN=address,undefined check-unit check-cmd check-fuzz

# Every header says all that it needs: each is compiled alone.
HEADERS := $(wildcard lib/*.h lib/*/*.h cmd/common/*.h)
HEADER_STAMPS := $(HEADERS:%=$(O)/headers/%.ok)
$(O)/headers/%.ok: % $(O)/flags
	@mkdir -p $(@D)
	$(call say,HEADER,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -Werror -MMD -MP -MT $@ -MF $@.d -x c -include $< -c -o $@.o /dev/null
	@touch $@
check-headers: $(HEADER_STAMPS)

check-floors:
	tests/floors

# Every source that git knows is in a list above: one that is not would be built and tested by nobody.
TRACKED = $(shell git ls-files 'lib/*.c' 'cmd/common/*.c' 'tests/unit/*.c' 2>/dev/null)
check-listed:
	@missing='$(filter-out $(LIB_SRC) $(CMD_COMMON_SRC) $(UNIT_SRC),$(TRACKED))'; \
		test -z "$$missing" || { echo "make: not in any list of the Makefile: $$missing" >&2; exit 1; }

# ---- Fuzzing: the same targets with libFuzzer (clang), and over the files that are their seeds with a driver of our own

FUZZ ?= $(FUZZ_TARGETS)
FUZZ_BIN := $(FUZZ_TARGETS:%=$(O)/tests/%)
FUZZ_OBJ := $(FUZZ_TARGETS:%=$(O)/obj/tests/fuzz/%.o) $(O)/obj/tests/fuzz/driver.o
# The seeds of target $(1): its own, our flows, and real ones and test vectors where they are.
fuzz_seeds = $(wildcard tests/fuzz/seeds/$(1) tests/fixtures/architect tests/fixtures/wire flows $(TRUNKLINE_SHARED)/real-flows $(TRUNKLINE_SHARED)/vectors/yaml/src \
	$(TRUNKLINE_SHARED)/vectors/json/test_parsing)

$(FUZZ_BIN): $(O)/tests/%: $(O)/obj/tests/fuzz/%.o $(O)/obj/tests/fuzz/driver.o $(LIB) $(O)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(if $(FUZZER),-fsanitize=fuzzer) -o $@ $< \
		$(if $(FUZZER),,$(O)/obj/tests/fuzz/driver.o) $(LIB) $(ALL_LIBS)

define check_fuzz_template
.PHONY: check-$(1)
check-$(1): $(O)/tests/$(1)
	$(O)/tests/$(1) $(call fuzz_seeds,$(1))
check-fuzz: check-$(1)
endef
$(foreach name,$(FUZZ_TARGETS),$(eval $(call check_fuzz_template,$(name))))

.PHONY: fuzz fuzz-run
fuzz:
	+@$(MAKE) CC=clang WARNINGS= SAN=address,undefined FUZZER=1 O=build/fuzz CPPFLAGS=-D__SANITIZE_ADDRESS__ fuzz-run

# What is found lies in build/fuzz/found; what was learnt stays in build/fuzz/corpus.
fuzz-run: $(FUZZ:%=$(O)/tests/%)
	@mkdir -p $(O)/found
	@set -e; $(foreach name,$(FUZZ),mkdir -p $(O)/corpus/$(name); echo 'FUZZ $(name)'; \
		$(O)/tests/$(name) -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -max_len=65536 -verbosity=0 -print_final_stats=1 \
			-artifact_prefix=$(O)/found/$(name)- $(O)/corpus/$(name) $(call fuzz_seeds,$(name));)

# ---- Figures: ratios measured in one run, printed as a table. BENCH_SCALE=0.1 takes a tenth of the flows; BENCH_BUDGET=1 and BENCH_RACE=10000
# ---- measure what takes minutes (tests/bench/platform).

.PHONY: bench
BENCH := $(patsubst tests/bench/%.c,$(O)/bench/%,$(wildcard tests/bench/*.c))
$(BENCH): $(O)/bench/%: $(O)/obj/tests/bench/%.o $(LIB) $(O)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(LIB) $(ALL_LIBS)
bench: all $(BENCH) $(O)/tests/nats-tool
	@tests/bench/run $(O)

# ---- Lint: each tool where it is installed

.PHONY: lint lint-tidy lint-cppcheck lint-shell lint-man
lint: lint-tidy lint-cppcheck lint-shell lint-man

SHELL_SCRIPTS = $(shell git grep -lE '^\#!(/usr/bin/env |/bin/)(ba|da)?sh' -- . 2>/dev/null)
MAN_PAGES := $(wildcard cmd/*/*.1 man/*.[57])

# Runs $(2) if the tool $(1) is there, else says so.
lint_with = @if command -v $(1) >/dev/null; then echo '$(1)'; $(2); else echo 'lint: no $(1) here, skipped'; fi

lint-tidy: $(O)/gen/unit-groups.h $(HOOK_TEXTS) $(SKELETON)
	$(call lint_with,clang-tidy,printf '%s\n' $(LIB_SRC) $(CMD_COMMON_SRC) $(CMD_SRC) | xargs -P $(J) -n 8 \
		sh -c 'clang-tidy --quiet "$$@" -- -std=c17 -D_GNU_SOURCE $(ALL_CPPFLAGS)' sh)

lint-cppcheck:
	$(call lint_with,cppcheck,cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -j $(J) \
		--enable=warning$(,)performance$(,)portability --suppress=missingInclude -D_GNU_SOURCE -Ilib -Icmd \
		$(wildcard lib/*/ cmd/*/))

lint-shell:
	$(call lint_with,shellcheck,test -z '$(SHELL_SCRIPTS)' || shellcheck $(SHELL_SCRIPTS))

lint-man:
	$(call lint_with,mandoc,test -z '$(MAN_PAGES)' || mandoc -Tlint -W warning $(MAN_PAGES))

, := ,

# ---- Installing and cleaning

# What is installed: MODE:FILE:PLACE, the place below PREFIX.
INSTALL_PLACES = \
	$(foreach file,$(BIN),755:$(file):bin/$(notdir $(file))) \
	$(foreach file,$(MAN_PAGES),644:$(file):share/man/man$(lastword $(subst ., ,$(file)))/$(notdir $(file))) \
	$(foreach name,$(COMMANDS),644:completions/trunkline.bash:share/bash-completion/completions/$(name)) \
	$(foreach file,$(wildcard schemas/*.schema.json),644:$(file):share/trunkline/$(file))

.PHONY: install uninstall clean
install: all
	@for place in $(INSTALL_PLACES); do \
		IFS=:; set -- $$place; unset IFS; \
		install -D -m $$1 "$$2" '$(DESTDIR)$(PREFIX)'/"$$3" || exit 1; \
	done
	$(call say,INSTALL,'$(DESTDIR)$(PREFIX)')

uninstall:
	@for place in $(INSTALL_PLACES); do rm -f '$(DESTDIR)$(PREFIX)'/"$${place##*:}" || exit 1; done
	@rm -fd '$(DESTDIR)$(PREFIX)/share/trunkline/schemas' '$(DESTDIR)$(PREFIX)/share/trunkline'

clean:
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(SCHEMA_TOOLS_OBJ:.o=.d) $(CMD_COMMON_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(UNIT_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d) \
	$(BENCH:$(O)/bench/%=$(O)/obj/tests/bench/%.d) $(HEADER_STAMPS:=.d)
