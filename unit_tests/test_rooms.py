"""The import graph of both products, by rooms: no import runs up, so there is no circle.

Every import counts: those of functions, and those that only type checkers see.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the lowest room up. A room may import those that stand before it.
ROOMS = {
    "source_zendesk_support": (
        "zendesk",
        "records",
        "config",
        "streams.state",
        "streams.model",
        "streams.walks",
        "streams.catalog",
        "privacy",
        "protocol",
        "",  # the modules of the package itself: reader, source, entrypoint
        "verify",
        "local",
    ),
    "zendesk_emulator": ("data", "seed", "api", "changes", "truth", "server", ""),
}


def modules(product: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / product).rglob("*.py")):
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts), ast.parse(path.read_text())


def imported(module: str, tree: ast.Module) -> Iterator[str]:
    """Yield the dotted names that a module imports, relative ones in full."""
    package = module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            names = [*base, *(node.module or "").split(".")] if node.module else base
            # `from . import tickets` imports a module, `from .tickets import ROWS` a name of one.
            yield from (".".join([*names, alias.name]) for alias in node.names)


def room_of(name: str) -> str:
    """Return the folder of a module, or of a name in one, below its product."""
    parts = name.split(".")
    while len(parts) > 1 and not (ROOT.joinpath(*parts)).is_dir():
        parts.pop()
    return ".".join(parts[1:])


@pytest.mark.parametrize("product", ROOMS)
def test_no_import_runs_up(product: str) -> None:
    floors = {room: floor for floor, room in enumerate(ROOMS[product])}
    up = [
        f"{module} imports {name}"
        for module, tree in modules(product)
        for name in imported(module, tree)
        if name.split(".")[0] == product
        if floors[room_of(name)] > floors[room_of(module)]
    ]
    assert up == []


@pytest.mark.parametrize(
    ("product", "other"),
    [
        ("source_zendesk_support", "zendesk_emulator"),
        ("zendesk_emulator", "source_zendesk_support"),
    ],
)
def test_neither_product_imports_the_other(product: str, other: str) -> None:
    found = [
        f"{module} imports {name}"
        for module, tree in modules(product)
        for name in imported(module, tree)
        if name.split(".")[0] == other
    ]
    assert found == []


@pytest.mark.parametrize("product", ROOMS)
def test_every_room_has_its_floor(product: str) -> None:
    assert {room_of(name) for name, _ in modules(product)} - {"streams"} == set(ROOMS[product])


# `Intervals` is a protocol, and the class that fulfils it.
ONE_NAME_FOR_TWO = {"Intervals"}


@pytest.mark.parametrize("product", ROOMS)
def test_no_two_classes_have_one_name(product: str) -> None:
    found = Counter(
        node.name
        for _, tree in modules(product)
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name for name, count in found.items() if count > 1} <= ONE_NAME_FOR_TWO


def test_no_walk_is_compared_with_its_class_outside_the_walks() -> None:
    """A walk says by a function of its own room what others need to know of it."""
    compared = [
        module
        for module, tree in modules("source_zendesk_support")
        if ".streams.walks." not in module and not module.endswith(".streams.model.walk")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance"
        if re.search(r"\bwalk$", ast.unparse(node.args[0]))
    ]
    assert compared == []


def test_no_module_imports_a_private_name_of_another() -> None:
    private = [
        f"{module} imports {name}"
        for product in ROOMS
        for module, tree in modules(product)
        for name in imported(module, tree)
        if name.split(".")[0] in ROOMS
        if (last := name.rpartition(".")[2]).startswith("_") and not last.startswith("__")
    ]
    assert private == []


def test_an_import_of_any_form_is_seen() -> None:
    text = """
import a.b
from a import b
from . import c
from .c import D
from ..e import f
def g():
    from .h import i
"""
    assert list(imported("p.q.r", ast.parse(text))) == [
        "a.b", "a.b", "p.q.c", "p.q.c.D", "p.e.f", "p.q.h.i",
    ]  # fmt: skip
