"""The folder of the demo, and that it belongs to the demo alone."""

from pathlib import Path

import pytest

from source_zendesk_support.local import demo
from source_zendesk_support.zendesk.errors import ConnectorError, Failure


@pytest.mark.parametrize("name", ["config.json", "zendesk.duckdb", ".env"])
def test_a_folder_with_files_of_others_stays_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ConnectorError, match="not the demo's") as caught:
        demo.demo(tmp_path)
    assert caught.value.failure is Failure.CONFIG
    assert {it.name: it.read_text() for it in tmp_path.iterdir()} == {name: "mine"}


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(ConnectorError, match="not the demo's"):
        demo.demo(tmp_path / "demo")


@pytest.mark.parametrize("path", [".", "new", "new/one"])
def test_an_empty_folder_and_that_of_a_demo_before_are_taken(tmp_path: Path, path: str) -> None:
    folder = tmp_path / path
    demo._claim(folder)
    (folder / "config.json").write_text("of the demo")
    demo._claim(folder)
    assert (folder / "config.json").read_text() == "of the demo"
