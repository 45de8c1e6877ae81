"""A real HTTP server that answers as a test scripts it, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    #: Bytes after which the connection is cut, though more were promised.
    cut_after: int | None = None


def as_json(body: Any, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(body).encode(), {"content-type": "application/json", **named})


def problem(status: int, code: str, **more: Any) -> Answer:
    headers = {
        name.replace("_", "-"): more.pop(name) for name in list(more) if name == "retry_after"
    }
    body = {"code": code, "title": code, "status": status, "detail": f"it is {code}"} | {
        "instance": "/",
        "requestId": "r-1",
        "type": "/problems",
        **more,
    }
    return Answer(
        status, json.dumps(body).encode(), {"content-type": "application/problem+json", **headers}
    )


@dataclass
class LocalServer:
    url: str
    asked: list[Asked]


@contextmanager
def serving(answer: Callable[[Asked, int], Answer]) -> Iterator[LocalServer]:
    """`answer` gets each request and how many came before it."""
    asked: list[Asked] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self._body()
            one = Asked(
                self.command,
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                body,
            )
            with lock:
                number = len(asked)
                asked.append(one)
            told = answer(one, number)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body[: told.cut_after])
            if told.cut_after is not None:
                self.wfile.flush()
                self.close_connection = True

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length", 0)))
            parts = []
            while size := int(self.rfile.readline().strip(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that left is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield LocalServer(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


TIMING = {"queue_ms": 0.1, "inference_ms": 1, "total_ms": 2}


def predicted(smiles: list[str] | str, version: str = "3") -> Answer:
    rows = [
        {
            "input": one,
            "smiles": one,
            "primary_notes": ["vanilla"],
            "notes": [{"note": "vanilla", "probability": 0.9}],
            "cached": False,
        }
        if one != "C1CC"
        else {"input": one, "error": {"code": "invalid_input", "detail": "ring 1 is never closed"}}
        for one in ([smiles] if isinstance(smiles, str) else smiles)
    ]
    model = {"name": "olfactory-base", "version": version}
    return as_json({"model": model, "predictions": rows, "timing": TIMING})


def job(status: str = "running", done: int = 1) -> dict[str, Any]:
    return {
        "id": "job-1",
        "kind": "predict",
        "status": status,
        "progress": {"done": done, "in_progress": 0, "failed": 0, "total": 2},
        "summary": {},
        "created_at": "2026-11-21T10:00:00Z",
        "started_at": None,
        "finished_at": None,
        "deadline_at": None,
        "results_deleted_at": None,
        "input_report": None,
        "webhook": None,
        "error": None,
        "links": {"self": "", "events": "", "results": "", "deliveries": ""},
    }
