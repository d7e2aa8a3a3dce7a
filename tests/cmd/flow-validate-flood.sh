#!/bin/sh
# flow-validate: a file that is wrong in tens of thousands of places is answered with so many findings, and one that says so.
. "$ROOT/tests/lib.sh"

# flood TEXT: the same line 30,000 times, before a flow that is good
flood() {
	{
		yes "$1" | head -n 30000
		printf 'flow: a\nname: A\nchannel: voice\nstart: a\nnodes:\n  a: {type: end}\n'
	} >a.flow.yaml
}

flood '# flow-ignore: unreachable: nobody knows'
expect 0 flow-validate a.flow.yaml
has out '1 flow: 0 errors, 20001 warnings, 0 notes'
has out 'a.flow.yaml:20001:1: warning: more than 20000 findings: the others in this file are not said [limit]'
flood '# flow-ignore: unreachabel: nobody knows'
expect 0 flow-validate a.flow.yaml
has out 'the others in this file are not said'

{
	printf 'inboundCall:\n  name: a\n  description: '
	yes '{{a}}' | head -n 30000 | tr -d '\n'
	echo
} >a.yaml
expect 1 flow-validate a.yaml
has out 'the others in this file are not said'
