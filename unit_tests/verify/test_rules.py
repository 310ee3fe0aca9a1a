"""The rules of a verification: values, verdicts, samples, and the tables that they rest on."""

import random
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from source_zendesk_support.records.deletion import DELETED_AT
from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.verify.asking import named_by
from source_zendesk_support.verify.below import BY_EXPORT, PARENT_COLUMNS, below_of
from source_zendesk_support.verify.blind_spots import OF_A_TICKET, SILENT, is_of_a_moment
from source_zendesk_support.verify.checks import How, plan_checks
from source_zendesk_support.verify.compare import Comparison, Found
from source_zendesk_support.verify.json_lines import JsonLinesHeld
from source_zendesk_support.verify.same import same
from source_zendesk_support.verify.ticket_gaps import Asked, some_of
from source_zendesk_support.verify.verdict import Verdict

DOC = Path(__file__).parents[2] / "docs" / "verify.md"


@pytest.mark.parametrize(
    ("fresh", "held", "is_same"),
    [
        (None, None, True),
        (None, 0, False),
        ("", None, False),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5), True),  # noqa: DTZ001 - a column
        ("2026-01-02T05:04:05+02:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), True),
        ("2026-01-02T03:04:06Z", datetime(2026, 1, 2, 3, 4, 5), False),  # noqa: DTZ001
        ("yesterday", datetime(2026, 1, 2, 3, 4, 5), False),  # noqa: DTZ001
        (1.5, Decimal("1.500000000"), True),
        (0.1 + 0.2, Decimal("0.300000000"), True),
        (1, Decimal("1.000000001"), False),
        (True, 1, False),
        (1, True, False),
        (True, True, True),
        ({"a": [1, None]}, '{"a":[1,null]}', True),
        ({"a": [1, 2]}, '{"a":[2,1]}', False),
        ({"a": 1}, "not JSON", False),
        (["a", "b"], ["a", "b"], True),
        (["a"], ["a", "b"], False),
        ("text", '"text"', True),
        ('"text"', '"text"', True),
        ("a\x00b", "ab", True),
        ("12", 12, False),
        (12, "12", True),  # a column of several types
        ({}, [], False),
    ],
)
def test_a_value_is_compared_by_its_meaning(fresh: Any, held: Any, is_same: bool) -> None:
    assert same(fresh, held) is is_same


@pytest.mark.parametrize(
    ("record", "row", "expected"),
    [
        ({"name": "a"}, {"name": "a"}, {}),
        ({"name": "b"}, {"name": "a"}, {"stale": {"1": ["name"]}}),
        ({"name": "b", "updated_at": "2026-01-01T00:01:00Z"}, {"name": "a"}, {"late": {"1"}}),
        ({"name": "b", "updated_at": "2026-01-01T00:00:59Z"}, {"name": "a"}, {"stale": {"1": 1}}),
        ({"name": "a"}, None, {"missing": ["1"]}),
        ({"name": "a"}, {"name": "a", DELETED_AT: "2026-01-01T00:00:00Z"}, {"missing": ["1"]}),
        ({"name": "a", DELETED_AT: "2026-01-01T00:00:00Z"}, {"name": "a"}, {"extra": ["1"]}),
        ({"name": "a", DELETED_AT: "2026-01-01T00:00:00Z"}, None, {}),
        ({"name": "a", "of_no_column": 1}, {"name": "a"}, {}),
        ({"unfit": "x"}, {"unfit": None}, {}),
    ],
)
def test_a_record_is_missing_stale_late_too_many_or_equal(
    record: dict[str, Any], row: dict[str, Any] | None, expected: dict[str, Any]
) -> None:
    late_from_s = int(datetime(2026, 1, 1, 0, 1, tzinfo=UTC).timestamp())
    found = Found()
    comparison = Comparison(STREAMS["groups"], str, {("1", "unfit")}, late_from_s)
    comparison.add(found, {"1": record}, {} if row is None else {"1": row})
    if "stale" in expected and found.stale.keys() == {"1"}:
        expected = {"stale": found.stale}
    assert {
        name: value
        for name in ("missing", "stale", "extra", "late")
        if (value := getattr(found, name))
    } == expected


