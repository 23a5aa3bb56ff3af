"""The services' port: what it says of itself, who comes in, and what odd peers do to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from wyoming.audio import AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize

from hub.domain.clock import SystemClock
from hub.domain.safety import SafetyLevel
from hub.domain.toys import Toy
from integrations.wyoming_services.connection import MAX_IDLE_S
from integrations.wyoming_services.server import MAX_PER_ADDRESS, WyomingServer
from tests.clock import FakeClock
from tests.integrations.serving import LOOPBACK, ask, served, served_household, types
from tests.pipeline.scripted import House, house


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def test_it_says_all_of_itself(home: House) -> None:
    owl = Toy("owl", "Owl", language="de", safety_level=SafetyLevel.RELAXED)
    await home.store.toys.save(owl)
    async with served(home) as port:
        [answer] = await ask(port, Describe(), until="info")
    info = Info.from_event(answer)
    programs = [*info.asr, *info.tts, *info.handle]
    assert [program.name for program in programs] == ["Pommai"] * 3
    for part in [*programs, *info.asr[0].models, *info.tts[0].voices, *info.handle[0].models]:
        assert part.installed
        assert part.version
        assert part.description
        assert part.attribution.name
        assert part.attribution.url
    assert info.asr[0].models[0].languages == ["en", "de"]
    voices = [(voice.name, voice.languages) for voice in info.tts[0].voices]
    assert voices == [(home.toy.name, ["en"]), ("Owl", ["de"])]
    assert info.asr[0].supports_transcript_streaming
    assert info.tts[0].supports_synthesize_streaming
    assert info.handle[0].supports_handled_streaming
    assert info.satellite is None


async def test_one_connection_may_ask_again_and_again(home: House) -> None:
    async with served(home) as port, AsyncTcpClient(LOOPBACK, port) as client:
        for text in ("Hello.", "Good night."):
            await client.write_event(Synthesize(text).event())
            while (event := await client.read_event()) is not None:
                if AudioStop.is_type(event.type):
                    break
    assert home.tts.spoken == ["Hello.", "Good night."]


async def test_a_ping_is_answered_with_its_text(home: House) -> None:
    async with served(home) as port:
        [answer] = await ask(port, Ping("there?"), until="pong")
    assert Pong.from_event(answer).text == "there?"


async def test_many_are_served_at_once(home: House) -> None:
    async with served(home) as port:
        asked = [ask(port, Synthesize(f"Hello {n}."), until="audio-stop") for n in range(8)]
        answers = await asyncio.gather(*asked)
    assert [types(each) for each in answers] == [["audio-start", "audio-chunk", "audio-stop"]] * 8
    assert sorted(home.tts.spoken) == [f"Hello {n}." for n in range(8)]


@pytest.mark.parametrize(
    ("host", "comes_in"),
    [
        ("127.0.0.1", True),
        ("192.168.1.20", True),
        ("192.168.7.9", True),
        ("192.168.1.21", False),
        ("10.0.0.1", False),
        ("::1", True),
        ("fe80::1", False),
    ],
)
def test_who_is_not_on_the_list_does_not_come_in(home: House, host: str, comes_in: bool) -> None:
    allowed = ["192.168.1.20", "192.168.7.0/24"]
    server = WyomingServer(served_household(home), SystemClock(), [LOOPBACK], allowed)
    assert (server.objection_to(host) == "") is comes_in


async def test_one_address_gets_so_many_connections_and_new_ones_when_it_lets_go(
    home: House,
) -> None:
    async with served(home) as port:
        held = [await asyncio.open_connection(LOOPBACK, port) for _ in range(MAX_PER_ADDRESS)]
        for reader, writer in held:
            writer.write(b'{"type": "ping"}\n')
            await reader.readline()
        assert await _answer_to(port, b"") in {b"", RESET}
        for _, writer in held:
            writer.close()
        async with asyncio.timeout(60):
            while b"info" not in await _answer_to(port, b'{"type": "describe"}\n', line=True):
                await asyncio.sleep(0.01)


RESET = b"reset"
"""Closed with some of what was sent unread."""


async def _answer_to(port: int, sent: bytes, *, line: bool = False) -> bytes:
    """All until the connection is closed, or the first line."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(sent)
        return await (reader.readline() if line else reader.read())
    except ConnectionResetError:
        return RESET
    finally:
        writer.close()


