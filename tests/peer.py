#!/usr/bin/env python3
"""tests/peer.py [FREEDOM=JSON...]: a platform of the contract `genesys`, by the standard library alone, written from the platform's documents and not from flow-sandbox.

Where the documents leave it open how something is said, a freedom says it otherwise (FREEDOMS below; POST /_freedoms changes them while it runs). Its address is printed;
it ends with its parent. POST /_edit {flow, path, value, status} is somebody else at the platform's editor, GET /_flows says what there is."""
import base64
import copy
import datetime
import gzip
import json
import os
import re
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

FREEDOMS = {
    "created": 201,            # of a POST
    "ids": "uuid",             # uuid, number, name, odd: letters that an address escapes
    "headers": "title",        # title, lower, upper
    "type": "application/json",
    "etag": "quoted",          # quoted, weak, absent
    "numbers": "whole",        # whole, point: 1.0, exponent: 1e0
    "order": "said",           # said, reversed
    "added": {},               # members that every flow has beside ours
    "null": False,             # what is absent is null
    "dropped": [],             # members that no answer has
    "packed": False,           # gzip, where it is accepted
    "ends": "length",          # length, chunked, close: HTTP/1.0
    "times": "Z",              # Z, offset, micro
    "escaped": False,          # \\u and \\/
    "pretty": False,
    "rows": "short",           # whole, short: no nodes, least: id, name, version, status
    "filter": "exact",         # of a list by name: exact, part, ignored
    "page": 100,               # flows on a page, at most
    "next": "relative",        # relative, absolute, absent
    "empty_first": False,      # a first page without rows that goes on
    "counted": True,           # pages say how many there are
    "versions": "paged",       # paged, listed, newest: first
    "written": "whole",        # the answer to a write: whole, least, empty
    "token": "whole",          # whole, least
    "deploys": 0.05,           # seconds
}
CLIENT, SECRET = "peer", "peer+secret/=&%"
ROLE = ["flow:view", "flow:edit", "flow:simulate", "flow:simulation:run", "authorization:read"]
free = dict(FREEDOMS)
lock = threading.RLock()
flows, tokens = {}, {}


class Refused(Exception):
    def __init__(self, status, code, message, **members):
        super().__init__(message)
        self.status, self.body = status, {"message": message, "code": code, "status": status, **members}


# ---- flows

def time_text(at):
    stamp = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    if free["times"] == "offset":
        return stamp.astimezone(datetime.timezone(datetime.timedelta(hours=2))).isoformat(timespec="milliseconds")
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if free["times"] == "micro" else "%Y-%m-%dT%H:%M:%SZ")


class Flow:
    def __init__(self, document):
        self.name = document["name"]
        self.id = {"uuid": str(uuid.uuid4()), "number": str(len(flows) + 1), "name": re.sub(r"\W+", "-", self.name.lower()),
                   "odd": "f%C3%BC:" + uuid.uuid4().hex[:6] + ".~"}[free["ids"]]
        self.versions, self.times, self.reached = [], [], set()
        self.published, self.status, self.until = None, "draft", 0
        flows[self.id] = self
        self.put(document)

    def put(self, document, status=None):
        document = copy.deepcopy(document)
        wanted = status or document.get("status", "draft")
        for name in ("id", "version", "status", "publishedVersion", "dateModified", *free["added"]):
            document.pop(name, None)
        self.versions.append(document)
        self.times.append(time.time())
        self.name = document["name"]
        self.status, self.until = ("publishing", time.time() + free["deploys"]) if wanted == "published" else (wanted, 0)

    def settle(self):
        if self.status == "publishing" and time.time() >= self.until:
            self.status, self.published = "published", len(self.versions)
            self.reached.add(self.published)

    def whole(self, version=None):
        self.settle()
        version, last = version or len(self.versions), len(self.versions)
        document = {"id": self.id, **copy.deepcopy(self.versions[version - 1]), "version": version, "dateModified": time_text(self.times[version - 1])}
        document["status"] = self.status if version == last else "published" if version in self.reached else "draft"
        if self.published:
            document["publishedVersion"] = self.published
        document.update(free["added"])
        if free["null"]:
            for name in ("statusReason", "publishedVersion", "applicationSettings", "environmentVariables"):
                document.setdefault(name, None)
            for node in document["nodes"].values():
                for name in ("transition", "actions", "conditions"):
                    node.setdefault(name, None)
        return document

    def row(self):
        if free["rows"] == "least":
            return {name: value for name, value in self.whole().items() if name in ("id", "name", "version", "status")}
        return {name: value for name, value in self.whole().items() if free["rows"] == "whole" or name not in ("nodes", "prompts", "variables")}

    def tag(self, version=None):
        return {"quoted": '"%d"', "weak": 'W/"%d"'}.get(free["etag"], "%d") % (version or len(self.versions))

    def written(self):
        if free["written"] == "empty":
            return {}
        return {"id": self.id, "version": len(self.versions)} if free["written"] == "least" else self.whole()


