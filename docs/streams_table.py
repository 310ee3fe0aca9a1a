"""The table of streams for people, made from the rows: `python docs/streams_table.py --write`.

Owns the words between the two markers of docs/streams.md, and the number of streams there and in
the README. Says nothing that the rows do not.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from markers import between

from source_zendesk_support.streams.catalog.table import STREAMS, owner_of, parent_of
from source_zendesk_support.streams.model.resource import Rereading

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.stream import Stream

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "streams.md"
README = ROOT / "README.md"
BEGIN = "<!-- streams: python docs/streams_table.py --write -->"
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


def deletions(stream: Stream) -> str:
    """Return how a deletion shows, in a few words."""
    return "tombstone" if stream.finds_deletions else stream.deletions


def table() -> str:
    """Return the table, a line for each stream in the order of names."""
    lines = [
        f"| {name} | {row.description} | {read_by(row)} | {row.primary_key or 'none'} "
        f"| {row.cursor_field or ''} | {row.demands} | {deletions(row)} "
        f"| {row.unverified} |"
        for name, row in sorted(STREAMS.items())
    ]
    return "\n".join([_HEAD, *lines])


def with_count(text: str) -> str:
    """Return a text with the number of streams."""
    return _COUNT.sub(f"**{len(STREAMS)} streams**", text)


def with_table(text: str) -> str:
    """Return a text with the table between its markers, and with the number of streams.

    Raises ValueError without the markers.
    """
    return between(with_count(text), BEGIN, END, table())


def main() -> None:
    """Print the table, or write it and the number of streams into the documents."""
    parser = argparse.ArgumentParser(description="The table of streams.")
    parser.add_argument("--write", action="store_true", help="write docs/streams.md and README.md")
    if parser.parse_args().write:
        PAGE.write_text(with_table(PAGE.read_text()))
        README.write_text(with_count(README.read_text()))
    else:
        sys.stdout.write(f"{table()}\n")


if __name__ == "__main__":
    main()
