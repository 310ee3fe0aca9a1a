"""The figures and names in the documents are those of the code."""

import html
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from docs.configuration_table import BEGIN, with_table
from source_zendesk_support.config.config import DEFAULT_API_USAGE_PERCENT
from source_zendesk_support.local.accounts import Account, read_account
from source_zendesk_support.local.demo_queries import QUESTIONS
from source_zendesk_support.local.destination import parse_destination, secrets_for
from source_zendesk_support.run import spec_line
from source_zendesk_support.streams.model.resource import EXPORT_PAGE
from source_zendesk_support.zendesk.endpoints import ENDPOINT_LIMITS
from source_zendesk_support.zendesk.errors import ConnectorError

DOCS = Path(__file__).parents[1] / "docs"
LIMITS_PAGE = (DOCS / "limits.md").read_text()
DATABASE = (DOCS / "database.md").read_text()
DELIVERY = (DOCS / "delivery.md").read_text()
TICKETS = 100_000
UPDATES = 6  # of a ticket, as the page assumes
# Requests a minute of the plans, and of the exports: with the High Volume API three times as many
# (docs/facts/zendesk-api.md#1.1, #1.2).
LIMITS = {"Team": 200, "Growth, Professional": 400, "Enterprise": 700}
LIMITS["Enterprise Plus, High Volume API"] = 2500


def rows() -> dict[str, list[str]]:
    table = LIMITS_PAGE[LIMITS_PAGE.index("| plan | account, a minute") :].split("\n\n")[0]
    cells = [re.split(r"\s*\|\s*", line.strip("| ")) for line in table.splitlines()[2:]]
    return {plan: figures for plan, *figures in cells}


@pytest.mark.parametrize("plan", LIMITS)
def test_how_long_a_first_sync_takes(plan: str) -> None:
    account = LIMITS[plan]
    exports = ENDPOINT_LIMITS["incremental-exports"] * (3 if "High Volume" in plan else 1)
    pages = TICKETS / EXPORT_PAGE
    ours = account * DEFAULT_API_USAGE_PERCENT / 100
    assert rows()[plan] == [
        str(account),
        str(exports),
        f"{pages / exports:.0f} min",
        f"{pages * (1 + UPDATES) / exports:.0f} min",
        f"{TICKETS / ours / 60:.1f} h",
    ]
    assert rows().keys() == LIMITS.keys()


class Asked(dict[str, str]):
    """An environment that has nothing, and remembers what it was asked for."""

    def get(self, name: str, default: Any = None) -> Any:
        self[name] = ""
        return default


def test_the_variables_with_secrets_are_those_that_are_read(tmp_path: Path) -> None:
    asked = Asked()
    for kind in ("oauth2_client_credentials", "oauth2_refresh", "oauth2.0", "api_token"):
        path = tmp_path / kind
        path.write_text(json.dumps({"credentials": {"credentials": kind}}))
        read_account(Account("", path), asked, None)
    for address in re.findall(r"^\| `(\w+://.*?)` \|", DATABASE, re.MULTILINE):
        with suppress(ConnectorError):  # the secret is missing
            secrets_for(parse_destination(address.replace("...", "x")), asked, None)
    named = re.findall(r"`((?:ZENDESK|MOTHERDUCK)_\w+|PGPASSWORD)`", DATABASE)
    assert set(named) == set(asked)
    assert len(asked) == 7


def test_the_tests_that_prove_it_are_there() -> None:
    root = Path(__file__).parents[1]
    named = set(re.findall(r"`((?:unit|integration)_tests/[\w/]+\.py)`", DELIVERY))
    assert len(named) > 5
    assert [name for name in sorted(named) if not (root / name).exists()] == []


def test_the_options_are_those_of_the_specification() -> None:
    text = (DOCS / "configuration.md").read_text()
    assert with_table(text) == text, f"run the command of the marker: {BEGIN}"
    options = set(json.loads(spec_line())["spec"]["connectionSpecification"]["properties"])
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == options


def test_the_picture_shows_the_demo_as_it_is() -> None:
    """Drawn by `make picture`; it shows no place of the machine that drew it."""
    picture = (Path(__file__).parents[1] / "docs" / "demo.svg").read_text()
    shown = html.unescape(" ".join(re.findall(r"<text[^>]*>(.*?)</text>", picture)))
    words = " ".join(shown.split())
    for question in QUESTIONS:
        assert question.text in words
        assert " ".join(question.sql.split()) in words
    assert "$ make demo" in words
    assert not re.search(r"/(?:tmp|home|root|work)/", picture)
