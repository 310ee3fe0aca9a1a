"""Draws docs/demo.svg, the README's picture of `make demo`, from what the demo prints just now.

`make picture` runs it. The picture holds text, no font and no address.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 100  # what the demo promises to keep within
ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "demo.svg"
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def draw(printed: str) -> str:
    """Return the SVG of a terminal in which `make demo` has printed this."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    console.print(Text.from_ansi("$ make demo\n" + printed.rstrip()))
    picture = console.export_svg(title="source-zendesk-support", unique_id="demo")
    # rich names the place of a font in the net; any fixed-width font of the reader's will do.
    return _FONTS.sub("", picture).replace("Fira Code", "ui-monospace, Menlo, Consolas")


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
    PICTURE.write_text(draw(done.stdout.replace(f"{ROOT}{os.sep}", "")))


if __name__ == "__main__":
    main()
