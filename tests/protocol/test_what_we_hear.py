"""Each event of the `wyoming` package, sent at each of our ends: understood or passed over, and none is fatal.

The list is the package's own, found in its modules. A kind that a new release brings fails the first test here,
until somebody has thought of what it means to us and put it into a row.
"""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Describe

from hub.domain.clock import SystemClock
from hub.domain.toys import Voice
from hub.providers.wyoming.stt import WyomingStt
from hub.providers.wyoming.tts import WyomingTts
from hub.providers.wyoming.wake import WakeWordService
from tests.devices.scripted import PretendSatellite, ScriptedTurns, hears_nothing, until
from tests.devices.wake_service import WakePeer, fleet_with
from tests.integrations.serving import served
from tests.pipeline.scripted import ScriptedLlm, ScriptedStt, house, sound
from tests.protocol.releases import RELEASES, kinds, samples
from tests.protocol.vocabulary import ANYWHERE, FROM_SATELLITES, TO_SERVICES
from tests.providers.setups import provider_setup
from tests.providers.speech import POLICY, safe
from tests.providers.wyoming_server import WyomingPeer
from tests.satellite.toy import running_toy

FROM_SERVICES = {
    "transcript",
    "transcript-chunk",
    "transcript-stop",
    "audio-start",
    "audio-chunk",
    "audio-stop",
    "synthesize-stopped",
    "detection",
    "not-detected",
}
TO_SATELLITES = {
    "run-satellite",
    "pause-satellite",
    "transcript",
    "voice-started",
    "voice-stopped",
    "audio-start",
    "audio-chunk",
    "audio-stop",
    "timer-finished",
}
UNDERSTOOD = ANYWHERE | FROM_SATELLITES | TO_SERVICES | FROM_SERVICES | TO_SATELLITES
PASSED_OVER = {
    "detect",
    "handled",
    "handled-chunk",
    "handled-start",
    "handled-stop",
    "intent",
    "intents-start",
    "intents-stop",
    "not-handled",
    "not-recognized",
    "recognize",
    "satellite-connected",
    "satellite-disconnected",
    "select-program",
    "streaming-started",
    "streaming-stopped",
    "timer-cancelled",
    "timer-started",
    "timer-updated",
    "transcript-start",
    "user-event",
}
"""Thought of, and of no use to any of our ends."""

releases = pytest.mark.parametrize("release", RELEASES)


def test_every_kind_of_event_was_thought_of() -> None:
    known = set().union(*(kinds(release) for release in RELEASES))
    assert known == UNDERSTOOD | PASSED_OVER
    assert not UNDERSTOOD & PASSED_OVER


@releases
async def test_the_hub_lives_through_whatever_a_satellite_sends(
    tmp_path: Path, release: str
) -> None:
    turns = ScriptedTurns(hears_nothing)
    async with PretendSatellite() as bear, fleet_with(tmp_path, turns) as fleet:
        await fleet.adopt(f"127.0.0.1:{bear.port}")
        await until(lambda: "run-satellite" in bear.types)
        links = bear.connections

        async def answers_to(event: Event) -> set[str]:
            """The types of what the hub says to it, but for its own signs of life."""
            before = len(bear.got)
            await bear.send(event, Event("ping", {"text": "there?"}))
            await until(lambda: "pong" in bear.types[before:])
            return set(bear.types[before:]) - {"pong", "ping", "describe"}

        for event in samples(release):
            said = await answers_to(event)
            if event.type not in FROM_SATELLITES:
                assert said == set(), event
        assert bear.connections == links, "it never hung up"


@releases
async def test_the_services_live_through_whatever_a_client_sends(
    tmp_path: Path, release: str
) -> None:
    async with (
        house(tmp_path, stts=[ScriptedStt("hi")], llms=[ScriptedLlm("Hello.")]) as home,
        served(home) as port,
    ):
        for event in samples(release):
            async with AsyncTcpClient("127.0.0.1", port) as client:
                await client.write_event(event)
                if event.type not in TO_SERVICES:
                    await _is_introduced(client)
            async with AsyncTcpClient("127.0.0.1", port) as client:
                await _is_introduced(client)


async def _is_introduced(client: AsyncTcpClient) -> None:
    await client.write_event(Describe().event())
    async with asyncio.timeout(60):
        while (answer := await client.read_event()) is not None:
            if answer.type == "info":
                return
    raise AssertionError("closed without an introduction")


@releases
async def test_a_plain_satellite_lives_through_whatever_a_hub_sends(release: str) -> None:
    async with running_toy() as toy, asyncio.timeout(60):
        for event in samples(release):
            hub = await toy.hub()
            await hub.say(event)
            await hub.say(Event("ping", {"text": "there?"}))
            while (await hub.until("pong")).data["text"] != "there?":
                pass
            await hub.hang_up()


@releases
async def test_the_hub_finds_the_answers_of_a_service_among_whatever_it_sends(
    release: str,
) -> None:
    noise = [event for event in samples(release) if event.type not in FROM_SERVICES | ANYWHERE]
    peer, wake_peer = WyomingPeer(streaming=False, noise=noise), WakePeer(noise=noise)
    async with peer.running() as address:
        stt = WyomingStt(provider_setup("stt.wyoming", timeout_s=20.0, address=address))
        transcripts = [t async for t in stt.transcribe(sound(("voice", 400.0)), language="en")]
        assert transcripts[-1].text == peer.says
        tts = WyomingTts(provider_setup("tts.wyoming", timeout_s=20.0, address=address))
        async with aclosing(tts.speak(safe("hello there"), Voice(), POLICY)) as speech:
            assert [chunk async for chunk in speech]
    async with wake_peer.running() as service:
        waiting = WakeWordService(service, SystemClock())
        assert await waiting.hear(sound(("voice", 400.0))) == "okay_nabu"
