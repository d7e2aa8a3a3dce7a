#!/usr/bin/python3
"""tests/audit.py: a second reading of the audit chain, by the pages alone: RFC 8785, SHA-256, Ed25519 (RFC 8032), HMAC, with nothing but Python's own library.

audit.py verify LEDGER [--checkpoint FILE] [--key FILE]...
    Says whether the chain holds: exit status 0, or 1 and why.
audit.py mutate LEDGER --count N [--seed N] [--key FILE --private FILE] [--other LEDGER]
    Does N things to copies of the ledger that somebody with the database in hand can do, and asks `flow-audit verify` each time. Whatever must be found must be
    found, whatever nothing can show must not be claimed; both readings must agree.

LEDGER is a SQLite file, or postgres://… (by psql).
"""
import argparse
import base64
import datetime
import hashlib
import hmac
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

NOTHING = "0" * 64

# ---- RFC 8785


def number(value):
    """As ECMAScript writes it."""
    if isinstance(value, int):
        value = float(value)
    if value == 0:
        return "0"
    sign, digits = ("-", repr(-value)) if value < 0 else ("", repr(value))
    mantissa, _, exponent = digits.partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or 0)
    bare = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(bare)
    bare = bare.rstrip("0")
    if len(bare) <= point <= 21:
        return sign + bare + "0" * (point - len(bare))
    if 0 < point <= 21:
        return sign + bare[:point] + "." + bare[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + bare
    power = f"e{point - 1:+d}"
    return sign + bare[0] + ("." + bare[1:] if len(bare) > 1 else "") + power


def canonical(value):
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in keys) + "}"


