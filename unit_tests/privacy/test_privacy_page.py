"""The page on privacy holds what the preset does today."""

from pathlib import Path

import pytest
from markers import between
from privacy_table import BEGIN, END, table

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"


def test_the_page_holds_the_table_of_the_preset() -> None:
    text = PAGE.read_text()
    assert between(text, BEGIN, END, table()) == text


def test_a_page_without_markers_is_an_error() -> None:
    with pytest.raises(ValueError, match="markers"):
        between("no markers", BEGIN, END, "x")