def faults_of(document):
    """As a platform judges a flow: nodes that are led to must be there."""
    nodes = document.get("nodes")
    if not isinstance(nodes, dict) or not nodes:
        return [{"nodeId": None, "field": "nodes", "code": "missing", "message": "nodes are missing"}]
    return [{"nodeId": name, "field": "transition", "code": "unknown.node", "message": "no node '%s'" % to}
            for name, node in nodes.items()
            for to in [node.get("transition")] + [way.get("transition") for way in node.get("conditions") or []] if to is not None and to not in nodes]


def demand_good(document):
    faults = faults_of(document)
    if faults:
        raise Refused(422, "invalid.flow", "The flow is invalid.", nodeId=faults[0]["nodeId"], field=faults[0]["field"], errors=faults)


# ---- how it is said

def shaped(value):
    if isinstance(value, dict):
        items = [(name, shaped(item)) for name, item in value.items() if name not in free["dropped"]]
        return dict(reversed(items) if free["order"] == "reversed" else items)
    if isinstance(value, list):
        return [shaped(item) for item in value]
    return float(value) if free["numbers"] == "point" and type(value) is int else value


def text_of(value):
    text = json.dumps(shaped(value), ensure_ascii=free["escaped"], indent=2 if free["pretty"] else None)
    if free["numbers"] == "exponent":
        text = re.sub(r'("(?:version|publishedVersion|total|pageSize|pageNumber|pageCount|expires_in)": *\d+)', r"\1e0", text)
    return text.replace("/", "\\/") if free["escaped"] else text


