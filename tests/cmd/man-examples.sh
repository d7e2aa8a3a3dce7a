#!/bin/sh
# The examples of the man pages do what stands there: each is run as it is printed, against a platform where it needs one, and what the pages show of files is
# held against what it is.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

command -v mandoc >/dev/null || skip "needs mandoc"
bs=$(printf '\b')

# page NAME: the page goes to $TMPDIR/page, as a person sees it.
page() {
	for name in "$ROOT/cmd/$1/$1.1" "$ROOT/man/$1".[57]; do
		[ ! -f "$name" ] || mandoc -Tutf8 -Owidth=200 "$name" | sed -e "s/.$bs//g" -e 's/^ *//' >"$TMPDIR/page"
	done
}

# example STATUS LINE [MORE]: that line is an example of the page, and ends so, with MORE behind it.
example() {
	count=$((count + 1))
	grep -qxF -e "$2" "$TMPDIR/page" || {
		sed -n '/^EXAMPLES/,$p' "$TMPDIR/page" >&2
		fail "no example: $2"
	}
	expect "$1" sh -c "$2 ${3-}"
}

# no_more: the page has no other example of a command.
no_more() {
	there=$(sed -n '/^EXAMPLES/,/^SEE ALSO/p' "$TMPDIR/page" | grep -cE '^(\(|flow-|echo|export|cd )')
	[ "$there" -eq "$count" ] || fail "$there examples, of which $count were tried"
	count=0
}
count=0

# A team's repository: two platforms, a branch, a history.
cp -R "$ROOT/flows" "$ROOT/trunkline.yaml" .
values='{BILLING_QUEUE: b, SUPPORT_QUEUE: s, ORDERS_QUEUE: q, OPERATOR_QUEUE: o, ON_CALL_NUMBER: "+15550003333"}'
sed -i '/^  staging:/,$d' trunkline.yaml
printf '  staging: {platform: genesys, values: %s}\n  production: {platform: genesys, values: %s}\n' "$values" "$values" >>trunkline.yaml
git init -q . && git add . && git commit -q -m one
for line in first second third; do
	sed -i "s/Welcome to [a-z ]* line/Welcome to our $line line/" flows/billing-ivr.flow.yaml
	git commit -q -a -m "our $line line"
done
git init -q --bare "$TMPDIR/origin.git"
git remote add origin "$TMPDIR/origin.git"
git push -q origin main
echo 'interactions: [{id: 7f3c, customAttributes: {ivr_state: main, flow_node: main}}]' >"$TMPDIR/seed.yaml"
start_sandbox --seed "$TMPDIR/seed.yaml"
sed -n 's/^  production:/  staging:/; 2,$p' "$SANDBOX_CONFIG" >second
cat second >>"$SANDBOX_CONFIG"
rm second

page flow-publish
example 0 'flow-publish import --env production'
example 0 'flow-publish resume --env production'
example 0 'flow-publish plan --env production --ticket CHG-1042 -o plan.json'
example 0 'flow-publish apply --atomic --events events.jsonl plan.json'
sed -i 's/Hello, and thank/Good day, and thank/' flows/hello.flow.yaml flows/hello.suite.yaml
sed -i 's/our third line/our last line/' flows/billing-ivr.flow.yaml
git commit -q -a -m five
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply -q plan.json
example 0 'flow-publish rollback --env production billing-ivr --reason "callers hang up"'
example 0 'flow-publish plan -o plan.json && flow-publish apply plan.json && flow-monitor'
mkdir "$TMPDIR/new" && (
	cd "$TMPDIR/new" || exit 1
	example 0 'flow-publish init my-flows'
	grep -qxF 'cd my-flows' "$TMPDIR/page" && cd my-flows || exit 1
	example 0 'flow-publish plan -o plan.json'
	example 0 'flow-publish apply plan.json'
	example 0 'flow-publish status'
) || exit 1
count=$((count + 5))
no_more

page flow-monitor
expect 0 flow-publish plan -q -o plan.json
example 0 'flow-publish apply plan.json && flow-monitor --timeout 2m'
example 0 'flow-monitor --format json billing-ivr front-desk'
is_valid monitor-result out
example 0 'flow-monitor --env production --watch --timeout 0s'
example 0 'flow-monitor --env production --watch --listen 127.0.0.1:9464' '--timeout 0s'
no_more

page flow-diff
example 1 'flow-diff --env production'
example 1 'flow-diff --format markdown origin/main HEAD'
example 1 'flow-diff HEAD~3:flows/billing-ivr.flow.yaml flows/billing-ivr.flow.yaml'
example 0 'flow-diff --drift --env production'
example 0 'flow-diff env:staging env:production'
no_more

