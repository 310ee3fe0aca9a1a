"""Values and the columns that they fit: one that does not costs a null, and nothing else."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

import duckdb
import pytest

from source_zendesk_support.local.pieces import Part
from source_zendesk_support.local.tables import Column, Kind, Table, table_of
from source_zendesk_support.local.typed_rows import Stage, Staged
from source_zendesk_support.streams.catalog.table import STREAMS

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
COLUMNS = tuple(Column(kind.name.lower(), kind.name.lower(), kind) for kind in Kind)
TABLE = Table("tickets", "id", False, (Column("id", "id", Kind.INTEGER), *COLUMNS))
# Values that Zendesk and its apps have been seen to hold, and others that they might.
ODD: list[Any] = [
    "20240-05-01T00:00:00Z", "0000-00-00", "", " ", 5, 1.5, -0.0, True, {"a": 1}, [1, "x"], [],
    2**70, -(2**63) - 1, "12", "12.5", "1e3", "a\0b", "true", "yes", "2026-13-01", "infinity",
    "epoch", "today", 1e300, "2026-01-01T25:00:00Z", "NaN", "x" * 100_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with duckdb.connect() as connection:
        yield Stage(connection)


def put(stage: Stage, *lines: Any, table: Table = TABLE) -> Staged:
    with TemporaryFile() as file:
        part = Part(file)
        for line in lines:
            part.add(line if isinstance(line, bytes) else json.dumps(line).encode())
        file.flush()
        return stage.put(table, part, NOW)


def rows(stage: Stage, staged: Staged, columns: str = "*") -> list[tuple[Any, ...]]:
    query = f'SELECT {columns} FROM "{staged.rows}" ORDER BY id'
    return stage.connection.execute(query).fetchall()


def aside(stage: Stage, staged: Staged) -> list[tuple[Any, ...]]:
    query = f'SELECT record_key, column_name, value FROM "{staged.unfit}" ORDER BY ALL'
    return stage.connection.execute(query).fetchall()


@pytest.mark.parametrize(
    ("column", "value", "held"),
    [
        ("text", "a\tb\n", "a\tb\n"),
        ("text", 12, "12"),
        ("text", {"a": [1]}, '{"a":[1]}'),
        ("integer", 2**63 - 1, 2**63 - 1),
        ("integer", "77", 77),
        ("number", 0.1, Decimal("0.100000000")),
        ("number", "1.5", Decimal("1.500000000")),
        ("boolean", False, False),
        ("boolean", "true", True),
        ("time", "2026-01-01T00:00:00Z", datetime.fromisoformat("2026-01-01")),
        (
            "time",
            "2026-01-01T00:00:00.123456+02:00",
            datetime.fromisoformat("2025-12-31T22:00:00.123456"),
        ),
        ("time", "2026-01-01T00:00:00", datetime.fromisoformat("2026-01-01")),
        ("texts", ["a", None, "b"], ["a", None, "b"]),
        ("texts", [], []),
        ("texts", [1, {"a": 2}], ["1", '{"a":2}']),
        ("json", {"a": None}, '{"a":null}'),
        ("json", "web", '"web"'),
    ],
)
def test_a_value_that_fits_is_held_as_its_column_has_it(
    column: str, value: Any, held: Any, stage: Stage
) -> None:
    staged = put(stage, {"id": 1, column: value})
    assert rows(stage, staged, f'"{column}"') == [(held,)]
    assert staged.found == ()


@pytest.mark.parametrize("column", [it.name for it in COLUMNS])
@pytest.mark.parametrize("value", ODD, ids=lambda it: repr(it)[:20])
def test_an_odd_value_costs_at_most_its_own_null(column: str, value: Any, stage: Stage) -> None:
    plain = {"text": "t", "integer": 1, "number": 2, "boolean": True, "json": [1], "texts": ["a"]}
    plain["time"] = "2026-01-01T00:00:00Z"
    before = put(stage, {"id": 7, **plain}, {"id": 8, **plain})
    whole = rows(stage, before, ", ".join(it.name for it in TABLE.columns))
    staged = put(stage, {"id": 7, **plain, column: value}, {"id": 8, **plain})
    held = rows(stage, staged, ", ".join(it.name for it in TABLE.columns))
    assert held[1] == whole[1]
    names = [it.name for it in TABLE.columns]
    kept = dict(zip(names, held[0], strict=True))
    others = dict(zip(names, whole[0], strict=True))
    kept_value = kept.pop(column)
    others.pop(column)
    assert kept == others
    if kept_value is not None:
        assert staged.found == ()
        return
    text = value if isinstance(value, str) and column not in ("json", "texts") else None
    ((key, name, aside_value),) = aside(stage, staged)
    assert (key, name) == ("7", column)
    assert aside_value == text if text is not None else json.loads(aside_value) == value
    (found,) = staged.found
    assert (found.stream, found.column, found.count, found.keys) == ("tickets", column, 1, ("7",))
    assert str(value) not in str(found) or len(str(value)) < 3  # a value is not for the log
    meta = json.loads(rows(stage, staged, "_airbyte_meta")[0][0])
    assert [it["field"] for it in meta["changes"]] == [column]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("integer", 1.5), ("integer", True), ("integer", 2**70), ("integer", ""),
        ("boolean", 1), ("boolean", "yes"), ("number", 1e300), ("number", True),
        ("time", "20240-05-01T00:00:00Z"), ("time", "0000-00-00"), ("time", ""),
        ("time", "infinity"), ("time", "epoch"), ("time", 5), ("texts", "a"), ("texts", {"a": 1}),
    ],
)  # fmt: skip
def test_a_value_that_would_change_silently_does_not_fit(
    column: str, value: Any, stage: Stage
) -> None:
    assert rows(stage, put(stage, {"id": 1, column: value}), column) == [(None,)]


@pytest.mark.parametrize("name", STREAMS)
def test_times_have_a_type_and_everything_a_comment(name: str) -> None:
    table = table_of(name)
    assert table.comment
    assert [it.name for it in table.columns if not it.comment] == []
    of_times = [it for it in table.columns if it.name == "time" or it.name.endswith("_at")]
    # Airbyte's published connector counts the seconds of some.
    assert [it.name for it in of_times if it.kind not in (Kind.TIME, Kind.INTEGER)] == []


def test_of_several_records_with_one_key_the_last_counts(stage: Stage) -> None:
    lines = [{"id": 1, "time": "odd"}, {"id": 2, "text": "a"}, {"id": 1, "integer": "odd"}]
    staged = put(stage, *lines, {"id": 2, "text": "b"})
    assert rows(stage, staged, "id, text") == [(1, None), (2, "b")]
    assert aside(stage, staged) == [("1", "integer", "odd")]


def test_a_record_without_a_usable_key_is_kept_whole_beside(stage: Stage) -> None:
    staged = put(stage, {"id": "x", "text": "kept"}, {"text": "none"}, {"id": 3})
    assert rows(stage, staged, "id") == [(3,)]
    found = [(key, json.loads(value)["text"]) for key, _, value in aside(stage, staged)]
    assert sorted(found, key=str) == [("x", "kept"), (None, "none")]
    assert "2 records have no usable id and were left out" in str(staged.found[0])


def test_a_line_that_is_not_json_costs_itself(stage: Stage) -> None:
    staged = put(stage, {"id": 1}, b'{"id": 2, "text": "cut', b'{"id": 5, "id": 3}')
    assert rows(stage, staged, "id") == [(1,), (3,)]
    assert aside(stage, staged) == [(None, None, '{"id": 2, "text": "cut')]
    assert "1 records are not valid JSON" in str(staged.found[0])


def test_a_record_larger_than_a_buffer_is_read(stage: Stage) -> None:
    staged = put(stage, {"id": 1, "text": "x" * 20_000_000})
    assert rows(stage, staged, "length(text)") == [(20_000_000,)]


def test_names_are_quoted(stage: Stage) -> None:
    odd = Column('a"b', "a'b", Kind.INTEGER)
    table = Table("tickets", "id", False, (Column("id", "id", Kind.INTEGER), odd))
    staged = put(stage, {"id": 1, "a'b": 5}, table=table)
    assert rows(stage, staged, '"a""b"') == [(5,)]


def test_a_part_is_read_from_its_beginning() -> None:
    part = Part(io.BytesIO())
    part.add(b"a")
    part.add(b"bc")
    assert (part.records, part.size, part.longest, list(part.lines())) == (
        2,
        5,
        2,
        [b"a\n", b"bc\n"],
    )
