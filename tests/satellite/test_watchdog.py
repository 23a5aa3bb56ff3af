"""The watchdog: systemd hears that the toy is up, and then only while its own port answers."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from satellite.wire.watchdog import MAX_ANSWER_S, RETRY_S, Watchdog, own_port
from tests.clock import FakeClock
from tests.satellite.toy import running_toy


class Systemd:
    """Its end of the notify socket."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.setblocking(False)

    async def hears(self) -> str:
        return (await asyncio.get_running_loop().sock_recv(self._socket, 100)).decode()

    def heard_nothing(self) -> bool:
        try:
            self._socket.recv(100)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@asynccontextmanager
async def watched(
    tmp_path: Path, port: int, clock: FakeClock, period_s: float = 30
) -> AsyncIterator[Systemd]:
    systemd = Systemd(tmp_path / "notify")
    environ = {"NOTIFY_SOCKET": systemd.path, "WATCHDOG_USEC": str(int(period_s * 1e6))}
    task = asyncio.create_task(Watchdog(environ, ("127.0.0.1", port), clock).run())
    yield systemd
    task.cancel()
    await asyncio.wait([task])
    systemd.close()


async def test_systemd_hears_that_the_toy_is_up_and_lives(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running_toy() as toy, watched(tmp_path, toy.port, clock) as systemd:
        assert await systemd.hears() == "READY=1"
        for _ in range(12):  # more often than there are places for connections
            await clock.advance(15)
            assert await systemd.hears() == "WATCHDOG=1"


async def test_a_toy_that_hangs_gives_no_sign_until_it_answers_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It accepts, as the kernel does for it, and says nothing more."""
    clock = FakeClock()
    accepted: list[asyncio.StreamWriter] = []
    hangs = True

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(writer)
        if not hangs:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with watched(tmp_path, server.sockets[0].getsockname()[1], clock) as systemd:
        while not accepted:
            await asyncio.sleep(0.01)
        await clock.advance(MAX_ANSWER_S + 0.1)
        assert systemd.heard_nothing()
        hangs = False
        await clock.advance(RETRY_S)
        assert await systemd.hears() == "READY=1"
        hangs = True
        held = len(accepted)
        with caplog.at_level(logging.ERROR):
            await clock.advance(15)
            while len(accepted) == held:
                await asyncio.sleep(0.01)
            await clock.advance(MAX_ANSWER_S + 0.1)
        assert systemd.heard_nothing()
        assert "our own port does not answer" in caplog.text
    for writer in accepted:
        writer.close()
    server.close()


async def test_without_systemd_there_is_nothing_to_do() -> None:
    for environ in ({}, {"WATCHDOG_USEC": "1000000"}):
        await Watchdog(environ, ("127.0.0.1", 1), FakeClock()).run()


async def test_a_watchdog_for_another_process_or_of_nonsense_is_no_watchdog(tmp_path: Path) -> None:
    async with running_toy() as toy:
        systemd = Systemd(tmp_path / "notify")
        for extra in (
            {},
            {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(os.getpid() + 1)},
            {"WATCHDOG_USEC": "soon"},
            {"WATCHDOG_USEC": "0"},
        ):
            environ = {"NOTIFY_SOCKET": systemd.path, **extra}
            await Watchdog(environ, ("127.0.0.1", toy.port), FakeClock()).run()
            assert await systemd.hears() == "READY=1"
        systemd.close()


@pytest.mark.parametrize(
    ("host", "reached"), [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1")]
)
def test_our_port_is_reached_from_here_whatever_it_listens_on(host: str, reached: str) -> None:
    with socket.create_server((host, 0)) as sock:
        assert own_port(sock) == (reached, sock.getsockname()[1])
