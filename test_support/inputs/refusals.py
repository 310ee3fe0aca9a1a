"""Inputs to be refused, and the form of every refusal.

One clear error of the right class, exit code 1, and no secret anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from test_support.connector.process import Output

SECRET = "wrong-but-not-to-be-shown"


def row(name: str, mode: str = "full_refresh", **stream: Any) -> dict[str, Any]:
    return {
        "stream": {
            "name": name,
            "json_schema": {},
            "supported_sync_modes": ["full_refresh"],
            **stream,
        },
        "sync_mode": mode,
        "destination_sync_mode": "overwrite",
    }


CATALOG = {"streams": [row("tags")]}


def expect_one_error(output: Output, failure_type: str) -> dict[str, Any]:
    """Nothing but messages on stdout, nothing on stderr, one error of the whole run."""
    assert output.code == 1
    assert output.stderr == ""
    whole = [error for error in output.errors if not error.get("stream_descriptor")]
    assert len(whole) == 1, output.errors
    assert whole[0]["failure_type"] == failure_type
    assert "Traceback" not in "".join(error["message"] for error in output.errors)
    assert SECRET not in "".join(output.lines)
    return whole[0]


def expect_failed_check(output: Output, about: str) -> None:
    assert output.status["status"] == "FAILED"
    assert about in output.status["message"]
    assert "Traceback" not in output.status["message"]
    assert output.code == 0
    assert output.stderr == ""
    assert SECRET not in "".join(output.lines)
