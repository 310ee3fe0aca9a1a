"""With privacy set, no value of a hidden field is anywhere in what a sync prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from source_zendesk_support.config.privacy import PrivacyAction, parse_privacy
from source_zendesk_support.privacy.privacy_plan import plan_privacy
from source_zendesk_support.streams.catalog.table import STREAMS
from test_support.connector.process import InProcess, Output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from source_zendesk_support.privacy.tree import Field
    from zendesk_emulator import Emulator

KEY = "a key of a test, long enough"
PRESET = {"preset": "no_personal_data", "hash_key": KEY}
# Columns of custom fields, and marks of deletions, are a part of what is printed.
OPTIONS = {"typed_custom_fields": True, "include_deleted_tickets": True, "deletions": "tombstones"}
# Shorter texts, and numbers, stand for themselves in too many places.
SHORTEST = 8


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def sorted_out(tree: Field, value: Any, hidden: set[str], kept: set[str]) -> None:
    """Put each text of a record into the set of what the tree hides, or of what it keeps."""
    if isinstance(value, list):
        for item in value:
            sorted_out(tree, item, hidden, kept)
    elif tree.action is not None or not isinstance(value, dict):
        action = tree.action or tree.others
        (kept if action is PrivacyAction.KEEP else hidden).update(texts(value))
    else:
        for name, inner in value.items():
            inside = tree.inner.get(name)
            if inside is not None:
                sorted_out(inside, inner, hidden, kept)
            else:
                (kept if tree.others is PrivacyAction.KEEP else hidden).update(texts(inner))


@pytest.fixture(scope="module")
def plain(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Output:
    connector = InProcess(tmp_path_factory.mktemp("plain"), emulator.base_url, **OPTIONS)
    output = connector.read(connector.catalog())
    assert output.code == 0, output.errors
    return output


def test_the_preset_lets_no_hidden_value_out(
    plain: Output, emulator: Emulator, tmp_path: Path
) -> None:
    assert plain.counts().keys() == STREAMS.keys()  # a record of each
    plan = plan_privacy(parse_privacy({"privacy": PRESET}))
    hidden: set[str] = set()
    kept: set[str] = set()
    for record in plain.records:
        sorted_out(plan.tree(record["stream"]), record["data"], hidden, kept)
    secret = {text for text in hidden - kept if len(text) >= SHORTEST}
    assert len(secret) > 500
    assert any("@" in text for text in secret)

    connector = InProcess(tmp_path, emulator.base_url, privacy=PRESET, **OPTIONS)
    output = connector.read(connector.catalog())
    assert output.code == 0, output.errors
    assert output.counts() == plain.counts()
    printed = "\n".join([*output.lines, output.stderr])
    shown = [text for text in secret if orjson.dumps(text)[1:-1].decode() in printed]
    # A value inside a longer value that is kept does not leak the field.
    shown = [text for text in shown if not any(text in longer for longer in kept)]
    assert shown == []
    assert KEY not in printed


def test_discover_shows_the_schema_of_what_is_read(emulator: Emulator, tmp_path: Path) -> None:
    rules = [
        {"stream": "users", "field": "name", "action": "drop"},
        {"stream": "users", "field": "organization_id", "action": "hash"},
    ]
    privacy = {"hash_key": KEY, "rules": rules}
    connector = InProcess(tmp_path, emulator.base_url, privacy=privacy)
    properties = connector.discover().streams["users"]["json_schema"]["properties"]
    assert "name" not in properties
    assert properties["organization_id"]["type"] == ["null", "string"]
    users = connector.read(connector.catalog("users", "organizations")).records
    found = [it["data"] for it in users if it["stream"] == "users"]
    assert found
    assert all("name" not in user for user in found)
    hashes = {user.get("organization_id") for user in found} - {None}
    assert hashes
    assert all(len(value) == 32 for value in hashes)


def test_a_rule_for_an_unknown_field_fails_check_and_read(
    emulator: Emulator, tmp_path: Path
) -> None:
    rules = [{"stream": "users", "field": "emial", "action": "drop"}]
    connector = InProcess(tmp_path, emulator.base_url, privacy={"rules": rules})
    status = connector.check().status
    assert status["status"] == "FAILED"
    assert "Did you mean 'email'" in status["message"]
    catalog = InProcess(tmp_path, emulator.base_url).catalog("users")
    output = connector.run(*connector.read_arguments(catalog))
    assert output.code == 1
    assert [error["failure_type"] for error in output.errors] == ["config_error"]
