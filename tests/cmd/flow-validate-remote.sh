# The platform's own validation of flows, beside the checks here: on the lines of the files, in every format.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

make_repository one
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git add trunkline.yaml
git commit -q -m project

expect 2 flow-validate --remote
has err 'name it with --env'
expect 2 flow-validate --remote --env local
has err "the platform 'local' of the environment 'local' has no validation of its own"
start_sandbox

# What the platform does not have it does not judge, and that is said.
expect 0 flow-validate --remote --env production
has err "2 flows are not in 'production' yet"
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
say a 'two'
git add -A && git commit -q -m two
expect 0 flow-validate --remote --env production
lacks err 'not in'
sandbox GET /sandbox/statistics >statistics.json
has statistics.json '"path":"/api/v2/flows/{id}/validate","requests":2'

# Nobody who may only look is told that all is well, nor is anybody where the platform cannot be asked.
faults 'status=403,reason=Missing scope flow:edit,on=POST /api/v2/flows/{id}/validate'
expect 3 flow-validate --remote --env production
has err 'flow:edit'
faults 'html,on=POST /api/v2/flows/{id}/validate'
expect 3 flow-validate --remote --env production flows/a.flow.yaml
