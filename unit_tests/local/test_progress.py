"""The lines of a sync in a terminal and in a log, and those at its end."""

import json
from tempfile import TemporaryFile
from typing import Any

import pytest

from source_zendesk_support.local.ending import Ending, Shown, print_ending, printer
from source_zendesk_support.local.message_handler import MessageHandler
from source_zendesk_support.local.pieces import Part, Piece
from source_zendesk_support.local.progress import Progress
from source_zendesk_support.zendesk.endpoints import ACCOUNT


def heard_of(*statuses: tuple[str, str]) -> MessageHandler:
    heard = MessageHandler(lambda _: None, lambda _level, _text: None)
    for name, status in statuses:
        say_status(heard, name, status)
    return heard


def say_status(heard: MessageHandler, name: str, status: str, *reasons: dict[str, Any]) -> None:
    found: dict[str, Any] = {"stream_descriptor": {"name": name}, "status": status}
    if reasons:
        found["reasons"] = list(reasons)
    trace = {"type": "STREAM_STATUS", "stream_status": found}
    heard.hear(json.dumps({"type": "TRACE", "trace": trace}).encode())


def piece_of(**records: int) -> Piece:
    piece = Piece()
    for name, number in records.items():
        with TemporaryFile() as file:
            piece.parts[name] = Part(file)
            for _ in range(number):
                piece.parts[name].add(b"{}")
    return piece


def test_a_line_for_each_stream_that_is_read_or_waits() -> None:
    now = 1000.0
    heard = heard_of(
        ("tickets", "RUNNING"), ("users", "STARTED"), ("macros", "COMPLETE"), ("views", "STARTED")
    )
    shown = Progress(heard, lambda: now)
    assert Progress(heard_of(), lambda: now).lines(79, 24) == [
        "Signing in and asking for the first pages ..."
    ]
    shown.note(piece_of(tickets=300, macros=7))
    estimate = {"name": "tickets", "type": "STREAM", "row_estimate": 1200}
    trace = {"type": "ESTIMATE", "estimate": estimate}
    heard.hear(json.dumps({"type": "TRACE", "trace": trace}).encode())
    reason = {"type": "RATE_LIMITED", "rate_limited": {"quota_reset": 1_052_000}}
    say_status(heard, "users", "RUNNING", reason)
    now = 1010.0
    assert shown.lines(79, 24) == [
        "tickets                          300       30/s   25%  0:30 left",
        "users                              0  waits 0:42 for incremental-exports-cursor",
        "307 records written; 1 of 4 done, 1 more under way",
    ]
    now = 1050.0  # two seconds are left, too few to read
    assert "waits" not in "".join(shown.lines(79, 24))
    say_status(heard, "users", "RUNNING")
    assert not heard.waits
    heard.warn("z.duckdb is open in process 12: waiting up to 120 s for it.")
    lines = shown.lines(79, 24)
    assert lines[-1] == "WARN: z.duckdb is open in process 12: waiting up to 120 s for it."
    assert len(lines) == 3


def test_a_sentence_that_is_too_long_ends_with_dots_and_comes_whole_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = heard_of(("tickets", "COMPLETE"))
    heard.warn("One sentence that does not fit.")
    assert Progress(heard, lambda: 0.0).lines(20, 8)[-1] == "WARN: One sentence …"
    stopped = Progress(heard, lambda: 0.0, was_stopped=lambda: True)
    assert stopped.lines(79, 8)[-1] == "WARN: Stopping: what came is kept ..."
    monkeypatch.setenv("COLUMNS", "20")
    print_ending(Ending("acme", "z", 0, 3.0), heard, [], Shown.ERRORS, is_drawn=True)
    assert capsys.readouterr().err.splitlines() == [
        "WARN: One sentence",
        "  that does not",
        "  fit.",
    ]


def test_no_line_is_wider_or_lower_than_the_terminal() -> None:
    names = ["tickets", "users", "organizations", "groups", "macros", "triggers", "views"]
    heard = heard_of(*((name, "RUNNING") for name in names))
    shown = Progress(heard, lambda: 0.0)
    shown.note(piece_of(**dict.fromkeys(names, 3)))
    lines = shown.lines(40, 8)
    assert max(map(len, lines)) <= 40
    assert [line.split()[0] for line in lines[:-1]] == names[:4]
    assert lines[-1].startswith("21 records written; 0 of 7 done, 3 more")


@pytest.mark.parametrize(
    ("shown", "levels"),
    [
        (Shown.ERRORS, ["ERROR"]),
        (Shown.USUAL, ["WARN", "ERROR"]),
        (Shown.ALL, ["INFO", "WARN", "ERROR"]),
        (Shown.JSON, ["WARN", "ERROR"]),
    ],
)
def test_which_lines_are_printed(
    shown: Shown, levels: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    show = printer(shown, is_drawn=False, was_stopped=lambda: False)
    for level in ("INFO", "WARN", "ERROR"):
        show(level, "text")
    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()] == levels
    printer(shown, is_drawn=False, was_stopped=lambda: True)("ERROR", "one for each stream")
    printer(shown, is_drawn=True, was_stopped=lambda: False)("ERROR", "beneath the lines")
    assert capsys.readouterr().err == ""


def test_a_stopped_sync_says_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    heard = heard_of(*((f"{number}", "INCOMPLETE") for number in range(74)))
    heard.records.update(tickets=1234)
    print_ending(
        Ending("acme", "z.duckdb", 1, 3.0, "SIGINT"), heard, [], Shown.USUAL, is_drawn=False
    )
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.endswith(
        "WARN The sync was stopped by SIGINT. 1,234 records came and are kept. Run it again: "
        "it resumes where it was."
    )
    print_ending(
        Ending("acme", "z.duckdb", 1, 3.0),
        heard,
        [],
        Shown.ERRORS,
        is_drawn=False,
    )
    assert capsys.readouterr().err.startswith("None of 74 streams was read to the end. The records")
    heard.statuses["73"] = "COMPLETE"
    print_ending(Ending("acme", "z.duckdb", 1, 3.0), heard, [], Shown.ERRORS, is_drawn=False)
    assert "0, 1, 10, 11, 12 and 68 more, of 74 streams." in capsys.readouterr().err


def test_a_program_gets_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    heard = heard_of(("tickets", "COMPLETE"), ("groups", "INCOMPLETE"))
    heard.records.update(tickets=5)
    heard.figures = {"walks": [{"streams": ["tickets"], "requests": 3}], "waited_for_s": {}}
    ending = Ending("acme", "z.duckdb", 1, 3.21)
    print_ending(ending, heard, ["tickets"], Shown.JSON, is_drawn=False)
    found = json.loads(capsys.readouterr().out)
    assert found["streams"] == {
        "groups": {"status": "INCOMPLETE", "records": 0},
        "tickets": {"status": "COMPLETE", "records": 5},
    }
    assert (found["exit_code"], found["requests"], found["seconds"]) == (1, 3, 3.2)
    assert found["unfinished"] == ["groups"]


def test_the_account_limit_is_named_where_no_narrower_one_binds() -> None:
    heard = heard_of(("groups", "RUNNING"))
    heard.waits["groups"] = 5.0
    say_status(heard, "custom_object_permission_policies", "RUNNING")
    heard.waits["custom_object_permission_policies"] = 600.0
    lines = Progress(heard, lambda: 0.0).lines(79, 24)
    assert lines[0].endswith(f"waits 0:05 for {ACCOUNT}")
    assert lines[1] == f"custom_object_permission…          0  waits 10:00 for {ACCOUNT}"