HOSTILE = {
    "no JSON": b"GET / HTTP/1.1\r\n\r\n",
    "no end": b"{" + b" " * 20_000,
    "a list": b"[1, 2]\n",
    "no type": b"{}\n",
    "a gigabyte to come": b'{"type": "audio-chunk", "payload_length": 1000000000}\n',
    "a negative length": b'{"type": "audio-chunk", "payload_length": -1}\n',
    "nested without end": b'{"type": "x", "data": ' + b"[" * 5_000 + b"\n",
    "a text that is none": b'{"type": "synthesize", "data": {"text": 7}}\n',
    "no text": b'{"type": "synthesize"}\n',
    "a voice that is a list": b'{"type": "synthesize-start", "data": {"voice": [1]}}\n',
    "a language without end": json.dumps(
        {"type": "transcribe", "data": {"language": "e" * 5_000}}
    ).encode()
    + b"\n",
    "sound in stereo": b'{"type": "transcribe"}\n'
    b'{"type": "audio-start", "data": {"rate": 16000, "width": 2, "channels": 2}}\n',
    "half a sample": b'{"type": "transcribe"}\n{"type": "audio-chunk", "data": '
    b'{"rate": 16000, "width": 2, "channels": 1}, "payload_length": 1}\nx',
    "a rate that changes": b'{"type": "transcribe"}\n'
    b'{"type": "audio-start", "data": {"rate": 16000, "width": 2, "channels": 1}}\n'
    b'{"type": "audio-start", "data": {"rate": 8000, "width": 2, "channels": 1}}\n',
    "a transcript that is none": b'{"type": "transcript", "data": {"text": ["hello"]}}\n',
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_an_odd_peer_is_told_so_and_closed_and_others_are_served(
    home: House, what: str
) -> None:
    async with served(home) as port:
        answer = await _answer_to(port, HOSTILE[what])
        assert answer == RESET or json.loads(answer.splitlines()[0])["type"] == "error"
        assert await ask(port, Describe(), until="info")


async def test_more_text_or_sound_than_anybody_needs_is_refused(home: House) -> None:
    chunk = b'{"type": "audio-chunk", "data": {"rate": 16000, "width": 2, "channels": 1}, '
    minute = (chunk + b'"payload_length": 64000}\n' + bytes(64_000)) * 31
    piece = json.dumps({"type": "synthesize-chunk", "data": {"text": "la " * 1_000}}).encode()
    floods = [
        b'{"type": "transcribe"}\n' + minute,
        b'{"type": "synthesize-start"}\n' + (piece + b"\n") * 4,
    ]
    async with served(home) as port:
        for flood in floods:
            answer = await _answer_to(port, flood)
            assert answer == RESET or b'"type": "error"' in answer


async def test_events_of_no_use_are_ignored(home: House) -> None:
    async with served(home) as port, AsyncTcpClient(LOOPBACK, port) as client:
        for kind in ("run-satellite", "detect", "audio-stop", "synthesize-stop", "select-program"):
            await client.write_event(Event(kind))
        await client.write_event(Describe().event())
        answer = await client.read_event()
    assert answer is not None
    assert Info.is_type(answer.type)


async def test_who_asks_nothing_loses_its_place(home: House) -> None:
    clock = FakeClock()
    server = WyomingServer(served_household(home), clock, [LOOPBACK], [])
    async with server.listening(0) as port:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(b'{"type": "ping"}\n')
        assert b"pong" in await reader.readline()
        await clock.advance(MAX_IDLE_S + 1)
        assert b"error" in await reader.read()
        writer.close()
