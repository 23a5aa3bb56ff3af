"""Sound between a real hub's end and a real toy, over real TLS: how much of it there is, and how it is cut."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from wyoming.event import Event

from hub.devices.fleet import Fleet
from hub.domain.audio import PcmChunk
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Finished, SpeechEnded, SpeechStarted, TurnEvent
from hub.storage.store import Store
from satellite.board.panel import State
from satellite.wake.turn_start import WakeMode
from satellite.wire import opus as wire_opus
from satellite.wire.extensions import HELLO
from satellite.wire.frame import MAX_PACKET_BYTES, MICROPHONE, SPEAKER, AudioFrame
from tests.devices.fleets import running_fleet
from tests.devices.scripted import Script, ScriptedTurns, answers, heard, until
from tests.satellite.secure_toy import PretendHub, SecureToy, secure_toy
from tests.satellite.sounds import speech
from tests.satellite.toy import GivenMicrophone, Peer

MOST_KBIT_S = 40.0
CHILD = speech("child_cow.wav")
ANSWER = b"".join(speech("spoken_story.wav"))[: 32_000 * 3]


def says(pcm: bytes, *, after_ms: float = 1000) -> Script:
    """A turn that hears so much and answers with that sound."""

    async def script(ask: Ask) -> AsyncGenerator[TurnEvent]:
        assert ask.audio is not None
        yield SpeechStarted()
        got_ms = 0.0
        async for chunk in ask.audio:
            got_ms += chunk.duration_ms
            if got_ms >= after_ms:
                break
        yield SpeechEnded()
        yield heard("what do cows eat")
        for at in range(0, len(pcm), 3200):
            yield Audio(PcmChunk(pcm[at : at + 3200]))
        yield Finished(None)

    return script


class Counting:
    """A way to the toy that counts the bytes above TCP, encryption included."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.to_toy = self.from_toy = 0

    async def __aenter__(self) -> "Counting":
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        toy_reader, toy_writer = await asyncio.open_connection("127.0.0.1", self._to)

        async def copy(
            source: asyncio.StreamReader, sink: asyncio.StreamWriter, count: Callable[[int], None]
        ) -> None:
            while data := await source.read(65_536):
                count(len(data))
                sink.write(data)
            sink.close()

        await asyncio.gather(
            copy(reader, toy_writer, self._count_to), copy(toy_reader, writer, self._count_from)
        )

    def _count_to(self, size: int) -> None:
        self.to_toy += size

    def _count_from(self, size: int) -> None:
        self.from_toy += size


class SpeakingMicrophone(GivenMicrophone):
    """Gives a child's words, over and over, rather faster than time goes by."""

    def __init__(self) -> None:
        self.given = 0

    async def read(self) -> bytes:
        await asyncio.sleep(0.002)
        self.given += 1
        return CHILD[self.given % len(CHILD)]


@asynccontextmanager
async def pair(
    toy: SecureToy, store: Store, folder: Path, turns: ScriptedTurns, port: int | None = None
) -> AsyncIterator[Fleet]:
    """A hub that is linked to the toy."""
    async with running_fleet(store, folder=folder, turns=turns) as fleet:
        await fleet.pair(f"127.0.0.1:{port or toy.port}", await toy.code())
        await until(lambda: toy.panel.seen and toy.panel.shown() is State.IDLE)
        yield fleet


async def test_a_turn_takes_less_than_40_kbit_a_second_each_way(
    store: Store, tmp_path: Path
) -> None:
    turns = ScriptedTurns(says(ANSWER, after_ms=8000))
    async with (
        secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy,
        Counting(toy.port) as way,
        pair(toy, store, tmp_path, turns, way.port),
    ):
        toy.microphone.read = SpeakingMicrophone().read  # type: ignore[method-assign]
        to_toy, from_toy = way.to_toy, way.from_toy
        toy.satellite.trigger()
        await toy.panel.until(State.SPEAKING)
        up_s, from_toy = 8.0, way.from_toy - from_toy
        await toy.panel.until(State.IDLE)
        down_s, to_toy = len(ANSWER) / 32_000, way.to_toy - to_toy
    assert len(toy.speaker.played) == pytest.approx(len(ANSWER), abs=1300)
    assert 10 < from_toy * 8 / 1000 / up_s < MOST_KBIT_S
    assert 10 < to_toy * 8 / 1000 / down_s < MOST_KBIT_S


