#!/bin/sh
# What Architect flows name is looked up when they are planned: what is missing stands on its line, and each list is asked for once.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/production.sh"

mkdir flows
cat >flows/main.yaml <<'END'
inboundCall:
  name: Main
  startUpRef: "./tasks/task[Start_10]"
  tasks:
    - task:
        name: Start
        refId: Start_10
        actions:
          - callData:
              name: Look up
              category:
                CRM:
                  dataAction:
                    Find Customer: {}
          - evaluateSchedule:
              name: Open
              evaluationType:
                schedule:
                  selectedSchedule:
                    lit: {name: Office hours}
          - callCommonModule:
              name: Survey
              commonModule:
                Survey:
                  ver_latestPublished: {}
          - dataTableLookup:
              name: Rates
              dataTable:
                Rates: {}
          - playAudio:
              name: Sorry
              audio: {prompt: Prompt.Sorry}
          - playAudio:
              name: Music
              audio: {prompt: PromptSystem.on_hold_music}
          - transferToAcd:
              name: Computed
              targetQueue: {exp: FindQueue(Flow.name)}
          - transferToAcd:
              name: Support
              targetQueue: {lit: {name: "{{queue}}"}}
          - transferToFlow:
              name: Night
              targetFlow: {name: Night}
          - disconnect: {name: Bye}
END
for name in Night Day; do
	cat >"flows/$name.yaml" <<-END
		inboundCall:
		  name: $name
		  startUpRef: "./tasks/task[T_10]"
		  tasks:
		    - task:
		        name: T
		        refId: T_10
		        actions:
		          - transferToFlow: {name: Back, targetFlow: {name: Main}}
		          - disconnect: {name: Bye}
	END
done
cat >flows/survey.yaml <<'END'
commonModule:
  name: Survey
  startUpTaskActions:
    - endTask: {name: Done}
END
cat >trunkline.yaml <<'END'
flows: [flows]
environments:
  production: {platform: architect, values: {queue: Suport}}
END
git init -q . && git add . && git commit -qm one
start_sandbox --platform architect
SANDBOX=$(sed -n 2p "$TMPDIR/sandbox")

# lists: how often lists were asked for, but that of flows.
lists() {
	sandbox GET /sandbox/statistics | tr '{' '\n' | sed -n 's#.*/api/v2/\(routing\|architect\|integrations\|flows/datatables\)[^"]*","requests":\([0-9]*\).*#\2#p' |
		awk '{ n += $1 } END { print n + 0 }'
}

# have KEY NAMES: the organisation has these.
have() {
	sandbox POST /sandbox/architect "{\"$1\": $2}" >/dev/null
}

# Nothing is there but what the plan makes itself: flows, a common module; the platform's own prompts; what only a call decides.
expect 1 flow-publish plan --env production -o plan.json
[ ! -e plan.json ] || fail "there is a plan"
has err "flows/main.yaml:14:21: error: there is no data action 'Find Customer' in 'production' [missing-dependency]"
has err "there is no schedule or group of schedules 'Office hours' in 'production'"
has err "there is no data table 'Rates'"
has err "there is no user prompt 'Sorry'"
has err "there is no queue 'Suport'"
has err 'there is no plan: mend the flows first'
lacks err Survey
lacks err Night
lacks err on_hold_music
[ "$(grep -c '\[missing-dependency\]' err)" -eq 5 ] || fail "other findings: $(cat err)"

# Near names; a data action of another category.
have queues '["Support", "Sales"]'
have dataActions '[{"name": "Find Customer", "category": "Billing"}]'
have scheduleGroups '["Office hours"]'
have dataTables '["Rates"]'
have prompts '["Sorry"]'
before=$(lists)
expect 1 flow-publish plan --env production
# The three kinds of schedules, queues, prompts, actions, tables: once each, though many flows name them.
[ "$(($(lists) - before))" -eq 7 ] || fail "$(lists) lists, $before before"
has err "there is no queue 'Suport' in 'production'"
has err "did you mean 'Support'?"
has err "there is no data action 'Find Customer' of the category 'CRM', only of 'Billing', in 'production'"
[ "$(grep -c '\[missing-dependency\]' err)" -eq 2 ] || fail "other findings: $(cat err)"

# A list that we may not read keeps nobody from publishing; and it is said.
have dataActions '[{"name": "Find Customer", "category": "CRM"}]'
sandbox POST /sandbox/architect/revoked '{"permission": "routing:queue:view"}' >/dev/null
expect 0 flow-publish plan --env production
has err 'warning: whether each queue is there that the flows name cannot be said'
has err 'routing:queue:view'
has out '4 to create'
sandbox POST /sandbox/architect/revoked '{"permission": "routing:queue:view", "back": true}' >/dev/null

# The level is the project's.
sed -i '1a rules: {missing-dependency: warning}' trunkline.yaml
git commit -qam warning
expect 0 flow-publish plan --env production
has err "warning: there is no queue 'Suport'"
sed -i '/^rules/d; s/Suport/support/' trunkline.yaml
git commit -qam mended

# All is there: in the order in which one needs the other; two that name each other go together.
expect 0 flow-publish plan --env production -o plan.json --format json
tr -d '\n' <out | grep -q 'Survey.*inboundCall/Main.*inboundCall/Night.*inboundCall/Day\|Survey.*inboundCall/Main.*inboundCall/Night' || fail "another order"
expect 0 flow-publish plan --env production
has out 'these name each other, so the platform makes stubs'
expect 0 flow-publish apply plan.json
has out '4 published'

# What is not written is not looked up.
before=$(lists)
sed -i 's/name: Bye/name: End/' flows/Day.yaml
git commit -qam day
expect 0 flow-publish plan --env production
has out '1 to update'
[ "$(lists)" -eq "$before" ] || fail "lists that nobody needed"

# Somebody deletes what a flow names, and a flow that was never published is nobody's target.
sed -i 's/{name: Main}/{name: Mein}/' flows/Day.yaml
git commit -qam mein
expect 1 flow-publish plan --env production
has err "there is no flow 'Mein' in 'production'"
has err "did you mean 'Main'?"
