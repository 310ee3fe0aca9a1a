"""Changes of configuration: the records of every seed are created, updated and deleted.

The kinds are named after the seed: `new_macro`, `update_macro`, `delete_macro`.
"""

from collections.abc import Callable
from datetime import date, timedelta

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.seed.below import holiday, option_record
from zendesk_emulator.seed.build import SEEDS
from zendesk_emulator.seed.config import SETTINGS_ID
from zendesk_emulator.seed.families import BELOW, FAMILY_SEEDS
from zendesk_emulator.seed.rows import REDRAWN, Seed
from zendesk_emulator.seed.rule_families import SKILL_ASSIGNMENTS
from zendesk_emulator.seed.usage import RULES_WITH_USAGE, usage_of

Written = list[tuple[str, int]]
Change = Callable[[Account, Draw, int | None], Written]
_TRIGGERS = next(seed for seed in SEEDS if seed.stream == "triggers")
_REVISIONS = next(seed for seed in FAMILY_SEEDS if seed.stream == "trigger_revisions")


def creation(seed: Seed) -> Change:
    def new(account: Account, draw: Draw, _: int | None) -> Written:
        table = account.table(seed.stream)
        now_s = account.clock.now_s()
        row_id = max(table.next_id(seed.step), seed.base)
        parent = pick(account.table(seed.parent), draw, None).id if seed.parent else 0
        ordinal = (row_id - seed.base) // seed.step
        row = Row(row_id, now_s, now_s, now_s, parent=parent, ordinal=ordinal)
        table.add(row, seed.record(account, row, draw))
        return [(seed.stream, row.id)]

    return new


def rewrite(seed: Seed, field: str) -> Change:
    def update(account: Account, draw: Draw, row_id: int | None) -> Written:
        table = account.table(seed.stream)
        row = pick(table, draw, row_id)
        if field == REDRAWN:
            return [touch(account, seed.stream, row, **seed.record(account, row, draw))]
        return [touch(account, seed.stream, row, **{field: f"Changed {draw.below(10**6)} ✎"})]

    return update


def deletion(seed: Seed) -> Change:
    def delete(account: Account, draw: Draw, row_id: int | None) -> Written:
        row = pick(account.table(seed.stream), draw, row_id)
        return remove(account, seed.stream, row, (*seed.below, *BELOW.get(seed.stream, ())))

    return delete


def touch(account: Account, stream: str, row: Row, /, **fields: object) -> tuple[str, int]:
    """Write fields and move updated_at, where the record shows one."""
    now_s = account.clock.now_s()
    table = account.table(stream)
    moved = {"updated_at": iso(now_s)} if "updated_at" in table.record(row) else {}
    table.amend(row, **fields, **moved)
    row.at_s = row.updated_s = now_s
    return (stream, row.id)


def remove(account: Account, stream: str, row: Row, below: tuple[str, ...]) -> Written:
    """A record goes without a trace, and what lay below it."""
    account.table(stream).remove(row)
    written = [(stream, row.id)]
    for name in below:
        for child in list(account.table(name).children(row.id)):
            account.table(name).remove(child)
            written.append((name, child.id))
    return written


def new_holiday(account: Account, draw: Draw, row_id: int | None) -> Written:
    schedule = pick(account.table("schedules"), draw, row_id)
    table = account.table("schedule_holidays")
    now_s = account.clock.now_s()
    ordinal = len(table.children(schedule.id))
    row = Row(table.next_id(), now_s, now_s, now_s, parent=schedule.id, ordinal=ordinal)
    table.add(row, holiday(row, date(2035, 1, 1) + timedelta(days=draw.below(300))))
    return [("schedule_holidays", row.id)]


def delete_holiday(account: Account, draw: Draw, row_id: int | None) -> Written:
    row = pick(account.table("schedule_holidays"), draw, row_id)
    return remove(account, "schedule_holidays", row, ())


