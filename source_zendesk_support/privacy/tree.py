"""The fate of each field of a stream, as a tree, and its application to records and schemas.

Owns how an action meets a value: arrays are transparent, and null stays null. Nothing is changed in
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
        others: what happens to fields inside that `inner` does not name. It also happens to a value
            that has no fields although an object was expected.

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
    if not dropped and other is None and tree.others is not PrivacyAction.DROP:
        return _Fields(changes)
    return _Object(tree, dropped, changes, other)


def _dropped(_value: Any) -> None:
    """Return nothing, for an item of a list or a scalar in an object's place."""


class _Fields:
    """Changes some fields of an object, or of each object of a list; all others stay.

    An object with nothing to change in it is not copied: most events of a ticket have no text.
    """

    def __init__(self, changes: Mapping[str, Change]) -> None:
        self._changes = tuple(changes.items())
        self._names = tuple(changes)

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._changed(value)
        return self._each_changed(value) if isinstance(value, list) else value

    def _changed(self, value: dict[str, Any]) -> dict[str, Any]:
        changed = value
        for name, change in self._changes:
            if name in value:
                inner = value[name]
                if (its := change(inner)) is not inner:
                    if changed is value:
                        changed = value.copy()
                    changed[name] = its
        return changed

    def _each_changed(self, value: list[Any]) -> list[Any]:
        changed, names = value, self._names
        for at, item in enumerate(value):
            if type(item) is not dict:
                its = self(item)
            else:  # most items have none of the fields, and a call for each costs twice this loop
                its = item
                for name in names:
                    if name in item:
                        its = self._changed(item)
                        break
            if its is not item:
                if changed is value:
                    changed = value.copy()
                changed[at] = its
        return changed


class _Object:
    """Changes an object, or each object of a list, field by field."""

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

    def __call__(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self(item) for item in value]
        if not isinstance(value, dict):
            return value if self._other is None else self._other(value)
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
