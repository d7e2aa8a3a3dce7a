#!/bin/sh
# Authority: a project file's own hosts, credentials, ledgers and signers hold only as they were approved; the protected configuration only where nobody else
# could have written it.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

config=$HOME/.config/trunkline/config.yaml
make_repository one
cp /dev/null trunkline.yaml

# Nothing is claimed.
printf 'flows: [flows]\n' >trunkline.yaml
expect 0 flow-publish trust
has out 'nothing to approve'
[ ! -e "$config" ] || fail 'a configuration was made for nothing'

# Each section that a pull request may try, in a project file that works without it.
while read -r claim; do
	printf 'flows: [flows]\nenvironments:\n  local: {%s}\n' "$claim" >trunkline.yaml
	for command in 'flow-publish plan' 'flow-publish status' 'flow-monitor' 'flow-diff --env local'; do
		# shellcheck disable=SC2086
		expect 2 $command
		has err 'claims authority'
		has err 'flow-publish trust'
	done
	# What needs no authority goes on.
	expect 0 flow-validate
	expect 2 flow-publish trust --yes
	expect 2 flow-publish trust --yes 0000000000000000000000000000000000000000000000000000000000000000
	[ ! -e "$config" ] || fail "approved unseen: $claim"
done <<-'END'
	login: "https://evil.example"
	api: "https://evil.example"
	region: us-east-1
	proxy: "http://evil.example:3128"
	ca: /tmp/evil.pem
	rate: 1/1
	role: evil
	ledger: "postgres://evil.example/x"
	ledger: evil.db
	publish_from: {branch: evil}
	publish_from: {signers: /tmp/evil}
	webhooks: {crm: {url: "https://evil.example"}}
	credentials: {client_id: {env: HOME}, client_secret: {file: /etc/shadow}}
	calls: {user: {env: HOME}, password: {file: /etc/shadow}}
	calls: {ca: /tmp/evil.pem}
	database: /tmp/evil.db
	database: ../evil.db
	database: .git/hooks/evil
END
[ ! -e ../evil.db ] || fail 'a database was made outside of the project'
# What no approval can give is no key of a project file; nor is one named twice, or by another name.
while read -r claim; do
	printf 'flows: [flows]\nenvironments:\n  local: {%s}\n' "$claim" >trunkline.yaml
	for command in 'flow-publish plan' 'flow-publish trust' 'flow-monitor' 'flow-validate'; do
		# shellcheck disable=SC2086
		expect 2 $command
		has err 'trunkline.yaml:3:'
	done
done <<-'END'
	insecure: true
	rate: off
	webhooks: {crm: {url: "https://evil.example", allow_private: true}}
	audio_connector: {api_key: {env: HOME}}
	Login: "https://evil.example"
	"login ": "https://evil.example"
	database: a.db, database: b.db
	<<: {login: "https://evil.example"}, login: "https://other.example"
END
printf 'flows: [flows]\naudit: {key: /tmp/evil.pem}\n' >trunkline.yaml
expect 2 flow-publish plan
has err 'claims authority (audit)'

# A helper command is never run and never approved.
printf 'flows: [flows]\nenvironments:\n  local:\n    credentials: {client_id: {env: A}, client_secret: {command: [touch, "%s/ran"]}}\n' "$PWD" >trunkline.yaml
expect 2 flow-publish plan
has err 'helper command'
expect 2 flow-publish trust
has err 'helper command'
[ ! -e ran ] || fail 'a command of the repository was run'

# Approval: of what was read, by its digest; everything else of the configuration stays.
mkdir -p "${config%/*}"
printf '# mine\nenvironments: {other: {role: r}} # and this\n' >"$config"
cat >trunkline.yaml <<-END
	flows: [flows]
	environments:
	  local: {credentials: {client_id: {env: "A_NAME\\e[2J\\u202e"}, client_secret: {env: B}}, ledger: $PWD/../tmp/l.db}
