"""The command as a process: its stdout, its end, and what it imports."""

import gc
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from source_zendesk_support import entrypoint as launching
from source_zendesk_support.protocol.record_lines import RecordLines
from test_support.inputs.commands import catalog as configured

COMMAND = [sys.executable, "-m", "source_zendesk_support"]
WAIT_S = 60  # a process that takes longer than this hangs
TOKEN = "plainly-not-a-token"
# Where stdout is a pipe, Python holds back what is printed: nothing may be lost by that.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def command(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, timeout=WAIT_S, check=False, env=BUFFERED
    )


def in_process(code: str) -> str:
    """The last line that a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=WAIT_S, check=True, text=True
    )
    return done.stdout.splitlines()[-1]


def test_spec_is_one_line_and_needs_no_cdk() -> None:
    done = command("spec")
    assert done.returncode == 0
    assert json.loads(done.stdout)["type"] == "SPEC"
    assert done.stdout.count(b"\n") == 1
    imported = in_process(
        "import atexit, os, sys\n"
        "from source_zendesk_support import run\n"
        "sys.argv = ['x', 'spec']\n"
        "try: run.main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('airbyte_cdk', 'requests') if name in sys.modules])\n"
    )
    assert imported == "[]"


@pytest.mark.parametrize(
    "module", ["entrypoint", "local.command", "local.sync", "local.first_sync"]
)
def test_no_command_needs_the_cdk(module: str) -> None:
    """Its import takes more than a second of CPU."""
    imported = in_process(
        f"import sys, source_zendesk_support.{module}\nprint('airbyte_cdk' in sys.modules)"
    )
    assert imported == "False"


def test_the_connector_needs_nothing_but_its_declared_packages() -> None:
    """requests and orjson, and what requests brings; everything else comes with Python."""
    imported = in_process(
        "import importlib, pkgutil, sys\n"
        "before = set(sys.modules)\n"
        "import source_zendesk_support as package\n"
        "for it in pkgutil.walk_packages(package.__path__, 'source_zendesk_support.'):\n"
        "    if it.name.split('.')[1] not in ('local', 'source', '__main__'):\n"
        "        importlib.import_module(it.name)\n"
        "held = {it.split('.')[0] for it, module in sys.modules.items() if it not in before\n"
        "        and 'site-packages' in (getattr(module, '__file__', None) or '')}\n"
        "print(*sorted(held))\n"
    )
    declared = {"certifi", "charset_normalizer", "idna", "orjson", "requests", "urllib3"}
    # The compiled module of charset_normalizer has a name of its own.
    assert {name for name in imported.split() if not name.endswith("__mypyc")} <= declared


def test_help_is_printed_into_a_pipe() -> None:
    done = command("--help")
    assert done.returncode == 0
    assert b"discover" in done.stdout


def test_no_command_at_all_is_a_wrong_command_line() -> None:
    done = command()
    assert done.returncode == 2
    assert done.stdout == b"", "stdout is the protocol's"
    assert b"usage:" in done.stderr
    assert b"discover" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("argument", ["spec", "--help"])
def test_a_full_disk_is_named(argument) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, argument],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=WAIT_S,
            check=False,
            env=BUFFERED,
        )
    assert done.returncode == 1
    assert b"No space left on device. [stdout]" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_wrong_command_line_is_named() -> None:
    done = command("read", "--catalog", "x")
    assert done.returncode == 2
    assert b"--config" in done.stderr
    assert b"Traceback" not in done.stderr


def test_collecting_garbage_is_tuned() -> None:
    thresholds = in_process(
        "import gc, sys\n"
        "from source_zendesk_support.entrypoint import launch\n"
        "code = launch(['check', '--config', '/nowhere.json'])\n"
        "print(gc.get_threshold() == (50_000, 20, 50) and gc.get_freeze_count() > 10_000, code)\n"
    )
    assert thresholds == "True 0"


class OneBigList(BaseHTTPRequestHandler):
    """A list of groups that never ends, to have something to stop in the middle of."""

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.pages += 1
            number = self.server.pages
        rows = [
            {"id": number * 1000 + row, "name": "x" * 500, "updated_at": "2024-01-01T00:00:00Z"}
            for row in range(100)
        ]
        body = json.dumps(
            {"groups": rows, "meta": {"has_more": True, "after_cursor": f"c{number}"}}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: pytest shows what matters."""


