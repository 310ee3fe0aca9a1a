"""The options of a configuration for people, made from spec.json.

`python docs/configuration_table.py --write` puts them between the markers of docs/configuration.md.
Says nothing that the specification does not.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markers import between

from source_zendesk_support.run import spec_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = Path(__file__).with_name("configuration.md")
BEGIN = "<!-- options: python docs/configuration_table.py --write -->"
END = "<!-- /options -->"
_HEAD = "| option | type | default | meaning |\n|---|---|---|---|"


def _kind(option: Mapping[str, Any]) -> str:
    """Return the type of an option in words, with its bounds or its values."""
    if "enum" in option:
        return ", ".join(f"`{value}`" for value in option["enum"])
    bounds = (option.get("minimum"), option.get("maximum"))
    if None not in bounds:
        return f"{option['type']}, {bounds[0]} to {bounds[1]}"
    return str(option["type"])


def _default(option: Mapping[str, Any], *, is_required: bool) -> str:
    if is_required:
        return "required"
    return f"`{json.dumps(option['default'])}`" if "default" in option else "none"


def _lines(options: Mapping[str, Any], required: list[str], prefix: str = "") -> Iterator[str]:
    for name, option in options.items():
        if "const" in option:
            continue
        default = _default(option, is_required=name in required)
        meaning = option.get("description") or option["title"]
        yield f"| `{prefix}{name}` | {_kind(option)} | {default} | {meaning} |"
        if name != "credentials":
            one, mark = (option["items"], "[]") if "items" in option else (option, "")
            nested, demanded = one.get("properties", {}), one.get("required", [])
            yield from _lines(nested, demanded, f"{prefix}{name}{mark}.")


def _ways(credentials: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table for each way to sign in."""
    for way in credentials["oneOf"]:
        name = way["properties"]["credentials"]["const"]
        rows = _lines(way["properties"], way["required"], "credentials.")
        yield "\n".join([f"### {way['title']}: `{name}`", "", _HEAD, *rows])


def table() -> str:
    """Return the options, then the options of each way to sign in."""
    connection = json.loads(spec_line())["spec"]["connectionSpecification"]
    options = connection["properties"]
    rows = _lines(options, connection["required"])
    ways = _ways(options["credentials"])
    return "\n\n".join(["\n".join([_HEAD, *rows]), "## Credentials", *ways])


def with_table(text: str) -> str:
    """Return a text with the options between its markers. Raises ValueError without them."""
    return between(text, BEGIN, END, table())


def main() -> None:
    """Print the options, or write them into the page."""
    parser = argparse.ArgumentParser(description="The options of a configuration.")
    parser.add_argument("--write", action="store_true", help="write docs/configuration.md")
    if parser.parse_args().write:
        PAGE.write_text(with_table(PAGE.read_text()))
    else:
        sys.stdout.write(f"{table()}\n")


if __name__ == "__main__":
    main()
