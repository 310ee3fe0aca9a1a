"""The closing of the exports: who is refused, when and how (docs/facts/closing-of-exports.md#1)."""

from typing import Any

import orjson
import pytest

from zendesk_emulator import Emulator
from zendesk_emulator.api.exchange import Request
from zendesk_emulator.api.refusals import CLOSED_TEXT, ENVELOPES
from zendesk_emulator.data.clock import iso
from zendesk_emulator.server.closing import FAMILIES, STATUSES, family_of, plan_of
from zendesk_emulator.server.command import main
from zendesk_emulator.server.control import PREFIX, control

EXPORTS = [
    "incremental/tickets", "incremental/tickets/cursor", "incremental/ticket_events",
    "incremental/ticket_metric_events", "incremental/users", "incremental/users/cursor",
    "incremental/organizations", "incremental/custom_objects/car/cursor",
    "channels/voice/stats/incremental/calls", "channels/voice/stats/incremental/legs",
    "incremental/tickets/sample", "incremental/ticket_events/sample", "incremental/users/sample",
    "incremental/organizations/sample",
]  # fmt: skip


def close(ask: Any, exports: str = "closed", **how: Any) -> None:
    ask.site.closing.set(plan_of(exports, **how))


def status(ask: Any, path: str) -> int:
    answered: int = ask.raw(f"/api/v2/{path}?start_time=0").status
    return answered


@pytest.mark.parametrize("path", EXPORTS)
def test_every_concerned_export_is_open_until_it_is_closed(ask: Any, path: str) -> None:
    assert status(ask, path) == 200
    close(ask)
    assert status(ask, path) == 403


@pytest.mark.parametrize(
    "path",
    ["incremental/routing/attributes", "incremental/routing/attribute_values",
     "channels/voice/incremental/calls"],
)  # fmt: skip
def test_exports_that_are_not_emulated_are_closed_all_the_same(ask: Any, path: str) -> None:
    assert status(ask, path) == 404
    close(ask, answer="410-bare")
    assert status(ask, path) == 410


@pytest.mark.parametrize(
    "path",
    ["help_center/incremental/articles", "tickets", "ticket_audits", "users", "search/export",
     "channels/voice/stats/account_overview", "custom_objects/car/records"],
)  # fmt: skip
def test_other_paths_than_exports_of_support_stay_open(ask: Any, path: str) -> None:
    close(ask)
    target = f"/api/v2/{path}?start_time=0&filter[type]=ticket&query=created>2020-01-01"
    assert ask.raw(target).status == 200


@pytest.mark.parametrize("status_code", STATUSES)
@pytest.mark.parametrize("envelope", ENVELOPES)
def test_every_answer_can_be_chosen(ask: Any, status_code: int, envelope: str) -> None:
    close(ask, answer=f"{status_code}-{envelope}")
    answer = ask.raw("/api/v2/incremental/users/cursor?start_time=0")
    assert answer.status == status_code
    if envelope == "empty":
        assert answer.body == b""
    elif envelope == "html":
        assert answer.content_type.startswith("text/html")
        assert CLOSED_TEXT.encode() in answer.body
    else:
        assert CLOSED_TEXT in answer.body.decode()
        body = orjson.loads(answer.body)
        shapes = {
            "object": lambda: set(body["error"]) == {"title", "message"},
            "described": lambda: set(body) == {"error", "description"},
            "coded": lambda: body["errors"][0]["status"] == str(status_code),
            "details": lambda: set(body) == {"error", "description", "details"},
            "bare": lambda: set(body) == {"error"} and isinstance(body["error"], str),
        }
        assert shapes[envelope]()


def test_exports_close_at_a_time(ask: Any) -> None:
    clock = ask.site.account.clock
    close(ask, f"closing-at {iso(clock.now() + 100)}")
    assert status(ask, EXPORTS[0]) == 200
    clock.advance(99)
    assert status(ask, EXPORTS[0]) == 200
    clock.advance(1)
    assert status(ask, EXPORTS[0]) == 403


def test_exports_close_after_so_many_answers(ask: Any) -> None:
    """A closing in the middle of a sync, without a race against a clock."""
    close(ask, "open", after=2, families=["tickets", "users"])
    asked = [EXPORTS[0], "incremental/organizations", EXPORTS[4], EXPORTS[1], EXPORTS[4]]
    assert [status(ask, path) for path in asked] == [200, 200, 200, 403, 403]
    close(ask, "open")
    assert status(ask, EXPORTS[0]) == 200


def test_a_part_of_the_exports_can_be_closed(ask: Any) -> None:
    close(ask, families=["talk", "users"])
    closed = [path for path in EXPORTS if status(ask, path) == 403]
    assert {family_of(f"/api/v2/{path}") for path in closed} == {"talk", "users"}
    assert len(closed) == 5


def test_samples_are_those_of_their_export_and_short(ask_with: Any) -> None:
    ask = ask_with(tickets=130)
    sample = ask("/api/v2/incremental/tickets/sample?start_time=0")
    whole = ask("/api/v2/incremental/tickets?start_time=0")
    assert sample["tickets"] == whole["tickets"][:50]
    assert (sample["count"], sample["end_of_stream"]) == (50, False)
    assert ask("/api/v2/incremental/tickets/sample?start_time=0&per_page=900")["count"] == 50
    assert ask("/api/v2/incremental/tickets/sample?start_time=0&per_page=3")["count"] == 3
    assert ask.refused("/api/v2/incremental/tickets/sample")[0] == 400
    assert ask.raw("/api/v2/incremental/groups/sample?start_time=0").status == 404
    now_s = ask.site.account.clock.now_s()
    late = ask.refused(f"/api/v2/incremental/users/sample?start_time={now_s}")
    assert late[1]["errors"][0]["code"] == "StartTimeTooRecent"


@pytest.mark.parametrize(
    "wrong",
    [{"exports": "shut"}, {"exports": "closing-at"}, {"exports": "closing-at someday"},
     {"answer": "500-object"}, {"answer": "403"}, {"answer": "403-poem"},
     {"families": ["tickets", "chats"]}],
)  # fmt: skip
def test_a_plan_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        plan_of(**{"exports": "closed", **wrong})


def test_the_control_api_closes_and_opens(ask: Any) -> None:
    def post(**fields: Any) -> int:
        request = Request("POST", f"{PREFIX}exports", body=orjson.dumps(fields))
        return control(ask.site, request).status

    assert post(exports="closed", answer="404-described", families=["users"]) == 200
    assert (status(ask, EXPORTS[4]), status(ask, EXPORTS[0])) == (404, 200)
    assert post(after=1) == 200
    assert [status(ask, EXPORTS[0]) for _ in range(2)] == [200, 403]
    assert post(exports="open") == 200
    assert status(ask, EXPORTS[4]) == 200
    assert post(exports="ajar") == 400


def test_an_emulator_can_begin_closed() -> None:
    with Emulator(exports="closed", exports_answer="410-coded", frozen=True) as emulator:
        plan = emulator.site.closing.plan
        assert (plan.status, plan.envelope, plan.families) == (410, "coded", frozenset(FAMILIES))
        assert plan.at_s is not None
    with pytest.raises(ValueError):
        Emulator(exports="maybe")


@pytest.mark.parametrize(
    "wrong", [["--exports", "shut"], ["--exports", "closed", "--exports-answer", "200-object"]]
)
def test_the_command_refuses_a_plan_that_means_nothing(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(wrong)
    assert stopped.value.code == 2
    assert "[--exports, --exports-answer]" in capsys.readouterr().err
