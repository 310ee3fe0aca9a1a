"""The table of streams is the one that the rows make."""

import pytest

from docs.streams_table import (
    BEGIN,
    END,
    PAGE,
    README,
    deletions,
    read_by,
    table,
    with_count,
    with_table,
)
from source_zendesk_support.streams.catalog.table import STREAMS


def test_the_page_holds_the_table_of_the_rows() -> None:
    text = PAGE.read_text()
    assert with_table(text) == text, f"run the command of the marker: {BEGIN}"
    for document in (text, README.read_text()):
        assert with_count(document) == document
        assert f"**{len(STREAMS)} streams**" in document


def test_every_stream_has_a_line_with_all_that_users_ask() -> None:
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in table().splitlines()[2:]}
    assert set(lines) == set(STREAMS)
    for name, row in STREAMS.items():
        parts = (row.description, read_by(row), row.demands, deletions(row), row.unverified)
        for part in parts:
            assert part in lines[name]
        assert lines[name].count("|") == 9


def test_a_text_without_markers_is_left_alone() -> None:
    with pytest.raises(ValueError, match="markers"):
        with_table(f"{END} {BEGIN}")
    assert with_table(f"a{BEGIN}old{END}b") == f"a{BEGIN}\n{table()}\n{END}b"


def test_the_number_of_streams_is_written_too() -> None:
    text = with_table(f"**1 streams**{BEGIN}{END}**2 streams**, 3 streams")
    number = f"**{len(STREAMS)} streams**"
    assert text == f"{number}{BEGIN}\n{table()}\n{END}{number}, 3 streams"
