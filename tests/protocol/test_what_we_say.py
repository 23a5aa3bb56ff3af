"""Each event that any of our ends sends, collected from real talks: the classes of both releases can read it."""

import asyncio
import importlib
import pkgutil
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.event import Event, Eventable
from wyoming.info import Describe
from wyoming.ping import Ping
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop

import hub.devices
import integrations.wyoming_services
from hub.domain.clock import SystemClock
from hub.domain.toys import ANY_VOICE, Voice
from hub.providers.wyoming.stt import WyomingStt
from hub.providers.wyoming.tts import WyomingTts
from hub.providers.wyoming.wake import WakeWordService
from tests.devices.satellite_end import satellite_end
from tests.devices.scripted import (
    PretendSatellite,
    ScriptedTurns,
    answers,
    mic,
    run_pipeline,
    until,
)
from tests.devices.wake_service import LOUD, WakePeer, fleet_with
from tests.integrations.serving import ask, served, spoken
from tests.pipeline.scripted import ScriptedLlm, ScriptedStt, house, sound
from tests.protocol.releases import RELEASES, kinds, parse
from tests.protocol.vocabulary import ANYWHERE, FROM_SATELLITES, TO_SERVICES
from tests.providers.setups import provider_setup
from tests.providers.speech import POLICY, safe
from tests.providers.wyoming_server import WyomingPeer
from tests.satellite.toy import HeldSpeaker, Peer, TalkingMicrophone, running_toy

HUB = {
    "describe",
    "run-satellite",
    "pause-satellite",
    "ping",
    "pong",
    "detection",
    "voice-started",
    "voice-stopped",
    "transcript",
    "audio-start",
    "audio-chunk",
    "audio-stop",
    "error",
}
SERVICES = {
    "info",
    "pong",
    "transcript-start",
    "transcript-chunk",
    "transcript",
    "transcript-stop",
    "audio-start",
    "audio-chunk",
    "audio-stop",
    "synthesize-stopped",
    "handled-start",
    "handled-chunk",
    "handled",
    "handled-stop",
    "not-handled",
    "error",
}
SATELLITE = {
    "info",
    "pong",
    "run-pipeline",
    "audio-start",
    "audio-chunk",
    "audio-stop",
    "played",
    "error",
}
PROVIDERS = {
    "describe",
    "transcribe",
    "audio-start",
    "audio-chunk",
    "audio-stop",
    "synthesize",
    "synthesize-start",
    "synthesize-chunk",
    "synthesize-stop",
    "detect",
}

releases = pytest.mark.parametrize("release", RELEASES)


def are_readable(events: Iterable[Event], release: str) -> None:
    """A type that came later than a release is passed over there; all others its classes can read."""
    sent = list(events)
    wrong, unknown = parse(release, sent)
    assert wrong == []
    assert set(unknown) == {event.type for event in sent} - kinds(release)
    assert set(unknown) <= kinds("1.10.2")


async def said_by_the_hub(folder: Path) -> list[Event]:
    turns = ScriptedTurns(answers(audio_ms=100))
    async with PretendSatellite() as bear, fleet_with(folder, turns) as fleet:
        name = (await fleet.adopt(f"127.0.0.1:{bear.port}")).key
        await fleet[name].hear_room("")
        await until(lambda: "run-satellite" in bear.types)
        await bear.send(run_pipeline("wake"), run_pipeline("tts"), Event("ping", {"text": "x"}))
        await until(lambda: {"pause-satellite", "error", "pong"} <= set(bear.types))
        await fleet[name].hear_room(ANY_VOICE)
        await bear.send(run_pipeline("wake"), mic(200))
        await until(lambda: "audio-stop" in bear.types)
        said = bear.got
    async with WakePeer().running() as service, satellite_end(turns, SystemClock()) as it:
        it.room_listener = service
        await it.receive(run_pipeline("wake"), LOUD, LOUD, LOUD)
        await until(lambda: it.sent)
    return said + it.sent


