"""The emulator inside the process that uses it, for tests and benchmarks.

`with Emulator(size="small", seed=1, limits=False) as emulator:` serves at `emulator.base_url`.
"""

import threading
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from zendesk_emulator.changes import gone
from zendesk_emulator.changes.apply import Changed, change
from zendesk_emulator.data.account import FILTERED, SEARCH_DELAY_S
from zendesk_emulator.data.clock import Clock
from zendesk_emulator.data.sizes import size_of
from zendesk_emulator.seed.build import build_account, draw_everything
from zendesk_emulator.truth.oracle import truth
from zendesk_emulator.truth.rules import Truth

from .closing import DEFAULT_ANSWER, OPEN, Closing, plan_of
from .faults import fault_of
from .limits import ENTERPRISE, Limits
from .server import Server
from .sign_in import SignIn
from .site import Site

SUBDOMAIN = "emulator"
STOP_WITHIN_S = 0.05  # how long stopping may take: tests start and stop many


class Emulator:
    """An account and the server that serves it.

    `size` is one of sizes.SIZES and `overrides` replace its numbers (`tickets=50000`).
    `clock_at` is where the clock starts (default: now), `frozen` lets it stand still.
    `limits` off takes every rate limit away. `host` is the only Host with a help desk.
    `exports` (`open`, `closed`, `closing-at TIME`) and `exports_answer` (`410-coded`) close the
    incremental exports; ValueError for other words.
    `search_delay_s` is how far the search index is behind, up to an hour.
    `conversation_feed_s` is how far back the feed of side conversation events reaches.
    `warm` makes every record's bytes at once. Raises OSError when the port is taken.
    """

    def __init__(
        self,
        size: str = "tiny",
        *,
        seed: int = 1,
        clock_at: datetime | float | None = None,
        frozen: bool = False,
        limits: bool = True,
        account_limit: int = ENTERPRISE,
        high_volume: bool = False,
        subdomain: str = SUBDOMAIN,
        host: str | None = None,
        address: str = "127.0.0.1",
        port: int = 0,
        certificate: Path | None = None,
        key: Path | None = None,
        warm: bool = False,
        search_delay_s: int = SEARCH_DELAY_S,
        conversation_feed_s: int | None = None,
        exports: str = OPEN,
        exports_answer: str = DEFAULT_ANSWER,
        **overrides: int,
    ) -> None:
        at_s = clock_at.timestamp() if isinstance(clock_at, datetime) else clock_at
        self.clock = Clock(at_s, frozen=frozen)
        self.account = build_account(
            self.clock, size_of(size, **overrides), seed=seed, subdomain=subdomain
        )
        self.account.search_delay_s = search_delay_s
        self.account.conversation_feed_s = conversation_feed_s
        budget = Limits(
            self.clock, enabled=limits, account_per_minute=account_limit, high_volume=high_volume
        )
        self.site = Site(
            account=self.account,
            limits=budget,
            sign_in=SignIn(self.clock),
            host=host,
            closing=Closing(plan_of(exports, exports_answer)),
        )
        self.server = Server(self.site, (address, port), certificate, key)
        self.account.origin, self.account.foreign_origin = self._origins(host)
        if warm:
            draw_everything(self.account)
        self._thread = threading.Thread(
            target=self.server.serve_forever, args=(STOP_WITHIN_S,), daemon=True
        )

    def _origins(self, host: str | None) -> tuple[str, str]:
        """Where attachments lie: this server by its own name, and by another loopback name."""
        scheme, port = self.server.scheme, self.server.port
        named = host or self.server.host
        other = "127.0.0.1" if named == "localhost" else "localhost"
        usual = port == (443 if scheme == "https" else 80)
        ending = "" if usual else f":{port}"
        return f"{scheme}://{named}{ending}", f"{scheme}://{other}{ending}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving and let go of everyone a fault holds."""
        self.site.faults.clear()
        if self._thread.is_alive():
            self.server.shutdown()
            self._thread.join()
        self.server.server_close()

    @property
    def base_url(self) -> str:
        return f"{self.server.scheme}://{self.server.host}:{self.server.port}"

    @property
    def requests(self) -> dict[str, Any]:
        """The requests so far: `total`, `by_path`, `by_status`, `log`."""
        return self.site.log.state()

    def change(
        self, kind: str, *, count: int = 1, seed: int = 0, row_id: int | None = None
    ) -> list[Changed]:
        return change(self.account, kind, count=count, seed=seed, row_id=row_id)

    def truth(
        self,
        stream: str,
        *,
        start_s: int = 0,
        visible_until_s: int | None = None,
        include_deleted_tickets: bool = False,
    ) -> Truth:
        return truth(
            self.account,
            stream,
            start_s=start_s,
            visible_until=visible_until_s,
            include_deleted_tickets=include_deleted_tickets,
        )

    def hide(self, stream: str, row_id: int, how: str = FILTERED) -> None:
        """Take a record off its list; asked for singly it is `filtered` (shown) or `refused`."""
        gone.hide(self.account, stream, row_id, how)

    def unhide(self, stream: str, row_id: int) -> None:
        """Put a hidden record on its list again."""
        gone.unhide(self.account, stream, row_id)

    def restore(self, stream: str, row_id: int) -> None:
        """Bring a deleted record back as it was, and what lay below it."""
        gone.restore(self.account, stream, row_id)

    def fault(self, **fields: Any) -> None:
        """Inject a fault; the fields are those of faults.Fault."""
        self.site.faults.add(fault_of(fields))
