#!/bin/sh
# What a run of suites leaves for change control.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

make_repository one
cat >flows/a.suite.yaml <<'END'
suite: a
cases:
  - {id: good, expect: {path: [greet, bye]}}
  - {id: bad, expect: {visits: [nowhere]}}
END
expect 1 flow-simulate --audit-export a.json
is_valid audit-export a.json
has a.json '"successRate": "50.00"'
has a.json '"totalTestCases": 2'
has a.json '"pathCoverageNodes": 2'
has a.json '"nodeId": "PATH_COVERAGE"'
has a.json 'Expected nodes not reached: nowhere'
has a.json '"versionControlSyncReady": false'
# Each node that was not reached is named once, whatever expects it.
cp flows/a.suite.yaml kept
sed -i 's/visits: \[nowhere\]/visits: [nowhere, bye], ends_at: nowhere, path: [greet, nowhere]/' flows/a.suite.yaml
expect 1 flow-simulate --audit-export a.json
has a.json '"error": "Expected nodes not reached: nowhere"'
mv kept flows/a.suite.yaml
expect 1 flow-simulate --audit-export a.json
# What is said without an audio file is named, as the platform's tutorial does.
has a.json '"missingAudioResources": ['

git add flows && git commit -qm suites
rm a.json && printf "a.json\nout\nerr\ndocuments\nsign*\nrecord\n" >>.git/info/exclude
expect 1 flow-simulate --audit-export a.json
has a.json '"versionControlSyncReady": true'
has a.json "\"commit\": \"$(git rev-parse HEAD)\""

# Several flows are several documents.
sed -e 's/^suite: a/suite: b/' -e '/bad/d' flows/a.suite.yaml >flows/b.suite.yaml
expect 2 flow-simulate --audit-export several.json
has err "takes a folder then, such as 'several.json/'"
expect 1 flow-simulate --audit-export documents/
is_valid audit-export documents/a.audit.json
has documents/b.audit.json '"successRate": "100.00"'
expect 3 flow-simulate --audit-export /dev/full flows/b.suite.yaml

expect 2 flow-simulate --remote
has err 'need the environment'
expect 2 flow-simulate --remote --conform --env local
expect 2 flow-simulate --remote --env local
has err "has no simulator"
expect 2 flow-simulate --allow-skipped

# Signed where the user's configuration has a key; and on record where that is asked for.
keys=$(mktemp -d)
openssl genpkey -algorithm ed25519 -out "$keys/audit.pem" 2>/dev/null
openssl pkey -in "$keys/audit.pem" -pubout -out "$keys/audit.pub"
chmod 600 "$keys/audit.pem"
printf 'audit: {key: %s}\n' "$keys/audit.pem" >"$keys/config.yaml"
export TRUNKLINE_CONFIG="$keys/config.yaml"
expect 0 flow-simulate --audit-export signed.json flows/b.suite.yaml
is_valid audit-export signed.json
has signed.json '"algorithm": "Ed25519"'
if command -v python3 >/dev/null; then
	# The signature is over the RFC 8785 bytes of the rest, as another program makes them.
	python3 - <<'END' || fail "cannot take the document apart"
import json
document = json.load(open("signed.json"))
open("signature", "wb").write(bytes.fromhex(document.pop("signature")["value"]))
open("signed", "w", encoding="utf-8").write(json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True))
END
	openssl pkeyutl -verify -pubin -inkey "$keys/audit.pub" -rawin -in signed -sigfile signature >/dev/null || fail "another program finds the signature false"
fi
git add flows && git commit -qm "b too"
expect 1 flow-simulate --record --ticket CHG-7
expect 0 flow-audit query --action simulate
has out CHG-7
flow-audit query --action simulate --flow a --format jsonl >record
has record "\"commit\":\"$(git rev-parse HEAD)\""
has record '"error":"failed: bad"'
[ "$(grep -c simulate out)" -eq 2 ] || fail "not one record a suite: $(cat out)"
