"""The output of a sync, while it runs and at its end: for people, or as one JSON object.

Owns which lines are printed at which loudness. Decides nothing of the sync.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

import orjson

from .report import COST_HEAD, console, cost_rows, print_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from .message_handler import MessageHandler

MOST_NAMED = 5
_ERRORS = ("ERROR", "FATAL")


class Shown(Enum):
    """How much of a sync is printed."""

    ERRORS = "errors alone"
    USUAL = "warnings, and a table at the end"
    ALL = "the whole log"
    JSON = "one JSON object at the end"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a sync has ended.

    Attributes:
        account: The name of the account, or of its config file.
        into: The database.
        code: The exit code.
        seconds: How long it took.
        stopped_by: The signal that has stopped it; "" without one.
        unchanged: The streams that came whole, as the database had them.
        resting: The streams that were not read, as `set_up_interval_hours` has it.

    """

    account: str
    into: str
    code: int
    seconds: float
    stopped_by: str = ""
    unchanged: frozenset[str] = frozenset()
    resting: frozenset[str] = frozenset()


def printer(
    shown: Shown, *, is_drawn: bool, was_stopped: Callable[[], bool]
) -> Callable[[str, str], None]:
    """Return what prints a line of the log, or does not.

    Of a sync that was stopped, each stream has an error that says nothing else.
    """

    def show(level: str, text: str) -> None:
        is_error = level in _ERRORS
        if is_drawn or (is_error and was_stopped()):
            return
        if shown is Shown.ALL or is_error or (level != "INFO" and shown is not Shown.ERRORS):
            print_line(level, text)

    return show


def print_ending(
    ending: Ending, heard: MessageHandler, names: list[str], shown: Shown, *, is_drawn: bool
) -> None:
    """Print what came and what it cost; on a terminal, also what could not be printed before."""
    if shown is Shown.JSON:
        sys.stdout.buffer.write(
            orjson.dumps(as_json(ending, heard), option=orjson.OPT_APPEND_NEWLINE)
        )
        sys.stdout.flush()
    elif shown is not Shown.ERRORS:
        _print_table(ending, heard, names)
        if ending.resting:
            rest = f"At rest (`set_up_interval_hours`): {_some(sorted(ending.resting))}."
            console().print(rest, markup=False)
    if is_drawn:
        for level, text in heard.notes:
            if not (ending.stopped_by and level in _ERRORS):
                _say(f"{level}: {text}", is_drawn=is_drawn)
    if ending.stopped_by:
        stopped = (
            f"The sync was stopped by {ending.stopped_by}. {heard.records.total():,} records came "
            "and are kept. Run it again: it resumes where it was."
        )
        if is_drawn:
            _say(stopped, is_drawn=is_drawn)
        else:
            print_line("WARN", stopped)
    elif heard.unfinished:
        _say(_left(heard), is_drawn=is_drawn)


def as_json(ending: Ending, heard: MessageHandler) -> dict[str, Any]:
    """Return what a program has to know of a sync."""
    walks = heard.figures.get("walks", ())
    return {
        "account": ending.account,
        "into": ending.into,
        "exit_code": ending.code,
        "seconds": round(ending.seconds, 1),
        "stopped_by": ending.stopped_by or None,
        "records": heard.records.total(),
        "requests": sum(walk["requests"] for walk in walks),
        "waited_for_s": heard.figures.get("waited_for_s", {}),
        "streams": {
            name: {"status": status, "records": heard.records[name]}
            for name, status in sorted(heard.statuses.items())
        },
        "resting": sorted(ending.resting),
        "unfinished": heard.unfinished,
        "errors": heard.errors,
        "notes": [{"level": level, "text": text} for level, text in heard.notes],
    }


def _print_table(ending: Ending, heard: MessageHandler, names: list[str]) -> None:
    if not heard.figures or (heard.unfinished and not heard.records.total()):
        return
    out = console()
    rows = cost_rows(names, heard.records, heard.figures["walks"], ending.unchanged)
    print_table(out, f"Into {ending.into}, in {ending.seconds:.0f} s", COST_HEAD, rows, text=1)
    waits = {name: s for name, s in heard.figures["waited_for_s"].items() if s}
    for reason, waited_s in sorted(waits.items()):
        out.print(f"{waited_s} s were waited for: {reason}.", markup=False)


def _left(heard: MessageHandler) -> str:
    """Return which streams are left, and how many of them have an error that was shown once."""
    names, all_of_them = heard.unfinished, len(heard.statuses)
    if len(names) == all_of_them > MOST_NAMED:
        what = f"None of {all_of_them} streams was read to the end"
    else:
        what = f"Not read to the end: {_some(names)}, of {all_of_them} streams"
    same = f" The same error came of {heard.repeated} other streams." if heard.repeated else ""
    return f"{what}.{same} The records that came are written; run it again to resume."


def _some(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    named = ", ".join(names[:MOST_NAMED])
    return f"{named} and {more} more" if more > 0 else named


def _say(text: str, *, is_drawn: bool) -> None:
    """Print a sentence to stderr; a terminal gets lines that end between words."""
    if is_drawn:
        width = shutil.get_terminal_size().columns - 1
        text = textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False)
    sys.stderr.write(f"{text}\n")


def print_line(level: str, text: str) -> None:
    """Print a line of the log to stderr."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    sys.stderr.write(f"{now} {level} {text}\n")
    sys.stderr.flush()
