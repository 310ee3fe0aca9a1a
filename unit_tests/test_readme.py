"""The README's figures are those of the limits that the connector keeps."""

import html
import re
from pathlib import Path

import pytest

from source_zendesk_support.config import DEFAULT_API_USAGE_PERCENT
from source_zendesk_support.local.questions import QUESTIONS
from source_zendesk_support.streams.row import EXPORT_PAGE
from source_zendesk_support.zendesk.buckets import ENDPOINT_LIMITS

README = (Path(__file__).parents[1] / "README.md").read_text()
TICKETS = 100_000
UPDATES = 6  # of a ticket, as the README assumes
# Requests a minute of the plans, and of the exports: with the High Volume API three times as many
# (zendesk/api.md 1.1, 1.2).
LIMITS = {"Team": 200, "Growth, Professional": 400, "Enterprise": 700}
LIMITS["Enterprise Plus, High Volume API"] = 2500


def rows() -> dict[str, list[str]]:
    table = README[README.index("| plan | account, a minute") :].split("\n\n")[0]
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


def test_the_tests_that_prove_it_are_there() -> None:
    root = Path(__file__).parents[1]
    named = set(re.findall(r"`((?:unit|integration)_tests/[\w/]+\.py)`", README))
    assert len(named) > 5
    assert [name for name in sorted(named) if not (root / name).exists()] == []


def test_links_within_the_page_lead_somewhere() -> None:
    heads = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    places = {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= places


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
