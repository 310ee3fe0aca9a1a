"""A second opinion on the emulator: the published connector reads it, over HTTPS, by its host name.

Its records and those of the account are compared, record by record and field by field, for all
streams. A difference is explained by a known fact of that connector, whose number stands in
explanations.py. Every other difference is a fault of the emulator and fails.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from test_support.clock import HOUR_S
from test_support.connector.explanations import AFTER_CHANGES, EXPLANATIONS, Facts, differences
from test_support.connector.process import Destination
from test_support.connector.published import (
    ENTERPRISE,
    ServedAccount,
    ZendeskHost,
    missing,
    missing_namespace,
    ours,
    published,
    unprobed,
)
from zendesk_emulator.changes import gone as gone_changes, quiet as quiet_changes
from zendesk_emulator.changes.apply import KINDS
from zendesk_emulator.truth.rules import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zendesk_emulator.truth.oracle import Truth

# All of 4.9.1 (docs/facts/published-connector.md#1.2). It has neither ticket_events nor
# deleted_tickets.
STREAMS = (
    *("account_attributes", "article_attachments", "article_comment_votes", "article_comments"),
    *("article_votes", "articles", "attribute_definitions", "audit_logs", "automations", "brands"),
    *("categories", "custom_roles", "group_memberships", "groups", "macros", "organization_fields"),
    *("organization_memberships", "organizations", "post_comment_votes", "post_comments"),
    *("post_votes", "posts", "satisfaction_ratings", "schedules", "sections", "sla_policies"),
    *("tags", "ticket_activities", "ticket_audits", "ticket_comments", "ticket_fields"),
    *("ticket_forms", "ticket_metric_events", "ticket_metrics", "ticket_skips", "tickets"),
    *("topics", "triggers", "user_fields", "user_identities", "users"),
)
SYNCS_AFTER_CHANGES = 2
SAME_IN_BOTH = (
    *("supported_sync_modes", "source_defined_primary_key"),
    *("source_defined_cursor", "default_cursor_field", "is_file_based"),
)
# Configuration that is read whole and filtered by the connector itself, by `updated_at`.
CLIENT_FILTERED = (
    *("custom_roles", "group_memberships", "groups", "macros", "organization_fields"),
    *("organization_memberships", "schedules", "sla_policies", "ticket_fields", "topics"),
    "triggers",
)
CLOCK = "2026-06-01T00:00:00Z"
ACCOUNT = ("--size", "tiny", "--tickets", "120", "--seed", "1", "--clock", CLOCK, "--frozen")


@dataclass
class Comparison:
    """Compares what was read with the account, sync after sync."""

    account: ServedAccount
    held: Destination
    changed_at: str = CLOCK  # the last changes
    # Tickets that were read as deleted, and when last.
    deleted_at: dict[int, str] = field(default_factory=dict)

    def change(self, *, seed: int) -> None:
        self.account.advance(HOUR_S)
        self.changed_at = self.account.now()
        change_everything(self.account, seed=seed)
        self.account.advance(HOUR_S)

    def explained(self) -> Counter[str]:
        """Return how often each explanation alone was at hand; fail for what has none at all."""
        truths = {stream: self.account.truth(stream) for stream in STREAMS}
        facts = self.facts(truths)
        needed, unexplained = Counter[str](), []
        for stream in STREAMS:
            for difference in differences(stream, truths[stream], self.held):
                found = [name for name, holds in EXPLANATIONS.items() if holds(difference, facts)]
                if len(found) == 1:
                    needed.update(found)
                if not found:
                    unexplained.append(difference)
        assert unexplained == [], f"{len(unexplained)} differences without an explanation"
        return needed

    def facts(self, truths: Mapping[str, Truth]) -> Facts:
        tickets = self.account.truth("tickets", include_deleted_tickets="true").must
        deleted = {ticket["id"] for ticket in tickets if ticket["status"] == "deleted"}
        self.deleted_at |= dict.fromkeys(deleted, self.account.now())
        return Facts(
            first_read_at=CLOCK,
            changed_at=self.changed_at,
            ai_agent={t["id"] for t in tickets if t["support_type"] == "ai_agent"},
            archived=archived(self.account, tickets),
            deleted=deleted,
            restored={each: at for each, at in self.deleted_at.items() if each not in deleted},
            articles={a["id"]: a["updated_at"] for a in truths["articles"].must},
            comments={c["id"]: c["source_id"] for c in truths["article_comments"].must},
            may={stream: set(truth.may) for stream, truth in truths.items()},
        )


def archived(account: ServedAccount, tickets: list[dict[str, Any]]) -> set[int]:
    """Return the tickets that are archived: closed, and no longer listed.

    See docs/facts/zendesk-api.md#2.3.9.
    """
    listed = {ticket["id"] for ticket in account.listed("tickets", support_type_scope="all")}
    return {t["id"] for t in tickets if t["status"] == "closed"} - listed


def change_everything(account: ServedAccount, *, seed: int) -> None:
    """Change all that the emulator can: silent, late, removed without a trace, twice of each.

    Deleted tickets are not compared, and neither can see a change without a time.
    """
    outside = quiet_changes.KINDS.keys() | gone_changes.KINDS.keys()
    kinds = KINDS.keys() - {"scrub_ticket"} - outside
    for kind in sorted(kinds, reverse=True):  # what is added last, as memberships, stays
        account.change(kind, count=2, seed=seed)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> ZendeskHost:
    reason = missing_namespace()
    if reason:
        pytest.skip(reason)
    return ZendeskHost(tmp_path_factory.mktemp("host"))


needs_published = pytest.mark.skipif(missing() is not None, reason=missing() or "it is here")


@needs_published
def test_every_difference_is_a_known_defect(tmp_path: Path, host: ZendeskHost) -> None:
    with ServedAccount(host, *ACCOUNT) as account:
        connector = unprobed(tmp_path, host)
        assert connector.check().messages[-1]["connectionStatus"] == {"status": "SUCCEEDED"}
        catalog = connector.catalog()
        assert {row["stream"]["name"] for row in catalog["streams"]} == {*STREAMS}

        compared = Comparison(account, Destination(catalog))
        first = connector.read(catalog)
        assert (first.code, first.errors) == (0, [])
        assert first.counts().keys() == {*STREAMS}, "nothing is the same because nothing was read"
        files = [path for path in account.requests() if path.startswith("/hc/")]
        attachments = len(account.truth("article_attachments").must)
        assert len(files) == attachments, "11: downloaded, though files were not asked for"
        compared.held.take(first)
        assert compared.explained().keys() == EXPLANATIONS.keys() - AFTER_CHANGES

        needed = Counter[str]()
        for sync in range(SYNCS_AFTER_CHANGES):
            compared.change(seed=sync)
            later = connector.read(catalog, compared.held.states())
            assert (later.code, later.errors) == (0, [])
            compared.held.take(later)
            needed += compared.explained()
            posts = len(account.truth("posts").must)
            assert later.counts()["posts"] == posts, "12: start_time does nothing there"
        assert needed.keys() == EXPLANATIONS.keys()


@needs_published
def test_a_look_of_its_own_hides_its_enterprise_streams(tmp_path: Path, host: ZendeskHost) -> None:
    """It lists three streams if ticket_forms can be read, and fails before it asks for them."""
    with ServedAccount(host, *ACCOUNT) as account:
        account.requests()
        looking = published(tmp_path, host).discover()
        assert account.requests() == {}, "no answer of the account has any part in it"
        assert looking.streams.keys() == {*STREAMS} - ENTERPRISE
        warned = [line["message"] for line in looking.of("LOG") if line["level"] == "WARN"]
        assert ["TicketForms" in line for line in warned] == [True]
        everything = unprobed(tmp_path, host).discover().streams
    assert everything.keys() == {*STREAMS}
    assert looking.streams.items() <= everything.items(), "and nothing else is changed by it"


@needs_published
def test_configuration_older_than_the_start_is_lost(tmp_path: Path, host: ZendeskHost) -> None:
    """Defect 27: what a ticket refers to need not have changed since the start date."""
    start_date = "2026-01-01T00:00:00Z"
    with ServedAccount(host, *ACCOUNT) as account:
        for connector in (published, ours):
            reader = connector(tmp_path, host, start_date=start_date)
            catalog = reader.catalog(*CLIENT_FILTERED)
            destination = Destination(catalog)
            destination.take(reader.read(catalog))
            for stream in CLIENT_FILTERED:
                truth = account.truth(stream)
                missing = [
                    d.record["updated_at"]
                    for d in differences(stream, truth, destination)
                    if d.is_missing
                ]
                if connector is ours:
                    assert missing == [], stream
                else:
                    assert missing, stream
                    assert max(missing) < start_date, stream


@needs_published
def test_both_list_the_same_streams(tmp_path: Path, host: ZendeskHost) -> None:
    """Names, keys and cursors are what a connection is taken over by."""
    with ServedAccount(host, *ACCOUNT):
        theirs = unprobed(tmp_path, host).discover().streams
        listed = ours(tmp_path, host).discover().streams
    different = {
        (name, of_stream)
        for name, stream in theirs.items()
        for of_stream in SAME_IN_BOTH
        if (listed[name].get(of_stream) or None) != (stream.get(of_stream) or None)
    }
    assert different == set()


@needs_published
def test_ours_resumes_from_the_states_of_the_published(tmp_path: Path, host: ZendeskHost) -> None:
    """Each change after the published connector's last sync is delivered, as it is now."""
    with ServedAccount(host, *ACCOUNT) as account:
        before = unprobed(tmp_path, host)
        catalog = before.catalog(*STREAMS)
        left = Destination(catalog)
        # Two syncs: its ticket_metrics state is another one after the second
        # (docs/facts/published-connector.md#1.5)
        for sync in range(2):
            output = before.read(catalog, left.states() if sync else None)
            assert (output.code, output.errors) == (0, [])
            left.take(output)
            held = {stream: records_of(account, stream) for stream in STREAMS}
            read_at = account.now()
            account.advance(HOUR_S)
            change_everything(account, seed=sync)
            account.advance(HOUR_S)

        # Longer than the account's history: its ratings are edited however old they are.
        after = ours(tmp_path, host, satisfaction_ratings_lookback_days=3650)
        catalog = after.catalog(*STREAMS)
        output = after.read(catalog, left.states())
        assert (output.code, output.errors) == (0, [])
        taken = Destination(catalog)
        taken.take(output)
        streams_with_changes = set()
        for stream in STREAMS:
            now = account.truth(stream)
            changed = [
                record
                for record in now.must
                if held[stream].get(key_of(now, record)) != lasting(now, record)
                and not is_behind_the_feed(stream, record, read_at)
            ]
            found = taken.differences(stream, replace(now, must=changed))
            lost = [difference for difference in found if "should not be there" not in difference]
            assert lost == [], stream
            if changed:
                streams_with_changes.add(stream)
        assert streams_with_changes == {*STREAMS} - {"attribute_definitions"}, "nothing changes it"


def is_behind_the_feed(stream: str, record: dict[str, Any], read_at: str) -> bool:
    """The old audits of a restored ticket: no connector reads so far back in the feed again."""
    return stream == "ticket_audits" and record["created_at"] < read_at


def records_of(account: ServedAccount, stream: str) -> dict[Any, dict[str, Any]]:
    truth = account.truth(stream)
    return {key_of(truth, record): lasting(truth, record) for record in truth.must}


def lasting(truth: Truth, record: dict[str, Any]) -> dict[str, Any]:
    """A record without the counters that move and leave its time: no state shows them."""
    return {name: value for name, value in record.items() if name not in truth.drifting}


def test_ours_reads_the_same_by_host_name_over_https(tmp_path: Path, host: ZendeskHost) -> None:
    with ServedAccount(host, *ACCOUNT) as account:
        connector = ours(tmp_path, host)
        assert connector.check().messages[-1]["connectionStatus"] == {"status": "SUCCEEDED"}
        catalog = connector.catalog()
        output = connector.read(catalog)
        assert (output.code, output.errors) == (0, [])
        destination = Destination(catalog)
        destination.take(output)
        for row in catalog["streams"]:
            stream = row["stream"]["name"]
            assert destination.differences(stream, account.truth(stream)) == []
