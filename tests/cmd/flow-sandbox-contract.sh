#!/bin/sh
# The sandbox, held against the platform's contract by a reader of its own: tests/contract.py.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/sandbox.sh"

timeout 300 python3 -B "$ROOT/tests/contract.py" || fail "see above"

# What other machines may reach is printed as who comes from here can reach it, and the certificate is for that, too.
start_sandbox --expose --tls --listen 0.0.0.0:0
case $SANDBOX in https://127.0.0.1:*) ;; *) fail "nobody can connect to $SANDBOX" ;; esac
call 200 GET /api/v2/flows -H 'Host: sandbox.example'
