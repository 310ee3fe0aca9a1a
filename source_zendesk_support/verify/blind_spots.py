"""The limits of a comparison with Zendesk, and their reasons: history, silent changes, counts.

Owns these facts as tables, each with its page. Asks nothing. A user reads them in docs/verify.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.deletion import (
    HISTORY,
    LIST_OF_DELETIONS,
    VALUES_OF_NOW,
)
from source_zendesk_support.streams.model.resource import Rereading
from source_zendesk_support.streams.model.walk import reads_whole
from source_zendesk_support.streams.walks.snapshots import SNAPSHOT_AT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.model.stream import Stream

# Fields that Zendesk changes without a time that moves. Their records are not compared by their
# content in each sync (docs/facts/zendesk-api.md#2.3 and #5). A difference in these alone is named,
# and is not a fault of the destination.
SILENT: Mapping[str, frozenset[str]] = {
    "users": frozenset({"last_login_at"}),
    "organization_memberships": frozenset({"organization_name"}),
    "ticket_metric_events": frozenset({"deleted"}),
    "attachments": frozenset({"malware_scan_result", "malware_access_override"}),
    "recipient_addresses": frozenset(
        {
            "cname_status",
            "dns_results",
            "domain_verification_status",
            "forwarding_status",
            "spf_status",
        }
    ),
    "tags": frozenset({"count"}),
}
# Records below a ticket, which go with it: what Zendesk does not list any more is a fault only
# below a ticket that is alive.
OF_A_TICKET = frozenset(
    {
        "attachments",
        "conversation_log",
        "satisfaction_ratings",
        "side_conversations",
        "ticket_comments",
        "ticket_events",
        "ticket_metric_events",
        "ticket_metrics",
        "ticket_sla_policy_history",
    }
)
# Records that a count of Zendesk's leaves out (docs/facts/zendesk-api.md#2.3.9, #5.1 and #5.2).
COUNT_LEAVES_OUT: Mapping[str, str] = {
    "tickets": "archived and deleted tickets",
    "ticket_metrics": "those of archived and deleted tickets",
    "users": "inactive users",
    "organizations": "deleted organizations",
    "groups": "deleted groups",
}


def reads_from_start(stream: Stream) -> bool:
    """Return whether a first read begins at the start date, and not with everything."""
    has_exports = stream.children is not None and stream.children.is_export
    return has_exports or not reads_whole(stream.resource.walk)


def is_of_a_moment(stream: Stream) -> bool:
    """Return whether a stream has the values of one moment, which no later one repeats."""
    return stream.deletions == VALUES_OF_NOW or stream.cursor_field == SNAPSHOT_AT


def keeps_history(stream: Stream) -> bool:
    """Return whether a destination keeps what Zendesk's lists leave out after a while.

    Old and archived records, and those of a deleted ticket. Children of a ticket go with it.
    """
    is_history = stream.deletions.startswith((HISTORY, LIST_OF_DELETIONS))
    return is_history and bool(stream.cursor_field) and stream.name not in OF_A_TICKET


def late_s(stream: Stream, sweep_s: int) -> int:
    """Return how late a change may arrive although a sync has followed it.

    Exports hold back their last minute; children whose parent does not move wait for a sweep.
    """
    if stream.children is not None and stream.children.rereading is Rereading.SWEEP:
        return max(60, sweep_s)
    return 60
