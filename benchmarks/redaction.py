"""What redaction costs: CPU of the same records with and without it, in one process.

Records of an emulated account, each text lengthened to what agents and customers write, are parsed,
normalized, changed and encoded, as a walk does with a page. Rounds alternate; medians count.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from source_zendesk_support.config.privacy import Action, Privacy, PrivacyRule
from source_zendesk_support.privacy.privacy_plan import plan_privacy
from source_zendesk_support.records.normalize import compile_normalizer
from source_zendesk_support.records.schema import load_schema
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

# The free text of these streams, as docs/privacy.md recommends to redact it.
FIELDS = {
    "tickets": ("subject", "description"),
    "ticket_comments": ("body", "html_body", "plain_body"),
    "ticket_events": ("child_events",),
}
GOAL = 0.30
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


def texts(chance: random.Random) -> str:
    """Return a text of some hundred characters; every third one has a signature.

    A third of the sentences has a date, a number or an address of its own.
    """
    said = " ".join(chance.choices(SENTENCES, k=chance.randint(2, 12)))
    return f"{said}\n{SIGNATURE}" if chance.random() < 1 / 3 else said


def lengthened(value: Any, chance: random.Random) -> Any:
    """Return a record with such texts in its fields of free text, at any depth.

    As Zendesk has it, a comment stands in three fields: as text twice, and in HTML.
    """
    if isinstance(value, list):
        return [lengthened(it, chance) for it in value]
    if not isinstance(value, dict):
        return value
    changed = {name: lengthened(it, chance) for name, it in value.items()}
    if isinstance(value.get("body"), str):
        text = texts(chance)
        html = f'<div class="zd-comment" dir="auto"><p>{text}</p></div>'
        changed |= {"body": text, "plain_body": text, "html_body": html}
    if isinstance(value.get("description"), str):
        changed |= {"subject": chance.choice(SENTENCES), "description": texts(chance)}
    return changed


def pages(stream: str, emulator: Emulator, chance: random.Random) -> list[bytes]:
    """Return the records of a stream as pages of a thousand, in bytes."""
    records = [lengthened(it, chance) for it in emulator.truth(stream).must]
    return [orjson.dumps(records[at : at + 1000]) for at in range(0, len(records), 1000)]


def seconds(pages_of: list[bytes], normalize: Any, hide: Callable[[Any], Any] | None) -> float:
    """Return the CPU that a walk needs for the pages, but for the network."""
    began = time.process_time()
    for page in pages_of:
        for record in orjson.loads(page):
            normalize(record)
            orjson.dumps(record if hide is None else hide(record))
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write all figures here too")
    asked = parser.parse_args()
    found = {}
    with Emulator(size="small", seed=1, limits=False) as emulator:
        for stream, fields in FIELDS.items():
            chance = random.Random(1)
            rules = tuple(PrivacyRule(stream, it, Action.REDACT, "rules") for it in fields)
            hide = plan_privacy(Privacy(rules=rules)).hide(stream)
            normalize = compile_normalizer(load_schema(stream))
            held = pages(stream, emulator, chance)
            plain, redacted = [], []
            for _ in range(asked.rounds):
                plain.append(seconds(held, normalize, None))
                redacted.append(seconds(held, normalize, hide))
            records = len(emulator.truth(stream).must)
            without, with_it = median(plain), median(redacted)
            found[stream] = {
                "records": records,
                "bytes": sum(map(len, held)),
                "without_us": 1e6 * without / records,
                "with_us": 1e6 * with_it / records,
                "lost": 1 - without / with_it,
            }
            it = found[stream]
            print(
                f"{stream}: {records:,} records of {it['bytes'] / records:,.0f} bytes: "
                f"{it['without_us']:.1f} us each without redaction, {it['with_us']:.1f} with it: "
                f"{it['lost']:.0%} of the throughput (goal: at most {GOAL:.0%})"
            )
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