def new_field_option(account: Account, draw: Draw, row_id: int | None) -> Written:
    """An option stands in its field's record too, which it touches."""
    fields, options = account.table("ticket_fields"), account.table("ticket_field_options")
    field = pick(
        fields, draw, row_id, lambda row: bool(fields.record(row).get("custom_field_options"))
    )
    shown = fields.record(field)["custom_field_options"]
    now_s = account.clock.now_s()
    name = f"Option {draw.below(10**6)}"
    option = {
        "id": options.next_id(), "name": name, "default": False, "raw_name": name,
        "value": name.lower().replace(" ", "_"),
    }  # fmt: skip
    row = Row(options.next_id(), now_s, now_s, now_s, parent=field.id)
    options.add(row, option_record(account, row, option, len(shown)))
    touched = touch(account, "ticket_fields", field, custom_field_options=[*shown, option])
    return [("ticket_field_options", row.id), touched]


def _update_trigger(account: Account, draw: Draw, row_id: int | None) -> Written:
    """Every change of a trigger is a revision of it."""
    ((_, trigger_id),) = rewrite(_TRIGGERS, "title")(account, draw, row_id)
    table = account.table(_REVISIONS.stream)
    now_s = account.clock.now_s()
    row = Row(table.next_id(_REVISIONS.step), now_s, now_s, now_s, parent=trigger_id)
    table.add(row, _REVISIONS.record(account, row, draw))
    return [(_TRIGGERS.stream, trigger_id), (_REVISIONS.stream, row.id)]


def use_rules(account: Account, draw: Draw, row_id: int | None) -> Written:
    """Agents and Zendesk use rules, which changes no record of them."""
    written = []
    for table in map(usage_of, RULES_WITH_USAGE):
        counts = account.table(table)
        if row_id is None or row_id in counts.rows:
            row = pick(counts, draw, row_id)
            counts.amend(row, **{span: used + 1 for span, used in counts.record(row).items()})
            written.append((table, row.id))
    return written


def unassign_skill(account: Account, draw: Draw, row_id: int | None) -> Written:
    """The export shows the end of an assignment in its place."""
    table = account.table(SKILL_ASSIGNMENTS.stream)
    row = pick(table, draw, row_id, lambda it: table.record(it)["type"].startswith("associate"))
    now_s = account.clock.now_s()
    table.amend(row, type=f"un{table.record(row)['type']}", time=iso(now_s))
    row.at_s = row.updated_s = now_s
    return [(SKILL_ASSIGNMENTS.stream, row.id)]


def change_settings(account: Account, draw: Draw, _: int | None) -> Written:
    """An admin switches a feature."""
    table = account.table("account_settings")
    row = table.rows[SETTINGS_ID]
    features = table.record(row)["active_features"]
    feature = draw.of(sorted(features))
    table.amend(row, active_features={**features, feature: not features[feature]})
    return [("account_settings", row.id)]


def _kinds(seed: Seed) -> dict[str, Change]:
    kinds = {}
    if seed.removable:
        kinds[f"new_{seed.one}"] = creation(seed)
        kinds[f"delete_{seed.one}"] = deletion(seed)
    if seed.touched is not None:
        kinds[f"update_{seed.one}"] = rewrite(seed, seed.touched)
    return kinds


# Those of lists that are rows of data
FAMILY_KINDS: dict[str, Change] = {
    **{name: change for seed in FAMILY_SEEDS for name, change in _kinds(seed).items()},
    "assign_skill": creation(SKILL_ASSIGNMENTS),
    "unassign_skill": unassign_skill,
    "use_rules": use_rules,
    "change_settings": change_settings,
}
KINDS: dict[str, Change] = {
    **{name: change for seed in SEEDS for name, change in _kinds(seed).items()},
    "update_trigger": _update_trigger,
    "new_holiday": new_holiday,
    "delete_holiday": delete_holiday,
    "new_field_option": new_field_option,
}
