"""The emulator and the connector are two products: neither imports the other."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONNECTOR, EMULATOR = "source_zendesk_support", "zendesk_emulator"


def imported(package: str) -> Iterator[tuple[str, str]]:
    """Yield the path of each module of a package with each top-level name that it imports."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [package if node.level else node.module or ""]
            for name in names:
                yield str(path.relative_to(ROOT)), name.partition(".")[0]


def test_the_connector_imports_nothing_of_the_emulator() -> None:
    names = {name for _, name in imported(CONNECTOR)}
    assert {CONNECTOR, "airbyte_cdk"} <= names, "the imports are not recognised"
    assert [path for path, name in imported(CONNECTOR) if name == EMULATOR] == []


def test_the_emulator_needs_the_standard_library_and_orjson_alone() -> None:
    allowed = {EMULATOR, "orjson", *sys.stdlib_module_names}
    assert "orjson" in {name for _, name in imported(EMULATOR)}
    assert [(path, name) for path, name in imported(EMULATOR) if name not in allowed] == []


def test_the_emulator_reads_no_file_of_the_connector() -> None:
    texts = {path: path.read_text() for path in (ROOT / EMULATOR).rglob("*.py")}
    assert [path.name for path, text in texts.items() if CONNECTOR in text] == []
