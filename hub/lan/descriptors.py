"""File descriptors: each connection and each open file takes one, and a process may only have so many.

At its start the hub asks for as many as it may have (`raise_limit`). Where those are few, fewer connections come in
from the network (`share_of`), so that toys, the guard, the database and commands on this machine find one,
whoever connects. Where even so none is left, `Reserve` has some for the owner's socket, over which the emergency
stop comes.
"""

import os
import resource
from contextlib import suppress
from typing import Final, Self

import structlog

MAX_WANTED: Final = 4096
"""More than the hub ever uses, and no more: some programs, before they start another, close all that there may be."""
FOR_NETWORK: Final = 352
"""Connections that the pages (128), the same for phones (128), the API (64) and the Wyoming services (32) take
together at most."""
FOR_HUB: Final = 128
"""For files, toys, providers and commands: some 40 for a hub with one toy, and one or two for each more."""
NEEDED: Final = FOR_NETWORK + FOR_HUB
LEAST_SHARE: Final = 4
"""However few there are, a parent can open a page."""
RESERVED: Final = 4
"""Held for commands on this machine: one takes one connection."""

log = structlog.get_logger()


def limit() -> int:
    """How many this process may have open now."""
    return _number(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def highest_limit() -> int:
    """How many the system lets it ask for."""
    return _number(resource.getrlimit(resource.RLIMIT_NOFILE)[1])


def _number(found: int) -> int:
    return MAX_WANTED if found == resource.RLIM_INFINITY else found


def raise_limit() -> None:
    """Ask for all that there may be, up to `MAX_WANTED`; says so in the log where that is too few."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = min(highest_limit(), MAX_WANTED)
    if wanted > limit():
        with suppress(OSError, ValueError):  # some systems allow less than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if limit() < NEEDED:
        log.warning(
            "few files may be open at once, so fewer connections are taken",
            limit=limit(),
            needed=NEEDED,
            hint="raise it with `ulimit -n`, or LimitNOFILE= of a systemd unit",
        )


def share_of(cap: int) -> int:
    """How many of the `cap` connections that a port may have there is room for now."""
    room = (limit() - FOR_HUB) / FOR_NETWORK
    return cap if room >= 1 else max(LEAST_SHARE, int(cap * room))


class Reserve:
    """Some descriptors that are held while within, so that there is one to let go when no other is left."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: list[int] = []

    def __enter__(self) -> Self:
        self.fill()
        return self

    def __exit__(self, *_: object) -> None:
        while self.release():
            pass

    def fill(self) -> None:
        """As far as there are any."""
        with suppress(OSError):
            while len(self._held) < self._size:
                self._held.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))

    def release(self) -> bool:
        """Let one go; False where none is held."""
        if not self._held:
            return False
        os.close(self._held.pop())
        return True
