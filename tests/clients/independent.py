"""A company's app in one file, written from docs/channels/chat-app.md alone. Each line of standard input is something to tell MAX; each line
of standard output is something MAX told us, with the id we gave it. It gives every message an id of its own, reports it as delivered by that id, puts an emoji on
it by MAX's id, and loses the first answer of every call on purpose."""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import urlsplit

WHERE = urlsplit(os.environ["MAX_ADDRESS"])
SECRET = base64.b64decode(os.environ["MAX_SECRET"][len("whsec_"):])
LOCK = Lock()
SEEN = {}
COUNT = 0


def signed(call, at, body):
    digest = hmac.digest(SECRET, b".".join([call.encode(), at.encode(), body]), hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode("ascii")


def call_max(payload):
    global COUNT
    COUNT += 1
    body = json.dumps(payload, ensure_ascii=False).encode("utf-8")
    call, at = f"independent-{os.getpid()}-{COUNT}", str(int(time.time()))
    # The same call twice, as after a lost answer: it is one message all the same.
    for _ in range(2):
        connection = HTTPConnection(WHERE.hostname, WHERE.port, timeout=20)
        connection.request("POST", WHERE.path, body, {
            "Content-Type": "application/json",
            "Webhook-Id": call,
            "Webhook-Timestamp": at,
            "Webhook-Signature": "v1,bm90IG91cnM= " + signed(call, at, body),
        })
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"MAX answered {answer.status}")


class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call, at = self.headers["Webhook-Id"], self.headers["Webhook-Timestamp"]
        good = any(hmac.compare_digest(signed(call, at, body), s) for s in self.headers["Webhook-Signature"].split(" "))
        if not good or abs(time.time() - int(at)) > 300:
            return self.finish_with(401, b"")
        event = json.loads(body)
        with LOCK:
            first = call not in SEEN
            SEEN.setdefault(call, f"mine-{len(SEEN) + 1}")
        if first:
            print(json.dumps({**event, "mine": SEEN[call]}), flush=True)
            # Stored, but MAX does not learn of it, and calls again.
            return self.finish_with(500, b"")
        self.finish_with(200, json.dumps({"id": SEEN[call]}).encode())
        if event["type"] == "message.created":
            Thread(target=self.received, args=(event["data"], SEEN[call])).start()

    @staticmethod
    def received(data, mine):
        # MAX records our id when it has our answer; what we say of it before then waits there.
        call_max({"events": [
            {"type": "message.status", "data": {"message_id": mine, "status": "delivered"}},
        ]})
        time.sleep(0.3)
        call_max({"type": "message.reaction", "timestamp": "2026-01-01T00:00:00Z",
                  "data": {"message_id": data["id"], "user": data["user"], "emoji": "🙏"}})

    def finish_with(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


Thread(target=ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), App).serve_forever, daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    call_max(json.loads(line))
