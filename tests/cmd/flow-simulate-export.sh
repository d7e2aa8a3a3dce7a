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
# What is said without an audio file is named, as the platform's tutorial does.
has a.json '"missingAudioResources": ['

git add flows && git commit -qm suites
rm a.json && printf "a.json\nout\nerr\ndocuments\n" >>.git/info/exclude
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
