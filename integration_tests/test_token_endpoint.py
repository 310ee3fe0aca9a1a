"""The endpoint that gives out tokens: busy, away, with an answer that is lost, and refusing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from test_support.connector.account_time import Account, too_early
from test_support.connector.process import InProcess
from test_support.connector.sign_ins import CLIENT, REFRESH, TOKEN, TOKENS
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as running:
        yield running


TOKEN_FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "headers": {"Retry-After": "45"}, "count": 2},
    "503 that says how long": {"status": 503, "headers": {"Retry-After": "45"}, "count": 2},
    "503": {"status": 503, "count": 5},
    "reset": {"kind": "reset", "count": 3},
    "HTML": {"kind": "answer", "status": 200, "body": "<html></html>", "count": 2},
}


@pytest.mark.parametrize(
    ("fault", "credentials"), [*((fault, CLIENT) for fault in TOKEN_FAULTS), ("429", REFRESH)]
)
def test_a_token_endpoint_that_comes_back_costs_time_and_nothing_else(
    fault: str, credentials: dict[str, str]
) -> None:
    with Account("tiny", limits=False) as account:
        catalog = account.catalog("groups", "brands", "tickets", "users", "article_comments")
        usual = account.read(catalog).counts()
        account.answers.clear()
        begun_s = account.time.passed_s
        account.fault(f"^{TOKENS}$", **TOKEN_FAULTS[fault])
        output = account.read(catalog, credentials=credentials)
        assert output.code == 0, output.error
        assert output.counts() == usual
        asked = account.sent(TOKENS)
        assert len(asked) == TOKEN_FAULTS[fault]["count"] + 1, "one request for all walks"
        assert too_early(asked) == []
        assert account.time.passed_s > begun_s
        assert output.longest_silence_s <= 60
        assert "oauth/tokens" in output.log
        assert bool(output.rate_limited("groups")) == (fault == "429")


def test_a_token_endpoint_that_stays_away_is_given_up_after_ten_minutes() -> None:
    with Account("tiny", limits=False) as account:
        catalog = account.catalog("groups", "brands")
        account.fault(f"^{TOKENS}$", status=503)
        output = account.read(catalog, credentials=CLIENT)
        assert {error["failure_type"] for error in output.errors} == {"transient_error"}
        assert "POST oauth/tokens" in output.errors[0]["message"]
        assert 600 <= account.time.passed_s <= 700
        assert output.longest_silence_s <= 60


def test_a_refresh_whose_answer_is_lost_is_not_repeated_by_its_walk() -> None:
    """Zendesk may have rotated the pair: the keeper of the configuration must get it at once."""
    with Account("tiny", limits=False) as account:
        catalog = account.catalog("groups")
        account.fault(f"^{TOKENS}$", status=503, headers={"Retry-After": "1"}, count=1)
        output = account.read(catalog, credentials=REFRESH)
        assert [error["failure_type"] for error in output.errors] == ["transient_error"]
        assert len(account.sent(TOKENS)) == 1


REFUSALS: dict[str, tuple[dict[str, str], list[str] | None, str]] = {
    "invalid_grant": ({**REFRESH, "refresh_token": "used-up"}, None, "already used"),
    "invalid_client": ({**CLIENT, "client_secret": "not-it"}, None, "does not know this OAuth"),
    "invalid_scope": (CLIENT, ["tickets:read"], "may not have the scope `read`"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_each_refusal_of_a_token_says_what_to_do(
    tmp_path: Path, emulator: Emulator, name: str
) -> None:
    credentials, scopes, words = REFUSALS[name]
    emulator.site.sign_in.client_scopes = None if scopes is None else frozenset(scopes)
    catalog = InProcess(tmp_path, emulator.base_url, credentials=TOKEN).catalog("tags")
    connector = InProcess(tmp_path, emulator.base_url, credentials=credentials)
    check = connector.check()
    assert check.status["status"] == "FAILED"
    assert words in check.status["message"]
    emulator.site.log.reset()
    output = connector.read(catalog)
    assert output.errors[0]["failure_type"] == "config_error"
    assert words in output.errors[0]["message"]
    assert emulator.site.log.by_path[TOKENS] == 1, "a grant is never sent twice"
    discover = connector.discover()
    assert discover.code == 0
    assert words in discover.logs
    printed = "".join([*check.lines, *output.lines, *discover.lines])
    assert [secret for secret in credentials.values() if f'"{secret}"' in printed] == []
