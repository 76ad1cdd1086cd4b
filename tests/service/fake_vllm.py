"""Stands in for `python -m vllm...`: its flags, a child in a session of its own.

What it does is read from files in the model folder: `broken` (ends at once), `deaf` (never
listens), `stubborn` (ignores SIGTERM), `dead` (its engine is). It writes its pid and its child's to
`pids`, and what it was asked to `requests`. Its answer names the model.
"""

import http.server
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

flags = dict(
    a.removeprefix("--").split("=", 1) for a in sys.argv if a.startswith("--") and "=" in a
)
folder = Path(flags["model"])
if (folder / "broken").exists():
    sys.exit(3)
if (folder / "stubborn").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
engine = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
with (folder / "pids").open("a") as pids:
    pids.write(f"{os.getpid()} {engine.pid}\n")
(folder / "environment").write_text(json.dumps(dict(os.environ)))
(folder / "arguments").write_text(json.dumps(sys.argv))


models = [flags["served-model-name"]]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.reply(503 if (folder / "dead").exists() else 200, {})
        else:
            self.reply(200, {"data": [{"id": name} for name in models]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with (folder / "requests").open("a") as requests:
            seen = {"path": self.path, "id": self.headers.get("x-request-id"), "body": body}
            requests.write(json.dumps(seen) + "\n")
        if self.path == "/v1/load_lora_adapter":
            models.append(body["lora_name"])
            self.reply(200, {})
        elif self.path == "/v1/unload_lora_adapter":
            models.remove(body["lora_name"])
            self.reply(200, {})
        elif self.path == "/v1/rerank":
            found = [{"index": i, "relevance_score": -i} for i in range(len(body["documents"]))]
            self.reply(200, {"results": found})
        else:
            self.answer(body["model"])

    def answer(self, model):
        if model not in models:
            self.reply(404, {})
            return
        choice = {"delta": {"content": f"{model} says so."}, "finish_reason": "stop"}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n".encode())

    def reply(self, status, body):
        key = f"Bearer {os.environ['VLLM_API_KEY']}"
        allowed = self.path == "/health" or self.headers.get("authorization") == key
        self.send_response(status if allowed else 401)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode() if allowed else b"{}")

    def log_message(self, *_):
        pass


if (folder / "deaf").exists():
    time.sleep(600)
print("fake vLLM is up", flush=True)
http.server.HTTPServer((flags["host"], int(flags["port"])), Handler).serve_forever()
