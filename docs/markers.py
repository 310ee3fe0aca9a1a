"""Generated parts of documents: what stands between two markers is replaced, the rest stays."""

from __future__ import annotations


def between(text: str, begin: str, end: str, body: str) -> str:
    """Return a text with a new body between its markers. Raises ValueError without them."""
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the text lacks the markers {begin} and {end}")
    return f"{before}{begin}\n{body}\n{end}{after}"
