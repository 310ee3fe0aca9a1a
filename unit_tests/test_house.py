"""The files round the package agree with each other: versions, locks, metadata, image, commands."""

import json
import re
import shutil
import subprocess
import tomllib
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, FormatChecker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
METADATA = yaml.safe_load((ROOT / "metadata.yaml").read_text())["data"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()

LOCKS = {
    "locks/runtime.txt": PROJECT["project"]["dependencies"],
    "locks/dev.txt": [
        *PROJECT["project"]["dependencies"],
        *PROJECT["dependency-groups"]["dev"],
    ],
    "locks/local.txt": [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["local"],
    ],
    "locks/models.txt": [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["local"],
        *PROJECT["project"]["optional-dependencies"]["models"],
        *PROJECT["dependency-groups"]["build"],
    ],
    "locks/build.txt": PROJECT["dependency-groups"]["build"],
    "locks/orchestrators.txt": PROJECT["dependency-groups"]["orchestrators"],
    "locks/pyairbyte.txt": PROJECT["dependency-groups"]["pyairbyte"],
}


def locked(lock: str) -> list[tuple[Requirement, list[str]]]:
    """Each requirement of a lock with its hashes."""
    joined = (ROOT / lock).read_text().replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
    split = [line.split("--hash=") for line in lines]
    return [(Requirement(first), [part.strip() for part in rest]) for first, *rest in split]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_by_version_and_hash(lock: str) -> None:
    requirements = locked(lock)
    assert requirements
    for requirement, hashes in requirements:
        assert [clause.operator for clause in requirement.specifier] == ["=="], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_address_and_no_machine(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|^--|^\s*-[a-z] |\s@\s|file:|find-links|index", text, re.MULTILINE)
    assert "make lock" in text.splitlines()[1]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_locked_within_its_bounds(lock: str) -> None:
    pins: dict[str, list[str]] = {}
    for requirement, _ in locked(lock):
        version = next(iter(requirement.specifier)).version
        pins.setdefault(canonicalize_name(requirement.name), []).append(version)
    for text in LOCKS[lock]:
        wanted = Requirement(text)
        versions = pins.get(canonicalize_name(wanted.name), [])
        assert versions, f"{text} is not locked: run make lock"
        assert all(wanted.specifier.contains(version) for version in versions), (text, versions)


def test_locks_agree_with_each_other() -> None:
    runtime = {(it.name, it.specifier) for it, _ in locked("locks/runtime.txt")}
    names = {name for name, _ in runtime}
    for lock in ("locks/dev.txt", "locks/build.txt"):
        shared = {(it.name, it.specifier) for it, _ in locked(lock) if it.name in names}
        assert shared <= runtime, lock


def test_one_version_everywhere() -> None:
    version = PROJECT["project"]["version"]
    # One number has to be read as a semantic version by the platform and as PEP 440 by pip.
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert METADATA["dockerImageTag"] == version
    changelog = (ROOT / "CHANGELOG.md").read_text()
    newest = re.search(r"^## (\S+) - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)
    assert newest
    assert newest[1] == version
    labels = dict(re.findall(r'([a-z.]+\.version)="([^"]*)"', DOCKERFILE))
    assert labels == dict.fromkeys(
        ("io.airbyte.version", "org.opencontainers.image.version"), version
    )


def test_metadata_fits_the_platforms_schema() -> None:
    models = pytest.importorskip(
        "airbyte_connector_models.metadata.v0", reason="is not published for Python 3.13"
    )
    shipped = json.loads(
        (resources.files(models) / "ConnectorMetadataDefinitionV0.json").read_text()
    )
    validator = Draft7Validator(without_ids(shipped), format_checker=FormatChecker())
    whole = yaml.safe_load((ROOT / "metadata.yaml").read_text())
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(whole)] == []
    whole["data"]["definitionId"] = "not a uuid"
    assert not validator.is_valid(whole), "the schema checks nothing"


def without_ids(schema: Any) -> Any:
    """The parts of the shipped schema carry their old `$id` while their `$ref` mean the whole."""
    if isinstance(schema, dict):
        return {key: without_ids(value) for key, value in schema.items() if key != "$id"}
    if isinstance(schema, list):
        return [without_ids(value) for value in schema]
    return schema


def test_metadata_takes_over_the_published_connector() -> None:
    assert METADATA["definitionId"] == "79c1aa37-dae3-42ae-b333-d1c105477715"
    assert METADATA["allowedHosts"]["hosts"] == ["${subdomain}.zendesk.com", "zendesk.com"]
    published_line = (5, 6, 2)
    assert tuple(int(part) for part in METADATA["dockerImageTag"].split(".")) > published_line
    breaking = METADATA["releases"]["breakingChanges"]
    assert list(breaking) == ["1.0.0", "2.0.0", "3.0.0", "4.0.0", "5.0.0", "6.0.0"]


def test_metadata_allows_the_longest_silence_of_a_walk_that_waits() -> None:
    rules = import_module("source_zendesk_support.config.config")
    longest_s = rules.DEFAULT_RATE_LIMIT_PATIENCE_S + rules.DEFAULT_RETRY_PATIENCE_S
    assert METADATA["maxSecondsBetweenMessages"] > longest_s


def test_metadata_says_that_files_can_be_transferred() -> None:
    streams = import_module("source_zendesk_support.streams.catalog.table").STREAMS
    assert METADATA["supportsFileTransfer"] is any(row.file for row in streams.values())


def test_metadata_names_streams_that_exist() -> None:
    streams = import_module("source_zendesk_support.streams.catalog.table").STREAMS
    suggested = METADATA["suggestedStreams"]["streams"]
    assert suggested == sorted(suggested)
    assert set(suggested) <= set(streams)


def test_breaking_changes_name_the_streams_that_they_break() -> None:
    table = import_module("source_zendesk_support.streams.catalog.table").STREAMS
    published = json.loads((ROOT / "unit_tests/records/published_fields.json").read_text())
    broken = {
        version: {
            stream
            for impact in change.get("scopedImpact", [])
            for stream in impact["impactedScopes"]
        }
        for version, change in METADATA["releases"]["breakingChanges"].items()
    }
    # Another sign-in breaks no stream.
    assert [version for version, streams in broken.items() if not streams] == ["5.0.0"]
    gone = {"tickets_search"}
    assert gone <= broken["6.0.0"]
    # Decimal numbers became whole ones, of posts in the columns alone
    # (docs/facts/published-connector.md#1.3).
    decimal = {stream for stream, fields in published.items() if "number" in fields.values()}
    assert decimal <= broken["6.0.0"]
    assert all(streams - gone <= set(table) for streams in broken.values())


def test_metadata_and_image_share_base_and_icon_exists() -> None:
    base = METADATA["connectorBuildOptions"]["baseImage"]
    assert f"ARG BASE_IMAGE={base}\n" in DOCKERFILE
    assert re.search(r":[\d.]+@sha256:[0-9a-f]{64}$", base), "not pinned"
    assert (ROOT / METADATA["icon"]).read_text().startswith("<svg ")


@pytest.mark.parametrize("unknown_to_some_builders", ["<<", "--mount", "--link", "# syntax="])
def test_image_needs_no_particular_builder(unknown_to_some_builders: str) -> None:
    assert unknown_to_some_builders not in DOCKERFILE


def test_image_runs_the_command_as_an_ordinary_user() -> None:
    command = f"/opt/connector/bin/{PROJECT['project']['name']}"
    assert PROJECT["project"]["name"] in PROJECT["project"]["scripts"]
    assert f'ENTRYPOINT ["{command}"]' in DOCKERFILE
    assert f'AIRBYTE_ENTRYPOINT="{command}"' in DOCKERFILE
    final_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.*)$", final_stage, re.MULTILINE) == ["1000"]
    # Layers of every commit come after those that change with a lock.
    assert DOCKERFILE.index("COPY locks/runtime.txt") < DOCKERFILE.index("COPY source_zendesk")


def test_image_context_holds_what_the_image_copies() -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    assert {name for names in copied for name in names.split()} == allowed
    assert all((ROOT / name).exists() for name in allowed)


def test_the_licence_is_the_one_that_every_file_names() -> None:
    assert PROJECT["project"]["license"] == METADATA["license"] == "MIT"
    assert PROJECT["project"]["license-files"] == ["LICENSE"]
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("MIT License\n")
    assert "The source-zendesk-support authors" in text
    assert 'org.opencontainers.image.licenses="MIT"' in DOCKERFILE


def test_an_installation_brings_the_emulator_and_its_command() -> None:
    built = PROJECT["tool"]["hatch"]["build"]["targets"]
    for target in (built["wheel"]["packages"], built["sdist"]["include"]):
        assert {"source_zendesk_support", "zendesk_emulator"} <= set(target)
    scripts = PROJECT["project"]["scripts"]
    assert scripts["zendesk-emulator"] == "zendesk_emulator.server.command:main"


def test_the_locks_are_all_of_one_folder() -> None:
    assert {f"locks/{path.name}" for path in (ROOT / "locks").iterdir()} == set(LOCKS)
    assert set(LOCKS) <= set(re.findall(r"--output-file (\S+)", MAKEFILE))


def test_tools_of_developers_are_not_published() -> None:
    assert set(PROJECT["project"]["optional-dependencies"]) == {"cdk", "local", "models"}


def test_the_cdk_of_the_tests_is_that_of_users() -> None:
    (cdk,) = PROJECT["project"]["optional-dependencies"]["cdk"]
    assert cdk in PROJECT["dependency-groups"]["dev"]
    assert not [it for it in PROJECT["project"]["dependencies"] if it.startswith("airbyte")]


def test_contributing_names_targets_of_make() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    lines = re.findall(r"\bmake ([a-z-]+(?: [a-z-]+)*)(?=`|  | ARGS)", text)
    targets = {target for line in lines for target in line.split()}
    assert {"environments", "lint", "types", "test", "test-fast", "lock"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target


@pytest.mark.parametrize(
    "target", ["demo", "test", "test-fast", "lint", "types", "lock", "ci", "clean"]
)
def test_make_knows_the_target(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
    make = shutil.which("make")
    assert make
    dry_run = [make, "--dry-run", "--always-make", "--directory", str(ROOT), target]
    done = subprocess.run(dry_run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_make_says_what_to_install_where_no_python_makes_environments(tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make
    dry_run = [make, "--dry-run", "--always-make", "--directory", str(ROOT), "demo"]
    done = subprocess.run(
        dry_run, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)}
    )
    assert done.returncode == 2
    assert "apt-get install python3-venv" in done.stderr


def test_ci_runs_everything_and_the_tests_last() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    text = script.read_text()
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    made = re.findall(r"make --no-print-directory (?:--jobs \d )?(\w+)", text)
    assert made == ["environments", "lint", "types", "site", "test"]
    assert text.rstrip().endswith("exec make --no-print-directory test")


def test_tests_share_code_by_test_support_alone() -> None:
    for folder in ("unit_tests", "integration_tests"):
        for module in (ROOT / folder).rglob("*.py"):
            assert module.name == "conftest.py" or module.name.startswith("test_"), module
            imported = re.findall(
                r"^\s*(?:from|import) (test_\w+)", module.read_text(), re.MULTILINE
            )
            assert set(imported) <= {"test_support"}, module
