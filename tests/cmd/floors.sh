#!/bin/sh
# The check of the floors finds what it is there for.
. "$ROOT/tests/lib.sh"

# tree ROOM INCLUDE: a library of one file that includes one thing.
tree() {
	rm -rf lib
	mkdir -p "lib/$1"
	cp "$ROOT/lib/trunkline.h" lib/
	printf '#include %s\n' "$2" >"lib/$1/a.c"
}

while read -r status room include; do
	tree "$room" "$include"
	expect "$status" "$ROOT/tests/floors" .
	[ "$status" -eq 0 ] || has out "lib/$room/a.c:1: "
done <<'ROWS'
0 doc "base/str.h"
0 doc "doc/tree.h"
0 doc <stdio.h>
0 doc <yaml.h>
0 git <git2.h>
0 git <sys/stat.h>
0 platform "dialect/wire.h"
1 base "doc/tree.h"
1 doc "git/source.h"
1 flow "dialect/native.h"
1 check "dialect/native.h"
1 flow <yaml.h>
1 flow <unheard_of.h>
1 flow "model.h"
1 flow "nowhere/model.h"
1 nowhere "base/str.h"
ROWS

rm -rf lib
mkdir -p lib
cp "$ROOT/lib/trunkline.h" lib/
expect 1 "$ROOT/tests/floors" .
has out "no files"
