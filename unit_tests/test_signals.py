"""How the process ends by a signal: by itself, quietly, from its first moment on."""

import shutil
import signal
import subprocess
import sys
import threading

import pytest

from source_zendesk_support.signals import STOP_SIGNALS, Stop

WAIT_S = 60  # a process that takes longer than this does not end
# Sends a signal to itself when the first slow module is looked for, as a user's Ctrl-C does.
DURING_IMPORTS = """
import os, signal, sys
from source_zendesk_support import run

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "source_zendesk_support.entrypoint":
            os.kill(os.getpid(), {number})
        return None

sys.meta_path.insert(0, Finder())
sys.argv = ["source-zendesk-support", "check", "--config", "/nowhere.json"]
run.main()
"""
DEATH = "from source_zendesk_support.signals import die_by; die_by({number})"


def python(code: str, *before: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*before, sys.executable, "-c", code], capture_output=True, timeout=WAIT_S, check=False
    )


@pytest.mark.parametrize("number", STOP_SIGNALS, ids=lambda number: number.name)
def test_a_signal_in_the_first_second_ends_the_process_quietly(number: signal.Signals) -> None:
    done = python(DURING_IMPORTS.format(number=int(number)))
    assert (done.returncode, done.stdout, done.stderr) == (-number, b"", b"")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_that_was_switched_off_stays_so(number: signal.Signals) -> None:
    """As `nohup` and a shell's `&` ask for."""
    code = f"import signal; signal.signal({int(number)}, signal.SIG_IGN)"
    done = python(code + DURING_IMPORTS.format(number=int(number)))
    assert done.returncode == 0
    assert b'"CONNECTION_STATUS"' in done.stdout
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("number", STOP_SIGNALS, ids=lambda number: number.name)
def test_threads_and_a_blocked_signal_do_not_keep_a_process_alive(number: signal.Signals) -> None:
    code = (
        "import signal, threading\n"
        f"signal.pthread_sigmask(signal.SIG_BLOCK, {{{int(number)}}})\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
    )
    assert python(code + DEATH.format(number=int(number))).returncode == -number


NAMESPACE = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")


def _has_namespaces() -> bool:
    if shutil.which("unshare") is None:
        return False
    done = subprocess.run([*NAMESPACE, "true"], capture_output=True, timeout=WAIT_S, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("number", STOP_SIGNALS, ids=lambda number: number.name)
def test_the_first_process_of_a_container_ends_with_the_code_of_shells(
    number: signal.Signals,
) -> None:
    if not _has_namespaces():
        pytest.skip("no process namespaces here")
    assert python(DEATH.format(number=int(number)), *NAMESPACE).returncode == 128 + number


def test_a_stop_is_due_when_no_exchange_is_under_way() -> None:
    stop = Stop()
    assert not stop.is_due
    assert stop.begin_exchange()
    stop.signal = "SIGTERM"
    assert not stop.is_due
    stop.end_exchange()
    assert stop.is_due
    assert not stop.begin_exchange(), "none begins after a signal"
    assert stop.is_due


def test_the_end_of_an_exchange_on_another_thread_sends_the_signal_again() -> None:
    caught = threading.Event()
    before = signal.signal(signal.SIGHUP, lambda *_: caught.set())
    try:
        stop = Stop(in_order=False)
        assert stop.begin_exchange()
        stop.signal = "SIGHUP"
        thread = threading.Thread(target=stop.end_exchange)
        thread.start()
        thread.join()
        assert caught.wait(WAIT_S)
    finally:
        signal.signal(signal.SIGHUP, before)
