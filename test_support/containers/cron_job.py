"""The CronJob of `examples/kubernetes/cronjob.yaml` on a container engine: no cluster here.

Owns what a kubelet would make of the manifest: command, user, mounts, limits. Owns also the pods
that its schedule would start. Knows no more fields than the manifest has.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from test_support.connector.process import Destination, Output
from test_support.containers.image import ContainedConnector, Image, started

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from test_support.containers.image import Process
    from zendesk_emulator import Emulator

MANIFEST = Path(__file__).parents[2] / "examples" / "kubernetes" / "cronjob.yaml"
_UNITS = {"Mi": 1 << 20, "Gi": 1 << 30}


def pod_template() -> dict[str, Any]:
    """Return the pod's template out of the only CronJob of the manifest."""
    (job,) = (it for it in yaml.safe_load_all(MANIFEST.read_text()) if it["kind"] == "CronJob")
    spec: dict[str, Any] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


def container_options(folder: Path) -> tuple[list[str], dict[str, Any]]:
    """Return arguments and options of the pod's container; its volumes lie in `folder`."""
    pod = pod_template()
    (container,) = pod["containers"]
    user = pod["securityContext"]
    secured = container["securityContext"]
    assert user["runAsNonRoot"]
    assert user["runAsUser"] > 0
    assert secured == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    limit = container["resources"]["limits"]["memory"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounts = {}
    for mount in container["volumeMounts"]:
        place = folder / mount["name"]
        place.mkdir(exist_ok=True)
        if "secret" in volumes[mount["name"]]:
            assert mount["readOnly"]
        else:  # fsGroup: a volume belongs to the pod's group
            os.chown(place, user["runAsUser"], user["fsGroup"])
        mode = "ro" if mount.get("readOnly") else "rw"
        mounts[str(place)] = {"bind": mount["mountPath"], "mode": mode}
    return container["args"], {
        "entrypoint": container["command"],
        "user": f"{user['runAsUser']}:{user['fsGroup']}",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "mem_limit": int(limit[:-2]) * _UNITS[limit[-2:]],
        "volumes": mounts,
    }


class Cluster:
    """The CronJob's volume and secret, in a folder, and the pods that its schedule starts."""

    def __init__(self, image: Image, folder: Path, emulator: Emulator, *, page_size: int) -> None:
        self._image, self._folder = image, folder
        self.arguments, self._options = container_options(folder)
        self.data = folder / "data"
        connector = ContainedConnector(
            folder / "config", emulator.base_url, image, page_size=page_size
        )
        (folder / "config" / "catalog.json").write_text("\n".join(connector.discover().lines))
        self.destination = Destination(connector.catalog())

    def pod(self) -> AbstractContextManager[Process]:
        return started(self._image, *self.arguments, **self._options)

    def run(self) -> int:
        with self.pod() as process:
            return process.end().code

    def load(self) -> list[Output]:
        """Load and take away what runs have left, as whatever comes after them does."""
        outputs = []
        for path in sorted(self.data.glob("*.jsonl")):
            outputs.append(Output(path.read_text().splitlines(), code=0))
            self.destination.take(outputs[-1])
            path.unlink()
        return outputs
