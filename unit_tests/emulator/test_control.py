"""The control API: clock, changes, truth, log, faults, limits, tokens; loopback only."""

from typing import Any

import orjson
import pytest

from zendesk_emulator.api.exchange import request_of
from zendesk_emulator.server.control import control


def ask_control(
    ask: Any, method: str, path: str, body: Any = None, *, peer: str = "127.0.0.1"
) -> tuple[int, Any]:
    sent = b"" if body is None else orjson.dumps(body)
    request = request_of(method, f"/_emulator/{path}", {}, sent, peer=peer, scheme="http")
    answer = control(ask.site, request)
    return answer.status, orjson.loads(answer.body)


def test_the_clock(ask: Any) -> None:
    before = ask_control(ask, "GET", "health")[1]["clock_s"]
    assert ask_control(ask, "POST", "clock", {"advance_s": 90})[1]["clock_s"] == before + 90
    moved = ask_control(ask, "POST", "clock", {"set": "2026-07-01T00:00:00Z"})[1]
    assert moved["clock"] == "2026-07-01T00:00:00Z"


def test_changes_and_truth(ask: Any) -> None:
    changed = ask_control(ask, "POST", "change", {"kind": "update_ticket"})[1]["changed"]
    ticket_id = next(each["id"] for each in changed if each["stream"] == "tickets")
    target = "truth?stream=tickets&include_deleted_tickets=true"
    held_back = ask_control(ask, "GET", target)[1]
    assert (held_back["key"], held_back["may"]) == ("id", [ticket_id])
    ask_control(ask, "POST", "clock", {"advance_s": 60})
    assert ticket_id in [each["id"] for each in ask_control(ask, "GET", target)[1]["must"]]


def test_the_log(ask: Any) -> None:
    ask("/api/v2/groups")
    assert ask_control(ask, "GET", "requests")[1]["by_path"] == {"/api/v2/groups": 1}
    ask_control(ask, "DELETE", "requests")
    assert ask_control(ask, "GET", "requests")[1]["total"] == 0


def test_faults_refusals_limits(ask: Any) -> None:
    fault = {"path": "groups", "status": 502}
    assert ask_control(ask, "POST", "faults", [fault, fault])[1] == {"added": 2}
    assert ask.raw("/api/v2/groups").status == 502
    ask_control(ask, "DELETE", "faults")
    ask_control(ask, "POST", "refusals", {"path": "/api/v2/groups", "kind": "plan"})
    assert ask.raw("/api/v2/groups").status == 403
    ask_control(ask, "DELETE", "refusals")
    ask_control(ask, "POST", "limits", {"enabled": True, "account_per_minute": 1})
    assert [ask.raw("/api/v2/groups").status for _ in range(2)] == [200, 429]
    ask_control(ask, "POST", "limits", {"enabled": False})
    assert ask.raw("/api/v2/groups").status == 200


def test_paging(ask: Any) -> None:
    path = "/api/v2/custom_statuses"
    assert "meta" not in ask(f"{path}?page[size]=2")
    chosen = {"path": path, "paging": "cursor"}
    assert ask_control(ask, "POST", "paging", chosen)[1] == {"ok": True}
    assert ask(f"{path}?page[size]=2")["meta"]["has_more"] is True


def test_tokens(ask: Any) -> None:
    state = ask_control(ask, "GET", "tokens")[1]
    assert state == {
        "valid_access_tokens": ["emulator-access-token"],
        "refresh_tokens": ["emulator-refresh-token-1"],
    }
    ask_control(ask, "POST", "tokens", {"expire": "emulator-access-token"})
    state = ask_control(ask, "GET", "tokens")[1]
    assert (state["valid_access_tokens"], state["refresh_tokens"]) == (
        [], ["emulator-refresh-token-1"],
    )  # fmt: skip
    issued = ask_control(ask, "POST", "tokens", {"issue": ["read"], "expires_s": 10})[1]
    assert ask.raw("/api/v2/groups", auth=f"Bearer {issued['issued']}").status == 200
    ask_control(ask, "POST", "tokens", {"revoke": issued["issued"]})
    assert ask.raw("/api/v2/groups", auth=f"Bearer {issued['issued']}").status == 401
    assert ask_control(ask, "POST", "tokens", {"code": True})[1]["code"].startswith("emulator-")
    ask_control(ask, "POST", "tokens", {"longest_expires_s": 600})
    assert ask.site.sign_in.longest_expires_s == 600


def test_counts(ask: Any) -> None:
    assert ask_control(ask, "GET", "counts")[1]["tickets"] == 40


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("POST", "health", None, 404),
        ("POST", "change", {"kind": "no_such_kind"}, 400),
        ("POST", "change", {}, 400),
        ("GET", "truth?stream=nothing", None, 400),
        ("POST", "tokens", {"revoke": "never-issued"}, 400),
        ("POST", "refusals", {"path": "/", "kind": "no"}, 400),
        ("POST", "clock", {"set": "tomorrow"}, 400),
        ("POST", "paging", {"path": "/api/v2/views", "paging": "sideways"}, 400),
    ],
)
def test_impossible_orders_are_refused(
    ask: Any, method: str, path: str, body: Any, status: int
) -> None:
    answered, answer = ask_control(ask, method, path, body)
    assert answered == status
    assert answer["error"]


def test_only_loopback_is_answered(ask: Any) -> None:
    assert ask_control(ask, "GET", "health", peer="192.0.2.7")[0] == 403
    assert ask_control(ask, "GET", "health", peer="::1")[0] == 200
