#!/bin/sh
# Every fault of the sandbox, as a client meets it, in plain HTTP and over TLS with HTTP/2; certificates that must be refused.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/sandbox.sh"

flow='{"name": "f", "nodes": {"start": {"type": "start", "transition": "bye"}, "bye": {"type": "end"}}}'

# lost PATH CURL…: no whole answer comes.
lost() {
	path=$1
	shift
	ask -H "Authorization: Bearer $TOKEN" "$@" "$SANDBOX$path"
	[ "$ended" -ne 0 ] || { cat head body >&2; fail "a whole answer came: $path"; }
}

# version N: what the flow is at.
version() {
	call 200 GET "/api/v2/flows/$id"
	[ "$(member version)" = "$1" ] || fail "at version $(member version), not $1"
}

# put N: the body of that version.
put() {
	echo "$flow" | sed "s/^{/{\"version\": $1, /"
}

faults() {
	fault 'status=503,on=GET /api/v2/flows,after=1,count=1'
	call 200 GET /api/v2/flows
	call 503 GET /api/v2/flows
	has body '"code":"service.unavailable"'
	call 200 GET /api/v2/flows
	admin 200 GET /sandbox/faults
	has body '"seen":3,"struck":1'
	fault 'status=429,retry-after=7' ; call 429 GET /api/v2/flows ; has head 'retry-after: 7'
	fault 'status=429' ; call 429 GET /api/v2/flows ; lacks head retry-after
	for status in 401 403 409 412 500; do
		fault "status=$status,reason=so" ; call $status GET /api/v2/flows ; has body '"message":"so"'
	done
	fault 'status=500,on=/oauth/**' ; call 200 GET /api/v2/flows ; [ -z "$(new_token)" ] || fail "a token came"
	fault 'html' ; call 200 GET /api/v2/flows ; has head 'content-type: text/html' ; has body '<html>'
	fault 'html,status=502' ; call 502 GET /api/v2/flows ; has body '<html>'
	fault 'empty' ; call 200 GET /api/v2/flows ; [ ! -s body ] || fail "a body came"
	fault 'latency=300ms' ; start=$(date +%s%N) ; call 200 GET /api/v2/flows
	[ $(($(date +%s%N) - start)) -ge 300000000 ] || fail "the answer came too early"
	fault 'cut=10' ; lost /api/v2/flows ; [ "$(wc -c <body)" -le 10 ] || fail "too much came"
	fault 'slow=400' ; start=$(date +%s%N) ; call 200 GET /api/v2/authorization/roles/publisher ; has body '"id":"publisher"'
	[ $(($(date +%s%N) - start)) -ge 200000000 ] || fail "the answer came too fast"
	fault 'flood' ; lost /api/v2/flows --max-filesize 1000000
	fault 'flood=3MiB' ; call 200 GET /api/v2/flows ; [ "$(wc -c <body)" -eq 3145728 ] || fail "no 3 MiB came"
	fault 'flood' ; timeout 10 curl -s ${SANDBOX_CA:+--cacert "$SANDBOX_CA"} -H "Authorization: Bearer $TOKEN" "$SANDBOX/api/v2/flows" | head -c 40000000 | wc -c >count
	[ "$(cat count)" -eq 40000000 ] || fail "no flood came"
	fault
	call 201 POST /api/v2/flows -d "$flow"
	id=$(member id)
	fault 'reset=before,on=PUT /api/v2/flows/*,count=1' ; lost "/api/v2/flows/$id" -X PUT -d "$(put 2)" ; version 1
	fault 'reset=after,on=PUT /api/v2/flows/{id},count=1' ; lost "/api/v2/flows/$id" -X PUT -d "$(put 2)" ; version 2
	fault 'status=500,on=PUT /api/v2/flows/{id},when=after' ; call 500 PUT "/api/v2/flows/$id" -d "$(put 3)" ; version 3
	fault 'status=500,on=PUT /api/v2/flows/{id}' ; call 500 PUT "/api/v2/flows/$id" -d "$(put 4)" ; version 3
	fault 'expire,count=1' ; call 401 GET /api/v2/flows ; call 401 GET /api/v2/flows ; TOKEN=$(new_token) ; call 200 GET /api/v2/flows
	admin 204 POST /sandbox/tokens/expire ; call 401 GET /api/v2/flows ; TOKEN=$(new_token)
	fault 'deploy=failed,reason=no licence' ; call 200 PUT "/api/v2/flows/$id" -d "$(put 4)"
	has body '"version":4,"status":"failed","publishedVersion":3,"statusReason":"no licence"'
	fault 'deploy=rejected' ; call 200 PUT "/api/v2/flows/$id" -d "$(put 5)" ; has body '"status":"rejected","publishedVersion":3'
	fault 'deploy=hang' ; call 200 PUT "/api/v2/flows/$id" -d "$(put 6)" ; has body '"status":"publishing","publishedVersion":3'
	fault ; call 409 PUT "/api/v2/flows/$id" -d "$(put 7)" ; has body operation.in.progress
	admin 400 POST "/sandbox/flows/$id/status" -d '{"status": "draft"}'
	admin 204 POST "/sandbox/flows/$id/status" -d '{"status": "published"}'
	admin 409 POST "/sandbox/flows/$id/status" -d '{"status": "failed"}'
	call 200 GET "/api/v2/flows/$id" ; has body '"version":6,"status":"published","publishedVersion":6'
}

start_sandbox --rate 0 --fault 'status=418,on=GET /api/v2/flows,count=1'
call 418 GET /api/v2/flows
faults
admin 400 POST /sandbox/faults -d '{"faults": ["html", "tea"]}'
has body 'tea'
admin 200 POST /sandbox/faults -d '{"faults": ["html,on=/nowhere", "empty,on=/nowhere"]}'
last=$(sed 's/.*"id":\([0-9]*\).*/\1/' body)
admin 204 DELETE "/sandbox/faults/$last"
admin 404 DELETE "/sandbox/faults/$last"
admin 200 GET /sandbox/faults
lacks body 'empty,on'

start_sandbox --rate 0 --tls --ca ca.pem
[ "$SANDBOX_CA" = "$PWD/ca.pem" ] || fail "the CA is at $SANDBOX_CA"
call 200 GET /api/v2/flows
case $(curl --version) in *HTTP2*) has head 'HTTP/2 200' ;; esac
faults
ask --http1.1 -H "Authorization: Bearer $TOKEN" "$SANDBOX/api/v2/flows"
has head 'HTTP/1.1 200'

# A client that leaves while it waits, and one connection for more requests than its window would bear.
fault 'latency=1s'
ask -m 0.2 -H "Authorization: Bearer $TOKEN" "$SANDBOX/api/v2/flows"
[ "$ended" -eq 28 ] || fail "it did not wait"
fault
curl -s -m 100 --cacert ca.pem -H "Authorization: Bearer $TOKEN" -w '%{http_code}\n' -o /dev/null "$SANDBOX/api/v2/authorization/roles/publisher?i=[1-9000]" >codes
[ "$(grep -c '^200$' codes)" -eq 9000 ] || fail "$(grep -c '^200$' codes) of 9000 answers came"

# Certificates that nobody may take.
for kind in expired wrong-host; do
	start_sandbox --tls --certificate "$kind"
	ask "$SANDBOX/api/v2/flows"
	[ "$ended" -eq 60 ] || fail "$kind: curl ended with $ended"
done
start_sandbox --tls
SANDBOX_CA=
ask "$SANDBOX/api/v2/flows"
[ "$ended" -eq 60 ] || fail "an authority that nobody knows: curl ended with $ended"
