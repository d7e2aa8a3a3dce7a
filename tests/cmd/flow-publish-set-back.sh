# A platform that was set back to a backup counts the same version numbers anew: what is known of a number is held against when it was written.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

make_repository one
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git add trunkline.yaml
git commit -q -m project

# publish_text TEXT: flow a says it, there as well.
publish_text() {
	say a "$1"
	git commit -q -a -m "$1"
	expect 0 flow-publish plan -q --env production -o plan.json
	expect 0 flow-publish apply plan.json
}

# set_back: the sandbox begins anew with what it had after `one`.
set_back() {
	stop_sandbox
	cp "$TMPDIR/backup.db" "$TMPDIR/platform.db"
	start_sandbox --rate 0 --db "$TMPDIR/platform.db"
}

start_sandbox --rate 0 --db "$TMPDIR/platform.db"
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
stop_sandbox
cp "$TMPDIR/platform.db" "$TMPDIR/backup.db"
start_sandbox --rate 0 --db "$TMPDIR/platform.db"
publish_text two
publish_text three

# Below what is on record: published on top of that, and after it nothing speaks of what was there before.
set_back
expect 4 flow-monitor --env production
has out 'version 3, but the platform is at 1'
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
has out 'published  a  version 2'
expect 0 flow-monitor --env production
has out 'published  a  version 2'
expect 0 flow-publish plan --env production
has out '2 unchanged'

# At a number that is on record, by somebody else: not ours, for whoever asks.
set_back
id=$(api GET '/api/v2/flows?name=a' | sed 's/.*"entities":[[]{"id":"\([^"]*\)".*/\1/')
api GET "/api/v2/flows/$id" | sed -e 's/"version":1/"version":2/' -e 's/"one"/"Eve was here"/' >edit.json
api PUT "/api/v2/flows/$id" "$(cat edit.json)" >/dev/null
expect 0 flow-publish status --env production
has out 'not written from here'
expect 1 flow-diff env:production
has out 'Eve was here'
has out 'changed on the platform by somebody else'
expect 0 flow-publish import -n --env production
has out 'edited'
expect 4 flow-monitor --env production
has out 'replaced   a  version 2 is not the one that was deployed from here: the platform was set back, and somebody else wrote it; callers get version 2'
has out 'published  b  version 1'
flow-monitor --env production --watch --interval 1s >watch.txt 2>&1 &
watch=$!
until grep -q 'the platform was set back' watch.txt; do
	kill -0 $watch || fail "the watch ended: $(cat watch.txt)"
	sleep 0.05
done
kill $watch
wait $watch
# Callers get it below a draft, too.
api GET "/api/v2/flows/$id" | sed -e 's/"version":2/"version":3/' -e 's/"status":"published"/"status":"draft"/' >draft.json
api PUT "/api/v2/flows/$id" "$(cat draft.json)" >/dev/null
expect 4 flow-monitor --env production
has out 'version 2 is not the one that was deployed from here'
expect 0 flow-publish plan --env production -o plan.json
has out 'update  a  on version 3, which was not written from here'
expect 0 flow-publish apply plan.json
has out 'published  a  version 4'
expect 0 flow-publish plan --env production
has out '2 unchanged'

# What says the same is ours, whoever wrote it under that number.
set_back
for version in 2 3 4; do
	api GET "/api/v2/flows/$id" | sed -e "s/\"version\":[0-9]*/\"version\":$version/" -e 's/"one"/"three"/' >edit.json
	api PUT "/api/v2/flows/$id" "$(cat edit.json)" >/dev/null
done
expect 0 flow-monitor --env production
has out 'published  a  version 4'
