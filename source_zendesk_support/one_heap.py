"""All threads of a read allocate in one heap of the C library, so that memory is freed once.

Owns the setting of glibc, and that other C libraries are left alone. Never changes what Python or
a thread does.
Rests on `man 3 mallopt`.
"""

from __future__ import annotations

import sys
from contextlib import suppress

_M_ARENA_MAX = -8  # malloc.h of glibc


def use_one_heap() -> None:
    """Let threads that begin from here on share the heap of the first thread.

    glibc gives each thread a heap of its own, up to eight a core. Each keeps the most that a page
    of its thread ever took. The walks hold the interpreter's lock while they compute. So they
    seldom wait for each other in one heap.
    """
    if sys.platform != "linux":
        return
    # An interpreter may be built without ctypes, or be static; musl has one heap anyway.
    with suppress(ImportError, OSError, AttributeError):
        import ctypes  # noqa: PLC0415 - 3 ms, which only a read has to pay

        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
