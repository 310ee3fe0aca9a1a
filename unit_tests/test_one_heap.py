"""The threads of a read share one heap: counted by glibc itself, in a process of its own."""

import subprocess
import sys

import pytest

from source_zendesk_support.one_heap import use_one_heap

# Threads that hold what they have allocated, and then the heaps that the C library has.
HEAPS = """
import ctypes, json, sys, tempfile, threading
from pathlib import Path
from source_zendesk_support.entrypoint import launch

folder = Path(tempfile.mkdtemp())
config = folder / "config.json"
config.write_text(json.dumps({"subdomain": "x"}))
code = launch([sys.argv[1], "--config", str(config), *sys.argv[2:]])

held, all_hold = [], threading.Barrier(9)
def allocate():
    held.append(bytes(100_000))
    all_hold.wait()
for _ in range(8):
    threading.Thread(target=allocate).start()
all_hold.wait()

c = ctypes.CDLL(None)
c.fopen.restype = ctypes.c_void_p
report = folder / "heaps.xml"
file = ctypes.c_void_p(c.fopen(str(report).encode(), b"w"))
c.malloc_info(0, file)
c.fclose(file)
print(report.read_text().count("<heap nr="), file=sys.stderr)
"""


def heaps_after(*command: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", HEAPS, *command], capture_output=True, text=True, check=True
    )
    return int(done.stderr)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's heaps")
def test_the_threads_of_a_read_share_one_heap() -> None:
    assert heaps_after("read", "--catalog", "/nowhere.json") == 1
    assert heaps_after("check") > 1, "the count counts"


def test_an_interpreter_without_ctypes_reads_all_the_same(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ctypes", None)
    use_one_heap()


def test_a_library_without_the_setting_is_left_alone(monkeypatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _name: object())
    use_one_heap()
