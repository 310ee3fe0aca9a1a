"""The fields that the preset `no_personal_data` hides, by stream.

`python docs/privacy_table.py` prints them.

With `--write docs/privacy.md` the table is put between the markers of that page. Says nothing that
the preset's lists and the schemas do not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markers import between

from source_zendesk_support.config.privacy import NO_PERSONAL_DATA, Privacy, PrivacyAction
from source_zendesk_support.privacy.privacy_plan import PrivacyPlan
from source_zendesk_support.privacy.tree import Field
from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog.table import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN = "<!-- preset: python docs/privacy_table.py --write docs/privacy.md -->"
END = "<!-- /preset -->"
_HEAD = "| stream | hashed | dropped |\n|---|---|---|"


def _hidden(tree: Field, schema: Any, path: str = "") -> Iterator[tuple[str, PrivacyAction]]:
    """Yield the fields of a schema that are hidden, each with what happens to it."""
    if tree.action is not None:
        if tree.action is not PrivacyAction.KEEP:
            yield path, tree.action
        return
    while isinstance(schema.get("items"), dict):
        schema = schema["items"]
    for name, inner in schema.get("properties", {}).items():
        inside = tree.inner.get(name, Field(tree.others))
        yield from _hidden(inside, inner, f"{path}.{name}" if path else name)
    if not schema.get("properties") and tree.others is not PrivacyAction.KEEP:
        yield f"{path}: what is not kept by name", tree.others


def table() -> str:
    """Return a line for each stream of which something is hidden."""
    plan = PrivacyPlan(Privacy(NO_PERSONAL_DATA, "not used: nothing is hashed"))
    lines = []
    for name in sorted(STREAMS):
        fields = list(_hidden(plan.tree(name), load_schema(name)))
        hashed, dropped = (
            ", ".join(f"`{path}`" for path, action in fields if action is wanted)
            for wanted in (PrivacyAction.HASH, PrivacyAction.DROP)
        )
        if fields:
            lines.append(f"| {name} | {hashed} | {dropped} |")
    return "\n".join([_HEAD, *lines])


def main() -> None:
    """Print the table, or write it into a file."""
    parser = argparse.ArgumentParser(description="What the preset no_personal_data hides.")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put it between the markers")
    file = parser.parse_args().write
    if file is None:
        sys.stdout.write(f"{table()}\n")
    else:
        file.write_text(between(file.read_text(), BEGIN, END, table()))


if __name__ == "__main__":
    main()
