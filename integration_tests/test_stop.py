"""How the process ends by a signal, or when its output cannot be written."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from test_support.clock import CLOCK
from test_support.connector.account_truth import COMPARED, expect_equal
from test_support.connector.process import COMMAND, Connector, Destination, Output
from test_support.inputs.refusals import row
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zendesk_emulator.api.exchange import Request
    from zendesk_emulator.server.site import Served

STOP_WITHIN_S = 10
PAGE = 20
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
REFRESH = {
    "credentials": "oauth2_refresh",
    "client_id": "emulator-client",
    "client_secret": "emulator-client-secret",
    "refresh_token": "emulator-refresh-token-1",
}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", clock_at=CLOCK, limits=False) as made:
        yield made


def started(connector: Connector, catalog: dict[str, Any], **streams: Any) -> subprocess.Popen:
    return subprocess.Popen(
        [*COMMAND, *connector.read_arguments(catalog)], stderr=subprocess.PIPE, **streams
    )


def read_until(process: subprocess.Popen, word: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or word not in lines[-1]:
        lines.append(process.stdout.readline().decode())
        assert lines[-1], lines
    return lines


@pytest.mark.parametrize("number", STOP_SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("waiting_for", ["an answer", "its budget"])
def test_a_signal_ends_a_read_in_order_and_nothing_is_lost(
    emulator: Emulator, tmp_path: Path, waiting_for: str, number: int
) -> None:
    if waiting_for == "an answer":
        emulator.fault(path="tickets/cursor$", kind="pass", hold=True, skip=1)
    else:
        headers = {"Retry-After": "500"}
        emulator.fault(path="tickets/cursor$", status=429, skip=1, headers=headers)
    connector = Connector(tmp_path, emulator.base_url, page_size=PAGE)
    catalog = connector.catalog()
    with started(connector, catalog, stdout=subprocess.PIPE) as process:
        lines = read_until(process, '"type":"STATE"')
        process.send_signal(number)
        told_at = time.monotonic()
        assert process.stdout is not None
        assert process.stderr is not None
        rest, stderr = process.stdout.read(), process.stderr.read()  # to the end of the process
        process.wait(timeout=STOP_WITHIN_S)
        assert time.monotonic() - told_at < STOP_WITHIN_S
    output = Output([*lines, *rest.decode().splitlines()], process.returncode)
    assert output.code == -number, "it died by the signal"
    assert stderr == b""
    assert output.states, "the checkpoint is printed"
    for stream in COMPARED:
        assert output.statuses(stream)[0] == "STARTED"
        assert output.statuses(stream)[-1] in ("COMPLETE", "INCOMPLETE")
    assert output.statuses("tickets")[-1] == "INCOMPLETE"
    assert {error["failure_type"] for error in output.errors} == {"transient_error"}
    assert signal.Signals(number).name in output.errors[0]["message"]
    destination = Destination(catalog)
    destination.take(output)
    _expect_states_cover_their_records(output)
    emulator.site.faults.clear()
    last = connector.read(catalog, destination.states())
    assert last.code == 0
    destination.take(last)
    expect_equal(emulator, destination)


def test_a_signal_ends_a_read_that_has_asked_ahead(emulator: Emulator, tmp_path: Path) -> None:
    """Children of three parents are under way, and not one is answered."""
    serve, came = emulator.site.serve, threading.Semaphore(0)

    def counted(request: Request) -> Served:
        if request.path.endswith("/comments"):
            came.release()
        return serve(request)

    emulator.site.serve = counted  # type: ignore[method-assign]
    emulator.fault(path="/comments$", kind="pass", hold=True)
    connector = Connector(tmp_path, emulator.base_url, num_workers=3)
    catalog = connector.catalog("articles", "article_comments")
    with started(connector, catalog, stdout=subprocess.PIPE) as process:
        for _ in range(3):
            assert came.acquire(timeout=60)
        process.send_signal(signal.SIGTERM)
        told_at = time.monotonic()
        stdout, stderr = process.communicate(timeout=STOP_WITHIN_S)
        assert time.monotonic() - told_at < STOP_WITHIN_S
    output = Output(stdout.decode().splitlines(), process.returncode)
    assert output.code == -signal.SIGTERM
    assert stderr == b""
    assert output.statuses("article_comments")[-1] == "INCOMPLETE"
    assert not came.acquire(blocking=False), "nothing more was asked for"


def _expect_states_cover_their_records(output: Output) -> None:
    """After the last record of a stream comes its state: the page in hand is printed whole."""
    last: dict[str, str] = {}
    for message in output.messages:
        if message["type"] == "RECORD":
            last[message["record"]["stream"]] = "RECORD"
        elif message["type"] == "STATE":
            last[message["state"]["stream"]["stream_descriptor"]["name"]] = "STATE"
    assert set(last.values()) == {"STATE"}


def test_a_stdout_without_a_reader_does_not_keep_a_signalled_read(
    emulator: Emulator, tmp_path: Path
) -> None:
    """The pipe is full: the page in hand cannot be printed, and the states before it stand."""
    emulator.close()
    with Emulator(size="small", clock_at=CLOCK, limits=False) as large:
        connector = Connector(tmp_path, large.base_url)
        with started(connector, connector.catalog(), stdout=subprocess.PIPE) as process:
            read_until(process, '"type":"RECORD"')
            process.send_signal(signal.SIGTERM)
            told_at = time.monotonic()
            assert process.wait(timeout=STOP_WITHIN_S + 1) == -signal.SIGTERM
            assert time.monotonic() - told_at < STOP_WITHIN_S
            process.communicate()


@pytest.mark.parametrize("number", STOP_SIGNALS, ids=lambda number: number.name)
def test_a_signal_outside_a_read_ends_the_process_at_once(tmp_path: Path, number: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connector = Connector(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}")
        config = connector.file("config.json", connector.config)
        with subprocess.Popen(
            [*COMMAND, "check", "--config", config], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            asked, _ = silent.accept()
            process.send_signal(number)
            assert process.wait(timeout=STOP_WITHIN_S) == -number
            asked.close()
            assert process.communicate()[1] == b""


@pytest.mark.parametrize("command", ["check", "discover", "read"])
def test_a_signal_waits_for_new_tokens_and_they_are_printed(
    emulator: Emulator, tmp_path: Path, command: str
) -> None:
    """Zendesk has rotated the pair: without the CONTROL message the account is signed out."""
    came, answered = _watched(emulator, "/oauth/tokens")
    emulator.fault(path="/oauth/tokens$", kind="pass", hold=True)
    connector = Connector(tmp_path, emulator.base_url, credentials=REFRESH)
    arguments = connector.read_arguments({"streams": [row("tags"), row("groups")]})
    if command != "read":
        arguments = [command, *arguments[1:3]]
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert came.acquire(timeout=60)
        process.send_signal(signal.SIGTERM)
        if command == "read":
            _until_caught(process)
        emulator.site.faults.clear()
        stdout, stderr = process.communicate(timeout=STOP_WITHIN_S)
    output = Output(stdout.decode().splitlines(), process.returncode)
    assert (output.code, stderr) == (-signal.SIGTERM, b"")
    assert answered.acquire(timeout=60)
    assert output.new_config is not None
    assert output.of("CONNECTION_STATUS") == output.of("CATALOG") == []
    emulator.site.log.reset()
    kept = Connector(tmp_path, emulator.base_url)
    kept.config = output.new_config
    assert kept.check().status["status"] == "SUCCEEDED"
    assert emulator.site.log.by_path["/oauth/tokens"] == 0, "the new access token works"


def test_an_exchange_that_never_ends_does_not_keep_a_signalled_process(
    emulator: Emulator, tmp_path: Path
) -> None:
    came, _ = _watched(emulator, "/oauth/tokens")
    emulator.fault(path="/oauth/tokens$", kind="pass", hold=True)
    connector = Connector(tmp_path, emulator.base_url, credentials=REFRESH)
    config = connector.file("config.json", connector.config)
    with subprocess.Popen(
        [*COMMAND, "check", "--config", config], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert came.acquire(timeout=60)
        process.send_signal(signal.SIGTERM)
        stopped_at = time.monotonic()
        assert process.wait(timeout=STOP_WITHIN_S + 1) == -signal.SIGTERM
        assert time.monotonic() - stopped_at < STOP_WITHIN_S
        assert process.communicate() == (b"", b"")


def _watched(emulator: Emulator, path: str) -> tuple[threading.Semaphore, threading.Semaphore]:
    """Return what counts the requests for a path, when they come and when they are answered."""
    serve, came, answered = emulator.site.serve, threading.Semaphore(0), threading.Semaphore(0)

    def counted(request: Request) -> Served:
        if request.path != path:
            return serve(request)
        came.release()
        served = serve(request)
        answered.release()
        return served

    emulator.site.serve = counted  # type: ignore[method-assign]
    return came, answered


def _until_caught(process: subprocess.Popen) -> None:
    """Wait until no signal is pending: the connector's handler has seen it."""
    status = Path(f"/proc/{process.pid}/status")
    while "ShdPnd:\t0000000000000000" not in status.read_text():
        assert process.poll() is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_ends_the_process_and_says_so(emulator: Emulator, tmp_path: Path) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    catalog = connector.catalog()
    with Path("/dev/full").open("w") as full, started(connector, catalog, stdout=full) as process:
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"No space left on device" in stderr
    assert b"Traceback" not in stderr


def test_a_disk_that_fills_up_leaves_the_last_whole_page(
    emulator: Emulator, tmp_path: Path
) -> None:
    """A limit on the size of the file stands for the disk: lines after the cut are lost."""
    connector = Connector(tmp_path, emulator.base_url, page_size=PAGE)
    catalog = connector.catalog()
    path = tmp_path / "out.jsonl"
    command = [*COMMAND, *connector.read_arguments(catalog)]
    limited = (
        "import os, resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    with path.open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-c", limited, *command],
            stdout=out, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert b"Stdout cannot be written" in done.stderr
    lines = path.read_text().splitlines()
    whole = [line for line in lines if line.endswith("}")]
    assert len(whole) >= len(lines) - 1
    destination = Destination(catalog)
    destination.take(Output(lines[:-1], done.returncode))
    assert destination.state, "pages before the cut have their states"
    last = connector.read(catalog, destination.states())
    assert last.code == 0
    destination.take(last)
    expect_equal(emulator, destination)


def test_a_closed_pipe_ends_the_process(emulator: Emulator, tmp_path: Path) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    output = connector.read_and_close(connector.catalog(), after_lines=30, timeout_s=20)
    assert output.code == 1
    assert "Traceback" not in output.stderr
