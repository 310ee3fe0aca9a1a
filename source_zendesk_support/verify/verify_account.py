"""One verification from configuration to exit code: what is said before, each verdict, the cost.

Owns what is printed. The lines are for people, one a stream; `--json` is one object on stdout.
Writes nothing but rotated tokens, which `publish` keeps.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from source_zendesk_support.connect import REAL_TIME, open_client
from source_zendesk_support.discovery import ASKING_PATIENCE_S
from source_zendesk_support.privacy.privacy_plan import plan_privacy
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.engine import EngineChoice
from source_zendesk_support.sync_context import walk_context
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.timeouts import Patience

from .checks import plan_checks
from .verify import Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from source_zendesk_support.config.config import Config
    from source_zendesk_support.protocol.messages import Message
    from source_zendesk_support.streams.model.context import WalkContext

    from .held import Held
    from .verdict import Verdict


def verify_account(
    raw: Mapping[str, Any],
    settings: Config,
    held: Held,
    asked_for: list[str],
    *,
    sample: int,
    as_json: bool,
    publish: Callable[[Message], None],
) -> int:
    """Print the verdict on each stream; return 0, or 1 when one is not what Zendesk holds.

    Raises ConnectorError when the account cannot be asked at all.
    """
    names = _names(held, asked_for)
    plan = plan_checks(held, names, sample, settings.page_size)
    _say(
        f"Comparing {len(names)} streams with Zendesk takes at most {plan.most:,} requests. "
        f"Samples have {sample} records."
    )
    with _context(raw, settings, names, publish) as context:
        run = Verification(context, held, names, plan, sample)
        verdicts = []
        for verdict in run.run():
            verdicts.append(verdict)
            if not as_json:
                sys.stdout.write(f"{verdict.line()}\n")
        spent = run.requests
    code = int(any(verdict.is_faulty for verdict in verdicts))
    if as_json:
        sys.stdout.buffer.write(_json(verdicts, spent, plan.most, code))
    _say(_sentence(verdicts, spent, plan.most))
    return code


def _names(held: Held, asked_for: list[str]) -> list[str]:
    """Return the streams to verify, in the catalog's order. Raises ConnectorError (config)."""
    there = set(held.streams())
    missing = [name for name in asked_for if name not in there]
    if missing or not there:
        raise ConnectorError(
            f"The destination holds nothing of {', '.join(missing) or 'any stream'}.",
            about="verify",
            remedy="Sync first, or name streams that were synced.",
            failure=Failure.CONFIG,
        )
    return [name for name in STREAMS if name in (asked_for or there)]


@contextmanager
def _context(
    raw: Mapping[str, Any],
    settings: Config,
    names: list[str],
    publish: Callable[[Message], None],
) -> Iterator[WalkContext]:
    """Yield what the walks need: records come out of them as a sync would deliver them."""
    privacy = plan_privacy(settings.privacy)
    client = open_client(
        raw,
        settings,
        publish=publish,
        log=_say,
        patience=Patience(ASKING_PATIENCE_S, settings.rate_limit_patience_s),
        clocks=REAL_TIME,
    )
    try:
        streams = [STREAMS[name] for name in names]
        typed = {it.name for it in streams if it.custom_fields and settings.typed_custom_fields}
        engine = EngineChoice(settings.engine.value, _say)
        yield walk_context(
            settings, client, streams, typed, REAL_TIME, privacy=privacy, engine=engine
        )
    finally:
        client.close()


def _sentence(verdicts: list[Verdict], spent: int, most: int) -> str:
    faulty = [verdict.stream for verdict in verdicts if verdict.is_faulty]
    what = (
        f"{len(faulty)} of {len(verdicts)} streams are not what Zendesk holds: {', '.join(faulty)}."
        if faulty
        else f"{len(verdicts)} streams hold what Zendesk holds, as far as it can be compared."
    )
    return f"{what} It took {spent:,} of {most:,} requests."


def _json(verdicts: list[Verdict], spent: int, most: int, code: int) -> bytes:
    found = {
        "streams": [verdict.as_json() for verdict in verdicts],
        "requests": spent,
        "most_requests": most,
        "exit_code": code,
    }
    return orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE)


def _say(line: Any) -> None:
    sys.stderr.write(f"{line}\n")
