"""Lines of Python's log are messages, whatever library writes them."""

import logging
from typing import Any

import pytest

from source_zendesk_support.protocol.log_lines import LOGGER, logging_to
from source_zendesk_support.protocol.secrets import hide_only

LIBRARY = logging.getLogger("a.library")


@pytest.fixture
def lines() -> list[tuple[str, str]]:
    hide_only(["plainly-not-a-secret"])
    return []


def printing(lines: list[tuple[str, str]], *, debug: bool = False) -> Any:
    def write(message: dict[str, Any]) -> None:
        assert message["type"] == "LOG"
        lines.append((message["log"]["level"], message["log"]["message"]))

    return logging_to(write, debug=debug)


def test_each_level_is_one_of_the_protocol(lines) -> None:
    with printing(lines, debug=True):
        for level in (10, 15, 20, 30, 35, 40, 50):
            LOGGER.log(level, "at %d", level)
    assert lines == [
        ("DEBUG", "at 10"),
        ("DEBUG", "at 15"),
        ("INFO", "at 20"),
        ("WARN", "at 30"),
        ("WARN", "at 35"),
        ("ERROR", "at 40"),
        ("FATAL", "at 50"),
    ]


def test_a_library_is_heard_from_warnings_on_and_debug_lines_are_asked_for(
    lines, monkeypatch
) -> None:
    with printing(lines):
        LIBRARY.info("chatter")
        LIBRARY.warning("a pool is full")
        LOGGER.debug("not asked for")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    with printing(lines):
        LOGGER.debug("asked for by the platform")
    assert lines == [("WARN", "a pool is full"), ("DEBUG", "asked for by the platform")]


def test_no_line_holds_a_secret_and_none_fails_its_library(lines) -> None:
    error = RuntimeError("Basic plainly-not-a-secret")
    with printing(lines):
        LIBRARY.warning("sent %s", "plainly-not-a-secret")
        LIBRARY.warning("%d of them", "many")
        LIBRARY.error("it broke", exc_info=error)
    assert lines[0] == ("WARN", "sent ****")
    assert lines[1] == ("WARN", "%d of them")
    assert lines[2][0] == "ERROR"
    assert "RuntimeError: Basic ****" in lines[2][1]


def test_other_handlers_are_put_back(lines) -> None:
    before = logging.getLogger().handlers[:]
    with printing(lines):
        assert logging.getLogger().handlers != before
    assert logging.getLogger().handlers == before
