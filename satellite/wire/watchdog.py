"""Tells systemd that a toy or a hub is up, and for as long as it answers: one that hangs is started anew."""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from typing import Final, Protocol

MAX_ANSWER_S: Final = 5.0
RETRY_S: Final = 1.0
"""Until it answers for the first time."""

_log = logging.getLogger(__name__)


class Clock(Protocol):
    """The toy's or the hub's."""

    async def sleep(self, seconds: float) -> None: ...

    def timeout(self, seconds: float | None) -> asyncio.Timeout: ...


class Watchdog:
    """Without systemd (no NOTIFY_SOCKET) it does nothing."""

    def __init__(self, environ: Mapping[str, str], port: tuple[str, int], clock: Clock) -> None:
        """`port` is our own, where we must answer."""
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._period_s = _period_s(environ)
        self._port = port
        self._clock = clock

    async def run(self) -> None:
        """Say that we are ready, then that we live, until cancelled."""
        if not self._address:
            return
        while not await answers(self._port, self._clock):
            await self._clock.sleep(RETRY_S)
        self._notify("READY=1")
        while self._period_s is not None:
            await self._clock.sleep(self._period_s)
            if await answers(self._port, self._clock):
                self._notify("WATCHDOG=1")
            else:
                _log.error("our own port does not answer: systemd will start us anew")

    def _notify(self, state: str) -> None:
        address = self._address
        if address.startswith("@"):  # an abstract one
            address = "\0" + address[1:]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.setblocking(False)
            try:
                sock.sendto(state.encode(), address)
            except OSError as error:
                _log.error("can't tell systemd %s: %s", state, error.strerror)


async def answers(port: tuple[str, int], clock: Clock) -> bool:
    """Whether a port takes a connection and, as we hang up, lets go of it."""
    try:
        async with clock.timeout(MAX_ANSWER_S):
            reader, writer = await asyncio.open_connection(*port)
            try:
                writer.write_eof()
                await reader.read()
            finally:
                writer.close()
    except OSError as error:  # which TimeoutError is, too
        _log.debug("%s:%s: %s", *port, error)
        return False
    return True


def own_port(sock: socket.socket) -> tuple[str, int]:
    """Where a listening socket is reached from this machine."""
    host, port = sock.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104  # as it came


def _period_s(environ: Mapping[str, str]) -> float | None:
    """Half of what systemd waits for a sign; None when it waits for none."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 2e6 if microseconds.isdecimal() and int(microseconds) else None
