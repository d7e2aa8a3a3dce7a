#!/bin/sh
# The vendor's organisation on bad days: flows that are renamed, have one name, are deleted there; rights that are taken away.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/architect.sh"

mkdir project && cd project || exit 1
make_organisation

# Two flows of one name and different type are two: each is changed, published, edited and given back for itself.
change two
has out '1 to update, 1 unchanged'
expect 0 flow-publish apply plan.json
[ "$(version INBOUNDSHORTMESSAGE)" = 1.0 ] || fail "the other flow of that name was published"
sandbox POST '/sandbox/architect/flows/Main/edit?type=INBOUNDSHORTMESSAGE' '{"user": "Bob"}' >/dev/null
expect 1 flow-diff --drift --env production
has out 'inboundShortMessage/Main  changed'
lacks out 'inboundCall/Main'
flow chat inboundShortMessage Main 'Edited by Bob, 1'
git commit -q -a -m 'as Bob has it'
plan
has out '2 unchanged'
expect 0 flow-publish apply plan.json
agree 2.0

# Renamed there: it is known by its id; published under its name here it would become a second flow, so nothing is written until both have one name.
change three
faults 'act=rename,reason=Hotline,on=GET /api/v2/flows,count=1'
api GET /api/v2/flows >/dev/null
faults
expect 0 flow-publish plan --env production -o plan.json
has out 'the platform calls it inboundCall/Hotline'
has out 'would make a second flow'
expect 4 flow-publish apply plan.json
has out "is called 'Hotline' (INBOUNDCALL) on the platform"
[ "$(api GET /api/v2/flows | grep -o '"publishedVersion"' | wc -l)" -eq 2 ] || fail "a second flow was made"
flow main inboundCall Hotline three
git commit -q -a -m 'as it is called there'
plan
has out '1 to update'
lacks out 'gone from git'
expect 0 flow-publish apply plan.json
[ "$(api GET '/api/v2/flows?name=Hotline' | sed 's/.*"publishedVersion":{"id":"\([^"]*\)".*/\1/')" = 3.0 ] || fail "it was not published as the same flow"

# Renamed here: that a second flow would be made is said before it is, and the former one stays.
flow main inboundCall 'Main line' three
git commit -q -a -m 'another name'
expect 0 flow-publish plan --env production
has out 'it looks like inboundCall/Hotline renamed: a second flow is made'
has out 'it looks renamed to inboundCall/Main line'
has out '1 to create, 1 gone from git, 1 unchanged'
git mv flows/main.yaml flows/line.yaml
git commit -q -m 'in another file'
expect 0 flow-publish plan --env production -o plan.json
has out 'it looks like inboundCall/Hotline renamed'
expect 0 flow-publish apply plan.json
expect 0 flow-publish plan --env production
has out '1 gone from git, 2 unchanged'

# Deleted there between plan and apply, and in the moment before it would be locked: a conflict, and the next plan makes it anew.
git mv flows/line.yaml flows/main.yaml
flow main inboundCall 'Main line' four
git commit -q -a -m 'four'
plan
id=$(api GET '/api/v2/flows?name=Main%20line' | sed 's/.*"entities":[[]{"id":"\([^"]*\)".*/\1/')
faults "act=delete,flow=$id,on=POST /api/v2/flows/actions/checkout,count=1"
expect 4 flow-publish apply plan.json
has out 'the platform no longer has'
faults
expect 4 flow-publish apply plan.json
has out 'which the platform no longer has'
expect 0 flow-publish status --env production
has out 'no longer on the platform'
expect 0 flow-publish plan --env production -o plan.json
has out 'it was deployed from here before, and the platform no longer has it'
expect 0 flow-publish apply plan.json
expect 0 flow-publish plan --env production
has out '2 unchanged'
expect 0 flow-audit verify --env production

# Rights that are missing are named before anything is done; one that is taken in the middle leaves no doubt of what was written.
flow main inboundCall 'Main line' five
git commit -q -a -m 'five'
plan
sandbox POST /sandbox/architect/revoked '{"permission": "architect:flow:publish"}' >/dev/null
expect 3 flow-publish apply plan.json
has err 'lacks architect:flow:publish'
sandbox POST /sandbox/architect/revoked '{"permission": "architect:flow:publish", "back": true}' >/dev/null
for lost in architect:flow:publish architect:job:create architect:flow:edit; do
	case $lost in
	architect:flow:edit) on='GET /api/v2/flows/*' ;;
	*) on='POST /api/v2/flows/actions/checkout' ;;
	esac
	faults "act=revoke,reason=$lost,on=$on,count=1"
	expect 3 flow-publish apply plan.json
	has out "$lost"
	has out 'nothing was written'
	faults
	sandbox POST /sandbox/architect/revoked "{\"permission\": \"$lost\", \"back\": true}" >/dev/null
	api GET '/api/v2/flows?pageSize=100' >there.json
	lacks there.json '"lockedClient"'
done
# To look at the job: whether it was published is not known then, and found out later.
faults 'act=revoke,reason=architect:job:view,on=POST /api/v2/flows/jobs,count=1'
expect 3 flow-publish apply plan.json
has out 'whether it was published is not known'
has err 'resume'
faults
expect 3 flow-publish resume --env production
has err 'architect:job:view'
sandbox POST /sandbox/architect/revoked '{"permission": "architect:job:view", "back": true}' >/dev/null
expect 0 flow-publish resume --env production
expect 0 flow-publish plan --env production
has out '2 unchanged'
api GET '/api/v2/flows?pageSize=100' >there.json
lacks there.json '"lockedClient"'
expect 0 flow-audit verify --env production
