"""A paired toy gets its lines from a real fleet, says them while the hub is away, and tells of it afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from hub.domain.clock import SystemClock
from hub.domain.safety import SafetyPolicy
from hub.domain.toys import Toy, Voice
from hub.errors import ProviderError
from hub.events import Bus
from hub.pipeline.carried import Carried
from hub.pipeline.kept_sounds import SoundKey
from hub.safety.guard import Guard, Line
from hub.storage.store import Store
from hub.voice import packs
from hub.voice.credentials import Credentials
from hub.voice.fleet import Fleet
from hub.voice.packs import AGAIN_AFTER_S, Packs
from hub.voice.session import Session
from satellite import orders
from satellite.panel import State
from satellite.wake import Wake
from satellite.wire_pack import PACK_BYTES, Offline, Pack
from tests.clock import FakeClock, settle
from tests.satellite.secure_toy import SecureToy, secure_toy
from tests.voice.scripted import ScriptedTurns, answers, until
from tests.voice.test_care import LetsAllPass, of
from tests.voice.test_pairing import KEY, at


class Voices:
    """Lines whose sound is made in no time; a toy's version follows its voice."""

    def __init__(self) -> None:
        self.guard = Guard([LetsAllPass()], FakeClock(), 1.0)
        self.broken = False
        self.asked = 0
        self.made = 0

    async def carried_by(self, toy: Toy, /) -> Carried:
        policy = SafetyPolicy()
        lines = await self.guard.lines(Line.AWAY, policy, toy.language)
        keys = tuple((Line.AWAY, SoundKey("x", toy.voice, "en", line)) for line in lines)
        return Carried(toy.voice.name or "first", keys, policy)

    async def sounds_of(self, toy: Toy, carried: Carried, /) -> AsyncIterator[tuple[Line, bytes]]:
        self.asked += 1
        if self.broken:
            raise ProviderError("the voice is away")
        self.made += 1
        for number, (kind, _) in enumerate(carried.keys, 1):
            yield kind, bytes([number, 0]) * 20_000


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PAUSE_S", 0.0)
    monkeypatch.setattr(orders, "REPORT_S", 0.1)


@asynccontextmanager
async def hub(store: Store, bus: Bus, folder: Path, voices: Voices) -> AsyncIterator[Fleet]:
    clock = SystemClock()
    fleet = Fleet(
        store,
        ScriptedTurns(answers()),
        bus,
        clock,
        Credentials.load(folder / "data"),
        interfaces=("127.0.0.1",),
        packs=Packs(voices, clock),
    )
    task = asyncio.create_task(fleet.run())
    try:
        await until(lambda: fleet._group)
        yield fleet
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait((task,))


def version(toy: SecureToy) -> str:
    assert toy.home.away is not None
    return toy.home.away.version


async def test_a_toy_talks_while_its_hub_is_away_and_the_hub_learns_how_often(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    voices = Voices()
    async with secure_toy(tmp_path / "toy", wake=Wake.MANUAL) as toy:
        async with hub(store, bus, tmp_path, voices) as fleet:
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
        async with hub(store, bus, tmp_path, voices) as fleet:
            await until(lambda: of(fleet).absences)
            [absence] = of(fleet).absences
            assert absence.lines == 2
            assert absence.began_at <= absence.ended_at <= SystemClock().now()
            await until(lambda: toy.home.away and toy.home.away.happened() is None)
    assert voices.made == 1, "what it has is not made or sent again"


async def test_what_a_toy_tells_again_as_it_did_not_learn_that_the_hub_has_it_counts_once(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with (
        secure_toy(tmp_path / "toy", wake=Wake.MANUAL) as toy,
        hub(store, bus, tmp_path, Voices()) as fleet,
    ):
        await fleet.pair(at(toy.port), await toy.code())
        for told in (Offline("1", 2, 90, 30), Offline("1", 3, 95, 5), Offline("2", 4, 3, 1)):
            fleet.news.note_absence(KEY, told)
            await settle()
            await until(lambda: not fleet.news._keeping)
        assert [absence.lines for absence in of(fleet).absences] == [4, 3]
    kept = await store.satellites.get(KEY)
    assert kept is not None
    assert [absence.number for absence in kept.absences] == ["2", "1"]


async def test_another_voice_is_another_pack(store: Store, bus: Bus, tmp_path: Path) -> None:
    voices = Voices()
    async with (
        secure_toy(tmp_path / "toy", wake=Wake.MANUAL) as toy,
        hub(store, bus, tmp_path, voices) as fleet,
    ):
        await fleet.pair(at(toy.port), await toy.code())
        await until(lambda: version(toy).startswith("first"))
        lived_in = (await store.toys.list())[0]
        lived_in = await store.toys.save(Toy(lived_in.id, lived_in.name, voice=Voice("second")))
        await until(lambda: version(toy).startswith("second"))


async def test_a_voice_that_is_away_is_not_asked_each_minute() -> None:
    async def lives_in(key: str) -> Toy:
        return Toy("t", "Pommai")

    async def report() -> int:
        await bringing.bring("id:1", session, lives_in, "an older version")
        return voices.asked

    voices, clock = Voices(), FakeClock()
    voices.broken = True
    bringing = Packs(voices, clock)
    session = cast("Session", SimpleNamespace(opus=False, desk=object()))
    assert [await report(), await report()] == [1, 1]
    await clock.advance(AGAIN_AFTER_S - 1)
    assert await report() == 1
    await clock.advance(1)
    assert await report() == 2


async def test_a_pack_has_as_many_lines_as_fit() -> None:
    sound = bytes(PACK_BYTES // 3)
    packed = packs._packed("1", "pcm", [(Line.AWAY, sound)] * 5)
    assert len(packed) <= PACK_BYTES
    assert len(Pack.decode(packed).sounds) == 2
