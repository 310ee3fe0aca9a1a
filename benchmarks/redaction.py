"""The cost of redaction: whole syncs of an emulated account, with and without it, in turns.

The texts of the account are what agents and customers write: sentences, a third with a date, a
number or an address, each of its own. `lost` is the share of the throughput that redaction takes,
as the median of the pairs. Throughput is records a CPU second of the whole process, start included.
The second figure leaves out the network, the protocol and the states: parsing, normalizing,
encoding alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from operator import truediv
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from measure import measure

from source_zendesk_support.config.privacy import NO_PERSONAL_DATA, Privacy, parse_privacy
from source_zendesk_support.privacy.privacy_plan import plan_privacy
from source_zendesk_support.records.normalize import compile_normalizer
from source_zendesk_support.records.schema import load_schema
from test_support.connector.process import COMMAND, Connector
from zendesk_emulator import Emulator
from zendesk_emulator.data import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The free text of these streams, as docs/privacy.md recommends to redact it.
FIELDS = {
    "tickets": ("subject", "description"),
    "ticket_comments": ("body", "html_body", "plain_body"),
    "ticket_events": tuple(
        f"child_events.{it}" for it in ("body", "html_body", "plain_body", "subject")
    ),
}
GOAL = 0.30
HASH_KEY = "benchmark-of-redaction"
# A comment: some sentences, a signature with an address and numbers, a link with an id.
SENTENCES = (
    "I ordered two of them on 2026-03-14 and only one has arrived so far.",
    "The order number is 4711-0815-22, and the invoice says 1,249.00 EUR.",
    "Could you please look into it, and call me back before Friday at 17:30?",
    "We have tried it again with version 10.4.2 and on another machine, without any luck.",
    "Thanks for the quick answer; the attachment shows what happens after the login.",
    "See https://shop.example.com/orders/20260314/8841?ref=mail for the details.",
    "It worked fine until last week, and we have not changed anything since then.",
    "The page stays blank after I press the button, in both browsers that we use.",
    "I have forwarded this to our accounting department, who will get back to you.",
    "Please let me know whether a refund is possible, or what I should do instead.",
    "My colleague had the same problem, and restarting the application helped her.",
    "We are considering the larger plan, but need to know how the seats are counted.",
)
SIGNATURE = "Kind regards, Jo\nExample Ltd, 12 Long Street\njo.doe@example.com, +44 20 7946 0018"


_DIGITS = re.compile(r"(?<=4711-)0815-22|20260314/8841|7946 0018|(?<=jo\.doe)")


def sentences(count: int) -> tuple[str, ...]:
    """Return sentences as an account has them: every eighth is a signature.

    The numbers and addresses are of each sentence's own, so that no two texts share them.
    """
    chance = random.Random(1)

    def anew(found: re.Match[str]) -> str:
        return re.sub("[0-9]", lambda _: str(chance.randrange(10)), found[0] or "000000")

    drawn = (chance.choice(SENTENCES) if at % 8 else SIGNATURE for at in range(count))
    return tuple(_DIGITS.sub(anew, sentence) for sentence in drawn)


def pages(stream: str, emulator: Emulator) -> list[bytes]:
    """Return the records of a stream as pages of a thousand, in bytes."""
    records = list(emulator.truth(stream).must)
    return [orjson.dumps(records[at : at + 1000]) for at in range(0, len(records), 1000)]


def seconds(pages_of: list[bytes], normalize: Any, hide: Callable[[Any], Any] | None) -> float:
    """Return the CPU that a walk needs for the pages, but for the network."""
    began = time.process_time()
    for page in pages_of:
        for record in orjson.loads(page):
            normalize(record)
            orjson.dumps(record if hide is None else hide(record))
    return time.process_time() - began


def alone(stream: str, emulator: Emulator, privacies: dict[str, Privacy], rounds: int) -> Any:
    """Return the CPU microseconds of a record under each of the privacies, without a network."""
    normalize = compile_normalizer(load_schema(stream))
    held = pages(stream, emulator)
    found: dict[str, list[float]] = {name: [] for name in privacies}
    for _ in range(rounds):
        for name, privacy in privacies.items():
            hide = plan_privacy(privacy).hide(stream)
            found[name].append(seconds(held, normalize, hide))
    records = len(emulator.truth(stream).must)
    return {name: 1e6 * median(it) / records for name, it in found.items()}


def whole(stream: str, emulator: Emulator, privacies: dict[str, Any], rounds: int) -> Any:
    """Return the CPU microseconds of a record in each round of whole syncs, by privacy."""
    found: dict[str, list[float]] = {name: [] for name in privacies}
    with tempfile.TemporaryDirectory() as folder:
        connectors = {}
        for name, privacy in privacies.items():
            Path(folder, name).mkdir()
            settings = {"privacy": privacy} if privacy else {}
            connectors[name] = Connector(Path(folder, name), emulator.base_url, **settings)
        catalog = connectors["none"].catalog(stream)
        for number in range(rounds + 1):
            for name, connector in connectors.items():
                command = [*COMMAND, *connector.read_arguments(catalog)]
                measured = measure(command, dict(os.environ), Path(folder, name))
                if number:  # the first round makes the emulator's pages
                    found[name].append(measured.cpu_us)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--only", nargs="+", choices=FIELDS, default=list(FIELDS))
    parser.add_argument("--json", type=Path, help="write all figures here too")
    asked = parser.parse_args()
    found = {}
    with (
        patch.object(words, "SENTENCES", sentences(5000)),
        Emulator(size="small", tickets=asked.tickets, seed=1, limits=False) as emulator,
    ):
        for stream in asked.only:
            found[stream] = measured(stream, emulator, asked.rounds)
            print("\n".join(lines(stream, found[stream])), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1))


def measured(stream: str, emulator: Emulator, rounds: int) -> dict[str, Any]:
    """Return the figures of a stream: whole syncs, and the work on its records alone."""
    asked = {
        "none": None,
        "redact": {"rules": [rule(stream, it) for it in FIELDS[stream]]},
        "preset": {"preset": NO_PERSONAL_DATA, "hash_key": HASH_KEY},
    }
    parsed = {name: parse_privacy({"privacy": it}) for name, it in asked.items()}
    in_syncs = whole(stream, emulator, asked, rounds)
    apart = alone(stream, emulator, parsed, rounds)
    return {
        name: {
            "sync_us": median(in_syncs[name]),
            "lost": 1 - 1 / median(map(truediv, in_syncs[name], in_syncs["none"])),
            "alone_us": apart[name],
            "lost_alone": 1 - apart["none"] / apart[name],
        }
        for name in asked
    }


def rule(stream: str, field: str) -> dict[str, str]:
    """Return a rule that redacts a field."""
    return {"stream": stream, "field": field, "action": "redact"}


def lines(stream: str, figures: dict[str, Any]) -> Iterator[str]:
    """Yield the figures of a stream in words."""
    for name, it in figures.items():
        yield (
            f"{stream}, {name}: {it['sync_us']:.1f} us of CPU a record in a sync "
            f"({it['lost']:.0%} lost, goal at most {GOAL:.0%}); without the network "
            f"{it['alone_us']:.1f} us ({it['lost_alone']:.0%} lost)"
        )


if __name__ == "__main__":
    main()
