"""A connection that was taken over goes back to the published connector without a loss.

Both connectors read the same account, it changes, and the published one resumes three times: from
its own states, from ours, and from ours that lists have written. What it delivers from its own is
the measure, its known defects included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from test_support.clock import HOUR_S
from test_support.connector.process import Destination, configured
from test_support.connector.published import ServedAccount, ZendeskHost, missing, ours, published

if TYPE_CHECKING:
    from pathlib import Path

    from test_support.connector.published import HostedConnector

CLOCK = "2026-06-01T00:00:00Z"
ACCOUNT = ("--size", "tiny", "--tickets", "120", "--seed", "1", "--clock", CLOCK, "--frozen")
# Something in each kind of walk: exports, feeds, lists, children.
CHANGES = (
    *("new_ticket", "update_ticket", "comment", "metric_event", "new_rating", "update_field"),
    *("new_user", "update_user", "new_identity", "new_organization", "update_organization"),
    *("new_group", "update_group", "add_group_membership", "add_organization_membership"),
)
# Streams that it reads whole again, once: it keeps a position for each article, and of
# metrics which of two ways it reads (docs/facts/published-connector.md#1.5, #1.6); ours keep one
# for the stream.
AGAIN = {
    *("article_attachments", "article_comments", "article_votes", "article_comment_votes"),
    "ticket_metrics",
}


# Streams of the published connector that lists can give in the place of an export.
BY_LISTS = (
    *("tickets", "ticket_metrics", "ticket_events", "ticket_comments", "ticket_metric_events"),
    *("users", "user_identities", "organizations"),
)


def left_by(
    connector: HostedConnector, catalog: dict[str, Any], destination: Destination
) -> dict[str, set[str]]:
    """Sync; return the records delivered of each stream, as text to be compared in sets."""
    output = connector.read(catalog, destination.states())
    assert (output.code, output.errors) == (0, [])
    destination.take(output)
    found: dict[str, set[str]] = {}
    for record in output.records:
        found.setdefault(record["stream"], set()).add(str(sorted(record["data"].items())))
    return found


@pytest.mark.skipif(missing() is not None, reason=missing() or "it is here")
def test_the_published_resumes_from_our_states_as_from_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "host"
    folder.mkdir()
    host = ZendeskHost(folder)
    with ServedAccount(host, *ACCOUNT) as account:
        theirs = published(tmp_path, host)
        streams = list(theirs.discover().streams.values())
        catalog = configured(streams)
        # Its ticket_metrics state is another one after its second sync
        # (docs/facts/published-connector.md#1.5).
        left = Destination(catalog)
        known: dict[str, set[str]] = {}
        for _ in range(2):
            known |= left_by(theirs, catalog, left)
        left_by_ours = Destination(catalog)
        left_by(ours(tmp_path, host), catalog, left_by_ours)
        names = {stream["name"] for stream in streams}
        in_both = tuple(name for name in BY_LISTS if name in names)
        catalog_of_both = configured(streams, in_both)
        left_by_lists = Destination(catalog_of_both)
        left_by(ours(tmp_path, host, engine="lists"), catalog_of_both, left_by_lists)

        account.advance(HOUR_S)
        for kind in CHANGES:
            account.change(kind, count=4, seed=3)
        account.advance(HOUR_S)
        expected, found = left_by(theirs, catalog, left), left_by(theirs, catalog, left_by_ours)
        held = left_by(theirs, catalog_of_both, left_by_lists)
    news = {name: records - known.get(name, set()) for name, records in expected.items()}
    lost = {name: records - found.get(name, set()) for name, records in news.items()}
    assert {name: len(records) for name, records in lost.items() if records} == {}
    assert len([name for name, records in news.items() if records]) > len(CHANGES) / 2
    lost = {name: news.get(name, set()) - held.get(name, set()) for name in in_both}
    assert {name: len(records) for name, records in lost.items() if records} == {}, "from lists"
    assert len(in_both) > len(BY_LISTS) / 2
    again = {name for name in found if len(found[name]) > 2 * len(expected.get(name, ()))}
    assert again == AGAIN
