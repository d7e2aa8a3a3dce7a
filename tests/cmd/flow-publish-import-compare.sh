#!/bin/sh
# Two organisations with the same flows: what differs becomes keys with a value for each, and the files are what each of them has.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

# flow NAME QUEUE ACTION WORDS TIMEOUT EXTRA
flow() {
	cat <<-END
		inboundCall:
		  name: $1
		  division: Home
		  startUpRef: "./tasks/task[Start_$7]"
		  tasks:
		    - task:
		        name: Start
		        refId: Start_$7
		        actions:
		          - callData:
		              name: Look up
		              timeout: {lit: {seconds: $5}}
		              category:
		                $3 CRM:
		                  dataAction:
		                    Find customer: {}
		          - playAudio:
		              name: Hello
		              audio:
		                exp: Append("Welcome to ", "$4", ".")
		          - transferToAcd:
		              name: Transfer
		              targetQueue:
		                lit:
		                  name: $2
		          $6
	END
}

mkdir "$TMPDIR/one" "$TMPDIR/two"
bye='- disconnect: {name: Bye}'
flow Main 'Support (live)' Live Acme 5 "$bye" 10 >"$TMPDIR/one/main.yaml"
flow Main 'Support (test)' Test Acme-Test 9 "$bye" 44 >"$TMPDIR/two/main.yaml"
# The same queue once more: the same key.
flow Second 'Support (live)' Live Acme 5 "$bye" 10 >"$TMPDIR/one/second.yaml"
flow Second 'Support (test)' Test Acme-Test 5 "$bye" 12 >"$TMPDIR/two/second.yaml"
# Nothing but a tracking number differs.
flow Same Queue Any Acme 5 "$bye" 10 >"$TMPDIR/one/same.yaml"
flow Same Queue Any Acme 5 "$bye" 77 >"$TMPDIR/two/same.yaml"
# Steps differ; quotes of both kinds; one that is not there.
flow Steps 'Support (live)' Live Acme 5 "$bye" 10 >"$TMPDIR/one/steps.yaml"
flow Steps 'Support (test)' Test Acme-Test 5 '' 10 >"$TMPDIR/two/steps.yaml"
flow Quotes "\"it's \\\"one\\\"\"" Any Acme 5 "$bye" 10 >"$TMPDIR/one/quotes.yaml"
flow Quotes "\"it's \\\"two\\\"\"" Any Acme 5 "$bye" 10 >"$TMPDIR/two/quotes.yaml"
flow Only Queue Any Acme 5 "$bye" 10 >"$TMPDIR/one/only.yaml"
for org in one two; do
	(cd "$TMPDIR/$org" && printf 'architect:\n  jobs: {start: 10ms, run: 10ms}\n  queues: [Queue, Support (live), Support (test), New (live), New (test)]\n' &&
		echo '  dataActions: [{name: Find customer, category: Live CRM}]' && printf '  flows: [%s]\n' "$(echo ./*.yaml | tr ' ' ',')") >"$TMPDIR/$org.seed.yaml"
	mv "$TMPDIR/$org.seed.yaml" "$TMPDIR/$org/seed.yaml"
done
# What the one exports differs in everything that means nothing.
echo '  exportStyle: renumbered' >>"$TMPDIR/two/seed.yaml"

cat >trunkline.yaml <<'END'
# Ours.
flows: [flows]
environments:
  production:
    platform: architect   # the real one
    values:
      OTHER: kept
  staging: {platform: architect}
END
cp trunkline.yaml before.yaml
git init -q . && git add trunkline.yaml && git commit -qm one
start_sandbox --platform architect --seed "$TMPDIR/one/seed.yaml"
first=$(cat "$SANDBOX_CONFIG")
flow-sandbox --for 10m --name staging --platform architect --write-config "$HOME/staging.yaml" --seed "$TMPDIR/two/seed.yaml" >"$TMPDIR/staging" 2>&1 &
second_pid=$!
trap 'kill $second_pid; stop_sandbox' EXIT
while ! grep -qs '^http' "$TMPDIR/staging"; do sleep 0.05; done
{
	echo "$first"
	sed 1d "$HOME/staging.yaml"
} >"$SANDBOX_CONFIG"

# Nothing is written by a dry run, which says it all.
expect 0 flow-publish import --env production --compare-env staging --dry-run
cp out dry
has out 'compared with staging: 1 same, 2 filled, 2 left, 1 missing'
cmp trunkline.yaml before.yaml || fail "a dry run wrote the project file"
[ ! -e flows ] || fail "a dry run wrote files"
golden out flow-publish/import-compare

expect 0 flow-publish import --env production --compare-env staging
has out 'their values were put into trunkline.yaml'
has flows/inboundCall/main.yaml 'name: "{{SUPPORT_QUEUE}}"'
has flows/inboundCall/main.yaml '"{{LIVE_CRM_CATEGORY}}":'
has flows/inboundCall/main.yaml 'exp: Append("Welcome to ", "{{ACME_AUDIO}}", ".")'
has flows/inboundCall/second.yaml 'name: "{{SUPPORT_QUEUE}}"'
cmp flows/inboundCall/same.yaml "$TMPDIR/one/same.yaml" || fail "changed without need"
cmp flows/inboundCall/steps.yaml "$TMPDIR/one/steps.yaml" || fail "changed and not proven"
has trunkline.yaml '# Ours.'
has trunkline.yaml 'platform: architect   # the real one'
has trunkline.yaml '      OTHER: kept'
has trunkline.yaml '      SUPPORT_QUEUE: "Support (live)"'
diff before.yaml trunkline.yaml >changes && fail "no values"
[ "$(grep -c '^<' changes)" -eq 1 ] || fail "more than the line of staging was changed: $(cat changes)"
expect 0 flow-validate --env production
expect 0 flow-validate --env staging

# The files are what both have: nothing to publish in either, but what was left.
git add flows trunkline.yaml && git commit -qm imported
expect 0 flow-publish plan --env production --detailed-exitcode
has out '6 unchanged'
expect 0 flow-diff env:production
expect 0 flow-publish plan --env staging flows/inboundCall/main.yaml flows/inboundCall/second.yaml flows/inboundCall/same.yaml --detailed-exitcode
has out '3 unchanged'
expect 4 flow-publish import --env staging
has out '3 recorded, 2 conflict'

# Once more: what the environments have already is used again, under its name.
rm flows/inboundCall/second.yaml
cp trunkline.yaml before.yaml
expect 0 flow-publish import --env production --compare-env staging --format json
is_valid import-result out
cmp trunkline.yaml before.yaml || fail "values that were there were put there again"
git diff --exit-code --quiet -- flows || fail "another file: $(git diff)"

# A project file that cannot be changed so: the values are to be put there by hand.
rm -r flows
printf 'flows: [flows]\nenvironments: {production: &a {platform: architect}, staging: *a}\n' >trunkline.yaml
expect 0 flow-publish import --env production --compare-env staging
has out 'put their values into the project file:'
has out '      SUPPORT_QUEUE: "Support (test)"'

expect 2 flow-publish import --env production --compare-env production
expect 2 flow-publish import --env production --compare-env local
expect 2 flow-publish import --env production --compare-env nowhere
