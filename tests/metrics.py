"""tests/metrics.py FILE: fails unless FILE is the text format of Prometheus, version 0.0.4, to the letter, and each metric stands once, with HELP and TYPE before
its samples."""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (NaN|[+-]Inf|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?: -?\d+)?")
HEAD = re.compile(rf"# (HELP|TYPE) ({NAME}) (.*)")


def check(text):
    assert text.endswith("\n"), "the last line has no end"
    types, helps, seen, closed, present = {}, set(), set(), set(), None
    for line in text[:-1].split("\n"):
        head = HEAD.fullmatch(line)
        name = head[2] if head else None
        if head:
            assert (head[1], name) not in helps, f"twice: {line}"
            helps.add((head[1], name))
            if head[1] == "TYPE":
                assert head[3] in ("counter", "gauge", "histogram", "summary", "untyped"), line
                types[name] = head[3]
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, f"no sample: {line!r}"
            name = sample[1]
            part = re.fullmatch(r"(.*)_(sum|count|bucket)", name)
            family = part[1] if part and types.get(part[1]) in ("summary", "histogram") and name not in types else name
            assert family != name or types.get(name) != "summary" or 'quantile="' in (sample[2] or ""), f"no quantile: {line!r}"
            assert family in types, f"no type before {line!r}"
            assert types[family] != "counter" or (name.endswith("_total") and float(sample[3]) >= 0), line
            labels = re.findall(LABEL, sample[2] or "")
            assert len({label.split("=")[0] for label in labels}) == len(labels), f"a label twice: {line!r}"
            key = (name, tuple(sorted(labels)))
            assert key not in seen, f"a sample twice: {line!r}"
            seen.add(key)
            name = family
        if name != present:
            assert name not in closed, f"{name} is torn apart"
            closed.add(present)
            present = name
    assert seen, "no samples"


check(open(sys.argv[1], encoding="utf-8").read())
