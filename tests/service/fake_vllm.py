"""Stands in for `python -m vllm...`: its flags, a child in a session of its own.

What it does is read from files in the model folder: `broken` (ends at once), `deaf` (never
listens), `stubborn` (ignores SIGTERM). It writes its pid and its child's to `pids`.
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


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        allowed = self.headers.get("authorization") == f"Bearer {os.environ['VLLM_API_KEY']}"
        body = {"data": [{"id": flags["served-model-name"]}]}
        self.send_response(200 if allowed or self.path == "/health" else 401)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode() if allowed else b"{}")


if (folder / "deaf").exists():
    time.sleep(600)
print("fake vLLM is up", flush=True)
http.server.HTTPServer((flags["host"], int(flags["port"])), Handler).serve_forever()
