#!/bin/sh
# Sixteen publishers on one platform, each with a repository of its own: whatever is applied is there once, whatever is not was refused.
# TRUNKLINE_TEST_SCALE makes it longer.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

publishers=16
rounds=$((6 * ${TRUNKLINE_TEST_SCALE:-1}))
shared=$PWD

# One publisher: a text that nobody else says, a plan, an apply; its log has each text with the exit status.
publisher() {
	mkdir -p "p$1/flows" && cd "p$1" || exit 1
	for round in $(seq "$rounds"); do
		say line "p$1-$round"
		flow-publish plan -q -o plan.json >/dev/null 2>plan.err || { cat plan.err; echo "p$1-$round plan $?" >>log; continue; }
		flow-publish apply plan.json >out 2>err
		echo "p$1-$round $?" >>log
	done
}

# A database outside of the project is one that somebody approved.
approve() {
	mkdir -p "config$1" "p$1"
	printf 'flows: [flows]\nenvironments:\n  local: {platform: local, database: %s/shared.db}\n' "$shared" >"p$1/trunkline.yaml"
	digest=$(cd "p$1" && flow-publish trust 2>/dev/null | sed -n 's/^digest: //p')
	(cd "p$1" && TRUNKLINE_CONFIG=$shared/config$1/config.yaml flow-publish trust -q --yes "$digest" >/dev/null) || fail "not approved"
}

for i in $(seq "$publishers"); do
	approve "$i"
	TRUNKLINE_CONFIG=$shared/config$i/config.yaml publisher "$i" &
done
wait
cat p*/log >log
[ "$(wc -l <log)" -eq $((publishers * rounds)) ] || fail "not every attempt is in a log"
applied=$(grep -c ' 0$' log)
refused=$(grep -c ' 4$' log)
[ $((applied + refused)) -eq $((publishers * rounds)) ] || { grep -vE ' (0|4)$' log >&2; cat p*/err >&2; fail "an attempt ended in another way"; }
cd p1 || exit 1
export TRUNKLINE_CONFIG="$shared/config1/config.yaml"
expect 0 flow-publish status
version=$(sed -nE 's/^  line +([0-9]+) .*/\1/p' out)
[ "$version" -eq "$applied" ] || fail "$applied applied, but the platform is at version $version"
if command -v python3 >/dev/null; then
	python3 - ../log ../shared.db <<'END' || fail "the database and the logs do not agree"
import json, sqlite3, sys
log = [line.split() for line in open(sys.argv[1])]
wanted = sorted(text for text, status in log if status == "0")
texts = []
for version, content in sqlite3.connect(sys.argv[2]).execute("SELECT version, content FROM versions ORDER BY version"):
    texts += [text for text, status in log if '"%s"' % text in content]
sys.exit(0 if sorted(texts) == wanted else "%s\n%s" % (sorted(texts), wanted))
END
fi
echo "$applied applied, $refused refused"
