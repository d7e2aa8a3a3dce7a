#!/usr/bin/env python3
"""tests/contract.py [PART...]: flow-sandbox, from the PATH, held against the platform's contract by somebody who has only read it.

Everything is asked by Python's standard library alone, field by field and status by status; nothing of our own code is used on this side. Prints what is not as
the contract has it, and ends with 1 where anything is.
"""
import base64
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

import websocket

SCOPES = ("flow:view flow:read flow:edit flow:simulate flow:simulation:run authorization:read interaction:read interaction:update profile:read "
          "callcontrol:inbound callcontrol:media flow:simulator:run flow:simulator:read").split()
FORM = "application/x-www-form-urlencoded"
quote = urllib.parse.quote
made, failed = 0, 0


def check(good, what, got=""):
    global made, failed
    made += 1
    if not good:
        failed += 1
        print("not as the contract says: %s: %.600s" % (what, got))


# ---- the other side

class Answer:
    def __init__(self, status=0, headers=(), body=b""):
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in headers}
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    def __str__(self):
        return "%d %s %s" % (self.status, self.headers, self.body[:300])

    def is_error(self, status, code=None, says=""):
        """The platform's form of an error."""
        body = self.json if isinstance(self.json, dict) else {}
        return (self.status == status == body.get("status") and {"message", "code", "contextId", "details", "errors"} <= set(body)
                and body["message"] and says in body["message"] and (not code or body["code"] == code) and body["contextId"]
                and isinstance(body["details"], list) and isinstance(body["errors"], list)
                and self.headers.get("content-type", "").startswith("application/json"))


