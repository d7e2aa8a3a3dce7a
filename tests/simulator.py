"""tests/simulator.py FILE: a platform whose simulator gives one answer to every call: the JSON in FILE, read anew each time. Prints its port; ends after a minute."""
import http.server
import json
import os
import sys
import threading

FLOW = {"id": "f-1", "version": 3, "name": "line", "status": "published", "nodes": {}}


class Platform(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer({"entities": [FLOW], "pageNumber": 1, "pageSize": 100, "total": 1, "pageCount": 1, "nextUri": None})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.endswith("/oauth/token"):
            self.answer({"access_token": "token", "token_type": "bearer", "expires_in": 3600, "scope": "flow:view flow:simulation:run"})
        else:
            with open(sys.argv[1], "rb") as file:
                self.answer(file.read())


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Platform)
print(server.server_address[1], flush=True)
threading.Timer(60, lambda: os._exit(0)).start()
server.serve_forever()