def parse(text):
    def members(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a member twice")
        return dict(pairs)

    def refuse(constant):
        raise ValueError(constant)

    return json.loads(text, object_pairs_hook=members, parse_constant=refuse)


# ---- Ed25519, RFC 8032

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = y - x, z - t, z + t, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point")
    x = P - x if (x & 1) != sign else x
    return x, y, 1, x * y % P


def compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def hashed(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def secret_of(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    return scalar, digest[32:]


def public_of(seed):
    return compress(multiply(secret_of(seed)[0], BASE))


def sign(seed, message):
    scalar, prefix = secret_of(seed)
    public, r = compress(multiply(scalar, BASE)), hashed(prefix, message) % Q
    first = compress(multiply(r, BASE))
    return first + ((r + hashed(first, public, message) % Q * scalar) % Q).to_bytes(32, "little")


def is_signed(public, message, signature):
    if len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    try:
        a, r = decompress(public), decompress(signature[:32])
    except ValueError:
        return False
    k = hashed(signature[:32], public, message) % Q
    return s < Q and compress(multiply(s, BASE)) == compress(add(r, multiply(k, a)))


def pem(text, name):
    body = text.split(f"-----BEGIN {name}-----")[1].split(f"-----END {name}-----")[0]
    return base64.b64decode("".join(body.split()), validate=True)


def read_public(text):
    """The 32 bytes of a SubjectPublicKeyInfo of Ed25519."""
    der = pem(text, "PUBLIC KEY")
    if der[:12] != bytes.fromhex("302a300506032b6570032100") or len(der) != 44:
        raise ValueError("no Ed25519 key")
    return der[12:]


def read_private(text):
    """The seed in a PKCS#8 file."""
    der = pem(text, "PRIVATE KEY")
    if der[:16] != bytes.fromhex("302e020100300506032b657004220420") or len(der) != 48:
        raise ValueError("no Ed25519 key")
    return der[16:]


def write_public(public):
    body = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + public).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"


def key_id(public):
    return hashlib.sha256(public).hexdigest()


# ---- the tables


class Ledger:
    """The rows of the chain: audit {seq: (bytes, hash, key_id, signature)}, personal {seq: (at_ms, salt, data)}, head (chain, seq, hash, retired) or None."""

    def __init__(self, audit, personal, head):
        self.audit, self.personal, self.head = audit, personal, head

    def copy(self):
        return Ledger(dict(self.audit), dict(self.personal), self.head)

    def __eq__(self, other):
        return (self.audit, self.personal, self.head) == (other.audit, other.personal, other.head)


class Sqlite:
    def __init__(self, path):
        self.path = path

    def read(self):
        db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        audit = {row[0]: row[1:] for row in db.execute("SELECT seq, bytes, hash, key_id, signature FROM audit")}
        personal = {row[0]: row[1:] for row in db.execute("SELECT seq, at_ms, salt, data FROM audit_personal")}
        head = db.execute("SELECT chain, seq, hash, retired FROM audit_head").fetchone()
        db.close()
        return Ledger(audit, personal, head)

    def write(self, ledger):
        db = sqlite3.connect(self.path, isolation_level=None)
        db.executescript("PRAGMA synchronous=OFF; BEGIN; DELETE FROM audit; DELETE FROM audit_personal; DELETE FROM audit_head;")
        db.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", [(seq, *row) for seq, row in ledger.audit.items()])
        db.executemany("INSERT INTO audit_personal VALUES (?, ?, ?, ?)", [(seq, *row) for seq, row in ledger.personal.items()])
        if ledger.head:
            db.execute("INSERT INTO audit_head VALUES (1, ?, ?, ?, ?)", ledger.head)
        db.execute("COMMIT")
        db.close()


class Postgres:
    def __init__(self, address):
        address, _, query = address.partition("?")
        words = [word.partition("=") for word in query.split("&")]
        self.schema = dict((name, value) for name, _, value in words).get("schema", "trunkline") + "_ledger"
        rest = "&".join(f"{name}={value}" for name, _, value in words if name and name != "schema")
        self.address = address + ("?" + rest if rest else "")

    def run(self, text):
        done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.address], input=f"SET search_path = {self.schema};\n{text}",
                              capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def read(self):
        rows = self.run("SELECT json_build_array(0, seq, bytes, hash, key_id, signature) FROM audit;"
                        "SELECT json_build_array(1, seq, at_ms, salt, data) FROM audit_personal;"
                        "SELECT json_build_array(2, chain, seq, hash, retired) FROM audit_head;")
        heads = [tuple(row[1:]) for row in rows if row[0] == 2]
        return Ledger({row[1]: tuple(row[2:]) for row in rows if row[0] == 0}, {row[1]: tuple(row[2:]) for row in rows if row[0] == 1},
                      heads[0] if heads else None)

    def write(self, ledger):
        def quote(value):
            return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"

        tables = [("audit", ledger.audit), ("audit_personal", ledger.personal), ("audit_head", {1: ledger.head} if ledger.head else {})]
        text = "BEGIN;\n"
        for table, rows in tables:
            text += f"DELETE FROM {table};\n"
            for key, row in rows.items():
                text += f"INSERT INTO {table} VALUES ({', '.join(map(quote, (key, *row)))});\n"
        self.run(text + "COMMIT;\n")


def store_of(name):
    return Postgres(name) if name.startswith("postgres") else Sqlite(name)


# ---- verifying


def moment(text):
    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


class Bad(Exception):
    pass


def need(condition, seq, what):
    if not condition:
        raise Bad(f"record {seq}: {what}")


class Verifier:
    """Goes through rows as flow-audit(1) says; raises Bad."""

    checked = {}  # signatures, which are dear, over all that is verified

    def __init__(self, ledger, keys, checkpoint):
        self.ledger, self.checkpoint = ledger, checkpoint
        self.keys = {key_id(key): key for key in keys}
        self.has_keys, self.retired, self.replaced, self.signed = bool(keys), [], set(), False
        self.before, self.missing, self.present, self.purges = NOTHING, [], [], []

    def is_good_signature(self, key, data, signature):
        one = (key, data, signature)
        if one not in self.checked:
            self.checked[one] = is_signed(key, data, signature)
        return self.checked[one]

    def check_signature(self, seq, record, row):
        name = record.get("key", "")
        need(row[2] == name and bool(row[3]) == bool(name), seq, "key")
        if not name:
            need(not (self.has_keys and self.signed), seq, "not signed")
            return
        self.signed = True
        if record["action"] == "rotate":
            self.retired.append(name)
        if not self.has_keys:
            return
        need(name in self.keys and name not in self.replaced, seq, "signer")
        need(row[3] == row[3].lower(), seq, "signature")
        need(self.is_good_signature(self.keys[name], row[0].encode(), bytes.fromhex(row[3])), seq, "signature")
        if record["action"] == "rotate":
            following = read_public(record["details"]["public_key"])
            need(key_id(following) == record["details"]["key"] and key_id(following) not in self.replaced, seq, "next key")
            self.replaced.add(name)
            self.keys[key_id(following)] = following

    def check_personal(self, seq, record):
        at_ms, salt, data = self.ledger.personal.get(seq, (None, "", ""))
        if at_ms is None:
            if "personal" in record:
                self.missing.append((seq, moment(record["at"])))
            return
        code = hmac.new(salt.encode(), data.encode(), hashlib.sha256).hexdigest()
        need(code == record.get("personal") and at_ms == moment(record["at"]), seq, "personal data")
        self.present.append((seq, at_ms))

    def check_record(self, seq, row):
        try:
            record = parse(row[0])
        except (ValueError, RecursionError) as error:
            raise Bad(f"record {seq}: no JSON") from error
        need(isinstance(record, dict) and canonical(record) == row[0], seq, "not canonical")
        need(hashlib.sha256(row[0].encode()).hexdigest() == row[1], seq, "hash")
        need(record.get("seq") == seq and record.get("previous") == self.before, seq, "place")
        need(record.get("chain") == self.ledger.head[0], seq, "chain")
        self.check_signature(seq, record, row)
        self.check_personal(seq, record)
        if record["action"] == "purge":
            self.purges.append((seq, moment(record["details"]["before"])))
        self.before = row[1]
        if self.checkpoint and self.checkpoint["seq"] == seq:
            need(self.checkpoint["hash"] == row[1], seq, "checkpoint")

    def was_purged(self, seq, at_ms):
        return any(purge > seq and before > at_ms for purge, before in self.purges)

    def verify(self):
        audit, head = self.ledger.audit, self.ledger.head
        need(sorted(audit) == list(range(1, len(audit) + 1)), 0, "numbers")
        need(bool(head) == bool(audit) or (head and head[1] == 0), 0, "head")
        for seq in sorted(audit):
            self.check_record(seq, audit[seq])
        if head:
            need(head[1] == len(audit) and head[2] == (self.before if audit else ""), head[1], "end")
            need(head[3] == "".join(name + " " for name in self.retired), 0, "replaced keys")
        need(not self.has_keys or not audit or self.signed, 0, "not signed")
        if self.checkpoint:
            need(head and head[0] == self.checkpoint["chain"] and head[1] >= self.checkpoint["seq"], 0, "checkpoint")
        for seq, at_ms in self.missing:
            need(self.was_purged(seq, at_ms), seq, "personal data is gone")
        for seq, at_ms in self.present:
            need(not self.was_purged(seq, at_ms), seq, "personal data is back")
        need(all(seq in audit for seq in self.ledger.personal), 0, "personal data of nothing")


def why_bad(ledger, keys, checkpoint):
    """None where the chain holds."""
    try:
        Verifier(ledger, keys, checkpoint).verify()
    except Bad as error:
        return str(error)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return f"a member is not what it is to be: {error}"
    return None


# ---- what can be done to it


class Forger:
    """Each trick changes a copy, and says what alone can show it: '' (the chain itself), 'key', 'checkpoint', or None where it could not be done."""

    def __init__(self, rng, ledger, other, seed):
        self.rng, self.ledger, self.other, self.seed = rng, ledger, other, seed
        self.strange = rng.randbytes(32)

    def some(self, rows):
        return self.rng.choice(sorted(rows))

    def records(self, ledger):
        return {seq: parse(row[0]) for seq, row in ledger.audit.items()}

    def put(self, ledger, seq, record, signer=None):
        """A record whose hash fits; signed by a key, or by none."""
        record = dict(record)
        record.pop("key", None)
        if signer:
            record["key"] = key_id(public_of(signer))
        text = canonical(record)
        signature = sign(signer, text.encode()).hex() if signer else ""
        ledger.audit[seq] = (text, hashlib.sha256(text.encode()).hexdigest(), record.get("key", ""), signature)

    def rechain(self, ledger, start, signer, records=None):
        """Writes the chain anew from a record on, and its head."""
        records = records or self.records(ledger)
        before = ledger.audit[start - 1][1] if start > 1 else NOTHING
        for seq in range(start, len(records) + 1):
            record = dict(records[seq], previous=before, seq=seq)
            self.put(ledger, seq, record, signer)
            before = ledger.audit[seq][1]
        retired = [row[2] for seq, row in sorted(ledger.audit.items()) if parse(row[0])["action"] == "rotate" and row[2]]
        ledger.head = (ledger.head[0], len(records), before, "".join(one + " " for one in retired))

    def is_signed(self):
        return any(row[2] for row in self.ledger.audit.values())

    # tricks

    def flip_bit(self, ledger):
        seq = self.some(ledger.audit)
        row = list(ledger.audit[seq])
        column = self.rng.choice([at for at in range(4) if row[at]])
        at = self.rng.randrange(len(row[column]))
        sign_at = chr(ord(row[column][at]) ^ 1 << self.rng.randrange(5))
        if not sign_at.isprintable():
            return None
        row[column] = row[column][:at] + sign_at + row[column][at + 1:]
        ledger.audit[seq] = tuple(row)
        return "key" if column == 3 else ""

    def change_member(self, ledger):
        """A member changes, with a hash that fits."""
        seq = self.some(ledger.audit)
        record = parse(ledger.audit[seq][0])
        name = self.rng.choice(sorted(record))
        record[name] = {"str": "mallory", "int": 7}.get(type(record[name]).__name__, {"x": 1})
        row = ledger.audit[seq]
        text = canonical(record)
        ledger.audit[seq] = (text, hashlib.sha256(text.encode()).hexdigest(), row[2], row[3])
        return ""

    def drop_member(self, ledger):
        seq = self.some(ledger.audit)
        record = parse(ledger.audit[seq][0])
        del record[self.rng.choice(sorted(record))]
        text = canonical(record)
        ledger.audit[seq] = (text, hashlib.sha256(text.encode()).hexdigest(), *ledger.audit[seq][2:])
        return ""

    def other_spelling(self, ledger):
        """The same value in other bytes."""
        seq = self.some(ledger.audit)
        text, _, name, signature = ledger.audit[seq]
        record = parse(text)
        spelled = self.rng.choice([json.dumps(record), json.dumps(record, indent=1), text + "\n", text.replace('"seq":', '"seq":0.'), " " + text,
                                   text.replace('"actor"', '"\\u0061ctor"'), text[:-1] + ',"seq":1}'])
        ledger.audit[seq] = (spelled, hashlib.sha256(spelled.encode()).hexdigest(), name, signature)
        return ""

    def other_zone(self, ledger):
        """The same moment, told in another zone."""
        seq = self.some(ledger.audit)
        record = parse(ledger.audit[seq][0])
        at = datetime.datetime.fromisoformat(record["at"].replace("Z", "+00:00"))
        record["at"] = at.astimezone(datetime.timezone(datetime.timedelta(minutes=self.rng.randrange(-700, 700)))).isoformat()
        text = canonical(record)
        ledger.audit[seq] = (text, hashlib.sha256(text.encode()).hexdigest(), *ledger.audit[seq][2:])
        return ""

    def drop(self, ledger):
        del ledger.audit[self.some(ledger.audit)]
        return ""

    def drop_and_number_anew(self, ledger):
        gone = self.some(ledger.audit)
        rows = [row for seq, row in sorted(ledger.audit.items()) if seq != gone]
        ledger.audit = dict(enumerate(rows, 1))
        ledger.head = (*ledger.head[:1], len(rows), rows[-1][1], ledger.head[3])
        return "checkpoint" if gone == len(rows) + 1 else ""

    def swap(self, ledger):
        a, b = self.rng.sample(sorted(ledger.audit), 2)
        ledger.audit[a], ledger.audit[b] = ledger.audit[b], ledger.audit[a]
        return ""

    def insert_copy(self, ledger):
        at, of = self.rng.randrange(1, len(ledger.audit) + 2), self.some(ledger.audit)
        rows = [row for _, row in sorted(ledger.audit.items())]
        rows.insert(at - 1, ledger.audit[of])
        ledger.audit = dict(enumerate(rows, 1))
        ledger.head = (ledger.head[0], len(rows), rows[-1][1], ledger.head[3])
        return ""

    def number_at_will(self, ledger):
        seq = self.some(ledger.audit)
        number_now = self.rng.choice([0, -1, -seq, len(ledger.audit) + 1, len(ledger.audit) + 99, 2**53 + seq, 2**62])
        if number_now in ledger.audit:
            return None
        ledger.audit[number_now] = ledger.audit.pop(seq)
        return ""

    def beside(self, ledger):
        ledger.audit[self.rng.choice([0, -5, len(ledger.audit) + 1, len(ledger.audit) + 7])] = ledger.audit[self.some(ledger.audit)]
        return ""

    def cut_tail(self, ledger):
        keep = self.rng.randrange(0, len(ledger.audit))
        ledger.audit = {seq: row for seq, row in ledger.audit.items() if seq <= keep}
        return ""

    def cut_tail_and_traces(self, ledger):
        keep = self.rng.randrange(1, len(ledger.audit))
        ledger.audit = {seq: row for seq, row in ledger.audit.items() if seq <= keep}
        ledger.personal = {seq: row for seq, row in ledger.personal.items() if seq <= keep}
        retired = "".join(row[2] + " " for _, row in sorted(ledger.audit.items()) if row[2] and parse(row[0])["action"] == "rotate")
        ledger.head = (ledger.head[0], keep, ledger.audit[keep][1], retired)
        purged = [seq for seq, row in ledger.audit.items() if "personal" in parse(row[0]) and seq not in ledger.personal]
        cut = [row for seq, row in self.ledger.audit.items() if seq > keep and parse(row[0])["action"] == "purge"]
        return "" if purged and cut else "checkpoint"

    def change_head(self, ledger):
        chain, seq, code, retired = ledger.head
        ledger.head = self.rng.choice([None, (chain[::-1] + "0", seq, code, retired), (chain, seq + 1, code, retired), (chain, seq - 1, code, retired),
                                       (chain, seq, NOTHING, retired), (chain, seq, "", retired), (chain, 0, "", ""),
                                       (chain, seq, code, retired + key_id(b"x") + " ")])
        return ""

    def forget_replaced_keys(self, ledger):
        if not ledger.head[3]:
            return None
        ledger.head = (*ledger.head[:3], "")
        return ""

    def sign_by_another(self, ledger):
        """One record anew, signed by a key of one's own."""
        seq = self.some(ledger.audit)
        self.put(ledger, seq, parse(ledger.audit[seq][0]), self.strange)
        return ""

    def forge_signature(self, ledger):
        names = [seq for seq, row in ledger.audit.items() if row[3]]
        if not names:
            return None
        seq = self.rng.choice(names)
        text, code, name, signature = ledger.audit[seq]
        forged = self.rng.choice([sign(self.strange, text.encode()).hex(), signature[::-1], "00" * 64, signature.upper(), signature + "00",
                                  signature[:64] + (int.from_bytes(bytes.fromhex(signature[64:]), "little") + Q).to_bytes(33, "little")[:32].hex()])
        ledger.audit[seq] = (text, code, name, forged)
        return "key"

    def drop_signature(self, ledger):
        names = [seq for seq, row in ledger.audit.items() if row[3]]
        if not names:
            return None
        seq = self.rng.choice(names)
        text, code, name, _ = ledger.audit[seq]
        ledger.audit[seq] = (text, code, self.rng.choice([name, ""]), "")
        return ""

    def write_anew(self, ledger):
        """From a record on, all that follows fits: hashes, numbers, head; signed by nobody or by a key of one's own."""
        seq = self.some(ledger.audit)
        records = self.records(ledger)
        records[seq]["actor"] = "mallory"
        self.rechain(ledger, seq, self.rng.choice([None, self.strange]), records)
        return "key" if self.is_signed() else "checkpoint"

    def forge_rotation(self, ledger):
        """A rotation to a key of one's own, by a key that nobody trusts or by none, and on from there in its name."""
        at = self.rng.randrange(1, len(ledger.audit) + 2)
        records = self.records(ledger)
        public = public_of(self.strange)
        rotation = {"action": "rotate", "actor": "mallory", "at": "2026-06-15T00:00:00Z", "chain": ledger.head[0], "format": 1,
                    "details": {"key": key_id(public), "public_key": write_public(public)}}
        rows = [records[seq] for seq in sorted(records)]
        rows.insert(at - 1, rotation)
        ledger.personal = {seq + (seq >= at): row for seq, row in ledger.personal.items()}
        self.rechain(ledger, at, self.rng.choice([None, self.strange]), dict(enumerate(rows, 1)))
        if self.is_signed():
            return "key"
        return "checkpoint" if at < len(rows) else "nothing"

    def remove_rotation(self, ledger):
        found = [seq for seq, record in self.records(ledger).items() if record["action"] == "rotate"]
        if not found:
            return None
        gone = self.rng.choice(found)
        rows = [row for seq, row in sorted(ledger.audit.items()) if seq != gone]
        ledger.audit = dict(enumerate(rows, 1))
        ledger.head = (ledger.head[0], len(rows), rows[-1][1], "")
        return ""

    def forge_purge(self, ledger):
        """A purge that never was, so that personal data may go."""
        if not ledger.personal:
            return None
        purge = {"action": "purge", "actor": "mallory", "at": "2026-06-15T00:00:00Z", "chain": ledger.head[0], "format": 1,
                 "details": {"before": "2099-01-01T00:00:00Z", "count": len(ledger.personal)}}
        last = len(ledger.audit)
        ledger.personal = {}
        self.put(ledger, last + 1, dict(purge, previous=ledger.head[2], seq=last + 1), self.rng.choice([None, self.strange]))
        ledger.head = (ledger.head[0], last + 1, ledger.audit[last + 1][1], ledger.head[3])
        return "key" if self.is_signed() else "nothing"

    def take_personal(self, ledger):
        if not ledger.personal:
            return None
        del ledger.personal[self.some(ledger.personal)]
        return ""

    def change_personal(self, ledger):
        if not ledger.personal:
            return None
        seq = self.some(ledger.personal)
        at_ms, salt, data = ledger.personal[seq]
        ledger.personal[seq] = self.rng.choice([(at_ms, salt, data[:-1] + ',"x":1}'), (at_ms, salt[::-1] + "0", data), (at_ms, salt, ""), (at_ms, "", data),
                                                (at_ms + 1, salt, data), (0, salt, data), (2**50, salt, data), (at_ms, "", "")])
        return ""

    def move_personal(self, ledger):
        if not ledger.personal:
            return None
        row = ledger.personal[self.some(ledger.personal)]
        places = [seq for seq in (*ledger.audit, 0, len(ledger.audit) + 1, len(ledger.audit) + 50) if seq not in ledger.personal]
        ledger.personal[self.rng.choice(places)] = row
        return ""

    def transplant(self, ledger):
        """A record of another ledger in the place of one, or at the end."""
        if not self.other:
            return None
        row = self.other.audit[self.some(self.other.audit)]
        seq = self.rng.randrange(1, len(ledger.audit) + 2)
        ledger.audit[seq] = row
        ledger.head = (ledger.head[0], max(ledger.audit), ledger.audit[max(ledger.audit)][1], ledger.head[3])
        return ""

    def replace_chain(self, ledger):
        if not self.other:
            return None
        ledger.audit, ledger.personal, ledger.head = dict(self.other.audit), dict(self.other.personal), self.other.head
        return "key or checkpoint" if self.is_signed() else "checkpoint"

    def start_again(self, ledger):
        ledger.audit, ledger.personal, ledger.head = {}, {}, None
        return "checkpoint"

    def nothing(self, ledger):
        """No false alarm."""
        del ledger
        return "nothing"

    def go_on_in_our_name(self, ledger):
        """What the owner of the key appends is good."""
        last = len(ledger.audit)
        record = {"action": "plan", "actor": "alice", "at": "2026-06-15T00:00:00.5Z", "chain": ledger.head[0], "format": 1, "previous": ledger.head[2],
                  "seq": last + 1, "details": {"\U0001f600": 1e21, "\ufb33": 0.000001, "n": -1.5e-7, "text": "\x07\u2028é"}}
        if self.is_signed() and not self.seed:
            return None
        self.put(ledger, last + 1, record, self.seed if self.is_signed() else None)
        ledger.head = (ledger.head[0], last + 1, ledger.audit[last + 1][1], ledger.head[3])
        return "nothing"


TRICKS = [
    "flip_bit", "change_member", "drop_member", "other_spelling", "other_zone", "drop", "drop_and_number_anew", "swap", "insert_copy",
    "number_at_will", "beside", "cut_tail", "cut_tail_and_traces", "change_head", "forget_replaced_keys", "sign_by_another",
    "forge_signature", "drop_signature", "write_anew", "forge_rotation", "remove_rotation", "forge_purge", "take_personal",
    "change_personal", "move_personal", "transplant", "replace_chain", "start_again", "nothing", "go_on_in_our_name",
]


class Judge:
    def __init__(self, options):
        self.store, self.keys = store_of(options.ledger), options.key
        self.publics = [read_public(open(path, encoding="ascii").read()) for path in options.key]
        self.kept = self.store.read()
        self.folder = tempfile.mkdtemp()
        self.checkpoint = {"chain": self.kept.head[0], "hash": self.kept.head[2], "seq": self.kept.head[1]}
        self.path = os.path.join(self.folder, "checkpoint.json")
        with open(self.path, "w", encoding="ascii") as file:
            json.dump(self.checkpoint, file)
        self.env = options.env
        self.done, self.wrong = {}, 0

    def ask(self, with_keys, with_checkpoint):
        arguments = ["flow-audit", "verify", "--format", "json", "--env", self.env]
        for path in self.keys if with_keys else []:
            arguments += ["--key", path]
        if with_checkpoint:
            arguments += ["--checkpoint", self.path]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
        said = json.loads(done.stdout)
        if done.returncode != (0 if said["good"] else 1):
            raise SystemExit(f"{arguments}: exit status {done.returncode}: {done.stdout}{done.stderr}")
        return said["good"], "" if said["good"] else said["problem"]["what"]

    def judge(self, trick, shown_by, ledger):
        for with_keys, with_checkpoint in ((False, False), (True, True)) if self.keys else ((False, False), (False, True)):
            good, what = self.ask(with_keys, with_checkpoint)
            ours = why_bad(ledger, self.publics if with_keys else [], self.checkpoint if with_checkpoint else None)
            must = shown_by == "" or ("key" in shown_by and with_keys) or ("checkpoint" in shown_by and with_checkpoint)
            if good == must or good != (ours is None):
                self.wrong += 1
                print(f"{trick} (shown by {shown_by or 'the chain'}; keys {with_keys}, checkpoint {with_checkpoint}): flow-audit says "
                      f"{'good' if good else what}, we say {ours or 'good'}")

    def run(self, count, seed, other, private):
        rng = random.Random(seed)
        for at in range(count):
            trick = TRICKS[at % len(TRICKS)]
            changed = self.kept.copy()
            shown_by = getattr(Forger(rng, self.kept, other, private), trick)(changed)
            if shown_by is None or (shown_by != "nothing" and changed == self.kept):
                continue
            self.store.write(changed)
            self.judge(trick, shown_by, changed)
            self.done[trick] = self.done.get(trick, 0) + 1
        self.store.write(self.kept)
        shutil.rmtree(self.folder)
        print(f"{sum(self.done.values())} done, {self.wrong} judged wrong; "
              f"never done: {' '.join(trick for trick in TRICKS if trick not in self.done) or 'none'}")
        return 1 if self.wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["verify", "mutate"])
    parser.add_argument("ledger")
    parser.add_argument("--checkpoint")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--private")
    parser.add_argument("--other")
    parser.add_argument("--env", default="local")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.command == "mutate":
        private = read_private(open(options.private, encoding="ascii").read()) if options.private else None
        return Judge(options).run(options.count, options.seed, store_of(options.other).read() if options.other else None, private)
    keys = [read_public(open(path, encoding="ascii").read()) for path in options.key]
    checkpoint = json.load(open(options.checkpoint, encoding="ascii")) if options.checkpoint else None
    why = why_bad(store_of(options.ledger).read(), keys, checkpoint)
    print(why or "the chain holds")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