def page_of(items, query, path, most):
    number, size = int(query.get("pageNumber", 1)), min(int(query.get("pageSize", 25)), most)
    shift = 1 if free["empty_first"] and "name" not in query else 0
    start = (number - 1 - shift) * size
    page = {"entities": items[start:start + size] if start >= 0 else [], "pageNumber": number, "pageSize": size}
    pages = (len(items) + size - 1) // size + shift
    if free["counted"]:
        page.update(total=len(items), pageCount=pages)
    if number < pages and free["next"] != "absent":
        page["nextUri"] = "%s?pageNumber=%d&pageSize=%d" % (path, number + 1, size) + ("&name=" + query["name"] if "name" in query else "")
    return page


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send_body(self, body, chunked):
        if not chunked:
            self.wfile.write(body)
            return
        for start in range(0, len(body), 700):
            piece = body[start:start + 700]
            self.wfile.write(b"%x;of=it\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\nX-Trailer: 1\r\n\r\n")

    def answer(self, status, value, headers=None):
        body, headers = text_of(value).encode(), {"Content-Type": free["type"], **(headers or {})}
        if free["packed"] and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        if free["ends"] == "close":
            self.protocol_version, self.close_connection = "HTTP/1.0", True
        elif free["ends"] == "chunked":
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(len(body))
        self.send_response(status)
        for name, text in headers.items():
            self.send_header({"title": name, "lower": name.lower(), "upper": name.upper()}[free["headers"]], text)
        self.end_headers()
        self.send_body(body, free["ends"] == "chunked")

    def tagged(self, status, value, flow, version=None):
        self.answer(status, value, None if free["etag"] == "absent" else {"ETag": flow.tag(version)})

    def read_body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body, size = b"", -1
        while size:
            size = int(self.rfile.readline().split(b";")[0], 16)
            body += self.rfile.read(size)
            self.rfile.readline()
        return body

    def need(self, scope):
        found = re.match(r"(?i)bearer (.+)$", self.headers.get("Authorization", ""))
        if not found or tokens.get(found[1], 0) < time.time():
            raise Refused(401, "bad.credentials", "Invalid login credentials.")
        if scope not in ROLE:
            raise Refused(403, "missing.permissions", "Missing scope: " + scope)

    def flow(self, name):
        if unquote(name) not in flows:
            raise Refused(404, "not.found", "The flow could not be found.")
        return flows[unquote(name)]

    # ---- the calls

    def log_in(self, body):
        form = dict(parse_qsl(body.decode()))
        client = form.get("client_id"), form.get("client_secret")
        basic = re.match(r"(?i)basic (.+)", self.headers.get("Authorization", ""))
        if basic:
            client = tuple(base64.b64decode(basic[1]).decode().split(":", 1))
        if client != (CLIENT, SECRET) or form.get("grant_type") != "client_credentials":
            raise Refused(401, "invalid_client", "client authentication failed", error="invalid_client")
        token = uuid.uuid4().hex + ".-_~+/=="
        tokens[token] = time.time() + 3600
        least = {"access_token": token}
        self.answer(200, least if free["token"] == "least" else {**least, "token_type": "bearer", "expires_in": 3600, "scope": " ".join(ROLE)})

    def list_flows(self, query):
        self.need("flow:view")
        chosen = [flow for flow in flows.values() if "name" not in query or free["filter"] == "ignored" or
                  (query["name"] == flow.name if free["filter"] == "exact" else query["name"].lower() in flow.name.lower())]
        page = page_of([flow.row() for flow in chosen], query, "/api/v2/flows", free["page"])
        if "nextUri" in page and free["next"] == "absolute":
            page["nextUri"] = "http://" + self.headers["Host"] + page["nextUri"]
        self.answer(200, page)

    def create(self, body):
        self.need("flow:edit")
        document = json.loads(body)
        demand_good(document)
        flow = Flow(document)
        self.tagged(free["created"], flow.written(), flow)

    def replace(self, name, body):
        self.need("flow:edit")
        flow, document = self.flow(name), json.loads(body)
        flow.settle()
        here, match = len(flow.versions), self.headers.get("If-Match")
        if flow.status == "publishing":
            raise Refused(409, "operation.in.progress", "A publish is under way.")
        if match is not None and match not in ("*", flow.tag(), '"%d"' % here):
            raise Refused(409, "version.conflict", "If-Match %s is not %s" % (match, flow.tag()))
        if document.get("version") != here + 1:
            raise Refused(409, "version.conflict", "The version is %d." % here)
        demand_good(document)
        flow.put(document)
        self.tagged(200, flow.written(), flow)

    def list_versions(self, name, query):
        self.need("flow:view")
        flow = self.flow(name)
        listed = [flow.whole(number + 1) for number in range(len(flow.versions))]
        if free["versions"] == "newest":
            listed.reverse()
        self.answer(200, listed if free["versions"] == "listed" else page_of(listed, query, self.path.split("?")[0], 25))

    def one_version(self, name, number):
        self.need("flow:view")
        flow = self.flow(name)
        if not number.isdigit() or not 1 <= int(number) <= len(flow.versions):
            raise Refused(404, "not.found", "There is no such version.")
        self.tagged(200, flow.whole(int(number)), flow, int(number))

    def validate(self, body):
        self.need("flow:edit")
        faults = faults_of(json.loads(body))
        self.answer(200, {"valid": not faults, "errors": faults, "warnings": None if free["null"] else []})

    def control(self, path, body):
        if path == "/_freedoms":
            free.clear()
            free.update(FREEDOMS, **json.loads(body))
            flows.clear()
        elif path == "/_edit":
            edit = json.loads(body)
            flow = next(flow for flow in flows.values() if flow.name == edit["flow"])
            document = copy.deepcopy(flow.versions[-1])
            place = document
            for name in edit["path"][:-1]:
                place = place[name]
            place[edit["path"][-1]] = edit["value"]
            flow.put(document, edit.get("status", "published"))
            flow.until = 0
        there = [{"name": flow.name, "versions": len(flow.versions), "status": flow.whole()["status"], "published": flow.published}
                 for flow in sorted(flows.values(), key=lambda flow: flow.name)]
        text = json.dumps(there, indent=1).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def route(self, body):
        parts = urlsplit(self.path)
        query, path = dict(parse_qsl(parts.query, keep_blank_values=True)), parts.path
        call, one = "%s %s" % (self.command, path), re.fullmatch(r"(\w+) /api/v2/flows/([^/]+)(/\w+)?(?:/([^/]+))?", "%s %s" % (self.command, path))
        if path.startswith("/_"):
            self.control(path, body)
        elif call == "POST /oauth/token":
            self.log_in(body)
        elif call == "GET /api/v2/authorization/roles/release":
            self.need("authorization:read")
            self.answer(200, {"id": "release", "name": "Release", "scopes": ROLE})
        elif call == "GET /api/v2/flows":
            self.list_flows(query)
        elif call == "POST /api/v2/flows":
            self.create(body)
        elif one and one.group(1, 3) == ("GET", None):
            self.need("flow:view")
            self.tagged(200, self.flow(one[2]).whole(), self.flow(one[2]))
        elif one and one.group(1, 3) == ("PUT", None):
            self.replace(one[2], body)
        elif one and one.group(1, 3) == ("GET", "/versions"):
            self.one_version(one[2], one[4]) if one[4] else self.list_versions(one[2], query)
        elif one and one.group(1, 3) == ("POST", "/validate"):
            self.validate(body)
        else:
            raise Refused(404, "not.found", "There is no " + call)

    def serve(self):
        body = self.read_body()
        with lock:
            try:
                self.route(body)
            except Refused as refused:
                self.answer(refused.status, {**refused.body, "details": None, "errors": refused.body.get("errors")} if free["null"] else refused.body)

    do_GET = do_POST = do_PUT = serve


def end_with_parent():
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(0)


def main():
    for pair in sys.argv[1:]:
        name, _, value = pair.partition("=")
        FREEDOMS[name] = free[name] = json.loads(value)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print("http://127.0.0.1:%d" % server.server_address[1], flush=True)
    threading.Thread(target=end_with_parent, daemon=True).start()
    server.serve_forever()


main()
