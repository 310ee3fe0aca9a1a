"""The pages of the documentation site that are made when it is built: a hook of MkDocs.

Owns the pages of single streams (from rows and schemas) and of the commands (from their parsers).
Owns also the copies of documents that lie beside `docs`. Writes no file: the pages exist in the
site alone.
Rests on https://www.mkdocs.org/user-guide/configuration/#hooks.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))  # MkDocs loads a hook by its file, outside any package

from streams_table import read_by  # noqa: E402

from source_zendesk_support.local.command import command_line  # noqa: E402
from source_zendesk_support.records.schema import load_schema  # noqa: E402
from source_zendesk_support.streams.catalog.table import STREAMS  # noqa: E402
from zendesk_emulator.server.command import parser as emulator_command_line  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

    from source_zendesk_support.streams.model.stream import Stream

# Documents of the repository that are pages of the site: their names there.
_BESIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
}
# Pages whose tables need the room of their own contents.
_WIDE = {"streams.md", "configuration.md", "facts/endpoints.md"}
_WIDTH = "88"  # columns of help texts: a block of the page shows them without scrolling


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Return the files of the site with the pages that are made now."""
    pages = {f"streams/{name}.md": stream_page(stream) for name, stream in STREAMS.items()}
    pages["commands.md"] = commands_page()
    pages |= {page: beside(ROOT / name) for name, page in _BESIDE.items()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Return the text of a page; in the table of streams each name leads to its page."""
    if page.file.src_uri in _WIDE:
        page.meta["hide"] = ["toc"]
    if page.file.src_uri != "streams.md":
        return markdown
    return re.sub(r"^\| (\w+) \|(?= .*\|.*\|)", _as_link, markdown, flags=re.MULTILINE)


def _as_link(found: re.Match[str]) -> str:
    name = found[1]
    return f"| [{name}](streams/{name}.md) |" if name in STREAMS else found[0]


def beside(path: Path) -> str:
    """Return a document that lies beside `docs`, with its links as the site has them."""
    text = re.sub(r"\]\((?:\.\./)?docs/", "](", path.read_text())
    for name, page in _BESIDE.items():
        text = re.sub(rf"\]\((?:\.\./)?{re.escape(name)}", f"]({page}", text)
    return re.sub(r"\[([^\]]+)\]\(LICENSE\)", r"\1", text)


def _kind(schema: Mapping[str, Any]) -> str:
    """Return the type of a field in words; null is left out, as nearly every field may be null."""
    names = schema.get("type", [])
    kinds = [name for name in ([names] if isinstance(names, str) else names) if name != "null"]
    words = schema.get("format") or " or ".join(kinds)
    if kinds == ["array"] and isinstance(schema.get("items"), dict):
        return f"list of {_kind(schema['items'])}"
    return words or "any"


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, field in schema["properties"].items():
        yield f"| `{name}` | {_kind(field)} | {field.get('description', '')} |"


def stream_page(stream: Stream) -> str:
    """Return the page of one stream: how it is read, what it needs, and its fields."""
    facts = {
        "Primary key": f"`{stream.primary_key}`" if stream.primary_key else "none",
        "Cursor field": f"`{stream.cursor_field}`" if stream.cursor_field else "none: whole",
        "Read by": read_by(stream),
        "Zendesk's endpoint": f"`{(stream.children or stream.resource).path}`",
        "Needs": stream.demands,
        "Deletions": stream.deletions,
        "Unverified": stream.unverified,
    }
    lines = [f"# {stream.name}", "", stream.description, "", "| about it | |", "|---|---|"]
    lines += [f"| {name} | {fact} |" for name, fact in facts.items() if fact]
    lines += ["", "## Fields", "", "| field | type | meaning |", "|---|---|---|"]
    return "\n".join([*lines, *_fields(load_schema(stream.name)), ""])


def _help(parser: argparse.ArgumentParser, level: int) -> Iterator[str]:
    """Yield the help of a command, then of each command below it."""
    yield f"{'#' * level} {parser.prog}\n\n```text\n{parser.format_help().rstrip()}\n```\n"
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to its commands
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for below in action.choices.values():
                yield from _help(below, level + 1)


def commands_page() -> str:
    """Return the help of every command, as the commands print it."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = _WIDTH
    try:
        helps = [*_help(command_line(), 2), *_help(emulator_command_line(), 2)]
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    connector = (
        "`source-zendesk-support spec | check | discover | read` takes the arguments of the "
        "Airbyte protocol: [the connector by hand](connector.md) shows each."
    )
    return "\n".join(["# Commands", "", connector, "", *helps])