page flow-audit
example 0 'flow-audit query --env production --flow billing-ivr --since 2026-06-15'
has out 'callers hang up'
example 0 'flow-audit checkpoint --env production -o last.json    # the first night'
example 0 'flow-audit verify --env production --checkpoint last.json -o verdict && tail -n 1 verdict >last.json'
has last.json '"seq":'
here=$PWD
cd "${SANDBOX_CONFIG%/*}" || exit 1
example 0 '(umask 077; openssl genpkey -algorithm ed25519 -out audit.pem)'
example 0 '(umask 077; openssl genpkey -algorithm ed25519 -out audit-2027.pem)'
echo 'audit: {key: audit.pem}' >>"$SANDBOX_CONFIG"
openssl pkey -in audit-2027.pem -pubout -out "$here/audit-2027.pem"
cd "$here" || exit 1
example 0 'flow-audit rotate --env production --new-key audit-2027.pem'
no_more

page flow-transition
mkdir "$HOME/bin" && PATH=$HOME/bin:$PATH
printf '#!/bin/sh\necho \047{"interaction": "7f3c", "from": "main", "to": "billing"}\047\n' >"$HOME/bin/make-moves"
chmod +x "$HOME/bin/make-moves"
sed -i 's/audit.pem/audit-2027.pem/' "$SANDBOX_CONFIG" # which the other one signed for
example 0 'flow-transition --env production --interaction 7f3c --flow front-desk --from main --to billing -n'
count=$((count - 1)) # this one begins with another program
example 0 'make-moves | flow-transition --env production --flow front-desk --batch - --format json'
is_valid transition-result out
sed -i "s|^  production:|&\n    webhooks: {crm: {url: $SANDBOX/sinks/crm, allow_private: true}}|" "$SANDBOX_CONFIG"
example 0 'flow-transition --env production --deliver --timeout 5m'
no_more

page flow-attend
for name in call-12345 call-12346; do
	sandbox POST /sandbox/calls "{\"callControlId\": \"$name\", \"script\": [{\"wait\": \"play\"}, {\"hangup\": true}]}" >/dev/null
done
echo '{"callControlId": "call-12346"}' >offers.jsonl
example 0 "echo '{\"callControlId\": \"call-12345\"}' | flow-attend --env production --flow flows/member-menu.flow.yaml"
has out 'abandoned  call-12345'
example 0 'flow-attend --env production --flow member-menu --calls offers.jsonl --record recordings'
has out 'recorded in '
expect 0 flow-simulate recordings/call-12346.suite.yaml
no_more

page flow-simulate
example 0 'flow-simulate --coverage'
example 0 "echo '{inputs: [{dtmf: \"1\"}]}' | flow-simulate --flow flows/billing-ivr.flow.yaml --case - --trace"
example 0 'flow-simulate --conform --env staging --allow-skipped'
no_more

page flow-validate
mkdir "$HOME/Downloads" && cp flows/hello.flow.yaml "$HOME/Downloads/support.flow.yaml"
example 0 'flow-validate --staged'
example 0 'flow-validate --range origin/main...HEAD --base origin/main --format github --report sarif=flows.sarif'
example 0 'flow-validate ~/Downloads/support.flow.yaml'
no_more

page flow-sandbox
echo 'flows: [flows/hello.flow.yaml]' >seed.yaml
example 0 'flow-sandbox --seed seed.yaml' '--for 50ms'
example 0 "flow-sandbox --fault 'reset=after,on=PUT /api/v2/flows/{id},percent=50'" '--for 50ms'
example 0 'flow-sandbox --tls --write-config ~/sandbox.yaml --for 10m >sandbox.out &' 'kill $!'
no_more

# block PAGE N: the N-th file that the page shows.
block() {
	awk -v wanted="$2" '/^\.Ed/ { inside = 0 } inside && n == wanted { print } /^\.Bd -literal/ { inside = 1; n++ }' "$ROOT/man/$1" | sed 's/\\(dq/"/g'
}
mkdir -p "$TMPDIR/files/flows" && cd "$TMPDIR/files" || exit 1
block trunkline-config.5 1 >config.yaml
is_valid config config.yaml
block trunkline.yaml.5 1 >trunkline.yaml
is_valid project trunkline.yaml
block trunkline-flow.5 1 >flows/line.flow.yaml
expect 0 flow-validate
has out '1 flow: 0 errors'
block trunkline-suite.5 1 >flows/line.suite.yaml
expect 0 flow-simulate
has out '1 case, 1 passed'
