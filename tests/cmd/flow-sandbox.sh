#!/bin/sh
# The sandbox's own routes and those of tokens, flows and roles, by curl: what stands in the contract, and what is refused.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/sandbox.sh"

# say NAME [VERSION [TEXT]]: a flow as the platform has it.
say() {
	printf '{"name": "%s"%s, "nodes": {"start": {"type": "start", "transition": "bye"}, "bye": {"type": "end", "reason": "%s"}}, "custom": {"kept": [1]}}' \
		"$1" "${2:+, \"version\": $2}" "${3:-over}"
}

# --- the command
for bad in '--rate many' '--latency soon' '--for ever' '--fault tea' '--fault status=99' '--fault cut' '--fault status=500,on=flows' '--listen nowhere' \
	'--listen 0.0.0.0:0' '--certificate odd --tls' '--ca file' '--name a:b' 'operand' '--seed nothing.yaml'; do
	# shellcheck disable=SC2086
	expect 2 flow-sandbox --for 1s $bad
done
expect 0 flow-sandbox --for 10ms
[ "$(head -n 1 out | sed 's/[0-9]*$//')" = 'http://127.0.0.1:' ] || fail "the first line is no address"
[ "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'flow-sandbox.*' -user "$(id -un)" -newer err | wc -l)" -eq 0 ] || fail "a folder was left behind"
for signal in TERM:143 INT:130; do
	expect "${signal#*:}" timeout --foreground --preserve-status -s "${signal%:*}" 0.3 flow-sandbox
done

# What is mistyped in a seed is told from what there is.
echo 'cals: []' >wrong.yaml
expect 2 flow-sandbox --seed wrong.yaml
has err "did you mean 'calls'?"
echo 'calls: [{callControlId: a, playbackMS: 3}]' >wrong.yaml
expect 2 flow-sandbox --seed wrong.yaml
has err "has no 'playbackMS': it has callControlId, playbackMs,"
echo 'calls: [{callControlId: a, script: [{wait: plays}]}]' >wrong.yaml
expect 2 flow-sandbox --seed wrong.yaml
has err '{wait: play, playback,'

cat >seed.yaml <<'END'
clients:
  - {id: reader, secret: see-only, scopes: ["flow:view"]}
  - {id: brief, secret: short, expires_in: 1}
  - {id: odd, secret: "p+w%2F:x"}
roles:
  - {id: r1, name: Support, scopes: ["flow:view", "flow:edit"]}
flows:
  - a.flow.yaml
  - {name: Inline, nodes: {start: {type: start, transition: bye}, bye: {type: end}}}
END
cat >a.flow.yaml <<'END'
flow: a
name: The A line
channel: voice
start: hello
prompts: {hi: {text: Hi.}}
nodes:
  hello: {type: play, prompt: hi, next: bye}
  bye: {type: end}
END
start_sandbox --seed seed.yaml --write-config config.yaml --rate 0
[ "$(stat -c %a config.yaml config.yaml.id config.yaml.secret config.yaml.admin | sort -u)" = 600 ] || fail "secrets are open to others"
has config.yaml "api: $SANDBOX"
[ "$(cat config.yaml.secret)" = "$SANDBOX_CLIENT_SECRET" ] || fail "another secret"

# --- where its configuration may lie, and that of another
flow-sandbox --for 1ms --write-config config.yaml >two 2>&1
has two "'config.yaml' was the configuration of another sandbox that still runs; it leads to this one now"
flow-sandbox --for 1ms --write-config other.yaml >two 2>&1
lacks two 'another sandbox'
flow-sandbox --for 1ms --write-config other.yaml >two 2>&1
lacks two 'another sandbox'
git init -q there
mkdir there/below
for file in there/x.yaml there/below/x.yaml; do
	expect 2 flow-sandbox --for 1ms --write-config "$file"
	has err "'$file' would lie in the repository '$PWD/there', where its secrets could be committed"
	[ ! -e "$file.secret" ] || fail "the secret was written"
