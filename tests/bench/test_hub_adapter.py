"""The bench's satellites, as a hub meets them."""

import asyncio

import pytest
from wyoming.audio import AudioChunk, AudioStop
from wyoming.event import Event
from wyoming.satellite import RunSatellite
from wyoming.vad import VoiceStopped

from bench.hub_adapter import Peer, ToyLine
from hub.devices.connection import Connection, dial
from hub.domain.clock import SystemClock

LOUD = b"\x10\x27" * 320
SILENT = bytes(640)


async def take_charge(line: ToyLine) -> Connection:
    host, port = (await line.listen()).split(":")
    connection = await dial([(host, int(port))], SystemClock())
    await connection.write(RunSatellite().event())
    return connection


@pytest.fixture
def peer() -> Peer:
    return Peer("http://127.0.0.1:1", 2)


async def test_it_is_a_satellite_that_streams_once_a_hub_takes_charge(peer: Peer) -> None:
    line = ToyLine("s1")
    connection = await take_charge(line)

    asks = await connection.read()
    line.send(peer.encode(LOUD))
    chunk = AudioChunk.from_event(await connection.read())

    assert connection.identity.name == "s1"
    assert (asks.type, asks.data["start_stage"]) == ("run-pipeline", "wake")
    assert (chunk.rate, chunk.width, chunk.channels, chunk.audio) == (16_000, 2, 1, LOUD)
    line.close()
    await connection.aclose()


async def test_it_tells_the_first_sound_from_silence_and_says_what_was_played(peer: Peer) -> None:
    line = ToyLine("s1")
    connection = await take_charge(line)
    heard: list[bool] = []
    line.on_message = lambda op, data: heard.append(peer.is_audio(op, data))
    await connection.read()

    await connection.write(VoiceStopped().event())
    for sound in (SILENT, LOUD):
        await connection.write(AudioChunk(16_000, 2, 1, sound).event())
    await connection.write(AudioStop().event())

    assert (await connection.read()).type == "played"
    assert heard == [False, True]
    assert len(line.decided_s) == 1
    line.close()
    await connection.aclose()


async def test_it_answers_pings(peer: Peer) -> None:
    line = ToyLine("s1")
    connection = await take_charge(line)
    await connection.read()

    await connection.write(Event("ping", {"text": "there?"}))

    assert await connection.read() == Event("pong", {"text": "there?"})
    line.close()
    await connection.aclose()


async def test_it_knows_when_the_hub_is_gone() -> None:
    line = ToyLine("s1")
    connection = await take_charge(line)
    await line.taken.wait()

    await connection.aclose()

    async with asyncio.timeout(60):
        while not line.closed:
            await asyncio.sleep(0)
