"""A server of one file that does what a test writes down, one step for each request."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CONTENT = bytes(range(256)) * 1000


STOP_WITHIN_S = 0.01  # how often the server looks whether it has to end


Step = Callable[[BaseHTTPRequestHandler], None]


class Store:
    """A server of one file, which does what its script says, one step for each request."""

    def __init__(self) -> None:
        self.script: list[Step] = []
        self.seen: list[dict[str, str]] = []
        store = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                store.seen.append({**dict(self.headers), "path": self.path})
                store.script.pop(0)(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(
            target=self.server.serve_forever, args=(STOP_WITHIN_S,), daemon=True
        )
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def status(code: int, **headers: str) -> Step:
    def step(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return step


def content(*, cut_at: int | None = None, etag: str | None = '"one"', says: bool = True) -> Step:
    """Serve what is asked for, and break off after `cut_at` bytes of it."""

    def step(handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        fits = wanted and handler.headers.get("If-Range") == etag
        first = int(wanted[len("bytes=") : -1]) if fits and wanted else 0
        handler.send_response(206 if fits else 200)
        if fits:
            handler.send_header("Content-Range", f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}")
        if says:
            handler.send_header("Content-Length", str(len(CONTENT) - first))
        if etag:
            handler.send_header("ETag", etag)
        handler.end_headers()
        handler.wfile.write(CONTENT[first:][:cut_at])

    return step


def answer(body: bytes, code: int = 200, **headers: str) -> Step:
    """Answer with a whole body, whatever is asked for."""

    def step(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return step
