"""A parser of command lines that guesses what a mistyped option has meant.

Owns the guess alone: argparse says what is wrong. It names a required option that is missing, and
never the one that was typed in its place.
Rests on https://docs.python.org/3/library/argparse.html.
"""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class OptionParser(argparse.ArgumentParser):
    """An ArgumentParser whose errors say what a mistyped option is most like."""

    _given: tuple[str, ...] = ()

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parse as argparse does, and keep the arguments for an error."""
        self._given = tuple(sys.argv[1:] if args is None else args)
        return super().parse_known_args(self._given, namespace)

    def error(self, message: str) -> NoReturn:
        """Write usage, error and guess to stderr, and exit with 2."""
        super().error(f"{message}{_guess(self._given, self._known())}")

    def _known(self) -> set[str]:
        """Return the options of this parser, and of the command that was chosen."""
        known = set(self._option_string_actions)
        for action in self._actions:
            commands = action.choices if isinstance(action.choices, dict) else {}
            chosen = next((commands[it] for it in self._given if it in commands), None)
            known |= chosen._known() if chosen else set()  # noqa: SLF001 - of this class
        return known


def _guess(given: Sequence[str], known: Collection[str]) -> str:
    """Return a question for the mistyped options of a command line; "" without a guess.

    An argument with a space is a value, as all are behind `--`.
    """
    options = list(given)
    if "--" in options:
        options = options[: options.index("--")]
    names = [it.partition("=")[0] for it in options if it.startswith("--") and " " not in it]
    wrong = [it for it in names if not any(option.startswith(it) for option in known)]
    pairs = {it: get_close_matches(it, known, n=1) for it in wrong}
    meant = [f"{near[0]} instead of {it}" for it, near in pairs.items() if near]
    return f". Did you mean {', '.join(meant)}?" if meant else ""
