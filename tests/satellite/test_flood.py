"""Ten thousand odd messages at each port of toys, plain, paired and yet to be paired: memory stays flat, and they work.

Half of the messages are valid but for one field.
"""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from wyoming.event import Event

from satellite.update import software
from satellite.wire import commands, extensions, pairing, tls
from satellite.wire.stream import WireError
from tests.satellite.odd_messages import OURS, kinds_of_ours, made
from tests.satellite.secure_toy import PretendHub, connect
from tests.satellite.toy import Peer

MESSAGES = 10_000
"""At each of three ports."""
GROWTH_MB = 5.0
ANSWER_S = 0.1
QUIET_S = 1.0
CODE = "pairing code ([0-9 ]+)"


def test_every_message_that_we_add_to_wyoming_is_among_them() -> None:
    assert kinds_of_ours() == {message["type"] for message in OURS}


class Running:
    """A toy in a process of its own."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.port = 0

    async def says(self, pattern: str) -> str:
        assert self._process.stdout is not None
        while line := (await self._process.stdout.readline()).decode():
            if found := re.search(pattern, line):
                return found[1]
        pytest.fail("the toy ended")

    async def new_code(self) -> str:
        """Of the window that is opened by holding its button, however many codes were spent before."""
        self._process.send_signal(signal.SIGUSR1)
        code = await self.says(CODE)
        try:
            while True:
                async with asyncio.timeout(QUIET_S):
                    code = await self.says(CODE)
        except TimeoutError:
            return code.replace(" ", "")

    def memory_mb(self) -> float:
        return float(psutil.Process(self._process.pid).memory_info().rss) / 1e6


SERVICE_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "131072"}
"""As `pommai-satellite.service` has it."""


@asynccontextmanager
async def running(folder: Path, *options: str) -> AsyncIterator[Running]:
    (folder / "software").mkdir()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "satellite", "run", "--host", "127.0.0.1", "--port", "0"),
        *("--interface", "127.0.0.1", "--state", str(folder / "state"), "--log-level", "error"),
        *("--mic", "command:cat /dev/zero", "--speaker", "none", "--wake", "stream", *options),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
        env=os.environ | {software.FOLDER: str(folder / "software"), **SERVICE_ENVIRONMENT},
    )
    toy = Running(process)
    try:
        toy.port = int(await toy.says(r"listening on .*:(\d+)"))
        yield toy
    finally:
        process.kill()
        await process.communicate()


Dial = Callable[[], Awaitable[Peer]]


async def flood(messages: Sequence[bytes], dial: Dial) -> None:
    """Send them one by one, on the same connection for as long as it lasts."""
    peer: Peer | None = None
    for message in messages:
        peer = peer or await dial()
        if not await _lives(peer, message):
            peer.stream.transport.abort()
            peer = None
    if peer is not None:
        peer.stream.transport.abort()


async def _lives(peer: Peer, message: bytes) -> bool:
    """Whether the connection still answers after it; half an event makes it wait for the rest."""
    try:
        peer.stream.write(message)
        await peer.say(Event("ping", {"text": "there?"}))
        async with asyncio.timeout(ANSWER_S):
            while (event := await peer.read()) is not None:
                if event.type == "pong":
                    return True
    except (WireError, OSError):  # which TimeoutError is, too
        pass
    return False


async def a_turn(dial: Dial) -> None:
    """A hub comes back when another has replaced it: what strangers said last may be read late."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await _talk(await dial())
            except (WireError, AssertionError):
                await asyncio.sleep(0.2)


async def _talk(hub: Peer) -> None:
    await hub.say(Event("run-satellite"))
    await hub.until("audio-chunk")
    await hub.say(Event("transcript", {"text": "what does the cow say"}))
    await hub.reply()
    await hub.until("played")
    await hub.hang_up()


async def survives(
    toy: Running, dial: Dial, good: Callable[[], Awaitable[None]], messages: Sequence[bytes]
) -> None:
    half = len(messages) // 2
    await flood(messages[:half], dial)
    await good()
    before = toy.memory_mb()
    await flood(messages[half:], dial)
    await good()
    assert toy.memory_mb() < before + GROWTH_MB


async def test_a_plain_toy_survives_odd_messages(tmp_path: Path) -> None:
    async with running(tmp_path, "--plain") as toy:

        async def good() -> None:
            await a_turn(lambda: Peer.connect(toy.port))

        await survives(toy, lambda: Peer.connect(toy.port), good, made(MESSAGES))


async def test_a_toy_that_waits_to_be_paired_survives_them(tmp_path: Path) -> None:
    hub = PretendHub(tmp_path / "hub")
    async with running(tmp_path) as toy:

        async def good() -> None:
            """Pair, talk, and have the toy forget us again; the stranger's address is used up."""
            code = await toy.new_code()
            peer = await connect(toy.port, tls.stranger_context(), "127.0.0.7")
            key, ends = await hub.start(peer, code)
            await peer.say(pairing.mac_event(pairing.CONFIRM, pairing.hub_mac(key, ends)))
            await peer.until(pairing.DONE)
            context = hub.context(ends.toy)
            await a_turn(lambda: connect(toy.port, context))
            link = await connect(toy.port, context)
            await link.say(Event(pairing.UNPAIR))
            await link.until(pairing.UNPAIRED)
            await toy.new_code()

        anybody = tls.stranger_context()

        async def stranger() -> Peer:
            return await connect(toy.port, anybody)

        await survives(toy, stranger, good, made(MESSAGES))


async def test_a_paired_toy_survives_them_from_its_own_hub(tmp_path: Path) -> None:
    hub = PretendHub(tmp_path / "hub")
    async with running(tmp_path) as toy:
        code = (await toy.says(CODE)).replace(" ", "")
        peer = await connect(toy.port, tls.stranger_context())
        key, ends = await hub.start(peer, code)
        await peer.say(pairing.mac_event(pairing.CONFIRM, pairing.hub_mac(key, ends)))
        await peer.until(pairing.DONE)

        context = hub.context(ends.toy)

        async def link() -> Peer:
            return await connect(toy.port, context)

        async def good() -> None:
            for garbage in (b"\x16\x03\x01" + os.urandom(500), os.urandom(500), b""):
                _, writer = await asyncio.open_connection("127.0.0.1", toy.port)
                writer.write(garbage)
            peer = await link()
            await peer.say(extensions.hello(), Event(commands.SETTINGS, {"id": "as it was"}))
            await peer.hang_up()
            await a_turn(link)

        # Whatever is in it, that one ends the pairing.
        await survives(toy, link, good, made(MESSAGES, but=(pairing.UNPAIR,)))
