"""The floor: the ticket export's pages fetched, parsed, and each record written as a message.

No protocol, no schema, no state, one thread: what this machine needs for the bytes alone.
Arguments: the account's address, the start in epoch seconds, email, API token.
"""

from __future__ import annotations

import sys
import time

import orjson
import requests


def main(base_url: str, start_s: str, email: str, api_token: str) -> None:
    session = requests.Session()
    place = {"start_time": start_s}
    while True:
        answer = session.get(
            f"{base_url}/api/v2/incremental/tickets/cursor",
            params={**place, "per_page": "1000", "support_type_scope": "all"},
            auth=(f"{email}/token", api_token),
            timeout=60,
        )
        page = orjson.loads(answer.content)
        emitted_at = time.time_ns() // 1_000_000
        for ticket in page["tickets"]:
            record = {"stream": "tickets", "data": ticket, "emitted_at": emitted_at}
            sys.stdout.buffer.write(orjson.dumps({"type": "RECORD", "record": record}) + b"\n")
        if page["end_of_stream"]:
            return
        place = {"cursor": page["after_cursor"]}


if __name__ == "__main__":
    main(*sys.argv[1:])