class Sandbox:
    """One that runs until the end of a `with`."""

    def __init__(self, *options, seed=None):
        self.folder = tempfile.mkdtemp()
        arguments = ["flow-sandbox", "--for", "5m", *options]
        if seed:
            with open(self.folder + "/seed.json", "w") as file:
                json.dump(seed, file)
            arguments += ["--seed", file.name]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        self.printed, shell = [], {}
        while not shell or self.printed[-1].startswith("export") and ("SANDBOX_CA" if "--tls" in options else "SANDBOX_ADMIN_TOKEN") not in shell:
            line = self.process.stdout.readline()
            if not line:
                sys.exit("contract.py: flow-sandbox %s did not start" % " ".join(options))
            self.printed.append(line)
            shell.update(re.findall(r"^export (\w+)='(.*)'$", line))
        self.url, self.ca = self.printed[0].strip(), shell.get("SANDBOX_CA")
        self.client, self.secret, self.admin = (shell["SANDBOX_" + name] for name in ("CLIENT_ID", "CLIENT_SECRET", "ADMIN_TOKEN"))
        self.place = urllib.parse.urlsplit(self.url)
        self.connection = None
        self.token = self.new_token()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        check(self.process.wait(60) == 143, "flow-sandbox ends as it is told", self.process.returncode)
        self.process.stdout.close()
        shutil.rmtree(self.folder)

    def connect(self):
        if self.ca:
            return http.client.HTTPSConnection(self.place.hostname, self.place.port, timeout=60, context=ssl.create_default_context(cafile=self.ca))
        return http.client.HTTPConnection(self.place.hostname, self.place.port, timeout=60)

    def ask(self, method, path, body=None, token=True, **headers):
        """A body that is no text or bytes is sent as JSON. No whole answer: the status 0."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            sent["Authorization"] = "Bearer " + (self.token if token is True else token)
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        connection, self.connection = self.connection or self.connect(), None
        try:
            connection.request(method, path, body, {name: value for name, value in sent.items() if value is not None})
            answer = connection.getresponse()
            whole = Answer(answer.status, answer.getheaders(), answer.read())
        except (http.client.HTTPException, OSError):
            connection.close()
            return Answer()
        if answer.will_close:
            connection.close()
        else:
            self.connection = connection
        return whole

    def sandbox(self, method, path, body=None):
        return self.ask(method, "/sandbox/" + path, body, token=self.admin)

    def form(self, fields, path="/oauth/token", basic=None, **headers):
        sent = {"Content_Type": FORM}
        if basic:
            sent["Authorization"] = "Basic " + base64.b64encode(basic.encode()).decode()
        return self.ask("POST", path, fields if isinstance(fields, str) else urllib.parse.urlencode(fields), token=False, **{**sent, **headers})

    def credentials(self, **more):
        return {"grant_type": "client_credentials", "client_id": self.client, "client_secret": self.secret, **more}

    def new_token(self, scope=""):
        return self.form(self.credentials(scope=scope)).json["access_token"]

    def raw(self, text, ends=False):
        """Bytes as they are, and what comes until the end of the connection: the statuses, and all of it."""
        with socket.create_connection((self.place.hostname, self.place.port), timeout=60) as sock:
            sock.sendall(text.encode("latin-1") if isinstance(text, str) else text)
            if ends:
                sock.shutdown(socket.SHUT_WR)
            heard = b""
            try:
                while True:
                    piece = sock.recv(65536)
                    if not piece:
                        break
                    heard += piece
            except ConnectionResetError:
                pass
        return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", heard)], heard

    def until(self, path, holds):
        """Asks again until the answer is as it shall become."""
        deadline = time.monotonic() + 60
        while True:
            answer = self.ask("GET", path)
            if holds(answer.json) or time.monotonic() > deadline:
                return answer
            time.sleep(0.02)

    def fault(self, *specs):
        self.sandbox("DELETE", "faults")
        for spec in specs:
            check(self.sandbox("POST", "faults", {"fault": spec}).status == 200, "fault " + spec)


def flow(name, version=None, reason="over", **more):
    nodes = {"start": {"type": "start", "transition": "bye"}, "bye": {"type": "end", "reason": reason}}
    return {"name": name, "nodes": nodes, **({} if version is None else {"version": version}), **more}


# The two shapes of the documents.
CHAT = {
    "id": "your-flow-id-here", "version": 1, "name": "WebChat Support Flow", "status": "draft",
    "nodes": {
        "start": {"type": "start", "transition": "set_context"},
        "set_context": {"type": "action", "actions": [{"name": "set", "variable": "channel", "value": "webchat"},
                                                      {"name": "set", "variable": "timestamp", "value": "{now}"}], "transition": "route_intent"},
        "route_intent": {"type": "transition", "conditions": [
            {"variable": "intent", "condition": "equals", "value": "billing", "transition": "billing_queue"},
            {"variable": "intent", "condition": "equals", "value": "technical", "transition": "tech_queue"}], "transition": "default_end"},
        "billing_queue": {"type": "action", "actions": [{"name": "route", "queueId": "{billing_queue_id}"}], "transition": "default_end"},
        "tech_queue": {"type": "action", "actions": [{"name": "route", "queueId": "{tech_queue_id}"}], "transition": "default_end"},
        "default_end": {"type": "end"}},
    "applicationSettings": {"webchat": {"title": "Customer Support", "showPoweredBy": False}},
    "environmentVariables": {"billing_queue_id": "{env.BILLING_QUEUE_ID}", "tech_queue_id": "{env.TECH_QUEUE_ID}"}}
LISTED = {"name": "Listed", "nodes": [
    {"id": "MainMenu", "type": "menu", "transitions": [{"targetId": "BillingInquiry", "condition": "1"}, {"targetId": "Bye"}]},
    {"id": "BillingInquiry", "type": "queue", "transitions": [{"targetId": "Bye"}]}, {"id": "Bye", "type": "end", "transitions": []}]}


# ---- the parts of the contract

def oauth(s):
    for path in "/oauth/token", "/api/v2/oauth/token":
        for basic in None, s.client + ":" + s.secret:
            fields = s.credentials(scope="flow:simulation:run flow:view")
            if basic:
                del fields["client_id"], fields["client_secret"]
            a = s.form(fields, path, basic)
            check(a.status == 200 and set(a.json) == {"access_token", "token_type", "expires_in", "scope"} and a.json["token_type"].lower() == "bearer"
                  and a.json["expires_in"] == 3600 and a.json["scope"] == "flow:simulation:run flow:view" and a.headers["cache-control"] == "no-store",
                  "a token from %s, basic %s" % (path, bool(basic)), a)
    check(set(s.form(s.credentials()).json["scope"].split()) == set(SCOPES), "all scopes where none is asked for")
    check(s.form(s.credentials(scope=" flow:view  flow:edit flow:view ")).json["scope"] == "flow:view flow:edit", "each scope once")
    check(s.form(urllib.parse.urlencode(s.credentials()).replace("grant_type", "grant%5Ftype"), Content_Type=FORM + ";charset=UTF-8").status == 200, "encoded names")

    def refused(a, status, error, what):
        check(a.is_error(status) and a.json.get("error") == error and a.json.get("error_description"), what, a)
    refused(s.form(s.credentials(client_secret="wrong")), 401, "invalid_client", "a wrong secret")
    refused(s.form(s.credentials(client_id="wrong")), 401, "invalid_client", "a wrong client")
    a = s.form({"grant_type": "client_credentials"}, basic=s.client + ":wrong")
    refused(a, 401, "invalid_client", "a wrong secret by HTTP Basic")
    check("basic" in a.headers.get("www-authenticate", "").lower(), "who may try again by HTTP Basic is told so", a)
    for grant in "password", "authorization_code", "client_credential":
        refused(s.form(s.credentials(grant_type=grant)), 400, "unsupported_grant_type", "the grant " + grant)
    refused(s.form({"client_id": s.client, "client_secret": s.secret}), 400, "invalid_request", "no grant")
    refused(s.form(urllib.parse.urlencode(s.credentials()) + "&client_id=x"), 400, "invalid_request", "a parameter twice")
    refused(s.form("", "/oauth/token?" + urllib.parse.urlencode(s.credentials())), 400, "invalid_request", "credentials in the query")
    refused(s.form(json.dumps(s.credentials()), Content_Type="application/json"), 400, "invalid_request", "JSON in place of a form")
    refused(s.form(s.credentials(scope="tea:serve")), 400, "invalid_scope", "a scope that there is not")
    for token in "nobody", s.admin, "Bearer":
        a = s.ask("GET", "/api/v2/flows", token=token)
        check(a.is_error(401) and "Bearer" in a.headers["www-authenticate"], "a token that is none", a)
    check(s.ask("GET", "/api/v2/flows", token=False).is_error(401), "no token")
    check(s.ask("GET", "/api/v2/flows?access_token=" + s.token, token=False).is_error(401), "a token in the query")
    check(s.ask("GET", "/api/v2/flows", token=False, Authorization="bearer " + s.token).status == 200, "the scheme in small letters")


def scopes(s):
    one = "/api/v2/flows/" + s.ask("POST", "/api/v2/flows", flow("scopes")).json["id"]
    see, routes = {"flow:view", "flow:read"}, []
    for path in "/api/v2/flows", one, one + "/versions", one + "/versions/1":
        routes.append(("GET", path, see))
    routes += [("POST", "/api/v2/flows", {"flow:edit"}), ("PUT", one, {"flow:edit"}), ("POST", one + "/validate", {"flow:edit"}),
               ("POST", one + "/simulate", {"flow:simulate"}), ("POST", "/api/v2/flows/simulation/run", {"flow:simulation:run"}),
               ("GET", "/api/v2/authorization/roles/publisher", {"authorization:read"}), ("GET", "/api/v2/interactions/i1", {"interaction:read"}),
               ("PATCH", "/api/v2/interactions/i1", {"interaction:update"}), ("GET", "/api/v2/profiles/external/p1", {"profile:read"}),
               ("POST", "/api/v2/flow/simulator", {"flow:simulator:run"}), ("GET", "/api/v2/flow/simulator/x", {"flow:simulator:read"}),
               ("GET", "/api/v2/flows/nobody", see)]
    tokens = {scope: s.new_token(scope) for scope in SCOPES}
    for method, path, needed in routes:
        for scope in SCOPES:
            a = s.ask(method, path, None if method == "GET" else {}, token=tokens[scope])
            good = a.status not in (401, 403) if scope in needed else a.is_error(403) and any(one in a.json["message"] for one in needed)
            check(good, "%s %s with %s" % (method, path, scope), a)


def errors(s):
    one = "/api/v2/flows/" + s.ask("POST", "/api/v2/flows", flow("errors")).json["id"]
    for path in "/", "/api/v2/nothing", "/api/v2/flows/nobody", "/api/v2/flows/nobody/versions", one + "/versions/99", one + "/versions/0", one + "/versions/x", \
            "/api/v2/authorization/roles/nobody", "/api/v2/interactions/nobody", "/api/v2/profiles/external/nobody", "/api/v2/flow/simulator/nobody":
        a = s.ask("GET", path)
        check(a.is_error(404) and a.json["contextId"] == a.headers["inin-correlation-id"], "404 for " + path, a)
    for method, path in ("DELETE", "/api/v2/flows"), ("PATCH", one), ("DELETE", one), ("POST", one), ("GET", one + "/validate"), ("PUT", "/api/v2/interactions/i1"), \
            ("POST", "/api/v2/profiles/external/p1"), ("GET", "/api/v2/flow/simulator"), ("GET", "/oauth/token"):
        a = s.ask(method, path)
        check(a.is_error(405) and a.headers["allow"] and method not in a.headers["allow"], "405 for %s %s" % (method, path), a)
    check(s.ask("GET", "/api/v2/callcontrol/websocket").is_error(426), "a WebSocket's path without an upgrade")
    for body in b"", b"{", b"[]", b"null", b'"x"', b'{"name": "a"} x', b'{"name": "\xff", "nodes": {}}', b"[" * 200000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b'{"a": NaN}', \
            b'{"name": "a", "name": "b", "nodes": {"e": {"type": "start"}}}':
        a = s.ask("POST", "/api/v2/flows", body)
        check(a.is_error(400), "a body that is no JSON object: %r" % body[:30], a)
    check(s.ask("POST", "/api/v2/flows", b"{" + b" " * (17 << 20) + b"}").is_error(413), "a body of 17 MiB")
    for number, kind in enumerate(("application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json", None, FORM, "text/plain;charset=UTF-8")):
        check(s.ask("POST", "/api/v2/flows", flow("type %d" % number), Content_Type=kind).status == 201, "content type %s" % kind)
    for kind in "application/xml", "multipart/form-data; boundary=x", "text/html", "image/png":
        a = s.ask("POST", "/api/v2/flows", flow("type x"), Content_Type=kind)
        check(a.is_error(415), "content type " + kind, a)
    check(s.ask("POST", "/api/v2/flows", flow("type x"), Content_Encoding="gzip").is_error(415), "a content encoding")
    check(s.ask("PATCH", "/api/v2/interactions/i1", {}, If_Match='"1"', Content_Type="text/xml").is_error(415), "content type of a PATCH")


def paging(s):
    plain = ["Page %d" % i for i in range(7)]
    names = plain + ["100% sure", "under_score", "star*", "a&b=c", "Größe", "plus+plus", "semi;colon", "hash#tag", "quote'\"", "back\\slash", "slash/inside", "q?m",
                     "emoji \U0001f600", "x" * 1020, " blank first"]
    for name in names:
        a = s.ask("POST", "/api/v2/flows", flow(name))
        check(a.status == 201 and a.json["name"] == name, "a flow named %.30s" % name, a)
    for name in names:
        for encoded in quote(name, safe=""), urllib.parse.quote_plus(name):
            got = [entity["name"] for entity in s.ask("GET", "/api/v2/flows?name=" + encoded).json["entities"]]
            check(got == [name], "name=%.40s" % encoded, got)
    check(s.ask("GET", "/api/v2/flows?name=" + "y" * 4000).json["total"] == 0, "a name that is longer than any")
    check(s.ask("GET", "/api/v2/flows?name=pAGE%203").json["total"] == 1, "a name in other letters")
    total = s.ask("GET", "/api/v2/flows?name=").json["total"]
    for size in 1, 3, 100, 500:
        path, number, ids = "/api/v2/flows?pageSize=%d" % size, 0, []
        while path and number <= total:
            j, number = s.ask("GET", path).json, number + 1
            check({"entities", "pageNumber", "pageSize", "total", "pageCount"} <= set(j) and (j["pageNumber"], j["pageSize"], j["total"], j["pageCount"]) ==
                  (number, size, total, -(-total // size)) and ("nextUri" in j) == (number < j["pageCount"]), "page %d of %d" % (number, size), j)
            ids += [entity["id"] for entity in j["entities"]]
            path = j.get("nextUri")
        check(len(set(ids)) == len(ids) == total, "all by pages of %d" % size, len(ids))
    path, got = "/api/v2/flows?pageSize=2&name=" + quote("age "), []
    while path:
        j = s.ask("GET", path).json
        got += [entity["name"] for entity in j["entities"]]
        path = j.get("nextUri")
    check(got == plain, "a filter through all pages", got)
    j = s.ask("GET", "/api/v2/flows?pageNumber=1000").json
    check(j["entities"] == [] and j["total"] == total and "nextUri" not in j, "a page past the end", j)
    for query in "pageSize=0", "pageSize=-1", "pageSize=501", "pageSize=1e2", "pageSize=", "pageNumber=0", "pageNumber=x", "pageNumber=1.5", "pageNumber=99999999999999999999":
        check(s.ask("GET", "/api/v2/flows?" + query).is_error(400), query)


def versions(s):
    own = {"id": "mine", "publishedVersion": 9, "statusReason": "x", "selfUri": "y"}
    a = s.ask("POST", "/api/v2/flows", flow("versions", 7, custom={"kept": [1, {"deep": None}]}, **own))
    check(a.status == 201 and a.json["version"] == 1 and a.headers["etag"] == '"1"' and a.json["status"] == "published" and a.json["publishedVersion"] == 1
          and a.json["custom"] == {"kept": [1, {"deep": None}]} and "statusReason" not in a.json, "creation", a)
    one, now = "/api/v2/flows/" + a.json["id"], 1
    check(a.headers["location"] == one, "where it is", a)
    got = s.ask("GET", one)
    check(got.json == a.json and got.headers["etag"] == '"1"', "it is read as it was made", got)
    check(len(re.findall(rb'"id":', got.body)) == 1 and len(re.findall(rb'"status":', got.body)) == 1, "what the platform says stands there once", got)
    twin = {**got.json, "version": 2}
    check(s.ask("PUT", one, twin).json["version"] == 2 and s.ask("PUT", one, twin).is_error(409), "read, changed, written; the late twin loses")
    now = 2
    for version in 1, 2, 4, 0, -1:
        check(s.ask("PUT", one, flow("versions", version)).is_error(409), "version %r" % version)
    for version in "3", 3.5, 1e300, None, True, [3]:
        a = s.ask("PUT", one, flow("versions", version) if version is not None else flow("versions"))
        check(a.is_error(400) or a.is_error(409), "version %r" % (version,), a)
    for tag, good in (('"%d"', True), ("*", True), ('"x", "%d"', True), (',,"%d" ,', True), ("W/\"%d\"", False), ("%d", False), ('"0%d"', False), ('"%d', False)):
        tag = tag % now if "%d" in tag else tag
        a = s.ask("PUT", one, flow("versions", now + 1), If_Match=tag)
        check(a.status == 200 and a.headers["etag"] == '"%d"' % (now + 1) if good else a.is_error(409), "If-Match: " + tag, a)
        now += good
        check(s.ask("GET", one).json["version"] == now, "what is refused is not written: " + tag)
    check(s.ask("PUT", one, flow("versions", now), If_Match='"%d"' % now).is_error(409), "If-Match stands, the version does not")
    check(s.ask("PUT", "/api/v2/flows/nobody", flow("versions", 2)).is_error(404), "a version of nothing")
    check(s.ask("PUT", one, flow("versions", now + 1, id="another")).is_error(400), "another flow's id")
    for status, published in ("draft", now), ("scheduled", now), ("published", now + 3):
        a, now = s.ask("PUT", one, flow("renamed", now + 1, str(now), status=status)), now + 1
        check(a.json["status"] == status and a.json["publishedVersion"] == published and a.json["version"] == now and a.headers["etag"] == '"%d"' % now, status, a)
    for status in "nonsense", "", 7, {}:
        check(s.ask("PUT", one, flow("renamed", now + 1, status=status)).is_error(400), "status %r" % (status,))
    check(s.ask("POST", "/api/v2/flows", flow("renamed")).is_error(409), "another flow of the name")
    got = s.ask("GET", one + "/versions").json
    check(got["total"] == now and [entity["version"] for entity in got["entities"]] == list(range(now, 0, -1)) and all("nodes" in entity for entity in got["entities"]),
          "its history, whole", got)
    got = s.ask("GET", one + "/versions/1")
    check(got.json["name"] == "versions" and got.json["version"] == 1 and got.headers["etag"] == '"1"', "an old version", got)
    check([entity["name"] for entity in s.ask("GET", "/api/v2/flows?name=renamed").json["entities"]] == ["renamed"], "its new name")


def shapes(s):
    a = s.ask("POST", "/api/v2/flows", CHAT)
    check(a.status == 201 and a.json["status"] == "draft" and "publishedVersion" not in a.json
          and all(a.json[key] == CHAT[key] for key in ("name", "nodes", "applicationSettings", "environmentVariables")), "a map of nodes", a)
    one = "/api/v2/flows/" + a.json["id"]
    for body in CHAT, None:
        a = s.ask("POST", one + "/validate", body)
        check(a.json == {"valid": True, "errors": [], "warnings": []}, "it is valid", a)
    a = s.ask("POST", "/api/v2/flows", LISTED)
    check(a.status == 201 and a.json["nodes"] == LISTED["nodes"], "a list of nodes", a)
    a = s.ask("PUT", "/api/v2/flows/" + a.json["id"], {**a.json, "version": 2})
    check(a.status == 200 and a.json["nodes"] == LISTED["nodes"], "it stays one", a)
    end, settle = {"type": "end"}, {"name": "set", "variable": "x", "value": 1}

    def lead(node, **more):
        return {"start": {"type": "start", "transition": "a"}, "a": node, "e": end, **more}

    def act(*actions, **more):
        return {"type": "action", "actions": list(actions), **more}
    for what, node, nodes in (
            ("a start that leads nowhere", "start", {"start": {"type": "start"}, "e": end}),
            ("a transition to nothing", "start", {"start": {"type": "start", "transition": "gone"}}),
            ("a missing transition", "a", lead(act(settle))),
            ("a missing transition behind two actions", "a", lead(act(settle, {"name": "route", "queueId": "q"}, settle))),
            ("a condition's transition to nothing", "a", lead({"type": "transition", "conditions": [
                {"variable": "x", "condition": "equals", "value": "1", "transition": "gone"}], "transition": "e"})),
            ("conditions without a way on", "a", lead({"type": "transition", "conditions": [
                {"variable": "x", "condition": "equals", "value": "1", "transition": "e"}]})),
            ("a circle", "a", lead(act(settle, transition="b"), b=act(settle, transition="a"))),
            ("a circle of one", "start", {"start": {"type": "start", "transition": "start"}, "e": end}),
            ("a set without a variable", "a", lead(act({"name": "set"}, transition="e"))),
            ("a route without a queue", "a", lead(act({"name": "route"}, transition="e"))),
            ("a route to an empty queue", "a", lead(act({"name": "route", "queueId": ""}, transition="e"))),
            ("an action without a name", "a", lead(act({}, transition="e"))),
            ("a type that there is not", "a", lead({"type": "zebra", "transition": "e"})),
            ("no type", "a", lead({"transition": "e"})),
            ("an id twice", "a", [{"id": "a", "type": "end"}, {"id": "a", "type": "end"}]),
            ("an id that is none", None, [{"type": "end"}]), ("a target of a list", "a", [{"id": "a", "type": "x", "transitions": [{"targetId": "gone"}]}]),
            ("no nodes", None, {}), ("no nodes in a list", None, []), ("nodes that are a text", None, "x"), ("no nodes at all", None, None)):
        body = {"name": "invalid", "nodes": nodes}
        a, checked = s.ask("POST", "/api/v2/flows", body), s.ask("POST", one + "/validate", body)
        check(a.is_error(422) and a.json["field"] and (node is None or a.json["nodeId"] == node) and a.json["errors"], what, a)
        check(checked.status == 200 and checked.json["valid"] is False and all({"nodeId", "field", "code", "message"} <= set(entry) for entry in checked.json["errors"])
              and any(node is None or entry["nodeId"] == node for entry in checked.json["errors"]), what + ", validated", checked)
    a = s.ask("POST", one + "/validate", {"name": "x", "nodes": {**flow("x")["nodes"], "lonely": end}})
    check(a.json["valid"] is True and [entry["nodeId"] for entry in a.json["warnings"]] == ["lonely"], "a warning", a)
    for body in {"nodes": flow("")["nodes"]}, flow(""), flow("  "), flow("x" * 1025), flow("a\0b"):
        a = s.ask("POST", "/api/v2/flows", body)
        check(a.is_error(422) and a.json["field"] == "name", "a name that is none", a)


CALL = {"name": "call", "nodes": {
    "start": {"type": "start", "transition": "hello"},
    "hello": {"type": "action", "actions": [{"name": "set", "variable": "seen", "value": "yes"}], "transition": "pick"},
    "pick": {"type": "transition", "conditions": [{"variable": "priority", "condition": "equals", "value": "high", "transition": "fast"}], "transition": "bye"},
    "fast": {"type": "action", "actions": [{"name": "route", "queueId": "vip"}], "transition": "bye"}, "bye": {"type": "end"}}}


def simulations(s):
    flow_id = s.ask("POST", "/api/v2/flows", CALL).json["id"]
    whole = {"dtmf": ["1", "2", "#"], "speech": {"transcript": "I need to speak to billing", "confidence": 0.92},
             "callerId": {"phoneNumber": "+14155551234", "name": "Jane Doe"}, "variables": {"priority": "standard", "language": "en-US"},
             "maxSimulationTime": 120000, "traceDepth": 5}

    def run(top=None, **changes):
        return s.ask("POST", "/api/v2/flows/simulation/run", {"flowId": flow_id, "simulationType": "IVR", "input": {**whole, **changes}, **(top or {})})
    a = run()
    check(a.status == 200 and {"simulationId", "status", "trace", "variables", "errors"} <= set(a.json) and a.json["status"] == "completed" and a.json["errors"] == [], "run", a)
    check([(entry["nodeId"], entry["nodeType"]) for entry in a.json["trace"]] ==
          [("start", "Start"), ("hello", "SetVariable"), ("pick", "Decision"), ("bye", "End")], "its trace", a)
    check(all({"nodeId", "nodeType", "timestamp", "status", "variables"} <= set(entry) and entry["status"] == "executed"
              and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["timestamp"]) for entry in a.json["trace"]), "the trace's entries", a)
    check(a.json["variables"] == {"seen": "yes", "priority": "standard", "language": "en-US"}, "variables", a)
    check(a.json["simulationId"] != run().json["simulationId"], "an id of its own")
    check("fast" in [entry["nodeId"] for entry in run(variables={"priority": "high"}).json["trace"]], "variables decide")
    for body in {"flowId": flow_id}, {"flowId": flow_id, "input": {}}:
        check(s.ask("POST", "/api/v2/flows/simulation/run", body).status == 200, "all else can be left out")
    for name, good, bad in (
            ("dtmf", ([], list("0123456789*#")), (["x"], [""], ["12"], [1], [None], "12", {"a": 1})),
            ("traceDepth", (1, 10), (0, 11, -1, 1.5, "5", [])), ("maxSimulationTime", (1, 120000), (0, -5, "x", 1.5)),
            ("speech", ({}, {"transcript": "x"}, {"transcript": "", "confidence": 0}, {"transcript": "x", "confidence": 1}),
             ({"transcript": "x", "confidence": 2}, {"transcript": "x", "confidence": "y"}, {"transcript": 5}, "x", [])),
            ("callerId", ({}, {"name": "A"}), ({"phoneNumber": 5}, {"name": []}, "x", [])), ("variables", ({}, {"a": [1]}), ([1], "x"))):
        for value in good:
            a = run(**{name: value})
            check(a.status == 200, "%s %r" % (name, value), a)
        for value in bad:
            a = run(**{name: value})
            check(a.is_error(400), "%s %r" % (name, value), a)
    for top in {"flowId": "nobody"}, {"flowId": 7}, {"flowId": None}, {"simulationType": "CHAT"}, {"input": []}, {"input": "x"}:
        check(run(top).is_error(400), "%r" % top)

    def chat(body, of=flow_id):
        return s.ask("POST", "/api/v2/flows/%s/simulate" % of, body)
    a = chat({"transcript": [{"from": "user", "text": "I need help with my bill"}, {"from": "bot", "text": "Hello"}], "initialData": {"channel": "webchat"}})
    check(a.status == 200 and a.json["status"] == "completed" and a.json["variables"]["channel"] == "webchat" and a.json["trace"] and a.json["errors"] == [], "simulate", a)
    for body in {"transcript": "x"}, {"transcript": [{"from": "agent", "text": "x"}]}, {"transcript": [{"from": "user"}]}, {"transcript": [{"from": "user", "text": 5}]}, \
            {"initialData": []}, [], b"", b"{":
        check(chat(body).is_error(400), "simulate %r" % (body,))
    check(chat({}).status == 200 and chat({}, "nobody").is_error(404), "simulate nothing, and nobody")
    s.ask("PUT", "/api/v2/flows/" + flow_id, {**flow("call", 2), "status": "draft"})
    check("hello" in [entry["nodeId"] for entry in run().json["trace"]], "callers get what was published")
    jobs(s, {"flowId": flow_id, "dtmfSequence": ["1", "3", "0"], "variableStateMatrix": {"customer_id": "cust-998877", "priority": "high"},
             "mediaAssetReferences": [{"assetId": "media-001", "type": "audio"}, {"assetId": "tts-002", "type": "tts"}]})


def jobs(s, job):
    def submit(**changes):
        return s.ask("POST", "/api/v2/flow/simulator", {**job, **changes})
    a = submit()
    check(a.status in (200, 201) and a.json["status"] == "queued" and a.json["resultUrl"] == s.url + "/api/v2/flow/simulator/" + a.json["simulationId"], "a job", a)
    seen = []
    for pace in {"queuedMs": 3600000, "runningMs": 0}, {"queuedMs": 0, "runningMs": 3600000}, {"queuedMs": 0, "runningMs": 0}:
        check(s.sandbox("PUT", "simulator", pace).status == 204, "its pace")
        a = s.ask("GET", "/api/v2/flow/simulator/" + submit().json["simulationId"])
        seen.append(a.json["status"])
    check(seen == ["queued", "running", "completed"], "a job's states", seen)
    check(isinstance(a.json["durationMs"], int) and isinstance(a.json["variables"], dict), "a job's result", a)
    check([step["nodeId"] for step in a.json["executionPath"]] == ["start", "hello", "pick", "fast"] and all(
        {"nodeId", "nodeType", "input", "output", "durationMs"} <= set(step) and isinstance(step["input"], dict) and isinstance(step["output"], dict)
        for step in a.json["executionPath"]), "its path", a)
    check([step["nodeType"] for step in a.json["executionPath"] if step.get("decision")] == ["decision"], "its decision", a)
    for good in {"dtmfSequence": ["1"] * 50}, {"variableStateMatrix": {str(i): i for i in range(100)}}, {"mediaAssetReferences": [{"assetId": "a", "type": "video"}] * 10}, \
            {"dtmfSequence": None, "variableStateMatrix": None, "mediaAssetReferences": None}:
        check(submit(**good).status in (200, 201), "a job at its limits")
    for bad in {"flowId": "nobody"}, {"flowId": ""}, {"dtmfSequence": ["1"] * 51}, {"dtmfSequence": ["x"]}, {"dtmfSequence": "1"}, \
            {"variableStateMatrix": {str(i): i for i in range(101)}}, {"variableStateMatrix": []}, {"mediaAssetReferences": [{"assetId": "a", "type": "tts"}] * 11}, \
            {"mediaAssetReferences": [{"assetId": "a", "type": "film"}]}, {"mediaAssetReferences": [{"type": "tts"}]}:
        check(submit(**bad).is_error(400), "a job that is refused: %.60r" % bad)


ODD_IDS = ["+15551234567", "a/b", "a b", "ü", "a%b", "a?b#c", "x;y", "a\\b", "a&b"]


def records(s):
    def get(name="i1"):
        return s.ask("GET", "/api/v2/interactions/" + name)

    def patch(body, etag, name="i1"):
        return s.ask("PATCH", "/api/v2/interactions/" + name, body, If_Match=etag)
    a = get()
    etag = a.headers["etag"]
    check(a.json["id"] == "i1" and a.json["customAttributes"] == {"ivr_state": "a", "flow_node": "a"} and a.json["etag"] == etag, "an interaction", a)
    check("etag" not in get("i2").headers and get("i2").json["etag"], "an ETag in the body alone", get("i2"))
    change = {"customAttributes": {"ivr_state": "b", "routing": {"queue": "x", "list": [1, None]}, "n": 145, "t": False}}
    for tag in None, "*", "":
        a = patch(change, tag)
        check(a.is_error(428), "If-Match %r" % tag, a)
    for tag in '"nope"', "W/" + etag, etag.strip('"'):
        check(patch(change, tag).is_error(409), "If-Match " + tag)
    check(get().headers["etag"] == etag, "what is refused is not written")
    a = patch(change, etag)
    check(a.status == 200 and a.headers["etag"] != etag and a.json["customAttributes"] == {"flow_node": "a", **change["customAttributes"]}, "attributes are merged", a)
    check(get().json == a.json and patch(change, etag).is_error(409), "it is read as it was written; the late twin loses")
    etag = a.headers["etag"]
    for body in b"", b"{", b"[]", {}, {"customAttributes": 5}, {"customAttributes": []}, {"customAttributes": None}, b'{"customAttributes": {"a": 1, "a": 2}}', \
            b'{"customAttributes": {"a": "\xff"}}':
        check(patch(body, etag).is_error(422), "a body %r" % (body,))
    room = 65536 - len(json.dumps(get().json["customAttributes"], separators=(",", ":"))) - len(',"fill":""')
    check(patch({"customAttributes": {"fill": "x" * (room + 1)}}, etag).is_error(422), "more than 64 KiB")
    a = patch({"customAttributes": {"fill": "x" * room}}, '"zz", ' + etag)
    check(a.status == 200 and patch({"customAttributes": {"y": 1}}, a.headers["etag"]).is_error(422), "64 KiB, and it is the result that counts")
    check(patch({"customAttributes": {"fill": None, "y": 1}}, a.headers["etag"]).status == 200, "less again")
    check(patch(change, '"1"', "nobody").is_error(404), "nobody's interaction")
    a = s.ask("GET", "/api/v2/profiles/external/CRM-USER-98765")
    check(set(a.json) == {"id", "externalId", "attributes", "dateCreated", "dateModified", "metadata"}
          and a.json["attributes"] == {"membership_level": "premium", "open_tickets": 2} and a.json["metadata"] == {"source": "crm"}, "a profile", a)
    for name in ODD_IDS:
        a = s.ask("GET", "/api/v2/profiles/external/" + quote(name, safe=""))
        check(a.status == 200 and a.json["externalId"] == name, "the profile " + name, a)
        check(get(quote(name, safe="")).status == 200, "the interaction " + name)
    a = s.ask("GET", "/api/v2/authorization/roles/publisher")
    check(set(a.json) == {"id", "name", "scopes"} and {"flow:edit", "flow:simulate"} <= set(a.json["scopes"]), "a role", a)


def http1(s):
    bearer, host = "Authorization: Bearer %s\r\n" % s.token, "Host: localhost\r\n"
    get = "GET /api/v2/authorization/roles/publisher HTTP/1.1\r\n" + host + bearer
    last = get + "Connection: close\r\n\r\n"

    def post(name, headers="", body=None):
        body = json.dumps(flow(name)) if body is None else body
        return "POST /api/v2/flows HTTP/1.1\r\n" + host + bearer + headers + "Content-Length: %d\r\n\r\n%s" % (len(body), body)

    def chunked(body, size, coding="chunked"):
        pieces = "".join("%x\r\n%s\r\n" % (len(body[i:i + size]), body[i:i + size]) for i in range(0, len(body), size))
        return "POST /api/v2/flows HTTP/1.1\r\n" + host + bearer + "Transfer-Encoding: %s\r\n\r\n" % coding + pieces + "0\r\n\r\n"

    def wire(what, text, *wanted, ends=False):
        got, heard = s.raw(text, ends)
        check(got in wanted, what, "%s %s" % (got, heard[:200]))
        return heard
    wire("requests one behind the other", (get + "\r\n") * 20 + last, [200] * 21)
    wire("a request with a body in front", post("piped") + get + "\r\n" + last, [201, 200, 200])
    wire("one behind is not lost without a word", post("piped 2") + post("piped 3") + last, [201, 503], [201, 201, 200])
    wire("nor behind one without", get + "\r\n" + post("piped 4") + last, [200, 503], [200, 201, 200])
    check(s.ask("GET", "/api/v2/flows?name=piped").json["total"] >= 2, "it serves on")
    wire("HTTP/1.0", get.replace("1.1", "1.0") + "\r\n", [200])
    for name, good in ("localhost", 1), ("LOCALHOST:1", 1), ("127.1.2.3:5", 1), ("[::1]:9", 1), ("a.localhost", 1), ("127.0.0.1 ", 1), ("evil.example", 0), ("", 0), \
            ("127.0.0.1.evil.example", 0), ("127.0.0.1@evil.example", 0), ("0.0.0.0", 0), ("localhost.evil.example", 0):
        wire("Host: " + name, last.replace("localhost", name), [200] if good else [421])
    wire("no Host", last.replace(host, ""), [400], [421])
    wire("two Hosts", last.replace(host, host + "Host: evil.example\r\n"), [400], [421])
    wire("chunks", chunked(json.dumps(flow("chunks")), 7), [201])
    wire("chunks in capitals", chunked(json.dumps(flow("Chunks too")), 50, "Chunked"), [201])
    for what, text in ("broken chunks", chunked("", 1)[:-5] + "zz\r\n"), ("chunks and a length", chunked("", 1).replace("Transfer", "Content-Length: 5\r\nTransfer")), \
            ("two lengths", post("x", "Content-Length: 5\r\n")), ("a negative length", post("x").replace("Length: ", "Length: -")), \
            ("a length that is none", post("x").replace("Length: ", "Length: 0x")):
        wire(what, text, [400])
    wire("a coding that there is not", chunked("", 1, "gzip, chunked"), [501])
    wire("a body that is cut off", post("cut off")[:-5], [], [400], ends=True)
    body = json.dumps(flow("awaited"))
    with socket.create_connection((s.place.hostname, s.place.port), timeout=60) as sock:
        sock.sendall(post("", "Expect: 100-continue\r\nConnection: close\r\n", body)[:-len(body)].encode())
        check(b" 100 " in sock.recv(100), "100-continue")
        sock.sendall(body.encode())
        check(b" 201 " in sock.recv(100), "and then the answer")
    wire("a header of 8 KB", get + "X-Long: %s\r\nConnection: close\r\n\r\n" % ("a" * 8000), [200])
    wire("a header of 20 KB", get + "X-Long: %s\r\n\r\n" % ("a" * 20000), [], [400], [431])
    heard = wire("HEAD", last.replace("GET", "HEAD"), [200])
    check(re.search(rb"content-length: [1-9]", heard) and heard.endswith(b"\r\n\r\n"), "HEAD has the length, and no body", heard)
    for text in b"NONSENSE\r\n\r\n", bytes(range(256)) * 8, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500, b"":
        got, heard = s.raw(text, ends=True)
        check(200 not in got, "what is no HTTP", heard)
    check(s.ask("GET", "/api/v2/flows").status == 200, "it serves on after all that")


def limits(_):
    with Sandbox("--rate", "5", seed={"profiles": [{"externalId": "p"}]}) as s:
        for number in range(1, 6):
            a = s.ask("GET", "/api/v2/flows")
            check(a.status == 200 and a.headers["inin-ratelimit-count"] == str(number) and a.headers["inin-ratelimit-allowed"] == "5"
                  and 0 < int(a.headers["inin-ratelimit-reset"]) <= 60, "request %d of 5" % number, a)
        a = s.ask("GET", "/api/v2/flows")
        check(a.is_error(429) and 0 < int(a.headers["retry-after"]) <= 60 and a.headers["inin-ratelimit-count"] == "5" == a.headers["inin-ratelimit-allowed"], "one more", a)
        s.token = s.new_token()
        check(s.ask("GET", "/api/v2/flows").status == 200, "another token has a minute of its own")
    with Sandbox("--token-life", "1s", seed={"profiles": [{"externalId": "p"}]}) as s:
        a = s.form(s.credentials())
        check(a.json["expires_in"] == 1, "what is left of a token", a)
        time.sleep(1.1)
        check(s.ask("GET", "/api/v2/flows", token=a.json["access_token"]).is_error(401), "a token that has ended")
    with Sandbox(seed={"profiles": [{"externalId": "p"}]}) as s:
        got = [s.ask("GET", "/api/v2/profiles/external/p").status for _ in range(201)]
        check(got == [200] * 200 + [429], "200 profiles a minute", got.count(200))
        check(s.ask("GET", "/api/v2/flows").headers["inin-ratelimit-allowed"] == "300", "300 of all")


def publishing(_):
    with Sandbox("--rate", "0", "--publishing", "200ms") as s:
        a = s.ask("POST", "/api/v2/flows", flow("slow"))
        check(a.status == 201 and a.json["status"] == "publishing" and "publishedVersion" not in a.json, "publishing", a)
        one, settled = "/api/v2/flows/" + a.json["id"], lambda j: j["status"] != "publishing"
        check(s.until(one, settled).json["status"] == "published", "published after a while")
        s.fault("deploy=hang,count=1")
        check(s.ask("PUT", one, flow("slow", 2, "hangs")).json["status"] == "publishing", "a deployment that hangs")
        for body in flow("slow", 3), flow("slow", 3, status="draft"):
            check(s.ask("PUT", one, body).is_error(409, "operation.in.progress"), "nothing is written meanwhile")
        check(s.sandbox("POST", "flows/%s/status" % one.split("/")[-1], {"status": "rejected", "statusReason": "so"}).status == 204, "it is ended")
        a = s.ask("GET", one)
        check(a.json["status"] == "rejected" and a.json["statusReason"] == "so" and a.json["publishedVersion"] == 1 and a.headers["etag"] == '"2"', "rejected", a)
        for number, status in (3, "failed"), (4, "rejected"):
            s.fault("deploy=%s,reason=no licence\\, sorry,count=1" % status)
            check(s.ask("GET", one).status == 200, "what only looks spends no such fault")
            s.ask("PUT", one, flow("slow", number, status))
            for path in one, one + "/versions/%d" % number:
                a = s.until(path, settled)
                check(a.json["status"] == status and a.json["statusReason"] == "no licence, sorry" and a.json["version"] == number and a.json["publishedVersion"] == 1
                      and a.headers["etag"] == '"%d"' % number, status, a)
        a = s.ask("PUT", one, flow("slow", 5, "again"))
        check(a.status == 200 and "statusReason" not in a.json, "the next one is clean", a)
        a = s.until(one, settled)
        check(a.json["status"] == "published" and a.json["publishedVersion"] == 5, "and is published", a)


def faults(s):
    one = "/api/v2/flows/" + s.ask("POST", "/api/v2/flows", flow("faults")).json["id"]

    def get(path="/api/v2/flows"):
        return s.ask("GET", path)
    for status in 400, 401, 403, 404, 409, 412, 418, 422, 428, 429, 500, 502, 503, 504:
        s.fault("status=%d,count=1" % status)
        a = get()
        check(a.is_error(status) and "retry-after" not in a.headers and get().status == 200, "status %d, once" % status, a)
    s.fault("status=429,retry-after=3,after=1,count=2")
    check([get().status, get().headers["retry-after"], get().status, get().status] == [200, "3", 429, 200], "a 429 with Retry-After, after one and twice")
    now = 1
    for kind, status in ("reset=%s", 0), ("status=503,when=%s", 503), ("html,status=502,when=%s", 502):
        for when in "before", "after":
            s.fault((kind + ",on=PUT /api/v2/flows/{id},count=1") % when)
            a = s.ask("PUT", one, flow("faults", now + 1, kind + when))
            now += when == "after"
            check(a.status == status and get(one).json["version"] == now, kind % when, a)
    s.fault("latency=200ms,count=1")
    begun = time.monotonic()
    check(get().status == 200 and time.monotonic() - begun >= 0.2, "latency")
    s.fault("cut=10,count=1")
    check(get().status == 0, "a body that is cut")
    s.fault("html,count=1")
    a = get()
    check(a.status == 200 and a.headers["content-type"].startswith("text/html") and a.json is None, "a page in place of JSON", a)
    s.fault("empty,count=1")
    check(get().body == b"", "nothing in place of JSON")
    s.fault("flood=1MiB,count=1")
    check(len(get().body) == 1 << 20, "a flood")
    s.fault("expire,count=1")
    check(get().is_error(401) and get().is_error(401), "a token that ends")
    s.token = s.new_token()
    s.fault("status=500,on=/api/v2/flows/**")
    check([get(path).status for path in (one, one + "/versions/1", "/api/v2/authorization/roles/publisher")] == [500, 500, 200], "faults of some paths")
    s.fault("status=503,on=POST /oauth/token,count=1")
    check(s.form(s.credentials()).is_error(503) and s.form(s.credentials()).status == 200, "of the login")
    s.fault()
    for spec in "status=99", "tea", "", "latency=x", "status=500,on=GET", "deploy=maybe":
        check(s.sandbox("POST", "faults", {"fault": spec}).is_error(400), "the fault " + spec)
    check(s.ask("GET", "/sandbox/faults").is_error(403) and s.ask("GET", "/sandbox/faults", token=False).is_error(401), "not everybody's affair")
    s.sandbox("POST", "sinks/crm/answers", [503, {"status": 429, "retryAfter": 2}])
    got = [s.ask("POST", "/sinks/crm", {"number": number}, token=False) for number in range(3)]
    check([a.status for a in got] == [503, 429, 200] and got[1].headers["retry-after"] == "2", "a sink answers as it was told")
    a = s.sandbox("GET", "sinks/crm")
    check([one["body"] for one in a.json["deliveries"]] == [{"number": number} for number in range(3)], "and can be read", a)


class Line(websocket.Wire):
    """Somebody who controls a call."""

    def __init__(self, s, token=None):
        super().__init__(s.url + "/api/v2/callcontrol/websocket", s.token if token is None else token, s.ca)

    def say(self, message):
        self.send(1, message.encode() if isinstance(message, str) else json.dumps(message).encode())

    def hear(self):
        """The next event, or the code of the close."""
        while True:
            opcode, payload = self.frame(60)
            if opcode == 8:
                return int.from_bytes(payload[:2], "big")
            if opcode == 1:
                return json.loads(payload)

    def open(self, call, **changes):
        self.say({"callControlId": call, "media": "audio", "capabilities": ["play", "record", "dtmf", "transfer", "hangup"], **changes})
        return self.hear()


def calls(s):
    for scope, status, missing in ((None, 401, ""), ("callcontrol:inbound", 403, "callcontrol:media"), ("callcontrol:media", 403, "callcontrol:inbound")):
        try:
            Line(s, s.new_token(scope) if scope else "nobody")
            check(False, "a handshake with " + str(scope))
        except websocket.Refused as refused:
            check(Answer(refused.status, [("content-type", "application/json")], refused.body).is_error(status, says=missing), "a handshake with %s" % scope, refused)
    line = Line(s)
    event = line.open("c1")
    check(event["event"] == "connected" and event["callControlId"] == "c1" and event["sessionId"], "connected", event)
    line.say({"callControlId": "c1", "action": "play", "audio": "https://example.com/a.mp3", "dtmf": {"enabled": True, "keys": ["1", "0"]}})
    check([line.hear() for _ in range(2)] == [{"event": "playback_completed", "callControlId": "c1"}, {"event": "dtmf", "callControlId": "c1", "digit": "1"}], "play, and a key")
    line.say({"callControlId": "c1", "action": "record"})
    twin = Line(s)
    check(twin.open("c1")["event"] == "error" and twin.hear() == 1008, "two for one call")
    line.say({"callControlId": "c1", "action": "transfer", "target": "ext:refused", "type": "number"})
    check(line.hear()["event"] == "transfer_failed", "a transfer that fails")
    line.say({"callControlId": "c1", "action": "transfer", "target": "ext:sales", "type": "number"})
    check(line.hear()["event"] == "transferred", "one that does not")
    again = Line(s)
    check(again.open("c1")["event"] == "error" and again.hear() == 1008, "a call that is over")
    first = {"callControlId": "c2", "media": "audio", "capabilities": ["play"]}
    for message in "{", "", "null", [], {**first, "callControlId": ""}, {**first, "media": "video"}, {**first, "capabilities": ["fly"]}, {**first, "capabilities": "play"}, \
            {"media": "audio", "capabilities": []}, {"callControlId": "c2", "capabilities": []}, {"callControlId": "c2", "media": "audio"}, {**first, "callControlId": "nobody"}:
        line = Line(s)
        line.say(message)
        event = line.hear()
        check(event["event"] == "error" and event["message"] and line.hear() == 1008, "the first message %r" % (message,), event)
    for number, (what, message) in enumerate((
            ("malformed", '{"callControlId"'), ("an unknown action", {"action": "fly"}), ("no action", {}), ("play without audio", {"action": "play"}),
            ("another call", {"callControlId": "c1", "action": "hangup"}), ("a transfer to nowhere", {"action": "transfer", "type": "number"}),
            ("keys that are none", {"action": "play", "audio": "a", "dtmf": {"enabled": True, "keys": ["x"]}}), ("no capability", {"action": "record"}))):
        line, call = Line(s), "bad-%d" % number
        line.open(call, capabilities=["play", "transfer", "hangup"])
        line.say(message if isinstance(message, str) else {"callControlId": call, **message})
        got = line.hear()
        check(got == 1008, what, got)
    line = Line(s)
    line.open("c3")
    check(line.hear() == 1011, "a fault of the platform's")
    line = Line(s)
    line.open("c4")
    line.say({"callControlId": "c4", "action": "hangup"})
    check(line.hear()["event"] == "hangup" and line.hear() == 1000, "hung up")


def tls(_):
    with Sandbox("--rate", "0", "--tls", seed=SEED) as s:
        check(s.url.startswith("https://"), "its address")
        try:
            with socket.create_connection((s.place.hostname, s.place.port)) as sock:
                ssl.create_default_context().wrap_socket(sock, server_hostname=s.place.hostname)
            check(False, "an authority that nobody knows")
        except ssl.SSLCertVerificationError:
            pass
        faults(s)
        calls(s)


SEED = {
    "interactions": [{"id": "i1", "customAttributes": {"ivr_state": "a", "flow_node": "a"}}, {"id": "i2", "etagIn": "body"}] + [{"id": name} for name in ODD_IDS],
    "profiles": [{"externalId": "CRM-USER-98765", "attributes": {"membership_level": "premium", "open_tickets": 2}, "metadata": {"source": "crm"}}]
    + [{"externalId": name} for name in ODD_IDS],
    "calls": [{"callControlId": "c1", "refuse": ["ext:refused"], "script": [{"wait": "play"}, {"wait": "playback"}, {"dtmf": "1"}]}, {"callControlId": "c2"},
              {"callControlId": "c3", "script": [{"close": 1011}]}, {"callControlId": "c4"}] + [{"callControlId": "bad-%d" % number} for number in range(8)]}
PARTS = [oauth, scopes, errors, paging, versions, shapes, simulations, records, http1, faults, calls, limits, publishing, tls]


def main():
    for part in PARTS:
        if sys.argv[1:] and part.__name__ not in sys.argv[1:]:
            continue
        if part in (limits, publishing, tls):
            part(None)
            continue
        with Sandbox("--rate", "0", seed=SEED) as s:
            part(s)
    print("%d of %d are not as the contract says" % (failed, made))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
