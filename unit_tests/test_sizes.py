"""The size of modules and functions: small enough that a reader sees one of them whole."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_LINES = 310  # about 300, and a little room for a fix
MOST_LINES_OF_TESTS = 335  # a table of cases stands in one piece
MOST_LINES_OF_A_FUNCTION = 48  # about 40, and a signature with many names
# The reason why a module is longer than others.
LONG_MODULES = {
    "integration_tests/test_image.py": "one build of the image serves all its tests",
    "integration_tests/test_local_models.py": "one build of the models serves all its tests",
}


def modules() -> Iterator[tuple[str, str]]:
    """Yield name and text of each module of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).exists():
            yield name, (ROOT / name).read_text()


def functions(name: str, text: str) -> Iterator[tuple[str, int]]:
    """Yield name and lines of each function, with its signature and its docstring."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{name}::{node.name}", node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("is_test", [False, True], ids=["code", "tests"])
def test_no_module_is_too_long(is_test: bool) -> None:
    most = MOST_LINES_OF_TESTS if is_test else MOST_LINES
    long = {
        name: lines
        for name, text in modules()
        if name.startswith(("unit_tests/", "integration_tests/")) == is_test
        and (lines := text.count("\n")) > most
        and name not in LONG_MODULES
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    found = (each for name, text in modules() for each in functions(name, text))
    long = {name: lines for name, lines in found if lines > MOST_LINES_OF_A_FUNCTION}
    assert long == {}


def test_exceptions_of_modules_are_needed() -> None:
    texts = dict(modules())
    for name in LONG_MODULES:
        assert texts[name].count("\n") > MOST_LINES, name
