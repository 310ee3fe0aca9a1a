"""Every fact that the tree cites is in docs/facts: the page exists, and so does the anchor."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FACTS = ROOT / "docs" / "facts"
TREE = (
    "source_zendesk_support",
    "zendesk_emulator",
    "unit_tests",
    "integration_tests",
    "test_support",
    "benchmarks",
    "examples",
    "docs",
    "README.md",
)
# Pages that are cut into numbered facts: a citation of one names the fact.
NUMBERED = {"zendesk-api.md", "published-connector.md"}
# A page, then its anchors: "#1.2, #1.3 and #2". A comment may be wrapped between two of them.
ANCHOR = r"#[\w./]*\w"
CITATION = re.compile(
    rf"docs/facts/(?P<page>[\w-]+\.md)(?P<anchors>{ANCHOR}(?:(?:,| and| to)[\s#]+?{ANCHOR})*)?"
)


def texts() -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each file that may cite a fact."""
    for top in TREE:
        path = ROOT / top
        files = path.rglob("*") if path.is_dir() else (path,)
        for file in sorted(files):
            if file.suffix in {".py", ".md", ".yaml"} and file != Path(__file__):
                yield str(file.relative_to(ROOT)), file.read_text()


def citations() -> Iterator[tuple[str, str, str]]:
    """Yield each citation: the citing file, the page, and an anchor or nothing."""
    for name, text in texts():
        for match in CITATION.finditer(text):
            anchors = re.findall(ANCHOR, match["anchors"] or "") or [""]
            for anchor in anchors:
                yield name, match["page"], anchor.removeprefix("#")


def anchors_of(page: str) -> list[str]:
    return re.findall(r'<a id="([^"]+)"></a>', (FACTS / page).read_text())


def test_every_citation_leads_to_a_fact() -> None:
    found = list(citations())
    assert len(found) > 300, "the citations are not recognised"
    pages = {page: set(anchors_of(page)) for page in {page for _, page, _ in found}}
    missing = [
        f"{name}: docs/facts/{page}#{anchor}"
        for name, page, anchor in found
        if anchor and anchor not in pages[page]
    ]
    assert missing == []


def test_a_citation_of_a_numbered_page_names_the_fact() -> None:
    # Each of these names the page as a whole: the emulator follows it, or readers are led to it.
    whole = {
        "README.md",
        "zendesk_emulator/__init__.py",
        "zendesk_emulator/api/resources.py",
        "zendesk_emulator/data/account.py",
        "unit_tests/emulator/test_truth.py",
        "test_support/plain_lists.py",
        "test_support/plain_reader.py",
    }
    bare = {name for name, page, anchor in citations() if page in NUMBERED and not anchor}
    assert bare <= whole


def test_nothing_cites_a_page_by_a_name_that_it_does_not_have() -> None:
    elsewhere = re.compile(r"(?<![\w/-])(zendesk/)?(api|compatibility|records|endpoints)\.md \d")
    assert [name for name, text in texts() if elsewhere.search(text)] == []


@pytest.mark.parametrize("page", sorted(path.name for path in FACTS.glob("*.md")))
def test_a_page_of_facts_can_be_linked_to(page: str) -> None:
    anchors = anchors_of(page)
    assert len(anchors) == len(set(anchors)), "an anchor stands twice"
    text = (FACTS / page).read_text()
    for target, anchor in re.findall(r"\]\(([\w-]+\.md)?(?:#([^)]+))?\)", text):
        assert not anchor or anchor in anchors_of(target or page), (target, anchor)
        assert not target or (FACTS / target).is_file(), target
    if page in NUMBERED:
        headings = re.findall(r"^#{2,3} (?:<a [^>]*></a>)?(\d[\d.]*\d|\d)", text, re.MULTILINE)
        assert headings
        assert set(headings) <= set(anchors)
