"""The command line of `zendesk-local`: its commands and their options, in words for `--help`.

Owns the parser, and the completion of a shell, which is made out of it. Runs nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NoReturn

from source_zendesk_support.option_parser import OptionParser
from source_zendesk_support.verify.sample_size import DEFAULT_SAMPLE, sample_size

from .destination import FORMATS

_CONFIG = "config file of the connector; NAME= keeps its tables in a schema of that name"
_INTO = "path of a DuckDB file, a folder/, postgresql:// or motherduck://"
_KEYS = "give the tables of a DuckDB file primary keys, which it keeps from then on"
_PASSWORD = "ask for the secret of the database"  # noqa: S105 - a sentence
SHELLS = ("bash", "zsh")


def command_line() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = OptionParser(
        prog="zendesk-local",
        description="Zendesk into a database, without a platform.",
        epilog="Exit codes: 0; 1 after an error, or when something is left to do or is not as it "
        "should be; 2 for a wrong command line.",
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    _sync(commands.add_parser("sync", help="read what is new into a database"))
    _schedule(commands.add_parser("schedule", help="sync again and again"))
    plan = commands.add_parser(
        "plan", help="show what a first sync would read, and how long it takes"
    )
    plan.add_argument("--config", required=True, metavar="FILE", help="config file")
    plan.add_argument("--streams", help="names, separated by commas")
    _verify(commands.add_parser("verify", help="compare a database with what Zendesk gives now"))
    status = commands.add_parser("status", help="show what a database holds, and how old it is")
    _where(status, several=True)
    status.add_argument("--json", action="store_true", help="one JSON object on stdout")
    _where(commands.add_parser("doctor", help="look for what is wrong, a line each with its cure"))
    _query(commands.add_parser("query", help="run one SELECT and print its rows"))
    models = commands.add_parser("models", help="make tables of answers of those of a sync")
    _answers(models)
    models.add_argument(
        "--fivetran", action="store_true", help="tables in the schema of Fivetran's connector too"
    )
    report = commands.add_parser("report", help="write the answers as one page of HTML")
    _answers(report)
    report.add_argument(
        "--output", type=Path, default=Path("report.html"), metavar="FILE", help="the page"
    )
    report.add_argument("--anonymous", action="store_true", help="without the names of agents")
    shell = commands.add_parser("completion", help="print what completes commands in a shell")
    shell.add_argument("shell", choices=SHELLS)
    demo = commands.add_parser("demo", help="an emulated account, questions, a report")
    demo.add_argument("--folder", type=Path, default=Path("zendesk-demo"), help="for its files")
    return parser


class _ShowVersion(argparse.Action):
    """Print the installed version and end. No other command needs to look for it."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from importlib import metadata  # noqa: PLC0415 - a tenth of what a command imports

        sys.stdout.write(f"{parser.prog} {metadata.version('source-zendesk-support')}\n")
        parser.exit()


def completion(shell: str) -> str:
    """Return a script that completes commands and options, for `eval "$(...)"`."""
    parser = command_line()
    (commands,) = (it for it in parser._actions if it.dest == "command")  # noqa: SLF001
    assert isinstance(commands.choices, dict)
    cases = "\n".join(
        f'    {name}) words="{" ".join(_words(sub))}" ;;' for name, sub in commands.choices.items()
    )
    head = "autoload -U +X bashcompinit && bashcompinit\n" if shell == "zsh" else ""
    return (
        f"{head}_zendesk_local() {{\n"
        f'  local words="{" ".join([*commands.choices, "--version", "--help"])}"\n'
        f'  if [ "$COMP_CWORD" -gt 1 ]; then case "${{COMP_WORDS[1]}}" in\n{cases}\n  esac; fi\n'
        '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))\n'
        "}\n"
        "complete -o default -F _zendesk_local zendesk-local\n"
    )


def _words(parser: argparse.ArgumentParser) -> list[str]:
    """Return the long options of a command, and the words that it takes."""
    found: list[str] = []
    for action in parser._actions:  # noqa: SLF001 - it lists them nowhere else
        found += [option for option in action.option_strings if option.startswith("--")]
        found += map(str, action.choices or ())
    return found


def _sync(sync: argparse.ArgumentParser) -> None:
    _where(sync, several=True)
    sync.add_argument("--streams", help="names, separated by commas; all that can be read if left")
    sync.add_argument("--format", choices=FORMATS, help="of the files in a folder")
    sync.add_argument(
        "--again", metavar="STREAMS", help="read these from their beginning, and drop what is gone"
    )
    sync.add_argument(
        "--full-refresh", action="store_true", help="--again for every stream of this sync"
    )
    sync.add_argument(
        "--drop-leftovers",
        action="store_true",
        help="drop the tables that failed loads of version 6.0.0 have left",
    )
    sync.add_argument("--keys", action="store_true", help=_KEYS)
    loudness = sync.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="print errors alone")
    loudness.add_argument("-v", "--verbose", action="store_true", help="print the whole log")
    loudness.add_argument(
        "--json", action="store_true", help="one JSON object for each account on stdout"
    )


def _schedule(schedule: argparse.ArgumentParser) -> None:
    schedule.add_argument(
        "--config", required=True, action="append", metavar="[NAME=]FILE", help=_CONFIG
    )
    schedule.add_argument("--into", required=True, metavar="DATABASE", help=_INTO)
    schedule.add_argument("--streams", help="names, separated by commas")
    schedule.add_argument("--format", choices=FORMATS, help="of the files in a folder")
    schedule.add_argument("--keys", action="store_true", help=_KEYS)
    schedule.add_argument("--every", required=True, help="15m, 3h or 1d")
    schedule.add_argument("--offset", help="30m or 1h after the full hour or midnight (UTC)")
    schedule.add_argument(
        "--on-failure",
        metavar="COMMAND",
        help="run after a failed sync, with a JSON summary on its standard input",
    )


def _verify(verify: argparse.ArgumentParser) -> None:
    _where(verify)
    verify.add_argument(
        "--sample",
        type=sample_size,
        default=DEFAULT_SAMPLE,
        metavar="N",
        help="records of a large stream",
    )
    verify.add_argument("--json", action="store_true", help="one JSON object on stdout")
    verify.add_argument("stream", nargs="*", metavar="STREAM", help="all that is there if left")


def _query(query: argparse.ArgumentParser) -> None:
    query.add_argument("--into", required=True, metavar="DATABASE", help=_INTO)
    query.add_argument("--schema", help="the name of the account, where it has one")
    query.add_argument("--format", choices=("table", "csv", "jsonl"), default="table")
    query.add_argument("--ask-password", action="store_true", help=_PASSWORD)
    query.add_argument("sql", metavar="SELECT", help="in quotes")


def _answers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--into", required=True, metavar="DATABASE", help=_INTO)
    parser.add_argument("--schema", help="the name of the account, where it has one")
    parser.add_argument("--ask-password", action="store_true", help=_PASSWORD)


def _where(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Add the options of a config file and a database; `several`: of several accounts."""
    action = "append" if several else "store"
    parser.add_argument(
        "--config", required=True, action=action, metavar="[NAME=]FILE", help=_CONFIG
    )
    parser.add_argument("--into", required=True, metavar="DATABASE", help=_INTO)
    parser.add_argument("--ask-password", action="store_true", help=_PASSWORD)
