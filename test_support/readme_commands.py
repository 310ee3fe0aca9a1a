"""The commands of the README and of the pages in docs, as a reader types them.

A block of commands stands below the comment `<!-- commands: NAME -->`. The tests that run it ask
for NAME here, so that what they run is what stands there.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").glob("*.md"))
_BLOCK = re.compile(r"(?:<!-- commands: (?P<name>[^>]+) -->\n)?```sh\n(?P<text>.*?)```", re.DOTALL)
_PAGE_SEES = re.compile(r"^```(\w*)\n.*?^```$", re.DOTALL | re.MULTILINE)


def blocks(page: Path = README) -> list[tuple[str | None, str]]:
    """Return name and text of each block of commands, in order; None where it has no name."""
    return [(found["name"], found["text"]) for found in _BLOCK.finditer(page.read_text())]


def languages() -> set[str]:
    """Return the languages of all blocks, whatever stands in them."""
    return {found[1] for found in _PAGE_SEES.finditer(README.read_text())}


def commands(name: str, page: Path = README) -> list[str]:
    """Return the command lines of all blocks of that name on a page, without their comments."""
    text = "".join(text for found, text in blocks(page) if found == name).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if shlex.split(line, comments=True)]
    assert lines, f"{page.name} has no commands {name!r}"
    return lines
