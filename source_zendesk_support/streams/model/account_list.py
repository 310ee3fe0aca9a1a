"""One list of an account that has the children of many parents.

Owns the words in which a row names such a list. It knows no list and sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountList:
    """A list of all children of a kind, whatever they are below.

    Attributes:
        path: The path below `api/v2`.
        key: Where a page holds the children.
        parent_field: The field of a child that names its parent.
        kind_field: The field of a child that says of which kind its parent is.
        kinds: The values of that field for the parents of the row.
        count_in: The field of a parent that counts its children.
        value: The field of a child that is added up.
        sum_in: The field of a parent that has this sum.

    """

    path: str
    key: str
    parent_field: str
    kind_field: str
    kinds: frozenset[str]
    count_in: str
    value: str
    sum_in: str
