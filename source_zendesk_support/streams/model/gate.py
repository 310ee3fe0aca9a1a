"""The gates that open and close streams together: a product, a plan, a role, an export.

Owns the value that rows name as their gate, and no gate: those are in the catalog.
Rests on docs/facts/zendesk-api.md#5.5 and #6.1.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """One reason for which Zendesk answers or refuses a family of lists.

    Attributes:
        name: What the lists are called together.
        needs: The plan, role or product that opens them.
        probe: The list that is asked for all of them: its path, and its key in the answer. None
            where the role or the account's settings already answer.

    """

    name: str
    needs: str
    probe: tuple[str, str] | None = None