END
expect 2 flow-publish trust
has out 'environments.local.credentials.client_id.env: A_NAME\x1b[2J\u202e'
has err "nobody is there to be asked: 'flow-publish trust --yes "
digest=$(sed -n 's/^digest: //p' out)
[ ${#digest} -eq 64 ] || fail "no digest: $digest"
expect 0 flow-publish trust --yes "$digest"
has out 'approved for file:'
head -n 2 "$config" >kept
printf '# mine\nenvironments: {other: {role: r}} # and this\n' | cmp - kept || fail 'the configuration was changed elsewhere'
expect 0 flow-publish trust
has out 'approved already'
expect 0 flow-publish plan -o plan.json
expect 0 flow-publish apply plan.json
[ -e ../tmp/l.db ] || fail 'the approved ledger is not used'

# A change of what is claimed is a new claim; a change of anything else is none; and an older approval does not hold again.
sed -i 's/^flows:/rules: {unreachable: error}\nflows:/' trunkline.yaml
expect 0 flow-publish status
cp trunkline.yaml before.yaml
sed -i 's/A_NAME/ANOTHER_NAME/' trunkline.yaml
expect 2 flow-publish status
has err 'not approved as it stands now'
expect 2 flow-publish trust
expect 0 flow-publish trust --yes "$(sed -n 's/^digest: //p' out)"
expect 0 flow-publish status
cp before.yaml trunkline.yaml
expect 2 flow-publish status
[ "$(grep -c 'authority:' "$config")" -eq 1 ] || fail 'approvals pile up'

# Approved here, not in another project; but in any clone of the same.
git remote add origin https://user:token@Example.com/acme/flows.git
expect 2 flow-publish status
expect 2 flow-publish trust
expect 0 flow-publish trust --yes "$(sed -n 's/^digest: //p' out)"
has out 'example.com/acme/flows'
lacks "$config" token
git clone -q . ../tmp/clone
git -C ../tmp/clone remote set-url origin git@example.com:acme/flows
cp trunkline.yaml ../tmp/clone/
expect 0 flow-publish status -C ../tmp/clone
git remote remove origin

# The configuration itself: in the repository, by link too; open to others; not there; of no use.
printf 'flows: [flows]\n' >trunkline.yaml
expect 0 flow-publish status
cp "$config" mine.yaml
for path in mine.yaml "$PWD/mine.yaml" ../work/mine.yaml; do
	expect 2 env TRUNKLINE_CONFIG="$path" flow-publish status
	has err 'lies in the repository'
done
ln -s "$PWD/mine.yaml" ../tmp/link.yaml
expect 2 env TRUNKLINE_CONFIG="$PWD/../tmp/link.yaml" flow-publish status
has err 'lies in the repository'
cp mine.yaml ../tmp/loose.yaml
chmod 666 ../tmp/loose.yaml
expect 2 env TRUNKLINE_CONFIG=../tmp/loose.yaml flow-publish status
has err 'may be written by other users'
if [ "$(id -u)" -eq 0 ]; then
	chmod 600 ../tmp/loose.yaml
	chown 65534 ../tmp/loose.yaml
	expect 2 env TRUNKLINE_CONFIG=../tmp/loose.yaml flow-publish status
	has err 'belongs to another user'
fi
expect 0 env TRUNKLINE_CONFIG=/nonexistent/config.yaml flow-publish status
expect 0 env TRUNKLINE_CONFIG=/dev/null flow-publish status
printf 'environments: {local: {credentials: {client_id: {env: A}, client_secret: hunter2}}}\n' >../tmp/bad.yaml
expect 2 env TRUNKLINE_CONFIG=../tmp/bad.yaml flow-publish status
has err 'bad.yaml:1:'
lacks err hunter2
printf 'environments: {production: {region: us-east-1}}\n' >../tmp/more.yaml
expect 2 env TRUNKLINE_CONFIG=../tmp/more.yaml flow-publish status --env production
has err "the environment 'production' is in"
has err 'trunkline.yaml must name it too'

# A database or a folder for it by way of a link leads nowhere.
mkdir ../tmp/outside
ln -s ../tmp/outside data
printf 'flows: [flows]\nenvironments:\n  local: {database: data/local.db}\n' >trunkline.yaml
expect 2 flow-publish plan
has err 'symbolic link'
[ -z "$(ls ../tmp/outside)" ] || fail 'written through a link'

# A store that came with a commit is none of this machine's: nothing is believed of it, and nothing is written there.
rm -rf data .trunkline
mkdir data
printf 'flows: [flows]\nenvironments:\n  local: {database: data/local.db}\n' >trunkline.yaml
expect 0 flow-publish plan -o plan.json
expect 0 flow-publish apply plan.json
git add -f data/local.db
cp data/local.db ../tmp/planted.db
for command in 'flow-publish plan' 'flow-publish status' 'flow-monitor' 'flow-diff --env local' 'flow-publish resume'; do
	# shellcheck disable=SC2086
	expect 2 $command
	has err "'data/local.db' is tracked by git"
done
cmp data/local.db ../tmp/planted.db || fail 'what is tracked was written to'
git rm -q --cached data/local.db
expect 0 flow-publish status
rm -rf data .trunkline

# The state of other environments: the user's, closed to others, and never through a link.
printf 'flows: [flows]\nenvironments:\n  far: {platform: genesys}\n' >trunkline.yaml
mkdir -p ../tmp/elsewhere "$HOME/.local/state"
ln -s "$PWD/../tmp/elsewhere" "$HOME/.local/state/trunkline"
expect 2 flow-publish status --env far
has err 'symbolic link'
[ -z "$(ls ../tmp/elsewhere)" ] || fail 'state was kept through a link'

# On a terminal it shows what is claimed and asks; nothing but 'yes' is one.
command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1 || exit 0
rm -f "$config" data
printf 'flows: [flows]\nenvironments:\n  local: {role: r}\n' >trunkline.yaml
for answer in no y '' "$(printf '\033')yes"; do
	printf '%s\n' "$answer" | script -qec 'flow-publish trust; echo "status $?"' /dev/null >out
	has out 'environments.local.role: r'
	has out 'status 1'
	[ ! -e "$config" ] || fail "approved by '$answer'"
done
printf 'yes\n' | script -qec 'flow-publish trust; echo "status $?"' /dev/null >out
has out 'status 0'
expect 0 flow-publish status
