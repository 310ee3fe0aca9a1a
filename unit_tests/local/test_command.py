"""The command line of `zendesk-local`, and that nothing else needs what it needs."""

import io
import json
import subprocess
import sys
import textwrap
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pytest

from source_zendesk_support.local import command
from source_zendesk_support.local.command import main
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

SIGN_IN = {
    "subdomain": "acme",
    "credentials": {"credentials": "oauth2_client_credentials", "client_id": "id"},
}
ROOT = Path(__file__).parents[2]


def python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_the_connector_imports_nothing_of_it() -> None:
    done = python("""
        import pkgutil, sys, importlib
        import source_zendesk_support as package
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".local" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
        print(*[it for it in sys.modules if it.startswith(f"{package.__name__}.local.")])
        print(*{"apscheduler", "duckdb", "psycopg"} & sys.modules.keys())
    """)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_a_sync_imports_neither_the_cdk_nor_another_loader_nor_http() -> None:
    """Importing it costs more than an idle sync: the connector is a process of its own."""
    done = python("""
        import sys
        import source_zendesk_support.local.command
        import source_zendesk_support.local.sync
        import source_zendesk_support.local.accounts
        import source_zendesk_support.local.opening
        slow = {"airbyte_cdk", "airbyte", "sqlalchemy", "pandas", "psycopg", "requests"}
        print(*slow & sys.modules.keys())
    """)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_a_missing_extra_is_said_in_three_parts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "_EXTRA", ("orjson", "a_package_that_nobody_has"))
    assert main(["plan", "--config", "config.json"]) == 1
    stderr = capsys.readouterr().err
    assert "not installed: a_package_that_nobody_has." in stderr
    assert "[extra [local] of source-zendesk-support]" in stderr
    assert "pip install '.[local]'" in stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "--config", "nowhere.json"],
        ["plan", "--config", "nowhere.json", "--streams", "nonsense"],
        ["sync", "--config", "nowhere.json", "--into", "postgresql://a:b@c/d"],
        ["schedule", "--config", "c.json", "--into", "x.duckdb", "--every", "soon"],
        ["schedule", "--config", "a.json", "--config", "b.json", "--into", "x", "--every", "1h"],
        ["sync", "--config", "a.json", "--config", "b.json", "--into", "x"],
        ["sync", "--config", "a=a.json", "--config", "b=b.json", "--into", "x"],
        ["sync", "--config", "nowhere.json", "--into", "x", "--again", "ticket"],
        ["sync", "--config", "c.json", "--into", "x", "--streams", "tags", "--again", "users"],
        ["sync", "--config", "nowhere.json", "--into", "x.parquet"],
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "_EXTRA", ())
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(
    ("config", "options", "said"),
    [
        (None, [], "config file"),
        ({}, [], "subdomain"),
        (SIGN_IN, [], "client_secret"),
        (SIGN_IN, ["--streams", "nonsense"], "No such stream: nonsense."),
        (SIGN_IN, ["--streams", "ticket,user"], "Did you mean tickets, users?"),
        (SIGN_IN, ["--into", "motherduck://db"], "MOTHERDUCK_TOKEN"),
    ],
)
def test_a_schedule_that_cannot_work_does_not_begin(
    config: dict[str, Any] | None,
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def begin(*_arguments: object) -> int:
        pytest.fail("it began")

    monkeypatch.setattr(command, "_EXTRA", ())
    monkeypatch.setattr("source_zendesk_support.local.schedule.schedule", begin)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for name in ("ZENDESK_CLIENT_SECRET", "MOTHERDUCK_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "config.json"
    if config is not None:
        path.write_text(json.dumps(config))
    fixed = ["schedule", "--config", str(path), "--into", "x.duckdb", "--every", "1h"]
    assert main([*fixed, *options]) == 1
    stderr = capsys.readouterr().err
    assert said in stderr
    assert len(stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["dance"], ["sync"], ["sync", "--password", "x"]])
def test_a_wrong_command_line_is_said_by_its_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: zendesk-local" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("sync --config c.json --into x --steams tickets", "--streams instead of --steams"),
        ("sync --confg c.json --into x", "--config instead of --confg"),
        ("plan --confg=c.json", "--config instead of --confg"),
        ("sync --confg c.json --itno x", "--config instead of --confg, --into instead of --itno"),
    ],
)
def test_a_mistyped_option_gets_a_guess(
    line: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(line.split())
    assert f". Did you mean {meant}?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", ["sync --config c.json --into x --zzz", "sync --config c.json", "plan --intoo x"]
)
def test_an_option_that_is_like_none_of_its_command_gets_no_guess(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(line.split())
    assert "Did you mean" not in capsys.readouterr().err


def test_an_error_of_ours_is_shown_in_its_parts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(_asked: object) -> int:
        raise ConnectorError("It broke.", about="it", remedy="Mend it.", failure=Failure.CONFIG)

    monkeypatch.setattr(command, "_EXTRA", ())
    monkeypatch.setitem(command._COMMANDS, "plan", failing)
    assert main(["plan", "--config", "c.json"]) == 1
    assert capsys.readouterr().err == "It broke. [it] Mend it.\n"


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"zendesk-local {version('source-zendesk-support')}\n"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sy", {"sync"}),
        ("sync --f", {"--format", "--full-refresh"}),
        ("query --format j", {"jsonl"}),
        ("verify --sa", {"--sample"}),
    ],
)
def test_a_shell_completes_commands_and_options(
    capsys: pytest.CaptureFixture[str], typed: str, expected: set[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    words = ["zendesk-local", *typed.split()]
    ask = f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _zendesk_local"
    done = subprocess.run(
        ["bash", "-c", f"{script}\n{ask}; printf '%s\\n' \"${{COMPREPLY[@]}}\""],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == expected


def test_a_reader_that_has_gone_causes_no_traceback(tmp_path: Path) -> None:
    path = str(tmp_path / "z.duckdb")
    duckdb.connect(path).close()
    query = ["query", "--into", path, "--format", "csv", "SELECT * FROM range(1000000)"]
    with subprocess.Popen(
        [sys.executable, "-m", "source_zendesk_support.local.command", *query],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "range\n"
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == ("", 1)
