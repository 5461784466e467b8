"""``wandb sync`` of the installed version, against a server of our own that keeps what it is sent."""

import gzip
import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

WANDB = str(Path(sys.executable).with_name("wandb"))


class Server(ThreadingHTTPServer):
    """Knows as much of W&B's protocol as an upload of figures needs."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.history = {}  # run -> rows
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """The client hangs up when it is done."""

    def answer(self, query, given):
        name = re.match(r"\s*(?:query|mutation)\s+(\w+)", query)
        return getattr(self, name[1] if name else "", lambda given: {})(given)

    def Viewer(self, given):
        return {"viewer": {"id": "U", "entity": "me", "username": "me", "flags": "{}", "teams": {"edges": []}}}

    def _bucket(self, name):
        rows = self.history[name]
        empty = {"eventsLineCount": 0, "logLineCount": 0, "eventsTail": "[]", "config": "{}", "summaryMetrics": "{}"}
        tail = {"historyLineCount": len(rows), "historyTail": json.dumps(rows[-1:]), "wandbConfig": '{"t": {}}'}
        return {"id": "B", "name": name, "displayName": name, "tags": [], **empty, **tail}

    def RunResumeStatus(self, given):
        bucket = self._bucket(given["name"]) if given["name"] in self.history else None
        return {"model": {"id": "P", "name": "mmtg", "entity": {"id": "E", "name": "me"}, "bucket": bucket}}

    def UpsertBucket(self, given):
        new = given["name"] not in self.history
        self.history.setdefault(given["name"], [])
        project = {"id": "P", "name": "mmtg", "entity": {"id": "E", "name": "me"}}
        return {"upsertBucket": {"bucket": {**self._bucket(given["name"]), "project": project}, "inserted": new}}

    def CreateRunFiles(self, given):
        files = [{"name": name, "uploadUrl": f"{self.url}/files/{name}"} for name in given["files"]]
        return {"createRunFiles": {"runID": "B", "uploadHeaders": [], "files": files}}

    def stream(self, run, files):
        if rows := files.get("wandb-history.jsonl"):
            self.history[run][rows["offset"] : rows["offset"] + len(rows["content"])] = rows["content"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        """Says nothing."""

    def do_PUT(self):
        self._body()
        self._reply({})

    def do_POST(self):
        body = json.loads(self._body() or "{}")
        if self.path.endswith("/file_stream"):
            self.server.stream(self.path.split("/")[-2], body.get("files") or {})
            self._reply({})
        else:
            self._reply({"data": self.server.answer(body.get("query", ""), body.get("variables") or {})})

    def _body(self):
        body = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _reply(self, answer):
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server():
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def sync(server, *arguments, cwd):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANDB")}
    return subprocess.run(
        [WANDB, "sync", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
        env={**environment, "WANDB_BASE_URL": server.url, "WANDB_API_KEY": "a" * 40},
    )  # fmt: skip


@pytest.mark.slow
def test_pieces_of_a_run_become_one_history(board, server, tmp_path):
    for done, steps in ((None, (0, 1, 2)), (2, (2, 3))):
        run = board("logger.wandb.mode=offline", done=done)
        for step in steps:
            run.log_metrics({"train/loss": float(step)}, step)
        run.close("stopped" if done is None else "finished")
    folder = Path(run.save_dir, "wandb")
    assert sync(server, "--dry-run", folder, cwd=tmp_path).returncode == 0
    assert not server.history
    done = sync(server, folder, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (rows,) = server.history.values()
    rows = [json.loads(row) for row in rows]
    assert [row["trainer/global_step"] for row in rows] == [0, 1, 2, 2, 3]
    assert [row["_step"] for row in rows] == [0, 1, 2, 3, 4]  # else W&B would drop the second piece's
    assert len(list(folder.glob("offline-run-*/*.wandb.synced"))) == 2
    again = sync(server, folder, cwd=tmp_path)
    assert "No runs to sync" in again.stderr


def test_options_that_are_gone_are_refused(server, tmp_path):
    for option in ("--sync-all", "--append", "--include-offline"):
        assert sync(server, option, tmp_path, cwd=tmp_path).returncode != 0