done
ln -s there/below link
expect 2 flow-sandbox --for 1ms --write-config link/x.yaml
expect 2 flow-sandbox --for 1ms -C there --write-config x.yaml
printf 'x.yaml\n' >there/.gitignore
expect 2 flow-sandbox --for 1ms --write-config there/x.yaml
printf 'x.yaml*\n' >there/.gitignore
expect 0 flow-sandbox --for 1ms --write-config there/x.yaml
rm -rf there link

# --- tokens
[ -n "$TOKEN" ] || fail "no token"
ask -d grant_type=client_credentials -u "$SANDBOX_CLIENT_ID:$SANDBOX_CLIENT_SECRET" -d 'scope=flow:view+tea%3Aserve' "$SANDBOX/api/v2/oauth/token"
[ "$code" = 200 ] || fail "HTTP Basic: $code"
has body '"scope":"flow:view"'
has body '"expires_in":3600'
for secret in 'p+w%2F:x' 'p%2Bw%252F%3Ax'; do
	ask -d grant_type=client_credentials -u "odd:$secret" "$SANDBOX/oauth/token"
	[ "$code" = 200 ] || fail "HTTP Basic with '$secret': $code"
done
ask -d grant_type=client_credentials -d client_id=reader -d client_secret=wrong "$SANDBOX/oauth/token"
[ "$code" = 401 ] || fail "a wrong secret: $code"
has body '"error":"invalid_client"'
ask -d grant_type=password "$SANDBOX/oauth/token"
[ "$code" = 400 ] || fail "another grant: $code"
ask -H 'Content-Type: text/plain' -d grant_type=client_credentials -d "client_id=$SANDBOX_CLIENT_ID" -d "client_secret=$SANDBOX_CLIENT_SECRET" "$SANDBOX/oauth/token"
[ "$code" = 400 ] || fail "a form that is none: $code"
has body '"error":"invalid_request"'
ask -d grant_type=client_credentials -d client_id=reader -d client_secret=see-only -d scope=flow:edit "$SANDBOX/oauth/token"
[ "$code" = 400 ] || fail "a scope that the client lacks: $code"
all=$TOKEN
TOKEN=$(SANDBOX_CLIENT_ID=brief SANDBOX_CLIENT_SECRET=short new_token)
call 200 GET /api/v2/flows
sleep 1.1
call 401 GET /api/v2/flows
TOKEN=nobody
call 401 GET /api/v2/flows
has body '"code":"bad.credentials"'
TOKEN=$(SANDBOX_CLIENT_ID=reader SANDBOX_CLIENT_SECRET=see-only new_token)
call 403 POST /api/v2/flows -d "$(say b)"
has body "the scope 'flow:edit' is missing"
call 403 GET /api/v2/authorization/roles/r1
has body authorization:read
call 403 GET /sandbox/statistics
TOKEN=$all
ask "$SANDBOX/api/v2/flows"
[ "$code" = 401 ] || fail "without a token: $code"

# --- what is not there, and who may ask
call 404 GET /api/v2/nothing
has body '"details":[]'
call 405 DELETE /api/v2/flows
has head 'allow: GET, POST'
call 421 GET /api/v2/flows -H 'Host: attacker.example'
has body '"details":[],"errors":[]'
call 421 GET /api/v2/flows -H 'Host: 127.0.0.1.attacker.example'
call 200 GET /api/v2/flows -H 'Host: localhost:1'
call 200 HEAD /api/v2/flows -I
grep -qi 'content-length: [1-9]' head || fail "HEAD without the length of GET's answer"
call 204 OPTIONS /api/v2/flows
has head 'allow: GET, POST'
call 426 GET /api/v2/callcontrol/websocket

# --- roles
call 200 GET /api/v2/authorization/roles/r1
[ "$(cat body)" = '{"id":"r1","name":"Support","scopes":["flow:view","flow:edit"]}' ] || fail "another role"
call 200 GET /api/v2/authorization/roles/publisher
call 404 GET /api/v2/authorization/roles/nobody

