"""The table at the end of a sync: what came, and what it cost."""

import io

from rich.console import Console

from source_zendesk_support.local.report import COST_HEAD, cost_rows, print_table
from source_zendesk_support.streams.catalog.table import STREAMS

WALKS = [
    {"streams": ["groups"], "requests": 1, "retries": 0, "waited_s": 0, "bytes": 1000},
    {"streams": ["macros"], "requests": 2, "retries": 0, "waited_s": 0, "bytes": 0},
    {
        "streams": ["tickets", "ticket_metrics"],
        "requests": 1234,
        "retries": 3,
        "waited_s": 60,
        "bytes": 5_000_000,
    },
]


def test_each_stream_has_a_row_and_shared_requests_stand_once() -> None:
    names = ["tickets", "ticket_metrics", "groups", "macros", "views"]
    records = {"tickets": 1000, "ticket_metrics": 2000, "groups": 3}
    assert cost_rows(names, records, WALKS) == [
        ("ticket_metrics", "2,000", "shared", "", "", ""),
        ("tickets", "1,000", "1,234", "3", "60", "5.0"),
        ("groups", "3", "1", "0", "0", "0.0"),
        ("nothing new in 2 more", "0", "2", "0", "0", "0.0"),
        ("5 streams", "3,003", "1,237", "3", "60", "5.0"),
    ]


def test_a_stream_that_came_as_it_was_is_nothing_new() -> None:
    rows = cost_rows(["tickets", "groups"], {"groups": 3}, WALKS, {"groups"})
    assert rows[0][:2] == ("nothing new in 2", "3")


def test_a_walk_whose_first_stream_brought_nothing_still_counts() -> None:
    rows = cost_rows(["tickets", "ticket_metrics"], {"ticket_metrics": 1}, WALKS[2:])
    assert rows[-2][2] == rows[-1][2] == "1,234"


def test_the_longest_name_has_a_line_at_80_columns() -> None:
    out = io.StringIO()
    rows = [(name, "1,234,567", "shared", "", "", "") for name in STREAMS]
    print_table(Console(file=out, width=80), "Title", COST_HEAD, rows, text=1)
    assert [line.split()[0] for line in out.getvalue().splitlines()[2:]] == list(STREAMS)


def test_a_title_is_one_line_above_a_narrow_table() -> None:
    out = io.StringIO()
    title = "Into s3://lake/zendesk (parquet), schema main, in 3 s"
    print_table(Console(file=out, width=80), title, ("a", "b"), [("x", "1")], text=1)
    assert out.getvalue().splitlines()[0] == title


def test_a_table_prints_words_as_they_are_within_its_width() -> None:
    out = io.StringIO()
    rows = [("[stream tickets]", "1", "2", "3", "4", "5"), ("x" * 150, "1", "2", "3", "4", "5")]
    print_table(Console(file=out, width=100), "Title", COST_HEAD, rows, text=1)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 100
    assert "[stream tickets]" in out.getvalue()
