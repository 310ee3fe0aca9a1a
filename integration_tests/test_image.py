"""The image, built and run for real, against the emulator on this machine.

One build serves all tests of this module, so that they stay with one worker.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import yaml

from source_zendesk_support.run import spec_line
from test_support.clock import CLOCK, HOUR_S
from test_support.connector import standard_folder
from test_support.connector.account_truth import deleted, expect_equal
from test_support.connector.checkpoints import begun_anew, largest_pages
from test_support.connector.process import CREDENTIALS, Connector, Destination, Output
from test_support.containers.cron_job import Cluster
from test_support.containers.engine import engine, missing
from test_support.containers.image import (
    ROOT,
    ContainedConnector,
    Image,
    build,
    built,
    copied_context,
    docker_on_path,
    started,
)
from test_support.readme_commands import commands
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

# The first test waits for the base and the build: a minute and a half on an idle machine, and three
# times as long on a busy one.
pytestmark = pytest.mark.timeout(900)

METADATA = yaml.safe_load((ROOT / "metadata.yaml").read_text())["data"]
ENTRYPOINT = "/opt/connector/bin/source-zendesk-support"
PAGE = 20
MB = 1 << 20
MEMORY_MB = 256
RECORD = re.compile(rb'^\{"type":"RECORD","record":\{"stream":"(\w+)"', re.MULTILINE)
# The streams that have most records.
LARGE = ("tickets", "ticket_events", "ticket_comments", "users", "organizations", "calls")
# As a cluster assigns them: a number that no passwd file knows, in the group of root.
SOMEBODY = "1000680000:0"


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    reason = missing()
    if reason:
        # Where a skip would hide that nothing was tested, it is a failure.
        ends = pytest.fail if os.environ.get("CI") == "true" and not os.geteuid() else pytest.skip
        ends(reason)
    with engine() as running, built(running) as made:
        yield made


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", clock_at=CLOCK, limits=False) as made:
        yield made


def test_the_image_says_what_it_is(image: Image) -> None:
    config = image.config
    assert config["Entrypoint"] == [ENTRYPOINT]
    assert config["User"] == "1000"
    environment = dict(entry.split("=", 1) for entry in config["Env"])
    assert environment["AIRBYTE_ENTRYPOINT"] == ENTRYPOINT
    assert environment["PATH"].startswith("/opt/connector/bin:")
    labels = {name: value for name, value in config["Labels"].items() if "buildah" not in name}
    assert labels.pop("org.opencontainers.image.description")
    assert labels == {
        "io.airbyte.name": METADATA["dockerRepository"],
        "io.airbyte.version": METADATA["dockerImageTag"],
        "org.opencontainers.image.title": "source-zendesk-support",
        "org.opencontainers.image.version": METADATA["dockerImageTag"],
        "org.opencontainers.image.documentation": METADATA["documentationUrl"],
        "org.opencontainers.image.licenses": METADATA["license"],
        "org.opencontainers.image.base.name": image.base,
    }


def test_nothing_that_builds_is_left(image: Image) -> None:
    script = """
import importlib.util, json, os, shutil
tools = ("python", "pip", "pip3", "uv", "poetry", "hatchling", "gcc", "cc", "make", "git")
modules = ("airbyte_cdk", "pip", "hatchling", "editables")
print(json.dumps({
    "tools": [name for name in tools if shutil.which(name)],
    "modules": [name for name in modules if importlib.util.find_spec(name)],
    "folders": [name for name in ("opt", "build", "code") if os.path.exists(f"/{name}")],
}))
"""
    (found,) = image.run("python", "-c", script).messages
    assert found == {"tools": ["python"], "modules": [], "folders": ["opt"]}


def test_the_emulator_is_not_in_it(image: Image) -> None:
    imported = image.run("python", "-c", "import zendesk_emulator")
    assert imported.code == 1
    assert "ModuleNotFoundError: No module named 'zendesk_emulator'" in imported.stderr
    looked_for = image.run("sh", "-c", "command -v zendesk-emulator || ls /opt/connector/bin >&2")
    assert looked_for.lines == []
    assert "source-zendesk-support" in looked_for.stderr
    assert "zendesk-emulator" not in looked_for.stderr


def test_its_environment_is_whole_and_cannot_be_changed(image: Image) -> None:
    """No package in the image misses a part that was left out (tests of others, pip)."""
    found = importlib.util.find_spec("pip")
    assert found
    assert found.origin
    # Its environment has no pip: ours is lent to it.
    lent = {str(Path(found.origin).parent): {"bind": "/lent/pip", "mode": "ro"}}
    checked = image.run("sh", "-c", "python /lent/pip --no-cache-dir check >&2", volumes=lent)
    assert (checked.code, checked.stderr) == (0, "No broken requirements found.\n")
    imported = image.run("python", "-c", "import source_zendesk_support.entrypoint")
    assert (imported.code, imported.stderr) == (0, "")
    own = image.run("sh", "-c", "find /opt/connector /airbyte -writable ! -type l >&2")
    assert (own.code, own.stderr) == (0, "")


def test_every_module_is_compiled_and_none_is_compared_with_its_source(image: Image) -> None:
    script = """
