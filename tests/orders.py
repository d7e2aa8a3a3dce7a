# tests/orders.py FORMAT FILE...: fails where a file, the output of a command in that format, holds what a terminal, a CI runner or a viewer would obey.
import sys
marks = [*range(0x202a, 0x202f), *range(0x2066, 0x206a), 0x200e, 0x200f, 0x61c, 0x2028, 0x2029, 0xfffd]
for name in sys.argv[2:]:
    text = open(name, "rb").read().decode("utf-8")
    for c in text:
        if (ord(c) < 32 and c not in "\n\t") or 0x7f <= ord(c) < 0xa0 or ord(c) in marks:
            sys.exit("%s: %s holds %r" % (sys.argv[1], name, c))
    for line in text.split("\n"):
        order = line.lstrip()
        ours = sys.argv[1] == "github" and order.startswith(("::error file=flows/", "::warning file=flows/", "::notice file=flows/"))
        if order.startswith("::") and not ours or "##[" in line and not ours and sys.argv[1] not in ("json", "sarif", "gitlab", "markdown"):
            sys.exit("%s: an order in %s: %r" % (sys.argv[1], name, line))
    if sys.argv[1] in ("markdown", "junit") and ("<script" in text or "@everyone" in text and sys.argv[1] == "markdown" or "](" in text and sys.argv[1] == "markdown"):
        sys.exit("%s: markup in %s" % (sys.argv[1], name))