def test_a_field_that_moves_silently_is_named_and_no_fault() -> None:
    found = Found()
    comparison = Comparison(STREAMS["tags"], str, set(), None)
    comparison.add(found, {"a": {"name": "a", "count": 2}}, {"a": {"name": "a", "count": 1}})
    verdict = Verdict("tags", 1, found=found)
    assert (verdict.is_faulty, verdict.word) == (False, "complete")
    assert verdict.line() == "tags: complete. 1 rows; count differs in 1, silently."


def test_a_line_names_keys_and_fields_and_bounds_them() -> None:
    verdict = Verdict("groups", 12, counted=13, how="all compared")
    verdict.found.missing = [str(number) for number in range(7)]
    verdict.found.stale = {"9": ["name", "deleted"]}
    assert verdict.line() == (
        "groups: missing 7: 0, 1, 2, 3, 4, ..., stale 1: 9 (name, deleted). 12 rows; "
        "Zendesk counts 13; all compared."
    )
    assert verdict.as_json()["is_faulty"] is True
    assert Verdict("groups", 12, why_not="Zendesk refuses it").line() == (
        "groups: cannot be counted: Zendesk refuses it. 12 rows."
    )


def test_ids_are_drawn_out_of_the_gaps() -> None:
    gaps = [(3, 4), (7, 7), (10, 12)]
    assert some_of(gaps, 6, random.Random(1)) == ["3", "4", "7", "10", "11", "12"]
    drawn = some_of(gaps, 3, random.Random(1))
    assert len(set(drawn)) == 3
    assert set(drawn) <= {"3", "4", "7", "10", "11", "12"}
    assert some_of([], 0, random.Random(1)) == []


def test_gaps_are_explained_in_words() -> None:
    shown = {"3": {"support_type": "ai_agent"}, "4": {"support_type": "agent"}}
    asked = Asked(["3", "4", "5", "6", "7"], shown, {"3": shown["3"]}, missing=1, deleted=2)
    assert asked.sentence(50) == (
        "50 ids without a ticket (5 asked for): 1 are missing, 1 of AI agents, 1 last changed "
        "before start_date, 2 deleted within 30 days, 1 deleted longer ago, scrubbed, or not "
        "visible to this user"
    )


def test_the_tables_name_streams_and_fields_that_exist() -> None:
    children = {
        name
        for name, stream in STREAMS.items()
        if stream.children and not stream.children.labels and name not in BY_EXPORT
    }
    assert PARENT_COLUMNS.keys() == children
    for name in STREAMS:
        below = below_of(name)
        if below is None:
            continue
        properties = load_schema(name)["properties"]
        assert below.column in properties, name
        assert (below.fields or set()) <= properties.keys(), name
        assert below.parents in STREAMS
    assert STREAMS.keys() >= OF_A_TICKET
    for name in OF_A_TICKET:
        assert "ticket_id" in load_schema(name)["properties"], name
    for name, fields in SILENT.items():
        assert fields <= load_schema(name)["properties"].keys(), name


class Endless(JsonLinesHeld):
    """A destination with more rows of each stream than are read whole."""

    def count(self, stream: str, *, dead: bool = False) -> int:  # noqa: ARG002 - as others have it
        return 1000 if stream in ("ivrs", "account_attributes") else 1_000_000


def test_only_values_of_the_moment_are_not_compared_and_the_page_names_them() -> None:
    held = Endless({name: {} for name in STREAMS})
    plan = plan_checks(held, STREAMS, 25, None)
    compared = {name for check in plan.checks if check.how is not How.NOT for name in check.streams}
    (line,) = [it for it in DOC.read_text().splitlines() if it.startswith("| values of the moment")]
    assert STREAMS.keys() - compared == set(re.findall("`([a-z_]+)`", line))
    assert STREAMS.keys() - compared == {it.name for it in STREAMS.values() if is_of_a_moment(it)}


def test_a_record_is_found_under_whatever_name_it_has() -> None:
    for body in (
        {"group": {"id": 7, "name": "a"}},
        {"groups": [{"id": 6}, {"id": 7, "name": "a"}]},
        {"id": 7, "name": "a", "by": {"id": 8}},
        {"url": "x", "anything": {"id": "7", "name": "a"}},
    ):
        assert [it["name"] for it in named_by(body, "id", "7")] == ["a"]
    assert named_by({"group": {"id": 8}, "count": 7}, "id", "7") == []
