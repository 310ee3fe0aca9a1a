"""The row of conversation logs: what customers, agents and bots say in messaging.

Rests on https://developer.zendesk.com/api-reference/ticketing/tickets/conversation_log/
(docs/facts/zendesk-api.md#5.6.1).
"""

from __future__ import annotations

from source_zendesk_support.streams.model.deletion import WITH_TICKET
from source_zendesk_support.streams.model.resource import ChildResource, Rereading, Watch
from source_zendesk_support.streams.model.stream import Stream

from .ticket_resources import TICKET_RESOURCE

# A conversation without a message for so long is over; a later message opens it again, which
# changes the ticket.
_IDLE_S = 3 * 86_400

ROWS = (
    Stream(
        "conversation_log",
        TICKET_RESOURCE,
        "What was said on messaging tickets by customers, agents and bots, and their comments. "
        "ticket_comments has the comments of all tickets, but no messages.",
        cursor_field="created_at",
        children=ChildResource(
            "tickets/{parent}/conversation_log",
            "events",
            only_where="from_messaging_channel",
            labels={"ticket_id": "id"},
            rereading=Rereading.CHANGES,
            unverified="whether a message changes its ticket: unsolved tickets are asked in every "
            "sync until nothing was said for three days; whether archived tickets are answered",
            watch=Watch(
                "created_at",
                "status",
                frozenset({"new", "open", "pending", "hold"}),
                _IDLE_S,
            ),
        ),
        deletions=WITH_TICKET,
    ),
)
