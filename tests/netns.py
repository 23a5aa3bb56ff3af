"""Network namespaces: one of its own for each process of the tests, and machines joined by a cable or a switch."""

import ctypes
import fcntl
import os
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

CLONE_NEWNET = 0x40000000
"""From linux/sched.h; `os.unshare` and `os.CLONE_NEWNET` come with Python 3.12."""

OWN_NETWORK = """
link set lo up multicast on
link add lan type veth peer name cable
address add 10.78.0.1/24 dev lan
link set lan up
link set cable up
route add default via 10.78.0.254
"""
"""What a machine at home has: loopback, and a LAN with nobody else on it."""


class OwnNetwork:
    """A network that no other process of the tests is on, so that none sees another's announcements.

    It holds for the thread that enters it and for all threads and programs that this one starts.
    Where that is forbidden, `alone` lets those tests that announce or browse run one at a time on this machine.
    """

    def __init__(self) -> None:
        self._machines_own: int | None = None

    def enter(self) -> None:
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        if ctypes.CDLL(None).unshare(CLONE_NEWNET) != 0:
            os.close(before)
            return
        made = subprocess.run(
            ["ip", "-batch", "-"], input=OWN_NETWORK, capture_output=True, text=True, check=False
        )
        if made.returncode:  # such as on a kernel without virtual cables
            _enter(before)
            os.close(before)
            return
        self._machines_own = before

    @contextmanager
    def left(self) -> Iterator[None]:
        """For what fetches packages: the machine's own network, in this thread."""
        if self._machines_own is None:
            yield
            return
        with Path("/proc/thread-self/ns/net").open() as here:
            _enter(self._machines_own)
            try:
                yield
            finally:
                _enter(here.fileno())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else on this machine's network within; at once where it is this process's own."""
        if self._machines_own is not None:
            yield
            return
        # A lock on the folder itself, as other users' processes may not open a file of ours in it.
        folder = os.open(tempfile.gettempdir(), os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


own_network = OwnNetwork()


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

    def socket(self) -> socket.socket:
        """One of its own, for a test that is elsewhere to talk with what runs there."""
        with Path("/proc/thread-self/ns/net").open() as here:
            with Path(f"/run/netns/{self.namespace}").open() as there:
                _enter(there.fileno())
            try:
                return socket.socket()
            finally:
                _enter(here.fileno())


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


@contextmanager
def machines(count: int) -> Iterator[list[Machine]]:
    """So many on one switch, at 10.77.0.1 and up."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    unique = secrets.token_hex(3)
    switch = f"pommai-{unique}-switch"
    with ExitStack() as stack:
        _ip("netns", "add", switch)
        stack.callback(_ip, "netns", "delete", switch)
        _ip("-n", switch, "link", "add", "switch", "type", "bridge", "mcast_snooping", "0")
        _ip("-n", switch, "link", "set", "switch", "up")
        made = []
        for number in range(1, count + 1):
            name = f"pommai-{unique}-{number}"
            machine = Machine(name, f"pm{unique}{number}", f"10.77.0.{number}")
            _ip("netns", "add", name)
            stack.callback(_ip, "netns", "delete", name)
            port = f"port{number}"
            _ip("link", "add", machine.device, "netns", name, "type", "veth",
                "peer", "name", port, "netns", switch)  # fmt: skip
            _ip("-n", switch, "link", "set", port, "master", "switch", "up")
            machine.ip("address", "add", f"{machine.address}/24", "dev", machine.device)
            for device in ("lo", machine.device):
                machine.ip("link", "set", device, "up")
            made.append(machine)
        yield made


def _enter(namespace: int) -> None:
    """This thread alone. `os.setns` does it from Python 3.12 on."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace, 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
