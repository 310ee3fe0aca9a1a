"""An action meets a value: dropped, hashed, redacted, in objects and lists, never in place."""

from copy import deepcopy
from typing import Any

from hypothesis import given, strategies as st

from source_zendesk_support.config.privacy import PrivacyAction
from source_zendesk_support.privacy.hashing import hasher
from source_zendesk_support.privacy.tree import Field, change_of, schema_of, with_action

HASHED = hasher("a key of a test, long enough")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=12,
)
TREE = with_action(
    with_action(with_action(Field(), ("a",), PrivacyAction.DROP), ("b", "a"), PrivacyAction.HASH),
    ("b", "c"),
    PrivacyAction.DROP,
)
# Arrays are transparent, so that this tree holds at any depth of lists.
SOME = with_action(with_action(Field(), ("a",), PrivacyAction.HASH), ("c",), PrivacyAction.HASH)


def change(tree: Field, value: Any) -> Any:
    made = change_of(tree, HASHED)
    return value if made is None else made(value)


def test_fields_are_dropped_hashed_and_kept() -> None:
    record = {"a": 1, "b": [{"a": "x", "b": 2, "c": 3}, None], "c": {"a": "stays"}}
    assert change(TREE, record) == {"b": [{"a": HASHED("x"), "b": 2}, None], "c": {"a": "stays"}}


def test_a_tree_without_actions_changes_nothing() -> None:
    assert change_of(Field(), HASHED) is None
    assert change_of(with_action(Field(), ("a",), PrivacyAction.KEEP), HASHED) is None


def test_fields_without_a_rule_are_dropped_where_others_are() -> None:
    tree = Field(None, {"a": Field(PrivacyAction.KEEP)}, PrivacyAction.DROP)
    assert change(tree, {"a": 1, "b": 2}) == {"a": 1}
    assert change(tree, "no object") is None


def test_a_later_rule_wins_and_leaves_its_neighbours() -> None:
    tree = with_action(
        Field(None, {"a": Field(PrivacyAction.DROP)}, PrivacyAction.DROP),
        ("a", "b"),
        PrivacyAction.KEEP,
    )
    assert change(tree, {"a": {"b": 1, "c": 2}, "d": 3}) == {"a": {"b": 1}}


def test_one_value_has_one_hash_and_another_key_another() -> None:
    assert HASHED(12) == HASHED("12")
    assert HASHED("Jane@Example.com") == HASHED(" jane@example.com")
    assert HASHED("Jane") != HASHED("jane")
    assert HASHED("x") != hasher("another key of the test")("x")
    assert HASHED(None) is None
    assert HASHED({"a": ["x"]}) == {"a": [HASHED("x")]}
    assert len(HASHED("half a character \ud83d")) == 32
    assert hasher("k" * 100)("x") != hasher("k" * 101)("x")


@given(JSON)
def test_nothing_is_changed_in_place(value: Any) -> None:
    before = deepcopy(value)
    change(TREE, value)
    change(SOME, value)
    assert value == before


@given(JSON)
def test_fields_inside_lists_are_changed_wherever_they_are(value: Any) -> None:
    assert change(SOME, value) == everywhere(value)


def everywhere(value: Any) -> Any:
    """Return what SOME makes of a value, in plain words."""
    if isinstance(value, list):
        return [everywhere(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: HASHED(it) if name in ("a", "c") else it for name, it in value.items()}


def test_a_value_without_the_fields_is_not_copied() -> None:
    value = [{"b": 1}, "a", 3, None, [{"a": None}]]
    assert change(SOME, value) is value


@given(st.dictionaries(st.sampled_from("abcd"), JSON))
def test_a_dropped_field_is_nowhere(record: dict[str, Any]) -> None:
    changed = change(TREE, record)
    assert "a" not in changed
    assert set(changed) == set(record) - {"a"}


def test_the_schema_is_that_of_the_records() -> None:
    text = {"type": ["null", "string"], "description": "words"}
    number = {"type": ["null", "integer"]}
    inner = {"type": ["null", "object"], "properties": {"a": number, "b": text, "c": text}}
    schema = {
        "properties": {"a": text, "b": {"type": ["null", "array"], "items": inner}, "c": number}
    }
    shown = schema_of(TREE, schema)
    assert set(shown["properties"]) == {"b", "c"}
    fields = shown["properties"]["b"]["items"]["properties"]
    assert fields == {"a": {"type": ["null", "string"]}, "b": text}
    assert schema["properties"]["a"] is text
