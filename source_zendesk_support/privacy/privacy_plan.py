"""From the user's settings to what happens to each record: rules, copies, and their faults.

Owns which records of one stream stand inside those of another. So a rule for a stream holds for its
copies too. Never drops a primary key or a cursor field: a destination could not work.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

from source_zendesk_support.config.privacy import EVERY_STREAM, NO_PERSONAL_DATA, PrivacyAction
from source_zendesk_support.config.validators import wrong
from source_zendesk_support.records.custom_columns import ORGANIZATION, TICKET, USER
from source_zendesk_support.records.deletion import DELETED_AT
from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog.table import STREAMS

from . import field_history
from .hashing import hasher
from .preset import child_event, preset_of
from .tree import Field, change_of, schema_of, with_action

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from source_zendesk_support.config.privacy import Privacy, PrivacyRule

    Record = dict[str, Any]

# Stream -> place in its records -> the stream whose record stands there.
COPIES: Mapping[str, Mapping[str, str]] = {
    "bookmarks": {"ticket": "tickets"},
    "suspended_tickets": {"attachments": "attachments"},
    "ticket_activities": {
        "actor": "users",
        "user": "users",
        "object.ticket": "tickets",
        "object.comment": "ticket_comments",
        "target.ticket": "tickets",
    },
    "ticket_audits": {
        "attachments": "attachments",
        "events": "ticket_comments",
        "events.attachments": "attachments",
    },
    "ticket_comments": {"attachments": "attachments"},
    "ticket_events": {"child_events": "ticket_comments", "child_events.attachments": "attachments"},
    "ticket_skips": {"ticket": "tickets"},
}
# How columns of custom fields begin (records/custom_columns.py).
_CUSTOM_PREFIXES = tuple(f"{kind.prefix}_" for kind in (TICKET, USER, ORGANIZATION))
# Comments are one kind of child event of a ticket event.
_CHILD_EVENTS = ("ticket_events", "child_events")


@dataclass(frozen=True)
class PrivacyPlan:
    """The changes to the records and schemas of each stream.

    Attributes:
        privacy: the user's settings, whose rules all name fields that exist.

    """

    privacy: Privacy

    @cached_property
    def _hashed(self) -> Callable[[Any], Any]:
        return hasher(self.privacy.hash_key or "")

    def tree(self, stream: str) -> Field:
        """Return what happens to each field of a stream."""
        schema = load_schema(stream)
        tree = Field()
        if self.privacy.preset == NO_PERSONAL_DATA:
            tree = preset_of(stream, schema, self._preset_copies(stream))
            tree = with_action(tree, (DELETED_AT,), PrivacyAction.KEEP)
            for name in (STREAMS[stream].primary_key, STREAMS[stream].cursor_field):
                if name and tree.inner.get(name, Field(tree.others)).action is PrivacyAction.DROP:
                    tree = with_action(tree, (name,), PrivacyAction.KEEP)
        for rule in self.privacy.rules:
            for path in _paths(stream, rule):
                tree = with_action(tree, path, rule.action)
        return tree

    def _preset_copies(self, stream: str) -> dict[str, Field]:
        """Return the preset's trees of the copies that a schema does not declare by itself."""
        if stream != _CHILD_EVENTS[0]:
            return {}
        comment = preset_of("ticket_comments", load_schema("ticket_comments"), {})
        return {_CHILD_EVENTS[1]: child_event(comment)}

    def hide(self, stream: str) -> Callable[[Record], Record] | None:
        """Return what makes a copy of a record without what is hidden; None where nothing is."""
        if not self.privacy.is_set:
            return None
        change = change_of(self.tree(stream), self._hashed)
        if stream != field_history.STREAM:
            return change
        return field_history.change_of_rows(self._field_actions(), self._hashed, change)

    def _field_actions(self) -> field_history.FieldActions:
        """Return what happens to the values of each ticket field in the history of fields."""
        rules = {
            _parts(rule): rule.action
            for rule in self.privacy.rules
            if rule.stream in (EVERY_STREAM, "tickets")
            and _has(load_schema("tickets"), _parts(rule))
        }
        lifted = any(
            rule.stream == field_history.STREAM and rule.action is PrivacyAction.KEEP
            for rule in self.privacy.rules
        )
        is_preset = self.privacy.preset == NO_PERSONAL_DATA and not lifted
        return field_history.actions_of(rules, is_preset=is_preset)

    def schema(self, stream: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schema of a stream as its records will be."""
        return schema_of(self.tree(stream), schema)


def plan_privacy(privacy: Privacy) -> PrivacyPlan:
    """Return the plan. Raises ConnectorError (config) for a rule that names nothing that exists."""
    for rule in privacy.rules:
        if rule.stream != EVERY_STREAM and rule.stream not in STREAMS:
            raise wrong(
                f"There is no stream {rule.stream!r}.{_did_you_mean(rule.stream, STREAMS)}",
                f"{rule.place}.stream",
                "Name a stream of the catalog, or `*` for every stream.",
            )
        named = STREAMS if rule.stream == EVERY_STREAM else [rule.stream]
        if not any(_has(load_schema(stream), _parts(rule)) for stream in named):
            known = {path for stream in named for path in _known_paths(load_schema(stream))}
            raise wrong(
                f"There is no field {rule.field!r}.{_did_you_mean(rule.field, known)}",
                f"{rule.place}.field",
                "Name a field of the stream's schema, as discover prints it.",
            )
        if rule.action is PrivacyAction.DROP:
            _refuse_key(rule)
    return PrivacyPlan(privacy)


def _refuse_key(rule: PrivacyRule) -> None:
    """A rule for every stream skips keys and cursors; one for a single stream is an error."""
    row = STREAMS.get(rule.stream)
    if row is not None and rule.field in (row.primary_key, row.cursor_field):
        raise wrong(
            f"The field {rule.field!r} is the key or the cursor of the stream {row.name}, which "
            "a destination needs.",
            f"{rule.place}.action",
            "Hash it instead.",
        )


def _paths(stream: str, rule: PrivacyRule) -> list[tuple[str, ...]]:
    """Return where in a stream's records a rule holds: in its own fields, and in copies."""
    found = []
    row, parts = STREAMS[stream], _parts(rule)
    if rule.stream in (EVERY_STREAM, stream) and _has(load_schema(stream), parts):
        is_key = rule.field in (row.primary_key, row.cursor_field)
        if not (is_key and rule.action is PrivacyAction.DROP):
            found.append(parts)
    for place, source in COPIES.get(stream, {}).items():
        if rule.stream in (EVERY_STREAM, source) and _has(load_schema(source), parts):
            found.append((*place.split("."), *parts))
    return found


def _parts(rule: PrivacyRule) -> tuple[str, ...]:
    return tuple(part.removesuffix("[]") for part in rule.field.split(".") if part != "[]")


def _has(schema: Any, parts: tuple[str, ...]) -> bool:
    """Return whether a schema has a field at a path; an object without properties may hold any."""
    if not parts:
        return True
    if not isinstance(schema, dict):
        return False
    if "properties" in schema:
        inside = schema["properties"].get(parts[0])
        return _has(inside, parts[1:]) if inside is not None else _is_custom(schema, parts)
    if isinstance(schema.get("items"), dict):
        return _has(schema["items"], parts)
    return "object" in (schema.get("type") or ()) or not schema.get("type")


def _is_custom(schema: Mapping[str, Any], parts: tuple[str, ...]) -> bool:
    """Return whether this may be a column of a custom field, which no schema file names."""
    raw = {"custom_fields", "user_fields", "organization_fields"} & schema["properties"].keys()
    return len(parts) == 1 and bool(raw) and parts[0].startswith(_CUSTOM_PREFIXES)


def _known_paths(schema: Any, before: tuple[str, ...] = ()) -> list[str]:
    if not isinstance(schema, dict):
        return []
    if isinstance(schema.get("items"), dict):
        return _known_paths(schema["items"], before)
    found = [".".join(before)] if before else []
    for name, inner in schema.get("properties", {}).items():
        found += _known_paths(inner, (*before, name))
    return found


def _did_you_mean(name: str, known: Any) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
