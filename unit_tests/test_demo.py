"""The demo's second opinion: it must see what a destination holds wrongly."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).parents[1] / "demo"


@pytest.fixture
def destination(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(DEMO)
    return import_module("destination")


@pytest.mark.parametrize(
    ("held", "true", "arrived"),
    [
        (1, 1, True),
        (1, 2, False),
        (1, True, False),
        (1.0, 1, True),
        (None, None, True),
        (None, "text", False),
        ("true", True, True),
        ("True", True, False),
        ('["a","é"]', ["a", "é"], True),
        ("['a', 'é']", ["a", "é"], False),
        ({"a": None}, {}, True),
        ({"a": [1, {"b": "2"}]}, {"a": [1, {"b": 2}]}, True),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ([2, 1], [1, 2], False),
        ("", None, False),
    ],
)
def test_a_value_arrives_as_it_is_or_as_its_json_text(
    destination: Any, held: Any, true: Any, *, arrived: bool
) -> None:
    assert destination.arrived(held, true) is arrived


def test_a_merged_table_counts_what_is_new_and_keeps_the_rest(destination: Any) -> None:
    table = destination.Table(stream="tickets", key=("id",), merged=True)
    assert table.take([{"id": 1, "a": 1}, {"id": 2, "a": 1}]) == 2
    assert table.take([{"id": 2, "a": 1}, {"id": 1, "a": 2}, {"id": 3, "a": 1}]) == 2
    assert [row["a"] for row in table.rows.values()] == [2, 1, 1]


def test_a_replaced_table_forgets_what_is_gone(destination: Any) -> None:
    table = destination.Table(stream="tags", key=("name",), merged=False)
    table.take([{"name": "a"}, {"name": "b"}])
    assert table.take([{"name": "b"}, {"name": "c"}]) == 1
    assert [row["name"] for row in table.rows.values()] == ["b", "c"]


def test_differences_name_what_is_missing_too_much_and_unequal(destination: Any) -> None:
    table = destination.Table(stream="users", key=("id",), merged=True)
    table.take([{"id": 1, "a": 1}, {"id": 2}, {"id": 3}, {"id": 4}])
    truth = {"key": "id", "must": [{"id": 1, "a": 2}, {"id": 2, "b": None}, {"id": 5}], "may": [3]}
    assert sorted(table.differences(truth)) == [
        "1: a is 1, the account has 2",
        "4 should not be here",
        "5 is missing",
    ]


def test_what_the_connector_adds_is_no_difference_where_it_is_known(destination: Any) -> None:
    row = {"id": 1, "_ab_updated_at": 5, "generated_timestamp": 5}
    truth = {"key": "id", "must": [{"id": 1}], "may": []}
    for stream, expected in (("ticket_metrics", 0), ("tickets", 2)):
        table = destination.Table(stream=stream, key=("id",), merged=True)
        table.take([row])
        assert len(table.differences(truth)) == expected
