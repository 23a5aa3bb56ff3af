"""A paired toy gets its lines from a real fleet, says them while the hub is away, and tells of it afterwards."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from hub.devices import phrases
from hub.devices.commands import LinkedDevice
from hub.devices.phrases import AGAIN_AFTER_S, OfflinePhrases, PhraseMaker
from hub.domain.clock import SystemClock
from hub.domain.safety import SafetyPolicy
from hub.domain.toys import Absence, Satellite, Toy, Voice
from hub.errors import ProviderError
from hub.events import Bus
from hub.pipeline.speak.fixed_lines import OfflineLines
from hub.pipeline.speak.sound_cache import SoundKey
from hub.safety.guard import Guard, Line
from hub.storage.store import Store
from satellite import commands as orders
from satellite.board.panel import State
from satellite.wake.turn_start import WakeMode
from satellite.wire.phrases import MAX_PACK_BYTES, OfflineReport, PhrasePack
from tests.clock import FakeClock, settle
from tests.devices.fleets import KEY, LetsAllPass, at, of, running_fleet
from tests.devices.scripted import until
from tests.satellite.secure_toy import SecureToy, secure_toy


class Voices:
    """Lines whose sound is made in no time; a toy's version follows its voice."""

    def __init__(self) -> None:
        self.guard = Guard([LetsAllPass()], FakeClock(), 1.0)
        self.broken = False
        self.asked = 0
        self.made = 0

    async def offline_lines(self, toy: Toy, /) -> OfflineLines:
        policy = SafetyPolicy()
        lines = await self.guard.lines(Line.AWAY, policy, toy.language)
        keys = tuple((Line.AWAY, SoundKey("x", toy.voice, "en", line)) for line in lines)
        return OfflineLines(toy.voice.name or "first", keys, policy)

    async def sounds_of(
        self, toy: Toy, lines: OfflineLines, /
    ) -> AsyncIterator[tuple[Line, bytes]]:
        self.asked += 1
        if self.broken:
            raise ProviderError("the voice is away")
        self.made += 1
        for number, (kind, _) in enumerate(lines.keys, 1):
            yield kind, bytes([number, 0]) * 20_000


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "PAUSE_S", 0.0)
    monkeypatch.setattr(orders, "REPORT_S", 0.1)


def version(toy: SecureToy) -> str:
    assert toy.home.away is not None
    return toy.home.away.version


async def test_a_toy_talks_while_its_hub_is_away_and_the_hub_learns_how_often(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    voices = Voices()
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        async with running_fleet(store, bus, tmp_path, phrases=PhraseMaker(voices)) as fleet:
            await fleet.pair(at(toy.port), await toy.code())
            await until(lambda: version(toy).startswith("first"))
        await toy.panel.until(State.HUB_AWAY)
        for times in (1, 2):
            played = len(toy.speaker.played)
            toy.satellite.press()
            toy.satellite.release()
            await until(lambda: len(toy.speaker.played) > played)  # noqa: B023  # awaited here
            await until(lambda: toy.speaker.finished >= times)  # noqa: B023
            await toy.panel.until(State.HUB_AWAY)
            await settle()  # a press amid a line counts for nothing
        async with running_fleet(store, bus, tmp_path, phrases=PhraseMaker(voices)) as fleet:
            await until(lambda: of(fleet).absences)
            [absence] = of(fleet).absences
            assert absence.lines == 2
            assert absence.began_at <= absence.ended_at <= SystemClock().now()
            await until(lambda: toy.home.away.happened() is None)
    assert voices.made == 1, "what it has is not made or sent again"


async def kept(store: Store) -> tuple[Absence, ...]:
    satellite = await store.satellites.get(KEY)
    assert satellite is not None
    return satellite.absences


async def test_what_a_toy_tells_again_as_it_did_not_learn_that_the_hub_has_it_counts_once(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with (
        secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy,
        running_fleet(store, bus, tmp_path, phrases=PhraseMaker(Voices())) as fleet,
    ):
        await fleet.pair(at(toy.port), await toy.code())
        for told in (
            OfflineReport("1", 2, 90, 30),
            OfflineReport("1", 3, 95, 5),
            OfflineReport("2", 4, 3, 1),
        ):
            while told.lines not in [absence.lines for absence in of(fleet).absences[:1]]:
                fleet[KEY].reports.take(told.event())
                await asyncio.sleep(0.01)
        assert [absence.lines for absence in of(fleet).absences] == [4, 3]
        async with asyncio.timeout(60):
            while [absence.number for absence in await kept(store)] != ["2", "1"]:
                await asyncio.sleep(0.01)


async def test_another_voice_is_another_pack(store: Store, bus: Bus, tmp_path: Path) -> None:
    voices = Voices()
    async with (
        secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy,
        running_fleet(store, bus, tmp_path, phrases=PhraseMaker(voices)) as fleet,
    ):
        await fleet.pair(at(toy.port), await toy.code())
        await until(lambda: version(toy).startswith("first"))
        lived_in = (await store.toys.list())[0]
        lived_in = await store.toys.save(Toy(lived_in.id, lived_in.name, voice=Voice("second")))
        await until(lambda: version(toy).startswith("second"))


async def test_a_voice_that_is_away_is_not_asked_each_minute() -> None:
    async def lives_in() -> Toy:
        return Toy("t", "Pommai")

    async def report() -> int:
        await bringing.bring("an older version")
        return voices.asked

    voices, clock = Voices(), FakeClock()
    voices.broken = True
    device = SimpleNamespace(
        satellite=Satellite("id:1", "Bear"), commands=object(), speaks_opus=False, toy=lives_in
    )
    bringing = OfflinePhrases(cast(LinkedDevice, device), PhraseMaker(voices), clock)
    assert [await report(), await report()] == [1, 1]
    await clock.advance(AGAIN_AFTER_S - 1)
    assert await report() == 1
    await clock.advance(1)
    assert await report() == 2


async def test_a_pack_has_as_many_lines_as_fit() -> None:
    sound = bytes(MAX_PACK_BYTES // 3)
    packed = phrases.packed("1", "pcm", [(Line.AWAY, sound)] * 5)
    assert len(packed) <= MAX_PACK_BYTES
    assert len(PhrasePack.decode(packed).sounds) == 2
