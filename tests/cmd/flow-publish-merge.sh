#!/bin/sh
# Somebody's edit on the platform comes into the file that is here, whose comments, layout and placeholders stay; beside a change that was made here, too, unless both are
# about the same.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

mkdir flows
cat >flows/line.flow.yaml <<'EOF'
# The support line. Ask Ann before you change it.
flow: line
channel: voice
start: greet
variables:
  tier: {type: string, default: standard}   # of the CRM

prompts:
  hello:   {text: "Hello."}                 # short!
  choices: {text: "For billing press 1."}

nodes:
  greet: {type: play, prompt: hello, next: main}

  # Where everybody decides.
  main:
    type: menu
    prompt: choices
    choices:
      - {key: "1", next: billing}           # the most
    no_input: {timeout: 5s, retries: 1}
    otherwise: support
  billing: {type: transfer, to: {queue: "${env.BILLING}"}, failed: sorry}
  support: {type: transfer, to: {queue: "${env.SUPPORT}"}, failed: sorry}
  sorry:   {type: end}                      # nobody is there
EOF
cat >trunkline.yaml <<'EOF'
flows: [flows]
environments:
  production: {platform: genesys, values: {BILLING: q-billing, SUPPORT: q-support}}
EOF
git init -q . && git add . && git commit -qm first
start_sandbox
ship() {
	expect 0 flow-publish plan -q --env production -o plan.json
	expect 0 flow-publish apply -q plan.json
	rm plan.json
}
# they SED: somebody edits the flow on the platform.
they() {
	id=$(api GET '/api/v2/flows?name=line' | sed 's/.*"id":"\([^"]*\)".*/\1/')
	live=$(api GET "/api/v2/flows/$id")
	version=$(printf '%s' "$live" | sed 's/.*"version":\([0-9]*\).*/\1/')
	edited=$(printf '%s' "$live" | sed -E "$1")
	[ "$live" != "$edited" ] || fail "they changed nothing of $live"
	edited=$(printf '%s' "$edited" | sed "s/\"version\":$version/\"version\":$((version + 1))/")
	api PUT "/api/v2/flows/$id" "$edited" >/dev/null
}
# changed EXPECTED: the lines of the file that are not as they were committed.
changed() {
	git diff -U0 flows/line.flow.yaml | grep '^[-+] ' >changed || true
	printf '%s' "${1:+$1
}" | diff - changed >&2 || fail "other lines were changed"
}
ship

# A prompt, a menu's key, and a new node, all on the platform alone.
they 's/Hello\./Good day./; s/"key":"1"/"key":"2"/; s/"sorry":\{/"late":{"type":"end","exit":"late"},&/'
expect 0 flow-publish import --env production
has out 'edited    line  flows/line.flow.yaml'
changed ''
chmod 775 flows/line.flow.yaml
expect 0 flow-publish import --env production --update
has out 'updated   line  flows/line.flow.yaml'
[ "$(stat -c %a flows/line.flow.yaml)" = 775 ] || fail "the file's permissions were changed"
chmod 644 flows/line.flow.yaml
changed '-  hello:   {text: "Hello."}                 # short!
+  hello:   {text: "Good day."}                 # short!
-      - {key: "1", next: billing}           # the most
+      - {key: "2", next: billing}           # the most
+  late: {type: end, exit: late}'
expect 0 flow-diff --env production
git commit -qam 'Their edit'
expect 0 flow-publish plan --env production --detailed-exitcode

# Both sides, different nodes: the plan is refused, and a merge is what helps.
sed -i 's/Good day\./Welcome./' flows/line.flow.yaml
git commit -qam 'Our greeting'
expect 0 flow-publish plan -q --env production -o plan.json
they 's/"retries":1/"retries":2/; s/q-billing/q-other/'
expect 4 flow-publish apply plan.json
has err "'flow-publish import --merge --env production'"
expect 4 flow-publish import --env production --update
has out '--merge puts both into the file where they do not touch the same nodes'
changed ''
expect 0 flow-publish import --env production --merge --dry-run
has out 'merged    line'
changed ''
expect 0 flow-publish import --env production --merge --format json
is_valid import-result out
has out '"state": "merged"'
changed '-    no_input: {timeout: 5s, retries: 1}
+    no_input: {timeout: 5s, retries: 2}
-  billing: {type: transfer, to: {queue: "${env.BILLING}"}, failed: sorry}
+  billing: {type: transfer, to: {queue: "q-other"}, failed: sorry}'
expect 0 flow-validate
git commit -qam 'Both'
expect 1 flow-publish plan -q --env production --detailed-exitcode -o plan.json
lacks out 'not written from here'
expect 0 flow-publish apply -q plan.json
expect 0 flow-diff --env production
api GET "/api/v2/flows/$id" >live.json
has live.json 'Welcome.'
has live.json '"retries":2'

