"""The lines of the log at the end of a sync."""

import pytest

from source_zendesk_support.protocol.summary import figures, summary
from source_zendesk_support.zendesk.accounting import Accounting
from source_zendesk_support.zendesk.rate_limiter import Use


def accounting(**waits: float) -> Accounting:
    made = Accounting()
    made.add("tickets, ticket_metrics", requests=7, retries=2, bytes_read=3_000_000)
    made.add("groups", requests=1, bytes_read=500_000)
    for reason, seconds in waits.items():
        made.add_wait("tickets, ticket_metrics", reason.replace("_", "-"), seconds)
    return made


USES = [Use("account", 8, None, None), Use("incremental-exports", 7, 10, 0.984)]


def test_each_walk_each_bucket_and_what_bound() -> None:
    text = summary({"tickets": 5, "groups": 3, "old": 0}, accounting(incremental_exports=61), USES)
    assert text.splitlines() == [
        "Summary of this sync:",
        "  groups 3 records: 1 requests, 0 of them tried again, 0 s waited, 0.5 MB",
        (
            "  tickets 5 records, ticket_metrics 0 records: 7 requests, 2 of them tried again, "
            "61 s waited, 3.0 MB"
        ),
        "  old: 0 records, without a request",
        "  bucket account: 8 requests, 0 s waited for",
        "  bucket incremental-exports: 7 requests, 98% of 10 a minute, 61 s waited for",
        "  The bucket incremental-exports bound this sync.",
        "  3.5 MB were read.",
    ]


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        ({}, "No bucket bound this sync."),
        ({"faults": 30}, "No bucket bound this sync. 30 s were waited after faults."),
        ({"account": 5, "incremental_exports": 9}, "The bucket incremental-exports bound this"),
        ({"account": 5, "faults": 90}, "The bucket account bound this sync. 90 s were waited"),
    ],
)
def test_the_bucket_that_was_waited_for_longest_bound_the_sync(
    waits: dict[str, float], said: str
) -> None:
    assert said in summary({}, accounting(**waits), [])


def pages_of(path: str, *pages: tuple[dict[str, str], dict[str, object], int]) -> Accounting:
    made = accounting()
    for params, body, items in pages:
        made.add_page("groups", path, params, body, items)
    return made


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            pages_of(
                "groups",
                ({}, {"count": 150, "next_page": "https://x/?page=2"}, 100),
                ({"page": "2"}, {"count": 150, "next_page": None}, 50),
            ),
            ", 150 of 150 announced",
        ),
        (pages_of("groups", ({}, {"count": 9}, 7)), ", 7 of 9 announced"),
        (
            pages_of(  # read again from its beginning: it moved meanwhile
                "groups",
                ({}, {"count": 3, "next_page": "https://x/?page=2"}, 2),
                ({}, {"count": 2}, 2),
            ),
            ", 2 of 2 announced",
        ),
        # left before its end, as nothing new follows
        (pages_of("groups", ({}, {"count": 900, "meta": {"has_more": True}}, 100)), "0.5 MB"),
        # resumed in its middle: what came before is not known
        (pages_of("groups", ({"page[after]": "x"}, {"count": 900}, 100)), "0.5 MB"),
        (
            pages_of("incremental/x", ({}, {"count": 9, "end_of_stream": False}, 9)),
            ", the end of the stream not reached",
        ),
        (
            pages_of("incremental/x", ({}, {"count": 9, "end_of_stream": True}, 9)),
            ", to the end of the stream",
        ),
        # the count of an export is that of the page
        (pages_of("channels/voice/stats/incremental/legs", ({}, {"count": 9}, 7)), "0.5 MB"),
    ],
)
def test_counts_stand_beside_those_that_zendesk_announced(made: Accounting, said: str) -> None:
    (line,) = [it for it in summary({}, made, []).splitlines() if it.startswith("  groups ")]
    assert line.endswith(said)


def test_a_short_reading_is_named() -> None:
    made = pages_of("groups", ({}, {"count": 9}, 7))
    assert made.short_readings() == ["groups: Zendesk announced 9 items and 7 came (GET groups)"]
    assert pages_of("groups", ({}, {"count": 7}, 7)).short_readings() == []
    assert '"announced":9,"seen":7' in figures({}, made)