async def said_by_the_services(folder: Path) -> list[Event]:
    async with (
        house(folder, stts=[ScriptedStt("good morning")], llms=[ScriptedLlm("Bears sleep.")]) as it,
        served(it) as port,
    ):
        written = [SynthesizeStart(), SynthesizeChunk("Good night."), SynthesizeStop()]
        return [
            *await ask(port, Describe(), until="info"),
            *await ask(port, Ping(), until="pong"),
            *await ask(port, Transcribe(), *spoken(), until="transcript-stop"),
            *await ask(port, Synthesize("Good night."), until="audio-stop"),
            *await ask(port, *written, until="synthesize-stopped"),
            *await ask(port, Transcript("what do bears do?"), until="handled-stop"),
            *await ask(port, Transcript(""), until="not-handled"),
            *await ask(port, Synthesize("la " * 5_000), until="error"),
        ]


async def said_by_a_plain_satellite() -> list[Event]:
    said: list[Event] = []

    async def until_says(peer: Peer, kind: str) -> None:
        while (event := await peer.read()) is not None:
            said.append(event)
            if event.type == kind:
                return

    microphone = TalkingMicrophone()
    async with (
        running_toy(microphone=microphone, speaker=HeldSpeaker()) as toy,
        asyncio.timeout(60),
    ):
        hub = await toy.hub()
        await hub.say(Describe().event(), Ping("x").event())
        await until_says(hub, "pong")
        toy.satellite.trigger()
        await until_says(hub, "audio-chunk")
        await hub.say(Transcript("hello").event())
        await hub.reply()
        await until_says(hub, "played")
        toy.satellite.trigger()
        await until_says(hub, "audio-chunk")
        microphone.broken = True
        await until_says(hub, "audio-stop")
        await toy.hub()
        await until_says(hub, "error")
    return said


async def said_by_our_providers() -> list[Event]:
    said: list[Event] = []
    for streaming in (True, False):
        peer = WyomingPeer(streaming=streaming)
        async with peer.running() as address:
            stt = WyomingStt(provider_setup("stt.wyoming", timeout_s=20.0, address=address))
            async for _ in stt.transcribe(sound(("voice", 200.0)), language="en"):
                pass
            tts = WyomingTts(provider_setup("tts.wyoming", timeout_s=20.0, address=address))
            async for _ in tts.speak(safe("hello there"), Voice(), POLICY):
                pass
        said += peer.everything
    wake_peer = WakePeer()
    async with wake_peer.running() as service:
        waiting = WakeWordService(service, SystemClock())
        assert await waiting.hear(sound(("silence", 200.0))) == ""
    return said + wake_peer.everything


@releases
async def test_what_the_hub_says_to_satellites_is_readable(tmp_path: Path, release: str) -> None:
    said = await said_by_the_hub(tmp_path)
    assert {event.type for event in said} == HUB
    are_readable(said, release)


@releases
async def test_what_the_services_answer_is_readable(tmp_path: Path, release: str) -> None:
    said = await said_by_the_services(tmp_path)
    assert {event.type for event in said} == SERVICES
    are_readable(said, release)


@releases
async def test_what_a_plain_satellite_says_is_readable(release: str) -> None:
    said = await said_by_a_plain_satellite()
    assert {event.type for event in said} == SATELLITE
    are_readable(said, release)


@releases
async def test_what_our_providers_ask_is_readable(release: str) -> None:
    said = await said_by_our_providers()
    assert {event.type for event in said} == PROVIDERS
    are_readable(said, release)


def imported_kinds(*packages: ModuleType) -> set[str]:
    """The types of all event classes that modules of these packages name."""
    found = set()
    for package in packages:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, Eventable):
                    found |= {name for name in kinds("1.10.2") if value.is_type(name)}
    return found


def test_no_event_is_sent_that_these_talks_leave_out() -> None:
    """A class that a module begins to use must be said in a talk above, or be one that is heard."""
    assert imported_kinds(hub.devices) <= HUB | FROM_SATELLITES
    assert imported_kinds(integrations.wyoming_services) <= SERVICES | TO_SERVICES | ANYWHERE