# The same node: nobody but a person decides.
sed -i 's/retries: 2/retries: 3/' flows/line.flow.yaml
they 's/"retries":2/"retries":4/'
expect 4 flow-publish import --env production --merge
has out "conflict  line  flows/line.flow.yaml"
has out "both sides changed node 'main'"
changed '-    no_input: {timeout: 5s, retries: 2}
+    no_input: {timeout: 5s, retries: 3}'
git checkout -q flows
expect 0 flow-publish import --env production --merge
has out 'updated   line'
git commit -qam 'Theirs'

# What one side removed is what the other leads to.
sed -i '/^  late:/d' flows/line.flow.yaml
they 's/(q-support"\}\],)"transition":"sorry"/\1"transition":"late"/'
expect 4 flow-publish import --env production --merge
has out "one side leads from 'support' to 'late', which the other removed"
git checkout -q flows
expect 0 flow-publish import --env production --update
git commit -qam 'Late'
sed -i '/^  tier:/d; /^variables:/d' flows/line.flow.yaml
they 's/"sorry":\{/"by-tier":{"type":"transition","conditions":[{"variable":"tier","condition":"equals","value":"gold","transition":"sorry"}],"transition":"late"},&/'
expect 4 flow-publish import --env production --merge
has out "one side uses the variable 'tier', which the other removed"
git checkout -q flows
expect 0 flow-publish import --env production --update
git commit -qam 'By tier'
sed -i 's/^start: greet/start: main/' flows/line.flow.yaml
they 's/"main":\{/"maim":{/; s/"transition":"main"/"transition":"maim"/'
expect 4 flow-publish import --env production --merge
has out "one side starts at 'main', which the other removed"
git checkout -q flows
expect 0 flow-publish import --env production --update
git commit -qam 'Maim'

# What native files have no words for becomes the platform's form, and that is said.
they 's/"applicationSettings":\{/&"x":1,/; s/"nodes":\{/"custom":{"y":1},&/'
expect 0 flow-publish import --env production --update
has out "the file is in the platform's form now: native files have no words for 'custom'"
has flows/line.flow.yaml '"custom"'
expect 0 flow-diff --env production

# What stood there before and nobody touched is no edit: the native file needs no words for it, beside a change that was made here (it goes without) and alone.
git checkout -q flows
they 's/"retries":4/"retries":5/; s/"greet":\{/&"seen":[],/'
expect 4 flow-publish import --env production --merge
has out "native files have no words for 'seen' of the node"
changed ''
they 's/"seen":\[\],//'
expect 0 flow-publish import --env production --merge
has out 'merged    line'
changed '-    no_input: {timeout: "5s", retries: 4}
+    no_input: {timeout: "5s", retries: 5}'
git commit -qam 'Theirs beside it'
expect 0 flow-publish plan --env production --detailed-exitcode
they 's/"retries":5/"retries":6/; s/"custom"/"environmentVariables":null,"applicationSettings":{},&/; s/"type":"(start|end)"/"actions":null,&/g'
expect 0 flow-publish import --env production --update
has out 'the edit on the platform was taken over'
changed '-    no_input: {timeout: "5s", retries: 5}
+    no_input: {timeout: "5s", retries: 6}'
git commit -qam 'Theirs alone'
expect 0 flow-publish plan --env production --detailed-exitcode
they 's/"y":1/"y":2/'
expect 0 flow-publish import --env production --update
has out "the file is in the platform's form now: native files have no words for 'custom'"

# Files in the platform's form as well.
git add flows && git commit -qm 'In their form'
sed -i 's/Welcome\./Welcome, caller./' flows/line.flow.yaml
git commit -qam 'Our greeting'
they 's/"retries":6/"retries":7/'
expect 0 flow-publish import --env production --merge
has out 'merged    line'
git diff -U0 flows/line.flow.yaml | grep '^[-+]' | grep -v '^+++\|^---' >changed
[ "$(wc -l <changed)" -eq 2 ] || fail "more than one line was changed: $(cat changed)"
git commit -qam Both
expect 1 flow-publish plan -q --env production --detailed-exitcode

# Nobody knows what both started from where another one's ledger has it.
sed -i 's/Welcome, caller/Good day, caller/' flows/line.flow.yaml
cp flows/line.flow.yaml before
expect 4 env XDG_STATE_HOME="$TMPDIR/state" flow-publish import --env production --merge
has out 'no ledger here says what both started from'
cmp flows/line.flow.yaml before || fail "a merge without a base"
