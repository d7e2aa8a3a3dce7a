# An earlier deployment of a flow goes on and on: whoever writes the next version waits as long as --timeout says, is told so, may be stopped at once, and leaves
# nothing that resume does not know.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

make_repository 'one'
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git add trunkline.yaml
git commit -q -m project
start_sandbox
plan() {
	expect 0 flow-publish plan -q --env production -o plan.json
}
plan
expect 0 flow-publish apply plan.json
expect 0 flow-publish status --env production --format json
id=$(sed -n '/"flow": "a"/,/}/s/.*"platform_id": "\([^"]*\)".*/\1/p' out)

# in_vain COMMAND…: does not end well, in seconds, and every end is on record.
in_vain() {
	expect 3 timeout 30 "$@" --timeout 300ms
	cp out said.txt
	cp err told.txt
	expect 0 flow-publish status --env production
	lacks out 'end not known'
	cp said.txt out
	cp told.txt err
}

# Its own deployment, then the next one.
say a 'two'
git commit -q -a -m two
plan
faults 'deploy=hang,on=PUT /api/v2/flows/{id},count=1'
in_vain flow-publish apply plan.json
has out 'timed out  a  version 2 is still publishing after 300ms'
in_vain flow-publish resume --env production --undo
has out "version 2 was written and could not be taken back: flow 'a' is still being published after 300ms, so version 3 was not written: a longer '--timeout'"
has err "'flow-publish resume --env production' takes back the rest"
say a 'three'
git commit -q -a -m three
plan
in_vain flow-publish apply plan.json
has out 'production: 1 timed out, 1 left alone; nothing was written'
has out "timed out  a  flow 'a' is still being published after 300ms, so version 3 was not written: a longer '--timeout' waits on for it"
has err "'flow-publish resume --env production' finishes this"
in_vain flow-publish resume --env production --format json
is_valid apply-result out
has out '"state": "timed out"'
in_vain flow-publish rollback --env production a
has out 'timed out  a'

# All or nothing, where what is to be taken back hangs itself.
say b 'two'
git commit -q -a -m 'b two'
expect 0 flow-publish plan -q --env production -o plan.json flows/b.flow.yaml
faults 'deploy=hang,on=PUT /api/v2/flows/{id},count=1'
in_vain flow-publish apply --atomic plan.json
has out "could not be taken back: flow 'b' is still being published"

# Stopped while it waits.
expect 0 flow-publish plan -q --env production -o plan.json flows/a.flow.yaml
flow-publish apply --timeout 30m plan.json >out 2>err &
pid=$!
until grep -q "flow 'a' is still being published: going on in" err; do
	kill -0 "$pid" || fail "it does not wait: $(cat out err)"
	sleep 0.05
done
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
[ "$status" -eq 143 ] || fail "ended with $status: $(cat out err)"
has err 'not tried  a'
has err "'flow-publish resume --env production' finishes this"
expect 0 flow-publish status --env production
lacks out 'end not known'
lacks out 'published to by'

# It ends in the end.
sandbox POST "/sandbox/flows/$id/status" '{"status": "published"}' >status.json
expect 0 flow-publish resume --env production
has out 'published  a  version 3'
expect 0 flow-audit verify --env production
