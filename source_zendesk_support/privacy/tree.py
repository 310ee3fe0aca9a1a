"""The fate of each field of a stream, as a tree, and its application to records and schemas.

Owns how an action meets a value: arrays are transparent, null stays null, and nothing is changed in
place, since other streams and the walk itself read the same objects. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from source_zendesk_support.config.privacy import PrivacyAction

from .redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """The fate of one field.

    Attributes:
        action: what happens to the whole value; None: it depends on the fields inside.
        inner: the fields inside, by name.
        others: what happens to fields inside that `inner` does not name, and to a value that has
            no fields although an object was expected.

    """

    action: PrivacyAction | None = None
    inner: Mapping[str, Field] = field(default_factory=dict)
    others: PrivacyAction = PrivacyAction.KEEP


KEPT = Field(PrivacyAction.KEEP)


def with_action(tree: Field, path: tuple[str, ...], action: PrivacyAction) -> Field:
    """Return a tree in which the field at a path has an action; its neighbours stay."""
    if not path:
        return Field(action)
    name, rest = path[0], path[1:]
    if tree.action is not None:
        tree = Field(None, {}, tree.action)
    inside = tree.inner.get(name, Field(tree.others))
    return replace(tree, inner={**tree.inner, name: with_action(inside, rest, action)})


def change_of(tree: Field, hashed: Change) -> Change | None:
    """Return the function that makes a record fit the tree; None where it changes nothing."""
    if tree.action is PrivacyAction.KEEP:
        return None
    if tree.action is PrivacyAction.HASH:
        return hashed
    if tree.action is PrivacyAction.REDACT:
        return redact
    if tree.action is PrivacyAction.DROP:
        return _dropped
    dropped = frozenset(name for name, it in tree.inner.items() if it.action is PrivacyAction.DROP)
    changes = {
        name: change
        for name, it in tree.inner.items()
        if name not in dropped and (change := change_of(it, hashed))
    }
    other = change_of(Field(tree.others), hashed)
    if not dropped and not changes and other is None:
        return None
    return _Object(tree, dropped, changes, other)


def _dropped(_value: Any) -> None:
    """Return nothing, for an item of a list or a scalar in an object's place."""


class _Object:
    """Changes an object, or each object of a list."""

    def __init__(
        self,
        tree: Field,
        dropped: frozenset[str],
        changes: Mapping[str, Change],
        other: Change | None,
    ) -> None:
        self._known = frozenset(tree.inner)
        self._drops_others = tree.others is PrivacyAction.DROP
        self._dropped = dropped
        self._changes = changes
        self._other = other
        self._keeps_all_names = not dropped and other is None and not self._drops_others

    def __call__(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self(item) for item in value]
        if not isinstance(value, dict):
            return value if self._other is None else self._other(value)
        if self._keeps_all_names:  # a copy of the whole costs less than one field by field
            changed = dict(value)
            for name, its in self._changes.items():
                if name in changed:
                    changed[name] = its(changed[name])
            return changed
        changed = {}
        for name, inner in value.items():
            if name in self._dropped:
                continue
            if name in self._known:
                change = self._changes.get(name)
            elif self._drops_others:
                continue
            else:
                change = self._other
            changed[name] = inner if change is None else change(inner)
        return changed


def schema_of(tree: Field, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON schema as records look after the tree: without dropped fields, hashes as text.

    `schema` is free of `$ref`. The answer is a copy.
    """
    if tree.action in (PrivacyAction.KEEP, PrivacyAction.REDACT, PrivacyAction.DROP):
        return dict(schema)
    if tree.action is PrivacyAction.HASH:
        return _hashed_schema(schema)
    shown = dict(schema)
    if "properties" in schema:
        shown["properties"] = {
            name: schema_of(inside, it)
            for name, it in schema["properties"].items()
            if (inside := tree.inner.get(name, Field(tree.others))).action is not PrivacyAction.DROP
        }
    if isinstance(schema.get("items"), dict):
        shown["items"] = schema_of(tree, schema["items"])
    return shown


def _hashed_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: it for name, it in schema.items() if name == "description"}
    declared = schema.get("type")
    types = {declared} if isinstance(declared, str) else set(declared or ())
    if "properties" in schema:
        inner = {name: _hashed_schema(it) for name, it in schema["properties"].items()}
        return {**shown, "type": ["null", "object"], "properties": inner}
    if isinstance(schema.get("items"), dict):
        return {**shown, "type": ["null", "array"], "items": _hashed_schema(schema["items"])}
    if types & {"object", "array"}:
        return dict(schema)
    return {**shown, "type": ["null", "string"]}