async def test_a_tap_cuts_the_answer_where_it_was_heard_and_the_next_words_are_answered(
    store: Store, tmp_path: Path
) -> None:
    played: list[float] = []

    async def long_answer(ask: Ask) -> AsyncGenerator[TurnEvent]:
        assert ask.played_ms is not None
        try:
            async for event in says(ANSWER * 20)(ask):
                yield event
        finally:
            played.append(ask.played_ms())

    turns = ScriptedTurns(long_answer, answers(audio_ms=200))
    async with (
        secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy,
        pair(toy, store, tmp_path, turns) as fleet,
    ):
        assert fleet.satellites()[0].interruptible is True
        toy.satellite.press()
        await toy.panel.until(State.SPEAKING)
        await until(lambda: len(toy.speaker.played) > 32_000)
        toy.satellite.press()
        written = len(toy.speaker.played)
        await until(lambda: turns.ended)
        assert turns.ended == ["cut"]
        assert len(toy.speaker.played) == written
        [ms] = played
        assert 0 < ms <= written / 32, "what was written ahead was not heard"
        await until(lambda: len(turns.asks) == 2)
        assert turns.asks[1].held
        await until(lambda: len(toy.speaker.played) >= written + 6400)
        await until(lambda: turns.ended == ["cut", "whole"])


@asynccontextmanager
async def link(toy: SecureToy, folder: Path, **hello: Any) -> AsyncIterator[Peer]:
    """A paired hub by hand, that said hello."""
    hub = PretendHub(folder / "hub")
    await hub.pair(toy, await toy.code())
    peer = await hub.link(toy)
    if hello:
        await peer.say(Event(HELLO, {"protocol": 1} | hello))
    yield await peer.take()
    await peer.hang_up()


async def test_without_a_hello_the_toy_speaks_plain_wyoming(tmp_path: Path) -> None:
    async with secure_toy(tmp_path) as toy, link(toy, tmp_path) as hub:
        chunk = await hub.until("audio-chunk")
        assert len(chunk.payload or b"") == 640
        await hub.say(Event("transcript", {"text": "hello"}))
        await hub.reply()
        assert (await hub.until("played")).data == {}


async def test_a_hello_without_opus_is_answered_in_pcm_and_told_what_was_played(
    tmp_path: Path,
) -> None:
    async with secure_toy(tmp_path) as toy, link(toy, tmp_path, audio="pcm") as hub:
        assert (await hub.until("audio-chunk")).payload
        await hub.say(Event("transcript", {"text": "hello"}))
        await hub.reply(bytes(6400))
        assert (await hub.until("played")).data == {"samples": 3200}


@pytest.mark.parametrize("audio", ["flac", 3, None, ["opus"]])
async def test_a_hello_that_wants_what_was_not_offered_ends_the_link(
    tmp_path: Path, audio: object
) -> None:
    async with secure_toy(tmp_path, wake=WakeMode.MANUAL) as toy:
        hub = PretendHub(tmp_path / "hub")
        await hub.pair(toy, await toy.code())
        peer = await hub.link(toy)
        await peer.say(Event(HELLO, {"protocol": 1, "audio": audio}))
        assert [event.data["code"] for event in await peer.until_closed()] == ["protocol"]


@pytest.mark.parametrize(
    "garbage",
    [
        AudioFrame(SPEAKER, 0, b"").encode()[:3] + (MAX_PACKET_BYTES + 1).to_bytes(2, "big"),
        AudioFrame(MICROPHONE, 0, b"x").encode(),
        b"\x03\0\0\0\0\n",
    ],
)
async def test_a_frame_that_is_too_big_or_of_no_kind_ends_the_link(
    tmp_path: Path, garbage: bytes
) -> None:
    async with (
        secure_toy(tmp_path, wake=WakeMode.MANUAL) as toy,
        link(toy, tmp_path, audio="opus") as hub,
    ):
        hub.stream.write(garbage + b"\n")
        assert "protocol" in [event.data.get("code") for event in await hub.until_closed()]


async def test_a_frame_without_an_agreement_ends_the_link(tmp_path: Path) -> None:
    async with (
        secure_toy(tmp_path, wake=WakeMode.MANUAL) as toy,
        link(toy, tmp_path, audio="pcm") as hub,
    ):
        hub.stream.write(AudioFrame(SPEAKER, 0, b"x").encode() + b"\n")
        assert "protocol" in [event.data.get("code") for event in await hub.until_closed()]


async def test_frames_of_no_reply_and_damaged_ones_do_no_harm(tmp_path: Path) -> None:
    async with (
        secure_toy(tmp_path, wake=WakeMode.MANUAL) as toy,
        link(toy, tmp_path, audio="opus") as hub,
    ):
        for number in range(100):
            hub.stream.write(AudioFrame(SPEAKER, number, b"\xff" * 60).encode())
        await hub.say(Event("audio-start", {"rate": 16_000, "width": 2, "channels": 1, "skip": 0}))
        for number in range(10):
            hub.stream.write(AudioFrame(SPEAKER, number, b"\xff" * 60).encode())
        await hub.say(Event("audio-stop"))
        assert (await hub.until("played")).data == {"samples": 3200}


async def test_a_toy_without_libopus_talks_in_pcm(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_opus, "problem", lambda: "libopus is missing")
    turns = ScriptedTurns(answers())
    async with (
        secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy,
        pair(toy, store, tmp_path, turns),
    ):
        toy.satellite.trigger()
        await toy.panel.until(State.SPEAKING)
        await toy.panel.until(State.IDLE)
        assert toy.speaker.played == bytes(400 * 32)
        assert turns.ended == ["whole"]
