"""Which request draws on which of Zendesk's counters."""

import re

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.zendesk.endpoints import (
    ACCOUNT,
    ACCOUNT_COUNTERS,
    ENDPOINT_LIMITS,
    HELP_CENTER,
    WEBHOOKS,
    buckets_of,
    endpoint_of,
)
from test_support.client.rate_limits import EXPORTS, TICKETS, USER_EXPORTS, USERS
from zendesk_emulator.server.limits import BUCKETS


@pytest.mark.parametrize(
    ("path", "buckets"),
    [
        (TICKETS, (ACCOUNT, EXPORTS)),
        (f"{TICKETS}.json", (ACCOUNT, EXPORTS)),
        ("incremental/tickets", (ACCOUNT, EXPORTS)),
        ("incremental/ticket_events.json", (ACCOUNT, EXPORTS)),
        ("incremental/organizations", (ACCOUNT, EXPORTS)),
        ("incremental/users", (ACCOUNT, EXPORTS)),
        ("incremental/routing/attributes", (ACCOUNT, EXPORTS)),
        (USERS, (ACCOUNT, USER_EXPORTS)),
        (f"{USERS}.json", (ACCOUNT, USER_EXPORTS)),
        ("incremental/ticket_metric_events", (ACCOUNT,)),
        ("incremental/custom_objects/car/cursor", (ACCOUNT, EXPORTS, "custom-object-exports")),
        ("channels/voice/stats/incremental/calls", (ACCOUNT, "talk-exports")),
        ("channels/voice/stats/incremental/legs", (ACCOUNT, "talk-exports")),
        ("tags", (ACCOUNT, "tags-index")),
        ("tags/count", (ACCOUNT,)),
        ("webhooks", (ACCOUNT, WEBHOOKS)),
        ("webhooks/01H/invocations", (ACCOUNT, WEBHOOKS)),
        ("search/export", (ACCOUNT, "search-export")),
        ("search/export.json", (ACCOUNT, "search-export")),
        ("search", (ACCOUNT,)),
        ("deleted_tickets", (ACCOUNT, "deleted-tickets")),
        ("deleted_tickets.json", (ACCOUNT, "deleted-tickets")),
        ("groups", (ACCOUNT,)),
        ("ticket_audits", (ACCOUNT,)),
        ("help_center/articles", (HELP_CENTER,)),
        ("help_center/incremental/articles", (HELP_CENTER,)),
        ("community/posts", (HELP_CENTER,)),
        ("guide/permission_groups", (HELP_CENTER,)),
    ],
)
def test_buckets_of_a_path(path: str, buckets: tuple[str, ...]) -> None:
    assert buckets_of(path) == buckets


PATHS = [
    re.sub(r"\{\w+\}", "77", path)
    for stream in STREAMS.values()
    for path in (stream.resource.path, *([stream.children.path] if stream.children else []))
]


@pytest.mark.parametrize("path", sorted(set(PATHS)))
def test_every_bucket_that_a_stream_draws_on_has_a_limit(path: str) -> None:
    """An own bucket of the account for it is not larger (docs/facts/zendesk-api.md#1.2)."""
    names = buckets_of(path)
    assert {*names} <= {*ACCOUNT_COUNTERS, *ENDPOINT_LIMITS}
    assert names[0] in ACCOUNT_COUNTERS
    theirs = next((each for each in BUCKETS if each.path.match(f"/api/v2/{path}")), None)
    if theirs is not None:
        assert ENDPOINT_LIMITS[names[-1]] == theirs.total * 60 / theirs.window_s


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("groups", "groups"),
        ("groups.json", "groups"),
        ("incremental/ticket_metric_events", "incremental/ticket_metric_events"),
        ("tickets/17/side_conversations", "tickets/*/side_conversations"),
        ("community/posts/17/comments/18/votes", "community/posts/*/comments/*/votes"),
        ("tickets/1/side_conversations/8a2f-77/events", "tickets/*/side_conversations/*/events"),
    ],
)
def test_records_of_one_resource_are_one_endpoint(path: str, endpoint: str) -> None:
    assert endpoint_of(path) == endpoint