# --- lists
call 200 GET '/api/v2/flows?pageSize=1'
has body '"total":2,"pageCount":2,"nextUri":"/api/v2/flows?pageNumber=2&pageSize=1"'
call 200 GET '/api/v2/flows?pageNumber=2&pageSize=1'
has body '"pageNumber":2,"pageSize":1,"total":2,"pageCount":2}'
call 200 GET '/api/v2/flows?name=the%20a&pageSize=5'
has body '"name":"The A line","externalId":"a"'
has body '"total":1,'
call 200 GET '/api/v2/flows?pageNumber=9'
has body '"entities":[],'
for query in pageNumber=0 pageSize=0 pageSize=501 pageSize=x; do
	call 400 GET "/api/v2/flows?$query"
done

# --- creating and writing
call 400 POST /api/v2/flows
call 400 POST /api/v2/flows -d '[]'
# A name that would be in everybody's way.
long=$(printf '%01025d' 0)
for name in "$long" 'a\u0000b'; do
	call 422 POST /api/v2/flows -d "$(say "$name")"
	has body '"field":"name"'
done
has body 'has a NUL'
call 201 POST /api/v2/flows -d "$(say "${long#0}")"
call 422 PUT "/api/v2/flows/$(member id)" -d "$(say "$long" 2)"
has body 'longer than 1,024 bytes'
call 422 POST /api/v2/flows -d '{"nodes": {}}'
has body '"nodeId":null,"field":"name"'
for node in '"text"' '{"type": "zebra"}' '{"type": "start", "transition": 4}' '{"type": "action", "actions": "play"}' '{"type": "action", "actions": [{}]}' \
	'{"type": "transition", "conditions": "x"}' '{"type": "transition", "conditions": [{"variable": "a"}]}'; do
	call 422 POST /api/v2/flows -d "{\"name\": \"b\", \"nodes\": {\"start\": {\"type\": \"start\", \"transition\": \"e\"}, \"e\": {\"type\": \"end\"}, \"odd\": $node}}"
	has body '"nodeId":"odd","field":"'
done
call 422 POST /api/v2/flows -d '{"name": "b", "nodes": {"start": {"type": "start", "transition": "bye"}}}'
has body '"field":"transition"'
call 422 POST /api/v2/flows -d '{"name": "b", "nodes": {"start": {"type": "start", "transition": "q"}, "q": {"type": "action", "actions": [{"name": "set", "variable": "a", "value": 1}], "transition": "lost"}}}'
has body '"nodeId":"q","field":"transition"'
call 422 POST /api/v2/flows -d '{"name": "b", "nodes": {"bye": {"type": "end"}}}'
has body '"nodeId":null,"field":"nodes"'
call 200 GET '/api/v2/flows?name=b'
call 201 POST /api/v2/flows -d "$(say b)"
has head 'etag: "1"'
has body '"version":1,"status":"published","publishedVersion":1'
has body '"custom":{"kept":[1]}'
id=$(member id)
has head "location: /api/v2/flows/$id"
call 409 POST /api/v2/flows -d "$(say b)"
call 404 PUT /api/v2/flows/nobody -d "$(say b 2)"
call 409 PUT "/api/v2/flows/$id" -d "$(say b 3)"
call 409 PUT "/api/v2/flows/$id" -d "$(say b 1)"
call 400 PUT "/api/v2/flows/$id" -d "$(say b)"
call 409 PUT "/api/v2/flows/$id" -d "$(say b 2)" -H 'If-Match: "2"'
call 422 PUT "/api/v2/flows/$id" -d '{"name": "b", "version": 2, "nodes": {}}'
call 200 GET "/api/v2/flows/$id/versions"
has body '"total":1,'
call 400 PUT "/api/v2/flows/$id" -d "$(say b 2 | sed 's/^{/{"status": 7, /')"
call 400 PUT "/api/v2/flows/$id" -d "$(say b 2 | sed 's/^{/{"id": "another", /')"
call 200 PUT "/api/v2/flows/$id" -d "$(say b 2 two)" -H 'If-Match: "7", "1"' -H 'Transfer-Encoding: chunked'
has head 'etag: "2"'
call 200 PUT "/api/v2/flows/$id" -d "$(say b 3 three | sed 's/^{/{"status": "draft", /')"
has body '"version":3,"status":"draft","publishedVersion":2'
call 200 GET "/api/v2/flows/$id"
has head 'etag: "3"'
has body '"reason":"three"'
call 200 GET "/api/v2/flows/$id/versions/2"
has body '"reason":"two"'
call 404 GET "/api/v2/flows/$id/versions/4"
call 404 GET "/api/v2/flows/$id/versions/x"
call 200 GET "/api/v2/flows/$id/versions?pageSize=2"
has body '"total":3,"pageCount":2,'
has body '"reason":"three"'
lacks body '"reason":"over"'

# --- validating
call 200 POST "/api/v2/flows/$id/validate"
has body '{"valid":true,"errors":[],"warnings":[]}'
call 200 POST "/api/v2/flows/$id/validate" -d '{"name": "b", "nodes": {"start": {"type": "start", "transition": "bye"}}}'
has body '"valid":false,"errors":[{"nodeId":"start","field":"transition","code":"unknown.node","message":"'
call 200 POST "/api/v2/flows/$id/validate" -d '{"name": "b"}'
has body '"valid":false,'
call 404 POST /api/v2/flows/nobody/validate -d "$(say b)"

# --- what is counted
admin 200 GET /sandbox/statistics
has body '{"method":"GET","path":"/api/v2/flows/{id}/versions/{version}","requests":3}'
call 403 GET /sandbox/faults

# --- rates
start_sandbox --rate 3
for i in 1 2 3; do
	call 200 GET /api/v2/flows
	has head "inin-ratelimit-count: $i"
	has head 'inin-ratelimit-allowed: 3'
done
call 429 GET /api/v2/flows
grep -qE '^retry-after: ([1-9]|[1-5][0-9]|60)' head || fail "no Retry-After"
has body '"code":"too.many.requests"'
admin 200 GET /sandbox/statistics
has body '"rateLimited":1,"busiestMinute":3,'

# --- deployments that take time
start_sandbox --rate 0 --publishing 300ms --latency 20ms
call 201 POST /api/v2/flows -d "$(say slow)"
has body '"version":1,"status":"publishing","'
lacks body publishedVersion
id=$(member id)
call 409 PUT "/api/v2/flows/$id" -d "$(say slow 2)"
has body '"code":"operation.in.progress"'
for _ in 1 2 3 4 5 6 7 8 9 10; do
	call 200 GET "/api/v2/flows/$id"
	[ "$(member status)" = publishing ] || break
	sleep 0.2
done
has body '"version":1,"status":"published","publishedVersion":1'
has head 'etag: "1"'

# --- an empty file, as mktemp leaves it, is filled
start_sandbox --db "$(mktemp)"
call 200 GET '/api/v2/flows'
stop_sandbox

# --- what one way publishes the other sees
mkdir project && cd project || exit 1
git init -q . && mkdir flows && cp ../a.flow.yaml flows/
git add . && git -c user.name=n -c user.email=e commit -qm one
expect 0 flow-publish plan -o plan.json
expect 0 flow-publish apply plan.json
cd ..
start_sandbox --db project/.trunkline/local.db
call 200 GET '/api/v2/flows?name=line'
has body '"name":"The A line","externalId":"a"'
id=$(member id)
call 200 GET "/api/v2/flows/$id"
sed 's/"version":1/"version":2/' body >next
call 200 PUT "/api/v2/flows/$id" -d @next
stop_sandbox
cd project || exit 1
expect 0 flow-publish status
grep -qE '^  a +2 +published ' out || fail "the version that the sandbox wrote is not there"
