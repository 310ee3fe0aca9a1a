"""The table of streams for people, made from the rows: `... --write README.md` puts it in place.

Owns the words between the two markers of the README and the number of streams that it names; says
nothing that the rows do not.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from markers import between

from source_zendesk_support.streams.catalog.table import STREAMS, owner_of, parent_of
from source_zendesk_support.streams.model.stream import Rereading

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.stream import Stream

BEGIN = "<!-- streams: python docs/streams_table.py --write README.md -->"
END = "<!-- /streams -->"
_COUNT = re.compile(r"\*\*\d+ streams\*\*")
_HEAD = """| stream | what it is | read by | key | cursor | needs | deletions | unverified |
|---|---|---|---|---|---|---|---|"""
_REREAD = {
    Rereading.SWEEP: "changed or swept",
    Rereading.CHANGES: "changed",
    Rereading.ALWAYS: "every sync",
}


def read_by(stream: Stream) -> str:
    """Return how a stream is read, in a few words."""
    children, parent = stream.children, parent_of(stream)
    if children is None or parent is None:
        owner = owner_of(stream)
        return stream.resource.walk.label if stream is owner else f"with {owner.name}"
    kind = "an export each" if children.is_export else _REREAD[children.rereading]
    return f"below {parent.name} ({kind})"


def table() -> str:
    """Return the table, a line for each stream in the order of names."""
    lines = [
        f"| {name} | {row.description} | {read_by(row)} | {row.primary_key or 'none'} "
        f"| {row.cursor_field or ''} | {row.demands} | {row.deletions} "
        f"| {row.resource.unverified} |"
        for name, row in sorted(STREAMS.items())
    ]
    return "\n".join([_HEAD, *lines])


def with_table(text: str) -> str:
    """Return a text with the table between its markers, and with the number of streams.

    Raises ValueError without the markers.
    """
    counted = _COUNT.sub(f"**{len(STREAMS)} streams**", text)
    return between(counted, BEGIN, END, table())


def main() -> None:
    """Print the table, or write it into a file."""
    parser = argparse.ArgumentParser(description="The table of streams.")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put it between the markers")
    file = parser.parse_args().write
    if file is None:
        sys.stdout.write(f"{table()}\n")
    else:
        file.write_text(with_table(file.read_text()))


if __name__ == "__main__":
    main()
