"""Documents and comments point to things that exist: files, their headings, and named tests."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[1]
# Folders of the repository; other folders do not belong to it.
FOLDERS = (
    *("docs", "examples", "benchmarks", "source_zendesk_support", "zendesk_emulator"),
    *("unit_tests", "integration_tests", "test_support"),
)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(p for it in FOLDERS for p in (ROOT / it).rglob("*.md"))])
CODE = sorted(p for it in FOLDERS for p in (ROOT / it).rglob("*.py"))
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|(?:src|href)=\"([^\"]+)\"")
# A path that is written as code: it names a folder of the repository first, and a file.
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]+\.\w+)`")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
ANCHOR = re.compile(r"<a id=\"([^\"]+)\"")
TEST_MODULE = re.compile(r"\btest_\w+\.py\b")
# The facts about the published connector name files of its own, and an example makes one.
OF_OTHERS = {
    *("test_config_migrations.py", "integration_tests/expected_records.jsonl", "test_example.py"),
}
# A page that a test of this module expects to be missing.
EXAMPLES = {"docs/none.md"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(document: Path) -> Iterator[str]:
    """Yield the anchors of a page, as GitHub makes them out of its headings."""
    text = FENCE.sub("", document.read_text())
    yield from ANCHOR.findall(text)
    for heading in HEADING.findall(text):
        words = re.sub(r"<[^>]+>|[`*]|\]\([^)]*\)|\[", "", heading).lower()
        yield re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-")


def broken(document: Path) -> Iterator[str]:
    """Yield the links of a document that lead nowhere in the repository."""
    text = FENCE.sub("", document.read_text())
    for groups in LINK.findall(text):
        target = urlsplit("".join(groups))
        if target.scheme or target.netloc:
            continue
        path = (document.parent / unquote(target.path)).resolve() if target.path else document
        if not path.exists() or (
            target.fragment and path.suffix == ".md" and target.fragment not in anchors(path)
        ):
            yield target.geturl()
    for path_in_code in PATH.findall(text):
        if path_in_code not in OF_OTHERS and not (ROOT / path_in_code).exists():
            yield path_in_code


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert list(broken(document)) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One `two`, three\n[a](#one-two-three) [b](#four) [c](page.md) [d](other.md)\n"
        '<img src="none.svg"> [e](https://example.com/none) `docs/none.md`\n'
        "```\n[f](in-a-block.md)\n```\n"
    )
    assert list(broken(page)) == ["#four", "other.md", "none.svg", "docs/none.md"]


def test_every_test_module_that_is_named_exists() -> None:
    modules = {path.name for path in CODE if path.name.startswith("test_")} | OF_OTHERS
    for path in (*DOCUMENTS, *CODE):
        assert set(TEST_MODULE.findall(path.read_text())) <= modules, path


def test_every_page_that_code_names_exists() -> None:
    for path in CODE:
        for page in re.findall(r"\bdocs/[\w/-]+\.md\b", path.read_text()):
            assert page in EXAMPLES or (ROOT / page).is_file(), (path, page)


def test_the_page_about_tests_names_what_there_is() -> None:
    page = (ROOT / "docs" / "testing.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| `([\w/]+\.py)` \|", page, re.MULTILINE)
    assert rows
    for name, module in rows:
        defined = rf"^(?:def|class) {name}\b"
        assert re.search(defined, (ROOT / module).read_text(), re.MULTILINE), (name, module)
    named = {name for name, module in rows if module.endswith("conftest.py")}
    fixtures = set()
    for folder in ("unit_tests", "integration_tests"):
        for module in (ROOT / folder).rglob("conftest.py"):
            fixtures |= set(
                re.findall(r"^@pytest\.fixture.*\ndef (\w+)", module.read_text(), re.MULTILINE)
            )
    assert named == fixtures
