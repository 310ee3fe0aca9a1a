"""Plain English in comments, docstrings, messages and documents: the rules of CONTRIBUTING.md.

The facts are left out, which keep the words of their sources.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FACTS = "docs/facts/"
# This page names the words that it forbids.
RULES = {"CONTRIBUTING.md", "unit_tests/test_words.py"}
# Each pattern with what to write instead.
FORBIDDEN = {
    r"\b[Tt]ell whether\b": "Return whether",
    r"\b(?:is|was|are|were) told\b": "say by whom: Zendesk says, the log names",
    r"\bas told\b": "as the answer says",
    r"\b[Nn]obody\b": "name the subject, or use the passive",
    r"\b[Ww]hoever\b": "name the subject",
    r"\bthat which\b": "name the thing",
    r"\b[Hh]angs? (?:below|on)\b": "child of",
    r"\b(?:goes|go|went|going) on\b": "continues, resumes",
    r"\bfor ever\b": "without end",
    r"\bmend(?:s|ed)?\b": "repair, fix",
    r"\bbe had\b": "is not available",
    r"(?<!here )\b(?:is|are|was|were) no (?!longer\b|more\b)[a-z]+": "is not a, are not",
    r'(?:^|""")\s*(?:# )?What (?:is|was|of|no|has|comes|stands)\b': "name the subject",
    # The first words of a docstring or a comment in code. Questions of documents are headings.
    r'(?:"""|^\s*# )(?:What|Whatever|Who) (?!.*\?$)\w+': "name the subject",
}
# One idea a sentence. A colon or a semicolon ends a part that is read for itself.
MOST_WORDS = 20
_END = re.compile(r"(?<=[.!?:;])\s+")
# Paragraphs, items of lists, rows of tables, attributes of docstrings.
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[*\-#|>]|\d+\.|\w+: |[=+|-]{3}))")
_IN_A_FRAME = ("|", "#", "=", "+", "<")  # tables, headings and drawings
# A user of the operating system.
QUOTED = ("--reuid=nobody", '"chown", "nobody"')


def documents() -> Iterator[Path]:
    """Yield the files of the repository that people read."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if name not in RULES and not name.startswith(FACTS) and (ROOT / name).exists():
            yield ROOT / name


def found(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, words and the plain form of what the rules forbid."""
    for number, line in enumerate(text.splitlines(), 1):
        if any(quoted in line for quoted in QUOTED):
            continue
        for pattern, plain in FORBIDDEN.items():
            for match in re.finditer(pattern, line):
                yield number, match[0], plain


def long_sentences(text: str) -> Iterator[str]:
    """Yield the sentences that have too many words; names in backticks and links count once."""
    for part in _BREAK.split(text):
        if part.lstrip().startswith(_IN_A_FRAME):
            continue
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"`[^`]*`", "X", part))
        for sentence in _END.split(" ".join(plain.split())):
            if len(sentence.split()) > MOST_WORDS:
                yield sentence


def prose(path: Path) -> Iterator[str]:
    """Yield the texts of a file: a document without its code, or docstrings and comments."""
    text = path.read_text()
    if path.suffix == ".md":
        yield re.sub(r"```.*?```|<!--.*?-->", "", text, flags=re.DOTALL)
        return
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, kinds):
            yield ast.get_docstring(node) or ""
    for comment in re.findall(r"(?:^[ ]*# ?.*\n)+", text, flags=re.MULTILINE):
        yield re.sub(r"^[ ]*# ?", "", comment, flags=re.MULTILINE)


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the words of each test's name."""
    for number, line in enumerate(text.splitlines(), 1):
        if name := re.match(r"\s*def test_(\w+)", line):
            yield number, name[1].replace("_", " ")


def test_the_rules_of_writing_hold_for_the_names_of_tests() -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{number}: {sentence}"
        for path in documents()
        if path.name.startswith("test_")
        for number, sentence in sentences(path.read_text())
        if re.match(r"(what|whatever|who|whoever)\b", sentence) or list(found(sentence))
    ]
    assert broken == []


def test_the_rules_of_writing_hold() -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{number}: {words!r}: {plain}"
        for path in documents()
        for number, words, plain in found(path.read_text())
    ]
    assert broken == []


def test_sentences_are_short() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {sentence}"
        for path in documents()
        for text in prose(path)
        for sentence in long_sentences(text)
    ]
    assert broken == []


def test_long_sentences_are_found() -> None:
    words = " ".join(["word"] * MOST_WORDS)
    assert (
        list(long_sentences(f"{words}. {words}; {words}: [two words](a/link).\n\n{words}.")) == []
    )
    assert list(long_sentences(f"{words} more.")) == [f"{words} more."]


@pytest.mark.parametrize(
    "sentence",
    [
        "Tell whether it is so.",
        "A short page is no end.",
        "It waits as told.",
        "# What is left goes on for ever.",
        "No answer can be had.",
        "Older states cannot be had.",
        '"""What a page brings."""',
        "    # Whatever came is kept.",
    ],
)
def test_the_rules_find(sentence: str) -> None:
    assert list(found(sentence))


def test_plain_sentences_pass() -> None:
    assert list(found("A token that is no longer valid is renewed. Return whether it ends.")) == []
