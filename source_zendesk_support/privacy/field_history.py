"""The fate of rows of `ticket_field_history`, whose values belong to a field that each names.

A rule for a field of `tickets` holds for its history too. The preset keeps only the values of safe
fields. Never looks at a value to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from source_zendesk_support.config.privacy import PrivacyAction
from source_zendesk_support.records.custom_columns import TICKET

from .preset import SAFE_CHANGES
from .tree import Field, change_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Record = dict[str, Any]

STREAM = "ticket_field_history"
VALUES = ("value", "previous_value")
_CUSTOM = "custom_fields"


@dataclass(frozen=True, slots=True)
class FieldActions:
    """The fate of the values of each field.

    Attributes:
        named: Actions of rules, by field.
        custom: The action for custom fields that no rule names.
        others: The action for system fields that no rule names; None for those of the preset.

    """

    named: Mapping[str, PrivacyAction]
    custom: PrivacyAction
    others: PrivacyAction | None

    @property
    def hides_nothing(self) -> bool:
        """Whether every value is kept."""
        kept = {PrivacyAction.KEEP}
        return {*self.named.values(), self.custom, self.others} <= kept

    def of(self, field: Any) -> PrivacyAction:
        """Return what happens to the values of a field; one without a name is nothing safe."""
        name = field if isinstance(field, str) else ""
        if name in self.named:
            return self.named[name]
        if name.isdecimal():
            return self.custom
        if self.others is not None:
            return self.others
        return PrivacyAction.KEEP if name in SAFE_CHANGES else PrivacyAction.DROP


def actions_of(rules: Mapping[tuple[str, ...], PrivacyAction], *, is_preset: bool) -> FieldActions:
    """Return what rules for fields of tickets, by their paths, do to the values of each field."""
    named: dict[str, PrivacyAction] = {}
    custom = PrivacyAction.DROP if is_preset else PrivacyAction.KEEP
    for path, action in rules.items():
        if path[0] in (_CUSTOM, "fields"):
            custom = action
        elif len(path) == 1:
            named[path[0].removeprefix(f"{TICKET.prefix}_")] = action
    return FieldActions(named, custom, None if is_preset else PrivacyAction.KEEP)


def change_of_rows(
    actions: FieldActions, hashed: Callable[[Any], Any], then: Callable[[Record], Record] | None
) -> Callable[[Record], Record] | None:
    """Return what hides values by their field, and then what `then` hides; None for nothing."""
    if actions.hides_nothing:
        return then

    def hide(record: Record) -> Record:
        action = actions.of(record.get("field"))
        tree = Field(None, dict.fromkeys(VALUES, Field(action)))
        change = change_of(tree, hashed)
        shown = dict(record) if change is None else change(record)
        # The columns stay, since the rows of other fields have values.
        shown |= {name: None for name in VALUES if action is PrivacyAction.DROP and name in record}
        return shown if then is None else then(shown)

    return hide
