#!/bin/sh
# A secret stands in no place but where it is kept: not in what commands print, write or leave behind, and not in what other processes can see of them; however
# it is found, and whatever goes wrong.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

command -v curl >/dev/null || skip "needs curl"
keep=$TMPDIR/kept
mkdir -m 700 "$keep"
# Whoever speaks TLS has it.
export SSLKEYLOGFILE="$TMPDIR/keys"
cat >"$keep/seed.yaml" <<-'END'
	interactions:
	  - {id: conversation-1, customAttributes: {flow_node: greet}}
END
flow-sandbox --seed "$keep/seed.yaml" --for 300s --tls --ca "$keep/ca.pem" --write-config "$keep/sandbox.yaml" --publishing 200ms >"$keep/out" 2>"$keep/err" &
sandbox=$!
trap 'kill $sandbox 2>/dev/null; wait $sandbox 2>/dev/null' EXIT
trap 'exit 143' TERM INT HUP
until grep -q SANDBOX_ADMIN_TOKEN "$keep/out" 2>/dev/null; do
	kill -0 $sandbox 2>/dev/null || { cat "$keep/err" >&2; fail 'no sandbox'; }
	sleep 0.05
done
address=$(head -n 1 "$keep/out")
id=$(sed -n "s/^export SANDBOX_CLIENT_ID='\(.*\)'/\1/p" "$keep/out")
canary=$(sed -n "s/^export SANDBOX_CLIENT_SECRET='\(.*\)'/\1/p" "$keep/out")
[ ${#canary} -ge 20 ] || fail 'the sandbox gave no secret'
export TRUNKLINE_CONFIG="$HOME/config.yaml"
wrong=not-the-canary-5f3a9b1c2d
# That of the webhooks, in a file of its own.
hook=hook-canary-8e21d07b4c
printf '%s\n' "$hook" >"$keep/hook"
chmod 600 "$keep/hook"

# What may hold it: the folder of the sandbox and of this test. Nothing else below HOME, the working folder and TMPDIR, by any spelling that is sent.
look() {
	encoded=$(printf '%s:%s' "$id" "$canary" | base64 -w 0)
	for text in "$canary" "$wrong" "$hook" "${encoded%??}" "$(printf %s "$canary" | base64 -w 0 | cut -c 1-24)" 'Bearer '; do
		if grep -rlaF -e "$text" --exclude-dir=kept "$HOME" "$PWD" "$TMPDIR" >"$keep/found"; then
			cat "$keep/found" >&2
			fail "$1: a secret is there"
		fi
	done
	[ ! -e "$TMPDIR/keys" ] || fail "$1: the keys of connections were written"
}

# configure PLACE: the secret is found there.
configure() {
	cat >"$TRUNKLINE_CONFIG" <<-END
		environments:
		  far:
		    login: $address
		    api: $address
		    ca: $keep/ca.pem
		    credentials: {client_id: {env: FAR_ID}, client_secret: $1}
		    role: publisher
		    webhooks:
		      crm: {url: "$address/sinks/crm", secret: {file: $keep/hook}, allow_private: true}
		      monitor: {url: "$address/sinks/monitor", secret: {file: $keep/hook}, allow_private: true}
	END
	chmod 600 "$TRUNKLINE_CONFIG"
}
export FAR_ID="$id"

make_repository one
printf 'flows: [flows]\nenvironments:\n  far: {platform: genesys}\n' >trunkline.yaml
cat >flows/a.suite.yaml <<-'END'
	suite: a
	cases:
	  - {id: ends, inputs: [], expect: {status: completed}}
END
git add . && git commit -q -m project

# Everything that speaks to the platform, with all that it writes.
everything() {
	say a "$1"
	git commit -q -a -m "$1"
	for command in "flow-publish plan --env far -v -o plan-$1.json" "flow-publish apply -v --format json plan-$1.json" 'flow-publish status --env far --format json' \
		'flow-monitor -v --env far' 'flow-diff -v --env far' 'flow-publish resume -v --env far' 'flow-audit log --env far --format json' 'flow-audit verify --env far' \
		"flow-audit export --env far -o export-$1" 'flow-publish import --env far -v'; do
		# shellcheck disable=SC2086
		expect 0 $command
		cat out err >>"log-$1"
	done
	flow-simulate --env far --remote --format json >>"log-$1" 2>&1
	flow-simulate --env far --conform --audit-export "audit-$1" >>"log-$1" 2>&1
	flow-transition --env far -v --interaction conversation-1 --flow a --from greet --to bye >>"log-$1" 2>&1
	flow-monitor --env far --watch --timeout 0s -v >>"log-$1" 2>&1
	look "$1"
}

# In a variable.
configure '{env: FAR_SECRET}'
FAR_SECRET=$canary
export FAR_SECRET
everything variable
unset FAR_SECRET

# In a file: ours, closed, and no link.
printf '%s\n' "$canary" >"$keep/secret"
chmod 600 "$keep/secret"
configure "{file: $keep/secret}"
everything file
chmod 644 "$keep/secret"
expect 2 flow-publish status --env far
has err 'open to other users'
chmod 600 "$keep/secret"
ln -s "$keep/secret" "$HOME/link"
configure "{file: $HOME/link}"
expect 2 flow-publish status --env far
has err 'symbolic link'
look 'refused files'

# By a command: it has none of our environment, no open file of ours, and no other process is told.
cat >"$keep/helper" <<-'END'
	#!/bin/sh
	tr '\0' '\n' </proc/self/environ >"$0.environ"
	ls /proc/self/fd >"$0.fds"
	pwd >"$0.pwd"
	tr '\0' ' ' </proc/$PPID/cmdline >"$0.parent"
	cat "${0%/*}/secret" 
	cat "${0%/*}/secret" >&2
END
chmod 700 "$keep/helper"
configure "{command: [$keep/helper, some, words]}"
export NOT_FOR_HELPERS="$wrong" LD_PRELOAD='' BASH_ENV=/nonexistent
everything command
lacks "$keep/helper.environ" NOT_FOR_HELPERS
lacks "$keep/helper.environ" FAR_ID
lacks "$keep/helper.environ" TRUNKLINE
lacks "$keep/helper.environ" LD_PRELOAD
lacks "$keep/helper.environ" BASH_ENV
# 3 is the folder that ls itself reads.
[ "$(tr '\n' ' ' <"$keep/helper.fds")" = '0 1 2 3 ' ] || fail "the helper has open files: $(cat "$keep/helper.fds")"
has "$keep/helper.environ" "HOME=$HOME"
[ "$(cat "$keep/helper.pwd")" = / ] || fail "the helper ran in $(cat "$keep/helper.pwd")"
lacks "$keep/helper.parent" "$canary"
unset NOT_FOR_HELPERS
for script in 'exit 1' 'while :; do echo x; done' 'exit 0'; do
	printf '#!/bin/sh\ncat "${0%%/*}/secret" >&2\n%s\n' "$script" >"$keep/helper"
	flow-publish status --env far >bad-helper 2>&1 && fail "went on without a secret: $script"
	lacks bad-helper "$canary"
done

# What goes wrong: a password that is none, a server that says it back, one that is not there.
export FAR_SECRET="$wrong"
configure '{env: FAR_SECRET}'
flow-publish plan --env far -v >log-wrong 2>&1 && fail 'any password does'
look 'a wrong password'
export FAR_SECRET="$canary"
sed -i 's|api: .*|api: http://127.0.0.1:1|' "$TRUNKLINE_CONFIG"
flow-publish plan --env far -v >log-gone 2>&1 && fail 'there is no server'
look 'no server'
configure '{env: FAR_SECRET}'
printf '    ledger: "postgres://user:%s@127.0.0.1:1/x"\n' "$wrong" >"$keep/ledger"
cat "$TRUNKLINE_CONFIG" "$keep/ledger" >"$keep/config.yaml"
TRUNKLINE_CONFIG=$keep/config.yaml flow-publish status --env far >log-ledger 2>&1 && fail 'there is no such database'
look 'a ledger with a password'

# While it runs: arguments, environment of others, limits; and what is left when it is killed.
configure "{file: $keep/secret}"
say a slow
git commit -q -a -m slow
expect 0 flow-publish plan --env far -o slow.json
# Root may read every process, with its capabilities: publisher and reader go without.
plain=
[ "$(id -u)" -ne 0 ] || plain='setpriv --bounding-set=-all --inh-caps=-all'
# LeakSanitizer reads the process itself.
closed=
grep -qa __asan_init "$BIN/flow-publish" && closed=asan
# admin METHOD [CURL OPTION…]: at the sandbox's faults.
admin() {
	method=$1
	shift
	env -u SSLKEYLOGFILE curl -s -m 20 -X "$method" --cacert "$keep/ca.pem" -H "Authorization: Bearer $(sed -n "s/^export SANDBOX_ADMIN_TOKEN='\(.*\)'/\1/p" "$keep/out")" "$@" \
		"$address/sandbox/faults" >"$keep/admin"
}
# It waits for an answer until it is killed.
admin POST -H 'Content-Type: application/json' -d '{"fault": "latency=60s,on=GET /api/v2/flows"}'
has "$keep/admin" latency
(
	# shellcheck disable=SC3045
	ulimit -c unlimited 2>/dev/null
	# shellcheck disable=SC2086
	exec $plain flow-publish apply slow.json >log-slow 2>&1
) &
publisher=$!
# Both are so from its first moments on; where they are not, that is known long before the answer is there.
seen= looks=500
while kill -0 $publisher 2>/dev/null && [ -z "$seen" ] && [ $((looks -= 1)) -gt 0 ]; do
	cat "/proc/$publisher/cmdline" >"$TMPDIR/cmdline" 2>/dev/null
	grep -q '^Max core file size  *0  *0' "/proc/$publisher/limits" 2>/dev/null && seen=yes
	sleep 0.02
done
while kill -0 $publisher 2>/dev/null && [ -z "$closed" ] && [ $((looks -= 1)) -gt 0 ]; do
	# shellcheck disable=SC2086
	$plain cat "/proc/$publisher/environ" >"$TMPDIR/environ" 2>/dev/null || closed=yes
	sleep 0.02
done
rm -f "$TMPDIR/environ"
kill -SEGV $publisher 2>/dev/null
wait $publisher
[ -n "$seen" ] || fail 'a core file could be written'
[ -n "$closed" ] || fail 'other processes of the user can read the memory'
[ -z "$(find . "$HOME" -name 'core*' -type f)" ] || fail 'a core file was written'
look 'a publisher that was killed'
admin DELETE

# Never from the process environment: neither placeholders nor expressions.
export PLACEHOLDER="$wrong"
say a 'to ${env.PLACEHOLDER}'
expect 1 flow-publish plan --env far
lacks err "$wrong"
expect 1 flow-validate --env far
lacks out "$wrong"
cat >flows/c.yaml <<-'END'
	inboundCall:
	  name: "{{PLACEHOLDER}}"
	  startUpRef: /inboundCall/tasks/task[main]
	  tasks:
	    - task:
	        name: main
	        refId: main
	        actions:
	          - disconnect: {name: "{{ HOME }}"}
END
expect 1 flow-validate --env far flows/c.yaml
has out '[unset-substitution]'
lacks out "$wrong"
flow-diff --format json flows/c.yaml flows/b.flow.yaml >both 2>&1
lacks both "$wrong"
lacks both "$HOME"
