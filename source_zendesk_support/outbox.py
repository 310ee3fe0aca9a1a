"""The way of all messages from the threads of a sync to stdout.

Owns what may wait to be printed, and the order in which it is: that in which it was put. Only the
thread that prints takes anything out. Never sends a request.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .protocol.messages import Level, log_message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .protocol.messages import Message
    from .protocol.record_lines import RecordLines
    from .signals import Stop
    from .streams.model.walk import WalkRun


# Deliveries that may wait to be printed. Each holds a page of up to 1000 encoded records, about
# 3 MB for tickets. A walk holds one more. This bound keeps memory flat.
OUTBOX_PAGES = 1
# How often a sync in which nothing happens looks whether it has to stop.
LOOK_S = 0.5
WALK_THREAD = "walk"  # how the name of a thread begins that is one

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ended:
    """A walk has come to its end, or failed."""

    run: WalkRun
    error: BaseException | None


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """The content of a page, ready to be printed: see PageResult."""

    records: list[RecordLines]
    states: tuple[tuple[str, dict[str, Any]], ...]
    failures: tuple[tuple[str, BaseException], ...]
    completed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A message of another thread that must stand in order; `printed` is set once it was."""

    message: Message
    printed: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """The answer to a question of `ask_first`, or the error that it ended with."""

    value: T | None = None
    error: BaseException | None = None


class Outbox:
    """The way of all messages from the threads to stdout. Bounded, so that memory is."""

    def __init__(self) -> None:
        self._queue: Queue[PrintedPage | Ended | Note | Reply[Any]] = Queue(OUTBOX_PAGES)
        self.put = self._queue.put
        self.get = self._queue.get

    def send(self, message: Message) -> None:
        """Print a message between the pages."""
        self.put(Note(message))

    def log(self, text: str, level: Level = Level.INFO) -> None:
        """Print a log line."""
        self.put(Note(log_message(text, level)))

    def print_first(self, message: Message) -> None:
        """Return only after the message was printed."""
        printed = threading.Event()
        self.put(Note(message, printed))
        printed.wait()


def ask_first(
    outbox: Outbox, stop: Stop, question: Callable[[], T]
) -> Generator[Message, None, T | None]:
    """Yield what is said while a question is answered, and return the answer; None on `stop`.

    The question may send requests: it has a thread, for a token that is renewed must be printed
    before it is used.
    """

    def ask() -> None:
        try:
            answer = Reply(question())
        except BaseException as caught:  # noqa: BLE001 - raised where the answer is taken
            answer = Reply(error=caught)
        outbox.put(answer)

    threading.Thread(target=ask, name=f"{WALK_THREAD} to come", daemon=True).start()
    while not stop.is_due:
        try:
            item = outbox.get(timeout=LOOK_S)
        except Empty:
            continue
        if isinstance(item, Reply):
            if item.error:
                raise item.error
            return item.value
        assert isinstance(item, Note)
        yield item.message
        if item.printed:
            item.printed.set()
    return None
