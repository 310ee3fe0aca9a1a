"""The command `zendesk-emulator`: serve an account until SIGINT or SIGTERM."""

import argparse
import signal
import ssl
import sys
import threading
from pathlib import Path
from types import FrameType

from zendesk_emulator.data.account import SEARCH_DELAY_S
from zendesk_emulator.data.clock import epoch_s
from zendesk_emulator.data.past import KEPT_S
from zendesk_emulator.data.sizes import SIZES

from . import callers, closing, sign_in
from .limits import ENTERPRISE
from .running import SUBDOMAIN, Emulator

PORT_MAX = 65_535


def main(arguments: list[str] | None = None) -> int:
    """Print one line with the address and the credentials, serve, return 0 on SIGINT or SIGTERM.

    Return 1 where nothing can listen. Raises SystemExit (2) for arguments that are of no use.
    """
    asked = _parse(arguments)
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        emulator = _emulator(asked)
    except OSError as error:
        sys.stderr.write(
            f"The emulator cannot listen: {error.strerror}. [{asked.address}:{asked.port}] "
            "Give another --port (0 picks a free one) or --address.\n"
        )
        return 1
    with emulator:
        sys.stdout.write(_greeting(emulator) + "\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


def _emulator(asked: argparse.Namespace) -> Emulator:
    replaced = {"tickets": asked.tickets, "cluster": asked.cluster}
    overrides = {name: number for name, number in replaced.items() if number is not None}
    return Emulator(
        asked.size,
        seed=asked.seed,
        clock_at=asked.clock,
        frozen=asked.frozen,
        limits=not asked.no_limits,
        account_limit=asked.account_limit,
        high_volume=asked.high_volume,
        subdomain=asked.subdomain or SUBDOMAIN,
        host=None if asked.subdomain is None else f"{asked.subdomain}.zendesk.com",
        address=asked.address,
        port=asked.port,
        certificate=asked.certificate,
        key=asked.key,
        warm=asked.warm,
        search_delay_s=asked.search_delay,
        exports=" ".join(asked.exports),
        exports_answer=asked.exports_answer,
        **overrides,
    )


def _greeting(emulator: Emulator) -> str:
    return (
        f"{emulator.base_url} email={callers.ADMIN_EMAIL} api_token={callers.API_TOKEN} "
        f"access_token={sign_in.ACCESS_TOKEN} client_id={sign_in.CLIENT_ID} "
        f"client_secret={sign_in.CLIENT_SECRET} refresh_token={sign_in.REFRESH_TOKEN}"
    )


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    options = parser()
    asked = options.parse_args(arguments)
    try:
        closing.plan_of(" ".join(asked.exports), asked.exports_answer)
    except ValueError as error:
        options.error(f"{error}. [--exports, --exports-answer]")
    if asked.certificate is not None:
        # Before it listens: an error of a file looks like one of the port.
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(asked.certificate, asked.key)
        except OSError as error:  # ssl.SSLError is one
            options.error(
                f"The certificate or its key cannot be used: {error.strerror}. "
                f"[--certificate {asked.certificate}] Give PEM files that belong together."
            )
    return asked


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > PORT_MAX:
        raise argparse.ArgumentTypeError(
            f"{text} is not a port. Give one from 1 to {PORT_MAX}; 0 picks a free one."
        )
    return int(text)


def _delay(text: str) -> int:
    if not text.isdecimal() or int(text) > KEPT_S:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds up to {KEPT_S}.")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="zendesk-emulator",
        description="Serve an emulated Zendesk account until SIGINT or SIGTERM.",
    )
    made.add_argument("--port", type=_port, default=8080, help="0 picks a free one")
    made.add_argument("--address", default="127.0.0.1", help="where to listen")
    made.add_argument("--size", choices=sorted(SIZES), default="small")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--tickets", type=int, help="another number of tickets")
    made.add_argument("--cluster", type=int, help="another number of records that share a second")
    made.add_argument("--clock", type=epoch_s, help="where the clock starts, ISO 8601")
    made.add_argument("--frozen", action="store_true", help="the clock stands still")
    made.add_argument("--no-limits", action="store_true", help="no rate limits")
    made.add_argument("--account-limit", type=int, default=ENTERPRISE, help="requests a minute")
    made.add_argument("--high-volume", action="store_true", help="the High Volume add-on")
    made.add_argument(
        "--exports", nargs="+", default=[closing.OPEN], metavar="WHEN",
        help="the incremental exports are open, closed or closing-at TIME",
    )  # fmt: skip
    made.add_argument(
        "--exports-answer", default=closing.DEFAULT_ANSWER, metavar="STATUS-ENVELOPE",
        help="what closed exports answer, such as 403-object, 404-described or 410-coded",
    )  # fmt: skip
    made.add_argument(
        "--search-delay", type=_delay, default=SEARCH_DELAY_S, metavar="SECONDS",
        help="how far the search index is behind",
    )  # fmt: skip
    made.add_argument("--certificate", type=Path, help="PEM file: serve HTTPS")
    made.add_argument("--key", type=Path, help="PEM file of its key")
    made.add_argument("--subdomain", help="only SUBDOMAIN.zendesk.com has a help desk")
    made.add_argument("--warm", action="store_true", help="prepare every record before serving")
    return made


if __name__ == "__main__":
    sys.exit(main())
