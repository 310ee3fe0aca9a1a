"""A container engine for tests and benchmarks: Docker where one runs, else a podman of our own.

Owns the engine's storage, its service, and the base image that is made here. Both engines speak the
same interface. Its containers end with it; of an engine that runs already only what was made here
is taken away. Rests on https://docs.docker.com/reference/api/engine/ and containers.conf(5).
"""

from __future__ import annotations

import ast
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import docker
from docker.errors import DockerException

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGES = ("podman", "buildah", "runc", "mmdebstrap")
BASE = "localhost/source-zendesk-support-tests/base:latest"
SUITE = "bookworm"  # the Debian with Python 3.11, as the platform's own base has it
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
# How pip of this machine reaches its packages; every other variable is about this machine.
PIP_OPTIONS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
DOCKER_SOCKET = "/var/run/docker.sock"
ANSWER_S = 300  # the longest step of a build, between two of its lines
CLOSING_S = 30

# Containers share the host's network, where the emulator is. The limits lie below what any machine
# allows, as raising one takes a capability that may be missing; cgroupfs and runc also do where
# systemd does not run and where control groups are of both versions.
_CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
runtime = "runc"
tmp_dir = "{folder}/tmp"
"""
_STORAGE_CONF = """
[storage]
driver = "overlay"
runroot = "{folder}/run"
graphroot = "{folder}/graph"
"""
# The service takes the socket that it is given as systemd would (sd_listen_fds(3)): a client that
# connects before it is ready waits, and no client has to poll.
_SERVICE = "export LISTEN_FDS=1 LISTEN_PID=$$; exec podman system service --time=0 3<&0 </dev/null"


@dataclass(frozen=True)
class Engine:
    """An engine that runs: its interface, and its command line with the environment it needs."""

    client: docker.DockerClient
    command: str
    environment: Mapping[str, str]


def missing() -> str | None:
    """Return why no engine runs here; None when one does."""
    client = _running()
    if client:
        client.close()
        needed: tuple[str, ...] = ("docker", "mmdebstrap")
    elif os.geteuid():
        return "no Docker engine runs, and a podman of our own needs root"
    else:
        needed = PACKAGES
    absent = [name for name in needed if not shutil.which(name)]
    if not absent:
        return None
    install = " ".join(("apt-get install --no-install-recommends", *PACKAGES))
    return f"no container engine: {', '.join(absent)} not found ({install})"


@contextmanager
def engine() -> Iterator[Engine]:
    """Yield an engine; call `missing` first."""
    client = _running()
    if client is None:
        with tempfile.TemporaryDirectory(prefix="engine-") as folder, _podman(folder) as started:
            yield started
        return
    try:
        yield Engine(client, "docker", os.environ)
    finally:
        client.close()


def _running() -> docker.DockerClient | None:
    address = os.environ.get("DOCKER_HOST") or f"unix://{DOCKER_SOCKET}"
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(address.removeprefix("unix://")):
                return None
    try:
        return docker.from_env(timeout=ANSWER_S)
    except DockerException:
        return None  # none that answers


@contextmanager
def _podman(name: str) -> Iterator[Engine]:
    """Run a podman service whose storage, socket and temporary files lie in this folder."""
    folder = Path(name)
    files = {"CONTAINERS_CONF": _CONTAINERS_CONF, "CONTAINERS_STORAGE_CONF": _STORAGE_CONF}
    environment = {**os.environ, "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(folder)}
    for variable, text in files.items():
        path = folder / variable.lower()
        path.write_text(text.format(folder=folder))
        environment[variable] = str(path)
    address, log = str(folder / "socket"), folder / "service.log"
    with socket.socket(socket.AF_UNIX) as listening, log.open("wb") as log_file:
        listening.bind(address)
        listening.listen()
        service = subprocess.Popen(
            ["sh", "-c", _SERVICE],
            env=environment,
            cwd=folder,  # where a container that runs out of memory leaves a file
            stdin=listening,
            stdout=log_file,
            stderr=log_file,
        )
    try:
        yield from _client(f"unix://{address}", environment, log)
    finally:
        service.terminate()
        service.wait(CLOSING_S)
        _unmount(folder)


def _client(address: str, environment: dict[str, str], log: Path) -> Iterator[Engine]:
    try:
        client = docker.DockerClient(address, version="auto", timeout=ANSWER_S)
    except DockerException as error:
        raise ChildProcessError(f"podman's service does not answer: {log.read_text()}") from error
    try:
        yield Engine(client, "podman", environment)
    finally:
        for container in client.containers.list(all=True):  # all are ours
            container.remove(force=True)
        client.close()


def _unmount(folder: Path) -> None:
    """The storage is mounted on itself, and stays so when its last user ends."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in reversed(mounts):
        if mount.startswith(f"{folder}/"):
            subprocess.run(["umount", mount], check=True)


@contextmanager
def base_image(made_by: Engine) -> Iterator[str]:
    """Make the base that images of the tests stand on: Debian with Python, and nothing else.

    It knows the authorities that this machine trusts and how its pip finds packages: neither
    belongs into an image that anybody else gets.
    """
    with tempfile.TemporaryDirectory(prefix="base-") as name:
        folder = Path(name)
        pip_conf, tar = folder / "pip.conf", folder / "base.tar"
        pip_conf.write_text(pip_configuration())
        hooks = (
            'ln -s python3 "$1/usr/bin/python"',
            'chroot "$1" useradd --uid 1000 --no-create-home airbyte',
            f'cp "{pip_conf}" "$1/etc/pip.conf"',
            f'cp "{CA_BUNDLE}" "$1{CA_BUNDLE}"',
        )
        packages = "--include=python3,python3-venv,ca-certificates"
        hooked = [f"--customize-hook={hook}" for hook in hooks]
        command = ["mmdebstrap", "--quiet", "--variant=minbase", packages, *hooked, SUITE, str(tar)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        # Fields that an image made from a bare tree of files lacks.
        changes = ["ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        with tar.open("rb") as data:
            repository, _, tag = BASE.rpartition(":")
            made_by.client.api.import_image_from_data(
                data, repository=repository, tag=tag, changes=changes
            )
    try:
        yield BASE
    finally:
        made_by.client.images.remove(BASE, force=True)


def pip_configuration() -> str:
    """Return a pip.conf with what pip of this machine needs to reach its packages."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    options = {"cert": str(CA_BUNDLE)}
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        words = str(ast.literal_eval(value)).split()
        # A folder of this machine is none inside an image.
        reachable = [word for word in words if not word.startswith(("file:", "/"))]
        if option in PIP_OPTIONS and reachable:
            options[option] = " ".join(reachable)
    return "\n".join(["[global]", *(f"{name} = {value}" for name, value in options.items()), ""])


def proxies() -> dict[str, str]:
    """Return the build arguments that every Dockerfile knows: how to get out of here."""
    return {name: os.environ[name] for name in PROXIES if name in os.environ}
