#!/usr/bin/env python3
"""tests/audiohook.py URL [OPTION…]: a platform that speaks AudioHook 2 to a server, by the standard library alone, for command tests.

It connects as the vendor's Audio Connector does, plays the sound that comes (saying when it begins and ends), and does what it reads from standard input, a line each:
  open [KEY=VALUE…]  the first message; further members of its parameters, or inputVariables.NAME=VALUE
  dtmf KEYS          presses keys
  < WORD             waits for a message that holds the word
  heard              waits until what is played now has been heard
  . SECONDS          lets time pass
  pause, resume      as the platform pauses
  say TYPE [JSON]    any message, with those parameters
  raw TEXT           sends the text as it is
  voice BYTES        sends so much of the caller's voice
  close REASON       ends, and waits for `closed`
Each message of the server is printed, `TYPE PARAMETERS`. Sound is printed by its length once it is over. --figures prints at the end
how many pieces of sound came, how large the largest was, and how far from 20 ms apart they came (median and 99 %, in ms).

Options: --api-key KEY, --secret BASE64 (signs the request), --session ID, --organization ID, --conversation ID, --quiet-playback (tells nothing of playback),
--bad-signature, --nonce TEXT, --created SECONDS (from now), --ca FILE.
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import select
import socket
import sys
import time
import urllib.parse

import websocket


def signature(url, options, headers):
    """The headers of draft-ietf-httpbis-message-signatures-11 that the platform sends."""
    parts = urllib.parse.urlsplit(url)
    target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    values = [("@request-target", target), ("@authority", parts.netloc)] + [(name.lower(), value) for name, value in headers]
    created = int(time.time()) + options.created
    nonce = options.nonce or base64.b64encode(os.urandom(18)).decode()
    covered = "(%s);keyid=\"%s\";nonce=\"%s\";alg=\"hmac-sha256\";created=%d;expires=%d" % (
        " ".join('"%s"' % name for name, _ in values), options.api_key, nonce, created, created + 30)
    text = "".join('"%s": %s\n' % pair for pair in values) + '"@signature-params": ' + covered
    mac = hmac.new(base64.b64decode(options.secret), text.encode(), hashlib.sha256).digest()
    if options.bad_signature:
        mac = bytes([mac[0] ^ 1]) + mac[1:]
    return [("Signature-Input", "sig1=" + covered), ("Signature", "sig1=:%s:" % base64.b64encode(mac).decode())]


class Platform:
    def __init__(self, options):
        headers = [("Audiohook-Organization-Id", options.organization), ("Audiohook-Session-Id", options.session),
                   ("Audiohook-Correlation-Id", options.conversation), ("X-API-KEY", options.api_key)]
        if options.secret:
            headers += signature(options.url, options, headers)
        self.options = options
        self.wire = websocket.Wire(options.url, None, options.ca, "".join("%s: %s\r\n" % pair for pair in headers))
        self.seq = self.serverseq = 0
        self.ends = 0.0            # when the sound that came so far has been played
        self.playing = False
        self.sound = 0             # bytes of the present run
        self.pieces, self.largest, self.came, self.gaps = 0, 0, 0.0, []

    def say(self, kind, parameters):
        self.seq += 1
        self.wire.send(1, json.dumps({"version": "2", "id": self.options.session, "type": kind, "seq": self.seq, "serverseq": self.serverseq,
                                      "position": "PT%.1fS" % time.monotonic(), "parameters": parameters}).encode())

    def stop_playing(self):
        if self.sound:
            print("sound", self.sound, flush=True)
        self.sound, self.playing = 0, False

    def hear(self, samples):
        now = time.monotonic()
        self.pieces += 1
        self.largest = max(self.largest, len(samples))
        if self.playing and self.came:
            self.gaps.append((now - self.came) * 1000)
        self.came = now
        if not self.playing:
            self.playing, self.ends = True, now
            if not self.options.quiet_playback:
                self.say("playback_started", {})
        self.sound += len(samples)
        self.ends = max(self.ends, now) + len(samples) / 8000

    def pass_on(self, text):
        message = json.loads(text)
        self.serverseq += 1
        if message["seq"] != self.serverseq:
            sys.exit("audiohook.py: seq %s, expected %d" % (message["seq"], self.serverseq))
        entities = message["parameters"].get("entities", [])
        if any(one["type"] == "barge_in" for one in entities):
            self.stop_playing()
        line = "%s %s" % (message["type"], json.dumps(message["parameters"], sort_keys=True))
        print(line, flush=True)
        return line

    def turn(self, seconds):
        """One frame, if one comes in that time; what ends meanwhile is told. Returns the line that was printed, or ""."""
        left = seconds
        if self.playing:
            left = min(left, max(0.0, self.ends - time.monotonic()))
        try:
            opcode, payload = self.wire.frame(max(left, 0.0005))
        except (socket.timeout, BlockingIOError):
            if self.playing and time.monotonic() >= self.ends:
                self.stop_playing()
                if not self.options.quiet_playback:
                    self.say("playback_completed", {})
            return ""
        if opcode == 8:
            print("close", int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005, flush=True)
            raise websocket.Closed
        if opcode == 9:
            self.wire.send(10, payload)
        elif opcode == 2:
            self.hear(payload)
        elif opcode == 1:
            return self.pass_on(payload.decode())
        return ""

    def until(self, done, what, seconds=30):
        deadline = time.monotonic() + seconds
        while True:
            line = self.turn(deadline - time.monotonic())
            if done(line):
                return
            if time.monotonic() >= deadline:
                sys.exit("audiohook.py: %s did not come within %d seconds" % (what, seconds))

    def open(self, rest):
        parameters = {
            "organizationId": self.options.organization, "conversationId": self.options.conversation,
            "participant": {"id": "5c2cd6e5-4e8f-4d7a-b3a1-6f0f0b1f9d11", "ani": "tel:+15550000000", "aniName": "Test", "dnis": "tel:+15551111111"},
            "media": [{"type": "audio", "format": "PCMU", "channels": ["external"], "rate": 8000}],
        }
        for pair in rest.split():
            key, _, value = pair.partition("=")
            if key.startswith("inputVariables."):
                parameters.setdefault("inputVariables", {})[key[len("inputVariables."):]] = value
            else:
                parameters[key] = json.loads(value) if value[:1] in "[{" else value
        self.say("open", parameters)

    def figures(self):
        late = sorted(abs(gap - 20) for gap in self.gaps[5:])
        pick = lambda share: late[min(len(late) - 1, int(len(late) * share))] if late else 0
        print("pieces %d largest %d apart from 20 ms: %.1f %.1f" % (self.pieces, self.largest, pick(0.5), pick(0.99)))

    def do(self, word, rest):
        if word == "open":
            self.open(rest)
        elif word == "dtmf":
            for key in rest:
                self.say("dtmf", {"digit": key})
        elif word == "<":
            self.until(lambda line: rest in line, rest)
        elif word == "heard":
            self.until(lambda line: self.playing, "sound")
            self.until(lambda line: not self.playing, "the end of the sound")
        elif word == ".":
            deadline = time.monotonic() + float(rest)
            while time.monotonic() < deadline:
                self.turn(deadline - time.monotonic())
        elif word == "pause":
            self.say("paused", {})
        elif word == "resume":
            self.say("resumed", {"start": "PT1.0S", "discarded": "PT1.0S"})
        elif word == "say":
            kind, _, parameters = rest.partition(" ")
            self.say(kind, json.loads(parameters or "{}"))
        elif word == "raw":
            self.wire.send(1, rest.encode())
        elif word == "voice":
            self.wire.send(2, b"\xff" * int(rest))
        elif word == "close":
            self.say("close", {"reason": rest or "end"})
            self.until(lambda line: line.startswith("closed"), "closed")
            raise websocket.Closed
        else:
            sys.exit("audiohook.py: what is '%s'?" % word)

    def run(self):
        for line in sys.stdin:
            word, _, rest = line.rstrip("\n").partition(" ")
            self.do(word, rest)
        while True:
            self.turn(1)
            if not select.select([self.wire.sock], [], [], 0)[0] and not self.wire.buffer and not self.playing:
                return


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--api-key", default="SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh")
    parser.add_argument("--secret")
    parser.add_argument("--session", default="30b0e395-84d3-4570-ac13-9a62d8f514c0")
    parser.add_argument("--organization", default="d7934305-0972-4844-938e-9060eef73d05")
    parser.add_argument("--conversation", default="e160e428-53e2-487c-977d-96989bf5c99d")
    parser.add_argument("--quiet-playback", action="store_true")
    parser.add_argument("--bad-signature", action="store_true")
    parser.add_argument("--nonce")
    parser.add_argument("--created", type=int, default=0)
    parser.add_argument("--ca")
    parser.add_argument("--figures", action="store_true")
    try:
        platform = Platform(parser.parse_args())
    except websocket.Refused as refused:
        print(refused)
        sys.exit(1)
    try:
        platform.run()
    except websocket.Cut:
        print("cut")
    except websocket.Closed:
        pass
    if platform.options.figures:
        platform.figures()


main()
