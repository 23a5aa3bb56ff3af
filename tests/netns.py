"""Two network namespaces joined by a cable, for tests that need more than one machine."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Machine:
    """One end of the cable. `address` is within 10.77.0.0/24."""

    namespace: str
    device: str
    address: str

    @property
    def prefix(self) -> list[str]:
        """Put before a command to run it on this machine."""
        return ["ip", "netns", "exec", self.namespace]

    def ip(self, *arguments: str) -> None:
        _ip("-n", self.namespace, *arguments)


@contextmanager
def two_machines() -> Iterator[tuple[Machine, Machine]]:
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    unique = secrets.token_hex(3)
    one, other = (
        Machine(f"pommai-{unique}-{side}", f"pm{unique}{side}", f"10.77.0.{number}")
        for side, number in (("a", 1), ("b", 2))
    )
    with ExitStack() as stack:
        for machine in (one, other):
            _ip("netns", "add", machine.namespace)
            stack.callback(_ip, "netns", "delete", machine.namespace)
        _ip("link", "add", one.device, "netns", one.namespace, "type", "veth",
            "peer", "name", other.device, "netns", other.namespace)  # fmt: skip
        for machine in (one, other):
            machine.ip("address", "add", f"{machine.address}/24", "dev", machine.device)
            for device in ("lo", machine.device):
                machine.ip("link", "set", device, "up")
        yield one, other


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