import importlib.util, json, pathlib, sysconfig
missing, checked, found = [], [], 0
for source in pathlib.Path(sysconfig.get_path("purelib")).rglob("*.py"):
    compiled = pathlib.Path(importlib.util.cache_from_source(source))
    if not compiled.exists():
        missing.append(str(source))
    elif compiled.read_bytes()[4:8] != b"\\1\\0\\0\\0":  # PEP 552: by hash, unchecked
        checked.append(str(source))
    else:
        found += 1
print(json.dumps({"missing": missing, "checked": checked, "found": found}))
"""
    (found,) = image.run("python", "-c", script).messages
    assert found["missing"] == found["checked"] == []
    assert found["found"] > 200, "the connector alone has more than a hundred"


def test_a_change_of_the_code_leaves_the_dependencies(image: Image, tmp_path: Path) -> None:
    context = copied_context(tmp_path)
    module = context / "source_zendesk_support" / "__init__.py"
    module.write_text('"""Changed."""\n')
    tag = image.tag.replace("connector", "changed")
    with build(image.engine, context, tag, image.base) as changed:
        look = "import json, source_zendesk_support as it; print(json.dumps(it.__doc__))"
        assert changed.run("python", "-c", look).messages == ["Changed."]
        assert changed.layers[:-1] == image.layers[:-1]
        assert changed.layers[-1] != image.layers[-1]
        assert "orjson" not in "\n".join(changed.build_log)


def test_buildah_builds_it_too(image: Image) -> None:
    """On top of what is built already: every instruction has to be one that it knows."""
    if image.engine.command != "podman":
        pytest.skip("a Docker engine built this image, whose storage buildah cannot see")
    tag = image.tag.replace("connector", "buildah")
    command = [
        *("buildah", "bud", "--quiet", "--isolation", "chroot", "--network", "host"),
        # Layers are found again only in the format that the service writes.
        *("--layers", "--format", "docker", "--pull-never"),
        *("--build-arg", f"BASE_IMAGE={image.base}", "--tag", tag, "."),
    ]
    environment = image.engine.environment
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    made = image.engine.client.images.get(tag).attrs
    assert made["Config"]["Entrypoint"] == [ENTRYPOINT]
    assert made["RootFS"]["Layers"] == image.layers
    image.engine.client.images.remove(tag, force=True)


def test_spec(image: Image) -> None:
    with started(image, "spec", network_mode="none", read_only=True) as process:
        output = process.end()
    assert (output.code, output.stderr) == (0, "")
    assert output.lines == [spec_line()]


def test_check(image: Image, emulator: Emulator, tmp_path: Path) -> None:
    connector = ContainedConnector(tmp_path, emulator.base_url, image)
    output = connector.check()
    assert (output.code, output.stderr) == (0, "")
    assert output.status["status"] == "SUCCEEDED"
    connector.config["credentials"] = {**CREDENTIALS, "api_token": "not-the-api-token"}
    refused = connector.check()
    assert refused.code == 0, "the protocol's way: the message says it"
    assert refused.status["status"] == "FAILED"


def test_discover(image: Image, emulator: Emulator, tmp_path: Path) -> None:
    output = ContainedConnector(tmp_path, emulator.base_url, image).discover()
    assert (output.code, output.stderr) == (0, "")
    assert output.streams == Connector(tmp_path, emulator.base_url).discover().streams


@pytest.mark.parametrize("user", [None, SOMEBODY], ids=["its own user", "an arbitrary user"])
def test_a_read_and_one_from_its_state(
    image: Image, emulator: Emulator, tmp_path: Path, user: str | None
) -> None:
    options = {
        "page_size": 50,
        "satisfaction_ratings_lookback_days": 3650,  # the changes are to ratings of any age
        "help_center_sweep_hours": 0,
    }
    connector = ContainedConnector(tmp_path, emulator.base_url, image, **options)
    connector.options["user"] = user
    catalog = connector.catalog()
    destination = Destination(catalog)
    first = connector.read(catalog)
    assert (first.code, first.stderr) == (0, "")
    destination.take(first)
    expect_equal(emulator, destination)
    held = {name: dict(rows) for name, rows in destination.tables.items()}

    were_deleted = deleted(emulator)
    emulator.change("mix", count=40, seed=7)
    emulator.clock.advance(HOUR_S)
    second = connector.read(catalog, destination.states())
    assert (second.code, second.stderr) == (0, "")
    destination.take(second)
    expect_equal(emulator, destination, were_deleted)
    for name in ("tickets", "users", "organizations", "ticket_comments", "ticket_metrics"):
        came = [record["data"] for record in second.records if record["stream"] == name]
        again = [data for data in came if data in held[name].values()]
        assert again == [], name
    assert second.counts()["tickets"] > 0


def test_nothing_is_written(image: Image, emulator: Emulator, tmp_path: Path) -> None:
    connector = ContainedConnector(tmp_path, emulator.base_url, image)
    arguments = connector.read_arguments(connector.catalog())
    with connector.started(*arguments, read_only=False) as process:
        assert process.end().code == 0
        changes = process.container.diff() or []
    paths = {change["Path"] for change in changes}
    # Where the engine mounts something it makes a place for it.
    assert {path for path in paths if not path.startswith(("/data", "/etc", "/run"))} == set()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_read_in_order(
    image: Image, emulator: Emulator, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    emulator.fault(path="tickets/cursor$", kind="pass", hold=True, skip=1)
    connector = ContainedConnector(tmp_path, emulator.base_url, image, page_size=PAGE)
    catalog = connector.catalog()
    with connector.started(*connector.read_arguments(catalog)) as process:
        lines = []
        for line in process.lines:
            lines.append(line)
            if b'"name":"tickets"' in line and line.startswith(b'{"type":"STATE"'):
                break
        process.container.kill(number.name)
        output = process.end(*lines)
    assert (output.code, output.stderr) == (code, "")
    assert output.statuses("tickets")[-1] == "INCOMPLETE"
    assert {error["failure_type"] for error in output.errors} == {"transient_error"}
    destination = Destination(catalog)
    destination.take(output)
    assert len(destination.tables["tickets"]) == PAGE, "the page before the one that never came"
    emulator.site.faults.clear()
    destination.take(connector.read(catalog, destination.states()))
    expect_equal(emulator, destination)


def test_a_large_account_is_read_within_256_mb(image: Image, tmp_path: Path) -> None:
    limited = {"mem_limit": MEMORY_MB * MB, "memswap_limit": MEMORY_MB * MB}
    greedy = image.run("python", "-c", f"bytearray({MEMORY_MB * MB})", **limited)
    assert greedy.code == 128 + signal.SIGKILL, "the limit does not bind"
    with Emulator(size="medium", clock_at=CLOCK, limits=False) as large:
        connector = ContainedConnector(tmp_path, large.base_url, image)
        counts = Counter[str]()
        with connector.started(*connector.read_arguments(connector.catalog()), **limited) as read:
            for line in read.lines:
                found = RECORD.match(line)
                counts.update([found[1].decode()] if found else [])
            assert read.code() == 0
        truths = {name: len(large.truth(name).must) for name in LARGE}
    assert {name: counts[name] for name in LARGE} == truths
    assert truths["tickets"] > 15_000


def test_exit_codes(image: Image, emulator: Emulator, tmp_path: Path) -> None:
    connector = ContainedConnector(tmp_path, emulator.base_url, image)
    assert connector.run("no-such-command").code == 2
    assert connector.run("read").code == 2
    with connector.started("--help") as process:
        assert process.code() == 0
    catalog = connector.catalog("groups")
    assert connector.read(catalog).code == 0

    absent = connector.run("discover", "--config", "/data/none.json")
    assert absent.code == 1
    assert absent.errors[0]["failure_type"] == "config_error"
    assert "--config" in absent.errors[0]["message"]

    connector.config["start_date"] = "yesterday"
    wrong = connector.read(catalog)
    assert wrong.code == 1
    assert "start_date" in wrong.errors[0]["message"]


def test_airbytes_own_checks_of_an_image_pass(
    image: Image, emulator: Emulator, tmp_path: Path
) -> None:
    root = standard_folder.make(tmp_path)
    standard_folder.configure(root, emulator.base_url)
    environment = {
        **docker_on_path(tmp_path, image),
        # Read too, which they do only when asked. The one left out asks Airbyte's registry on the
        # internet what is published there.
        "PYTEST_ADDOPTS": "--read-from-streams=all --read-scenarios=config,config_oauth "
        "-k 'not backward_compatibility'",
    }
    command = [Path(sys.executable).with_name("airbyte-cdk"), "image", "test", "."]
    done = subprocess.run(
        [*command, "--image", image.tag],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = ET.parse(root / "build" / "test-results" / "standard-tests-junit.xml")
    # One of each for every configuration of acceptance-test-config.yml; a skipped case has a child.
    passed = Counter(
        case.attrib["name"].partition("[")[0] for case in report.iter("testcase") if len(case) == 0
    )
    assert passed == {
        "test_docker_image_build_and_spec": 1,
        "test_docker_image_build_and_config_matches_spec": 2,
        "test_docker_image_build_and_check": 3,
        "test_docker_image_build_and_discover": 2,
        "test_docker_image_build_and_read": 2,
    }


def test_the_readmes_commands(image: Image, emulator: Emulator, tmp_path: Path) -> None:
    connector = ContainedConnector(tmp_path, emulator.base_url, image)
    catalog = connector.catalog("tickets", "groups", "tags")
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    connector.read_arguments(catalog, destination.states())  # writes the files
    environment = docker_on_path(tmp_path, image)
    # The machine may have an image of the name in the documents.
    tag = image.tag.replace("connector", "readme")
    name = f"{METADATA['dockerRepository']}:{METADATA['dockerImageTag']}"
    try:
        for line in commands("image"):
            assert name in line
            folder = ROOT if " build " in line else tmp_path
            done = subprocess.run(
                ["sh", "-c", line.replace(name, tag)],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    finally:
        image.engine.client.images.remove(tag, force=True)
    fourth = Output((tmp_path / "fourth.jsonl").read_text().splitlines(), code=0)
    assert fourth.counts().keys() == {"tags"}
    assert fourth.statuses("tickets")[-1] == "COMPLETE"


def test_the_cron_job_resumes_where_it_stopped(
    image: Image, emulator: Emulator, tmp_path: Path
) -> None:
    cluster = Cluster(image, tmp_path, emulator, page_size=PAGE)

    emulator.fault(path="tickets/cursor$", kind="pass", hold=True, skip=1)
    with cluster.pod() as told_to_stop:
        lines = (it for it in told_to_stop.lines if b'"RUNNING"' in it and b'"tickets"' in it)
        seen = next(lines, b"")
        assert seen, told_to_stop.end().logs
        told_to_stop.container.kill("SIGTERM")
        output = told_to_stop.end(seen)
    assert output.code == 128 + signal.SIGTERM
    assert output.records == output.states == []
    emulator.site.faults.clear()
    (stopped,) = cluster.load()
    assert stopped.counts()["tickets"] == PAGE

    assert cluster.run() == 0
    (rest,) = cluster.load()
    assert rest.counts()["tickets"] == len(emulator.truth("tickets").must) - PAGE
    expect_equal(emulator, cluster.destination)


def test_the_cron_job_takes_up_what_a_killed_pod_has_left(
    image: Image, emulator: Emulator, tmp_path: Path
) -> None:
    cluster = Cluster(image, tmp_path, emulator, page_size=PAGE)
    assert cluster.run() == 0
    (whole,) = cluster.data.glob("*.jsonl")
    printed = whole.read_bytes()
    uninterrupted = Output(printed.decode().splitlines(), code=0)
    whole.unlink()
    (cluster.data / "state.json").unlink()
    # Killed in the middle of a line, when half of everything was read.
    (cluster.data / "run.jsonl").write_bytes(printed[: len(printed) // 2])

    assert cluster.run() == 0
    left, rest = cluster.load()
    again = left.counts() + rest.counts() - uninterrupted.counts()
    for stream in begun_anew(left.states):
        del again[stream]
    assert left.lines
    assert again <= largest_pages(uninterrupted), "a page of each stream at most"
    expect_equal(emulator, cluster.destination)


@pytest.mark.parametrize("ci", [True, False])
def test_without_an_engine_they_are_skipped_and_in_ci_they_fail(ci: bool) -> None:
    if os.geteuid() and ci:
        pytest.skip("it is root who can have an engine everywhere")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rsE"]
    environment = {**os.environ, "PATH": "/nowhere", "DOCKER_HOST": "unix:///nowhere"}
    environment["CI"] = json.dumps(ci)
    done = subprocess.run(
        [*command, f"{__file__}::test_spec"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("1 error" if ci else "1 skipped") in done.stdout.splitlines()[-1]
    assert "no container engine: podman" in done.stdout or "needs root" in done.stdout
