"""The commands of the documents, as a reader types them.

A block of commands stands below the comment `<!-- commands: NAME -->`. The tests that run it ask
for NAME here, so that what they run is what stands there.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = (README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"(?:<!-- commands: (?P<name>[^>]+) -->\n)?```sh\n(?P<text>.*?)```", re.DOTALL)
_PAGE_SEES = re.compile(r"^```(\w*)\n.*?^```$", re.DOTALL | re.MULTILINE)


def blocks(page: Path) -> list[tuple[str | None, str]]:
    """Return name and text of each block of commands, in order; None where it has no name."""
    return [(found["name"], found["text"]) for found in _BLOCK.finditer(page.read_text())]


def languages() -> set[str]:
    """Return the languages of all blocks of the documents."""
    return {found[1] for page in PAGES for found in _PAGE_SEES.finditer(page.read_text())}


def commands(name: str, page: Path | None = None) -> list[str]:
    """Return the command lines of all blocks of that name, without lines of comments alone.

    A name belongs to one page; only that page is read if it is given.
    """
    pages = [page] if page else [it for it in PAGES if any(name == of for of, _ in blocks(it))]
    assert len(pages) == 1, f"{name!r} is on {[it.name for it in pages]}"
    text = "".join(text for of, text in blocks(pages[0]) if of == name).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if shlex.split(line, comments=True)]
    assert lines, f"{pages[0].name} has no commands {name!r}"
    return lines
