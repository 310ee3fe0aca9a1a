"""The size of the image, and how long its commands take to start in a container.

The same commands as plain processes stand beside it. README.md says what each figure means.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
# The engine and the build are those of the integration tests.
sys.path.insert(0, str(ROOT))

from tables import table  # noqa: E402

from test_support.connector.process import COMMAND  # noqa: E402 - their place is in the path now
from test_support.containers.engine import engine, missing  # noqa: E402
from test_support.containers.image import DATA, ContainedConnector, Image, built  # noqa: E402
from zendesk_emulator import Emulator  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RUNS = 10
CLOCK_S = 0.01  # the start of any process at all
MB = 1_000_000


@dataclass(frozen=True)
class Weight:
    """Unpacked bytes."""

    whole: int
    dependencies: int
    code: int


@dataclass(frozen=True)
class Start:
    """Seconds of one command from its start to its end, medians."""

    in_a_container_s: float
    as_a_process_s: float

    @property
    def ratio(self) -> str:
        """An empty process takes no time, which measures nothing."""
        measurable = self.as_a_process_s > CLOCK_S
        return f"{self.in_a_container_s / self.as_a_process_s:.1f}" if measurable else ""


def weight(image: Image) -> Weight:
    history = image.engine.client.api.history(image.tag)
    copied = [layer["Size"] for layer in history if " COPY " in layer["CreatedBy"]]
    code, dependencies = copied  # the newest comes first
    return Weight(image.attributes["Size"], dependencies, code)


def starts(image: Image, folder: Path) -> dict[str, Start]:
    run = [image.engine.command, "run", "--rm", "--network=host", "--read-only"]
    with Emulator(size="tiny", limits=False) as emulator:
        contained = ContainedConnector(folder, emulator.base_url, image)
        config = contained.file("config.json", contained.config)
        mounted = [*run, f"--volume={folder}:{DATA}:ro"]
        config_here = str(folder / "config.json")
        commands = {
            "nothing": ([*run, "--entrypoint=true", image.tag], ["true"]),
            "spec": ([*run, image.tag, "spec"], [*COMMAND, "spec"]),
            "check": (
                [*mounted, image.tag, "check", "--config", config],
                [*COMMAND, "check", "--config", config_here],
            ),
        }
        return {name: in_turns(image, *both) for name, both in commands.items()}


def in_turns(image: Image, contained: Sequence[str], plain: Sequence[str]) -> Start:
    timed: list[tuple[float, float]] = [
        (seconds(contained, image.engine.environment), seconds(plain)) for _ in range(RUNS + 1)
    ]
    # The first of each reads its files from the disk.
    in_containers, as_processes = zip(*timed[1:], strict=True)
    return Start(median(in_containers), median(as_processes))


def seconds(command: Sequence[str], environment: object = None) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def lines(weighed: Weight, timed: dict[str, Start]) -> Iterator[str]:
    sizes = ((name, f"{size / MB:.1f}") for name, size in asdict(weighed).items())
    yield from table("image", ("MB",), sizes)
    yield ""
    rows = (
        (name, f"{start.in_a_container_s:.2f}", f"{start.as_a_process_s:.2f}", start.ratio)
        for name, start in timed.items()
    )
    title = f"start (medians of {RUNS})"
    yield from table(title, ("in a container, s", "as a process, s", "ratio"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures here too")
    asked = parser.parse_args()
    reason = missing()
    if reason:
        sys.exit(reason)
    with engine() as running, built(running) as image, tempfile.TemporaryDirectory() as folder:
        weighed, timed = weight(image), starts(image, Path(folder))
    print("\n".join(lines(weighed, timed)))
    if asked.json:
        figures = {"mb": asdict(weighed), "start": {n: asdict(s) for n, s in timed.items()}}
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
