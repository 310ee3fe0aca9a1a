"""Records in the order of exports, to page through in small models of Zendesk."""

from dataclasses import dataclass

from hypothesis import strategies as st

HOST = "https://acme.zendesk.com/api/v2"
MANY = 10_000  # more requests than any walk below may need


@dataclass(frozen=True, order=True)
class Item:
    """A record of the model: Zendesk orders exports by (time, id)."""

    at_s: int
    id: int


# Few seconds and many records: records that share a second are the normal case.
ITEMS = st.lists(st.integers(100, 112), max_size=40).map(
    lambda times: [Item(at_s, number) for number, at_s in enumerate(sorted(times), start=1)]
)
SIZES = st.integers(1, 12)
