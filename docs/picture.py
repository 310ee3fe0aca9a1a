"""Draws docs/demo.svg, the picture of `make demo`, from a run of the demo.

`make picture` runs it. The picture holds text, no font and no address. The README gets the answer
to the last question as text, between its markers.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from markers import between
from rich.console import Console
from rich.text import Text

from source_zendesk_support.local.demo_queries import QUESTIONS

COLUMNS = 100  # what the demo promises to keep within
ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "demo.svg"
README = ROOT / "README.md"
BEGIN = "<!-- demo: make picture -->"
END = "<!-- /demo -->"
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def draw(printed: str) -> str:
    """Return the SVG of a terminal in which `make demo` has printed this."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    console.print(Text.from_ansi("$ make demo\n" + printed.rstrip()))
    picture = console.export_svg(title="source-zendesk-support", unique_id="demo")
    # rich names the place of a font in the net; any fixed-width font of the reader's will do.
    return _FONTS.sub("", picture).replace("Fira Code", "ui-monospace, Menlo, Consolas")


def excerpt(printed: str) -> str:
    """Return the last question of the demo with its answer, as a block of text."""
    plain = _COLOURS.sub("", printed)
    question = re.escape(QUESTIONS[-1].text)
    found = re.search(
        rf"^{question}$.*?(?=^\$ zendesk-local models)", plain, re.DOTALL | re.MULTILINE
    )
    if found is None:
        raise ValueError("the demo has no report after its last question")
    lines = [line.rstrip() for line in found[0].rstrip().splitlines()]
    return "\n".join(["```text", *lines, "```"])


def main() -> None:
    """Run the demo as a terminal would, and draw it."""
    demo = Path(sys.executable).with_name("zendesk-local")
    terminal = {**os.environ, "COLUMNS": str(COLUMNS), "FORCE_COLOR": "1"}
    done = subprocess.run(
        [demo, "demo", "--folder", ".demo"],
        cwd=ROOT,
        env=terminal,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    # The same wherever the repository lies.
    printed = done.stdout.replace(f"{ROOT}{os.sep}", "")
    PICTURE.write_text(draw(printed))
    README.write_text(between(README.read_text(), BEGIN, END, excerpt(printed)))


if __name__ == "__main__":
    main()