@pytest.fixture
def endless_list():
    server = ThreadingHTTPServer(("127.0.0.1", 0), OneBigList)
    server.daemon_threads = True
    server.pages, server.lock = 0, threading.Lock()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_closed_pipe_ends_the_process(endless_list, tmp_path) -> None:
    """The reader of our stdout may die: the process must not wait for it without end."""
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    config.write_text(
        json.dumps(
            {
                "subdomain": "acme",
                "base_url": f"http://127.0.0.1:{endless_list.server_port}",
                "credentials": {"credentials": "oauth2.0", "access_token": TOKEN},
            }
        )
    )
    catalog.write_text(json.dumps(configured("groups", mode="full_refresh")))
    with subprocess.Popen(
        [*COMMAND, "read", "--config", str(config), "--catalog", str(catalog)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=BUFFERED,
    ) as process:
        try:
            line = b""
            while b'"type":"RECORD"' not in line:
                line = process.stdout.readline()
                assert line
            process.stdout.close()
            error = process.stderr.read()
            assert process.wait(WAIT_S) == 1
        finally:
            process.kill()
    assert b"Traceback" not in error
    assert TOKEN.encode() not in error


@pytest.fixture
def broken(monkeypatch):
    """A discover that prints these messages and ends as a test says."""
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)

    def prepare(*messages: dict[str, Any], error: BaseException) -> None:
        def answers(_parsed: Any, _stop: Any):
            yield from messages
            raise error

        monkeypatch.setattr(launching, "_answers", answers)

    return prepare


LINES = RecordLines("tags", 1, b'{"type":"RECORD"}\n')


@pytest.mark.parametrize("error", [RuntimeError("boom"), MemoryError(), KeyError("x")], ids=repr)
def test_any_error_becomes_a_message_after_what_was_printed(broken, capfdbinary, error) -> None:
    broken(LINES, {"type": "STATE"}, error=error)
    assert launching.launch(["discover", "--config", "x"]) == 1
    lines = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [line["type"] for line in lines] == ["RECORD", "STATE", "TRACE"]
    assert lines[-1]["trace"]["error"]["failure_type"] == "system_error"


def test_a_reader_that_is_gone_ends_the_command_quietly(broken, capfdbinary) -> None:
    broken({"type": "STATE"}, error=BrokenPipeError())
    assert launching.launch(["discover", "--config", "x"]) == 1
    out, err = capfdbinary.readouterr()
    assert out == b'{"type":"STATE"}\n'
    assert err == b""


def test_lines_of_any_writer_are_whole(tmp_path, monkeypatch) -> None:
    path = Path(tmp_path / "out")
    with path.open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        lines = launching.Lines()

        def write(mark: str) -> None:
            for _ in range(50):
                lines.write(RecordLines("tags", 1, mark.encode() * 3000 + b"\n"))
                lines.write({mark: mark * 2992})

        threads = [threading.Thread(target=write, args=[mark]) for mark in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = path.read_text().splitlines()
    assert len(found) == 400
    assert all(len(line) == 3000 and len(set(line) - set('{":}')) == 1 for line in found)


def test_a_state_takes_the_records_before_it_along(monkeypatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as out, os.fdopen(reading, "rb") as pipe:
        os.set_blocking(pipe.fileno(), False)
        monkeypatch.setattr(sys, "stdout", out)
        lines = launching.Lines()
        lines.write(LINES)
        assert pipe.read() is None
        lines.write({"type": "STATE", "state": 1})
        assert pipe.read() == b'{"type":"RECORD"}\n{"type":"STATE","state":1}\n'
