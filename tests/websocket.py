#!/usr/bin/env python3
"""tests/websocket.py URL TOKEN [CA]: a WebSocket (RFC 6455) by the standard library alone, for command tests.

Reads lines from standard input and prints each message that comes:
  > TEXT     sends the text
  < WORD     waits for a message that holds the word
  . SECONDS  waits, whatever comes
  bytes HEX  sends a binary message
  close      waits until the other side closes, and prints "close CODE"
At the end of input the connection is dropped. A binary message is printed as "binary TEXT", a long one by its size; a connection that breaks off prints "cut". A handshake that is refused prints "http STATUS" and what is said, and ends with 1.
"""
import base64
import hashlib
import os
import socket
import ssl
import struct
import sys
import time
import urllib.parse

DEADLINE = 30


class Closed(Exception):
    pass


class Cut(Closed):
    pass


class Refused(Exception):
    """A handshake that was answered by another status than 101: .status, .head and .body."""

    def __init__(self, status, head, body):
        super().__init__("http %d %s" % (status, body))
        self.status, self.head, self.body = status, head, body


class Wire:
    def __init__(self, url, token, authority, headers=""):
        parts = urllib.parse.urlsplit(url)
        sock = socket.create_connection((parts.hostname, parts.port), timeout=DEADLINE)
        if parts.scheme in ("https", "wss"):
            sock = ssl.create_default_context(cafile=authority).wrap_socket(sock, server_hostname=parts.hostname)
        self.sock, self.buffer = sock, b""
        self.handshake(parts, token, headers)

    def handshake(self, parts, token, headers):
        key = base64.b64encode(os.urandom(16)).decode()
        bearer = "Authorization: Bearer %s\r\n" % token if token else headers
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        self.sock.sendall(("GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n%s\r\n"
                           % (target, parts.netloc, key, bearer)).encode())
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status = int(head.split(b" ", 2)[1])
        if status != 101:
            try:
                while True:
                    self.more()
            except (Closed, socket.timeout, OSError):
                pass
            raise Refused(status, head.decode(), self.buffer.decode(errors="replace"))
        wanted = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        if wanted not in head:
            sys.exit("websocket.py: not the key that was sent")

    def more(self, seconds=None):
        self.sock.settimeout(seconds if seconds is not None else 2)
        piece = self.sock.recv(65536)
        if not piece:
            raise Cut
        self.buffer += piece

    def send(self, opcode, payload, final=True):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([(0x80 if final else 0) | opcode])
        if size < 65536:
            head += bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack("!H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack("!Q", size)
        self.sock.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))

    def frame(self, seconds):
        """One whole frame: (opcode, payload)."""
        deadline = time.monotonic() + seconds
        while True:
            if len(self.buffer) >= 2:
                size, at = self.buffer[1] & 127, 2
                if size == 126 and len(self.buffer) >= 4:
                    size, at = struct.unpack("!H", self.buffer[2:4])[0], 4
                elif size == 127 and len(self.buffer) >= 10:
                    size, at = struct.unpack("!Q", self.buffer[2:10])[0], 10
                elif size >= 126:
                    size = 1 << 62
                if len(self.buffer) >= at + size:
                    opcode, payload = self.buffer[0] & 15, self.buffer[at:at + size]
                    self.buffer = self.buffer[at + size:]
                    return opcode, payload
            left = deadline - time.monotonic()
            if left <= 0:
                raise socket.timeout
            self.more(left)

    def message(self, seconds=DEADLINE):
        """The next text that comes."""
        while True:
            opcode, payload = self.frame(seconds)
            if opcode == 8:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
                print("close", code, flush=True)
                raise Closed
            if opcode == 9:
                self.send(10, payload)
            elif opcode in (1, 2):
                text = ("binary " if opcode == 2 else "") + payload.decode(errors="replace")
                print(text if len(text) < 10000 else "%d bytes" % len(payload), flush=True)
                return text


def do(wire, word, rest):
    if word == ">":
        wire.send(1, rest.encode())
    elif word == "bytes":
        wire.send(2, bytes.fromhex(rest))
    elif word == "<":
        while rest not in wire.message():
            pass
    elif word == ".":
        deadline = time.monotonic() + float(rest)
        try:
            while True:
                wire.message(max(0.001, deadline - time.monotonic()))
        except socket.timeout:
            pass
    elif word == "close":
        while True:
            wire.message()
    else:
        sys.exit("websocket.py: what is '%s'?" % word)


def main():
    try:
        wire = Wire(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
        for line in sys.stdin:
            word, _, rest = line.rstrip("\n").partition(" ")
            do(wire, word, rest)
    except Refused as refused:
        print(refused)
        sys.exit(1)
    except Cut:
        print("cut")
    except Closed:
        sys.exit(0)
    except socket.timeout:
        sys.exit("websocket.py: nothing came within %d seconds" % DEADLINE)


if __name__ == "__main__":
    main()
