"""The connector as an image: built as anybody builds it, and run as a platform runs it.

Owns the build and the containers of a test. Files of a test stand in the container at /data, which
it cannot write to; the emulator is reached through the host's network.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, BuildError, ImageNotFound
from docker.utils.socket import STDERR, frames_iter

from test_support.connector.process import Connector, Output
from test_support.containers.engine import base_image, proxies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.models.containers import Container

    from test_support.containers.engine import Engine

ROOT = Path(__file__).parents[2]
TAG = "localhost/source-zendesk-support-tests/connector:latest"
STAGE = re.compile(r"^ ---> ([0-9a-f]{12})$", re.MULTILINE)  # Docker's line after each step
DATA = "/data"
END_S = 240  # for a container that reads a large account


@dataclass(frozen=True)
class Image:
    """A built image on its engine, the base it stands on, and what its build said."""

    engine: Engine
    tag: str
    base: str
    build_log: list[str]

    @property
    def attributes(self) -> dict[str, Any]:
        attributes: dict[str, Any] = self.engine.client.images.get(self.tag).attrs
        return attributes

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.attributes["Config"]
        return config

    @property
    def layers(self) -> list[str]:
        layers: list[str] = self.attributes["RootFS"]["Layers"]
        return layers

    def run(self, *command: str, **options: Any) -> Output:
        """Run a command instead of the connector; its lines need not be messages."""
        entry, *arguments = command
        with started(self, *arguments, entrypoint=[entry], **options) as process:
            return process.end()


@contextmanager
def built(engine: Engine) -> Iterator[Image]:
    """Yield the image of this repository."""
    with base_image(engine) as base, build(engine, ROOT, TAG, base) as image:
        yield image


@contextmanager
def build(engine: Engine, context: Path, tag: str, base: str) -> Iterator[Image]:
    """Build the Dockerfile of a folder. Raises BuildError with what the build said."""
    build_log = []
    parts = engine.client.api.build(
        path=str(context),
        tag=tag,
        buildargs={"BASE_IMAGE": base, **proxies()},
        network_mode="host",
        forcerm=True,
        decode=True,
    )
    for part in parts:
        if "error" in part:
            raise BuildError(part["error"], build_log)
        build_log.append(part.get("stream", "").rstrip())
    try:
        yield Image(engine, tag, base, build_log)
    finally:
        engine.client.images.remove(tag, force=True)
        _forget_stages(engine, build_log)


def _forget_stages(engine: Engine, build_log: list[str]) -> None:
    """Take away what Docker keeps of a build without a name; podman's goes with its folder."""
    for name in reversed(STAGE.findall("\n".join(build_log))):
        try:
            stage = engine.client.images.get(name)
            if not stage.tags:  # the base has one
                engine.client.images.remove(stage.id)
        except ImageNotFound:
            continue  # gone with the stage that stood on it
        except APIError as error:
            if error.status_code != HTTPStatus.CONFLICT:  # another image stands on it
                raise


def copied_context(folder: Path) -> Path:
    """Copy what the image is built from, as .dockerignore lists it."""
    names = [line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"]
    for name in ("Dockerfile", ".dockerignore", *names):
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def docker_on_path(folder: Path, image: Image) -> dict[str, str]:
    """Return an environment whose command `docker` is this engine's, for commands not made for it.

    Their containers reach the emulator, and their builds the base and the packages of this machine.
    """
    client = shutil.which(image.engine.command)
    arguments = [f"BASE_IMAGE={image.base}"]
    arguments += [f"{name}={value}" for name, value in proxies().items()]
    build = shlex.join(["--network=host", *(f"--build-arg={it}" for it in arguments)])
    script = folder / "bin" / "docker"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        'run) shift; set -- run --network=host "$@" ;;\n'
        f'build) shift; set -- build {build} "$@" ;;\n'
        "esac\n"
        f'exec {client} "$@"\n'
    )
    script.chmod(0o755)
    path = f"{script.parent}{os.pathsep}{os.environ['PATH']}"
    return {**image.engine.environment, "PATH": path}


class Process:
    """A container that runs, and the lines that come out of it."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self._stderr = b""
        # Attached before it starts: nothing that it says is missed.
        self._stream = container.attach_socket(params={"stdout": 1, "stderr": 1, "stream": 1})
        # The lines of stdout as they come, to the end of the process.
        self.lines = self._lines()
        container.start()

    def close(self) -> None:
        # The SDK hands out the socket of a connection that it never closes.
        connection = self._stream._sock
        self._stream._response.close()
        connection.close()

    def _lines(self) -> Iterator[bytes]:
        rest = b""
        for source, part in frames_iter(self._stream, tty=False):
            if source == STDERR:
                self._stderr += part
                continue
            *whole, rest = (rest + part).split(b"\n")
            yield from whole
        if rest:
            yield rest

    def code(self) -> int:
        code: int = self.container.wait(timeout=END_S)["StatusCode"]
        return code

    def end(self, *lines: bytes) -> Output:
        """Wait for the end and return all that was printed: these lines and those after them."""
        text = [line.decode() for line in (*lines, *self.lines)]
        return Output(text, self.code(), self._stderr.decode())


@contextmanager
def started(image: Image, *arguments: str, **options: Any) -> Iterator[Process]:
    """Start the image with these arguments; the container is gone afterwards."""
    container = image.engine.client.containers.create(
        image.tag, arguments, **{"network_mode": "host", **options}
    )
    try:
        with closing(Process(container)) as process:
            yield process
    finally:
        container.remove(force=True)


class ContainedConnector(Connector):
    """The connector's command in containers, whose files a test writes into a folder."""

    def __init__(self, folder: Path, base_url: str, image: Image, **config: Any) -> None:
        super().__init__(folder, base_url, **config)
        folder.chmod(0o755)  # pytest's own are closed to others, and the container is one
        self.image = image
        # Options of the platform and of a careful cluster: nothing of the image can be written.
        self.options = {
            "read_only": True,
            "volumes": {str(folder): {"bind": DATA, "mode": "ro"}},
        }

    def file(self, name: str, content: Any) -> str:
        super().file(name, content)
        return f"{DATA}/{name}"

    def started(self, *arguments: str, **options: Any) -> Any:
        return started(self.image, *arguments, **{**self.options, **options})

    def run(self, *arguments: str, timeout_s: float = END_S, **options: Any) -> Output:  # noqa: ARG002
        with self.started(*arguments, **options) as process:
            return process.end()
