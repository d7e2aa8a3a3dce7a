#!/bin/sh
# hooks/pre-push: which revisions it has checked, with stand-ins for the commands that record how they were called.
. "$ROOT/tests/lib.sh"

mkdir bin
cat >bin/flow-validate <<'END'
#!/bin/sh
echo "${0##*/} $*" >>"$LOG"
echo "said by ${0##*/}"
test -z "$(cat)" || echo "something on standard input" >>"$LOG"
exit "$(cat "$LOG.${0##*/}" 2>/dev/null || echo 0)"
END
cp bin/flow-validate bin/flow-simulate
chmod +x bin/*
LOG=$PWD/log
PATH=$PWD/bin:$PATH
export LOG PATH

# both SOURCE…: both commands ran for each of these, in this order, and nothing else ran since the last time.
both() {
	: >want
	for source in "$@"; do printf 'flow-validate %s\nflow-simulate %s\n' "$source" "$source" >>want; done
	touch "$LOG"
	diff -u want "$LOG" >&2 || fail "other calls than wanted"
	rm -f "$LOG"
}

id() {
	git rev-parse "$1"
}

commit() {
	echo "$1" >"$1"
	git add "$1"
	git commit -q -m "$1"
}

git init -q --bare remote.git
git init -q r
cd r || exit
git remote add origin ../remote.git
cp "$ROOT/hooks/pre-push" .git/hooks/
commit one
commit two

# The first push of all: nothing is there to compare with.
expect 0 git push -q origin main
both "--rev=$(id main)"

# What came since.
commit three
commit four
expect 0 git push -q origin main
both "--range=$(id main~2)..$(id main)"

# What the commands say is kept apart from what git says to programs.
commit and-a-half
expect 0 git push --porcelain origin main
has err "said by flow-simulate"
lacks out said
rm "$LOG"

# Nothing new.
expect 0 git push -q origin main
both

# A new branch: from where it left what the remote has.
git checkout -q -b side main~1
commit five
commit six
expect 0 git push -q origin side
both "--range=$(id main~1)..$(id side)"

# A new branch or tag of what is there already.
git branch again main
git tag -m t v1 main
expect 0 git push -q origin again v1
both

# A tag of something new, and one of no commit at all.
commit seven
git tag -m t v2
expect 0 git push -q origin v2
both "--range=$(id side~1)..$(id v2)"
git tag blob "$(git rev-parse HEAD:one)"
expect 0 git push -q origin blob
both

# Several at once; deletions need no check.
git checkout -q main
commit eight
git checkout -q -b other main~1
commit nine
expect 0 git push -q origin main other :again
sort "$LOG" >sorted
grep -c . sorted | grep -qx 4 || fail "four calls wanted"
has sorted "flow-validate --range=$(id main~1)..$(id main)"
has sorted "flow-validate --range=$(id main~1)..$(id other)"
rm "$LOG"
expect 0 git push -q origin :other
both

# Rewritten.
git checkout -q side
git reset -q --hard HEAD~2
commit ten
was=$(id origin/side)
expect 0 git push -q --force origin side
both "--range=$was..$(id side)"

# The remote moved to something that was never fetched here.
git clone -q ../remote.git ../clone
(cd ../clone && git checkout -q side && commit theirs && git push -q origin side) || exit
expect 0 git push -q --force origin side
both
commit eleven
(cd ../clone && commit more && git push -q --force origin side) || exit
expect 0 git push -q --force origin side
both "--range=$(id side~1)..$(id side)"

# A no is a no for the whole push, and the other refs are looked at all the same.
git checkout -q main
commit twelve
git checkout -q side
commit thirteen
echo 1 >"$LOG.flow-validate"
expect 1 git push -q origin main side
sort "$LOG" >sorted
has sorted "flow-validate --range=$(id main~1)..$(id main)"
has sorted "flow-validate --range=$(id side~1)..$(id side)"
lacks sorted flow-simulate
rm "$LOG" "$LOG.flow-validate"
echo 4 >"$LOG.flow-simulate"
expect 1 git push -q origin main
rm "$LOG" "$LOG.flow-simulate"
test "$(git -C ../remote.git rev-parse main)" = "$(id main~1)" || fail "a push went through"

# A step of one's own comes first and is told what git tells us.
printf '#!/bin/sh\necho own "$@" >>"$LOG"\ncat >>"$LOG"\nexit 1\n' >.git/hooks/pre-push.local
chmod +x .git/hooks/pre-push.local
expect 1 git push -q origin main
printf '%s\n' "own origin ../remote.git" "refs/heads/main $(id main) refs/heads/main $(id main~1)" | diff -u - "$LOG" || fail "the own step was told something else"
rm "$LOG"
printf '#!/bin/sh\nexec true\n' >.git/hooks/pre-push.local
expect 0 git push -q origin main
both "--range=$(id main~1)..$(id main)"
rm .git/hooks/pre-push.local

# By an address that is no remote's name.
expect 0 git push -q "$PWD/../remote.git" side:by-address
both "--rev=$(id side)"

# In a linked worktree, and from a bare repository.
git worktree add -q ../w -b worktree main
cd ../w || exit
commit fourteen
expect 0 git push -q origin worktree
both "--range=$(id main)..$(id worktree)"
git clone -q --bare ../r ../b.git
cd ../b.git || exit
cp "$ROOT/hooks/pre-push" hooks/
expect 0 git push -q ../remote.git worktree:bare
both "--rev=$(id worktree)"

# Without the commands: words, and nothing is pushed.
cd ../r || exit
mkdir ../bare
for tool in git sh cat sed; do ln -s "$(command -v "$tool")" ../bare/; done
expect 0 git push -q --no-verify origin main:unchecked
git checkout -q main
commit fifteen
expect 1 env PATH="$(cd ../bare && pwd)" git push -q origin main
has err "pre-push: cannot find 'flow-validate', so the flows that are pushed are not checked"
has err "git push --no-verify"
git config trunkline.bin "$(cd ../bin && echo "$PWD")"
expect 0 env PATH="$(cd ../bare && pwd):/usr/bin:/bin" git push -q origin main
both "--range=$(id main~1)..$(id main)"
