#!/bin/sh
# What the README and the tour of the flows show is what happens: their console blocks run here, in a copy of the example flows, and their files in
# YAML are held against what they are.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

command -v bash >/dev/null || skip "needs bash"
for document in README.md flows/README.md; do
	rm -rf yard && mkdir yard
	cp -R "$ROOT/flows" "$ROOT/schemas" "$ROOT/trunkline.yaml" yard
	(cd yard && git init -q . && git add . && git commit -q -m "Our flows" && "$ROOT/tests/transcript" "$ROOT/$document") || fail "$document is not true"
	rm -rf my-flows first-day
done

# Each block is told by its first line.
awk '/^```/ { name = ""; if ($0 == "```yaml") name = "block." ++n ".yaml"; next } name { print >name }' "$ROOT/README.md"
found=0
for block in block.*.yaml; do
	case $(head -n 1 "$block") in
	'flow: '*) expect 0 flow-validate "$block" ;;
	'# ~/.config/trunkline/config.yaml'*) is_valid config "$block" ;;
	*) fail "what is $block? $(cat "$block")" ;;
	esac
	found=$((found + 1))
done
[ "$found" -eq 2 ] || fail "$found blocks of YAML"
