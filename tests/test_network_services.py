"""Wyoming services in the house: looked for when asked, approved by a click, used by a toy, gone and back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from hub.app import App
from hub.config import Config
from hub.core.network_services import NetworkServices
from hub.domain.audio import PcmChunk, silence
from hub.domain.clock import Clock
from hub.domain.network_services import NetworkService, ServiceKind
from hub.domain.toys import ProviderChoice, Toy
from hub.errors import NotFoundError, ProviderError, RefusedError
from hub.events import Bus
from hub.pipeline.context import Ask
from hub.providers.base import ProviderSetup
from hub.providers.pool import Providers
from hub.providers.slot import RETRY_AFTER_S
from hub.providers.wyoming import look as wyoming_look
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.devices.fleets import ID, announced
from tests.new_household import open_household
from tests.pipeline.turns import record
from tests.providers.recogniser_servers import MOON, raw_server
from tests.providers.speech import RECORDINGS, as_spoken, read_wav
from tests.providers.wyoming_server import VOICE, WyomingPeer

PCM = read_wav(RECORDINGS / "spoken_moon.wav")
STT, TTS = ServiceKind.STT, ServiceKind.TTS
CONFIG = Config.model_validate({"stt": {"use": ["sphinx"]}, "tts": {"use": ["espeak"]}})


@dataclass
class Home:
    services: NetworkServices
    providers: Providers
    store: Store
    announced: list[Sequence[tuple[str, int]]] = field(default_factory=list)

    def toy(self, *stt: str) -> Toy:
        return Toy("t", "Bear", providers=ProviderChoice(stt=stt))

    async def ears_of(self, toy: Toy) -> list[str]:
        return [stt.name for stt in await self.providers.stt(toy)]


@asynccontextmanager
async def home(folder: Path, clock: Clock | None = None) -> AsyncIterator[Home]:
    clock = clock or FakeClock()  # who is slow to answer on a busy machine is not given up
    database = await open_household(folder, clock)
    store = Store(database, Bus(), clock)
    providers = Providers(ProviderSetup(CONFIG, {}, clock))
    announced: list[Sequence[tuple[str, int]]] = []
    services = NetworkServices(store, lambda: announced, [providers.take_in], clock)
    try:
        yield Home(services, providers, store, announced)
    finally:
        await providers.aclose()
        await database.aclose()


def at(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


async def test_what_announces_itself_is_offered_with_all_that_it_says(tmp_path: Path) -> None:
    async with home(tmp_path) as it, WyomingPeer().running() as address:
        it.announced.append([at(address)])
        ears, mouth = await it.services.look()
    assert (ears.kind, ears.program, ears.place) == (STT, "ears", address)
    assert (ears.languages, ears.choices, ears.name) == (("en",), ("base",), "")
    assert (mouth.kind, mouth.program, mouth.choices) == (TTS, "mouth", (VOICE,))


async def test_nothing_is_asked_before_somebody_wants_to_know(tmp_path: Path) -> None:
    async with home(tmp_path) as it, raw_server(b"") as (port, received):
        it.announced.append([("127.0.0.1", port)])
        await it.services.load()
        assert await it.services.approved() == []
        assert received == []
        await it.services.look()
        assert [line.startswith(b'{"type": "describe"') for line in received] == [True]


async def test_a_satellite_nonsense_and_what_is_outside_the_house_are_no_services(
    tmp_path: Path,
) -> None:
    satellite = (
        b'{"type": "info", "data": {"satellite": {"name": "x"}, "asr": [{"name": "ears"}]}}\n'
    )
    odd = b'{"type": "info", "data": {"asr": "yes"}}\n'
    async with (
        home(tmp_path) as it,
        raw_server(satellite) as (one, _),
        raw_server(odd) as (two, _),
        raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (three, _),
    ):
        it.announced += [[("127.0.0.1", port)] for port in (one, two, three)]
        it.announced.append([("8.8.8.8", 10300)])
        assert await it.services.look() == []
        with pytest.raises(RefusedError, match="no address on your home network"):
            await it.services.look("8.8.8.8:10300")
        with pytest.raises(RefusedError, match="such as 192"):
            await it.services.look("whisper")


async def test_one_that_never_answers_keeps_nobody_waiting_for_long(tmp_path: Path) -> None:
    clock = FakeClock()
    async with (
        home(tmp_path, clock) as it,
        raw_server(b"", hold=True) as (port, received),
    ):
        it.announced.append([("127.0.0.1", port)])
        looking = asyncio.create_task(it.services.look())
        while not received:
            await asyncio.sleep(0.01)
        await clock.advance(wyoming_look.MAX_ASK_S)
        assert await looking == []


async def test_an_approved_one_hears_for_the_toy_that_has_it_in_its_list(tmp_path: Path) -> None:
    peer = WyomingPeer()
    async with home(tmp_path) as it, peer.running() as address:
        approved = await it.services.approve(STT, "ears", address)
        assert approved.name == "house:ears"
        toy = it.toy(approved.name, "auto")
        ears = (await it.providers.stt(toy))[0]
        assert (ears.name, ears.local) == ("house:ears", True)
        heard = [t.text async for t in ears.transcribe(as_spoken(PCM), language="en")]
    assert heard[-1] == MOON


async def test_what_was_approved_is_known_after_a_restart(tmp_path: Path) -> None:
    async with WyomingPeer().running() as address:
        async with home(tmp_path) as it:
            await it.services.approve(STT, "ears", address)
        async with home(tmp_path) as it:
            assert await it.ears_of(it.toy("house:ears")) == ["sphinx"]
            await it.services.load()
            assert await it.ears_of(it.toy("house:ears")) == ["house:ears", "sphinx"]


async def test_one_that_was_not_approved_is_never_asked(tmp_path: Path) -> None:
    async with home(tmp_path) as it, WyomingPeer().running() as address:
        it.announced.append([at(address)])
        assert await it.ears_of(it.toy("house:ears")) == ["sphinx"]


async def test_a_removed_one_is_used_no_more_and_found_again(tmp_path: Path) -> None:
    async with home(tmp_path) as it, WyomingPeer().running() as address:
        it.announced.append([at(address)])
        approved = await it.services.approve(STT, "ears", address)
        assert [s.kind for s in await it.services.look()] == [TTS]
        await it.ears_of(it.toy(approved.name))
        await it.services.forget(STT, approved.name)
        assert await it.ears_of(it.toy(approved.name)) == ["sphinx"]
        assert [s.kind for s in await it.services.look()] == [STT, TTS]
        with pytest.raises(NotFoundError):
            await it.services.forget(STT, approved.name)


async def test_it_goes_away_and_comes_back(tmp_path: Path) -> None:
    clock = FakeClock()
    peer = WyomingPeer()
    async with home(tmp_path, clock) as it:
        async with peer.running() as address:
            approved = await it.services.approve(STT, "ears", address)
        toy = it.toy(approved.name)
        assert await it.ears_of(toy) == ["sphinx"]
        assert "can't reach" in it.providers.problems()[approved.name]
        async with peer.running() as address:
            moved = replace(approved, port=at(address)[1])  # the port of the test is another one
            await it.store.network_services.save(moved)
            await it.services.load()
            await clock.advance(RETRY_AFTER_S)
            assert await it.ears_of(toy) == [approved.name, "sphinx"]


async def test_one_that_moved_is_used_elsewhere_only_after_another_click(tmp_path: Path) -> None:
    async with home(tmp_path) as it:
        async with WyomingPeer().running() as old:
            await it.services.approve(STT, "ears", old)
        async with WyomingPeer().running() as new:
            it.announced.append([at(new)])
            assert await it.ears_of(it.toy("house:ears")) == ["sphinx"]
            assert new in [service.place for service in await it.services.look()]
            again = await it.services.approve(STT, "ears", new)
            assert again.name == "house:ears"
            assert [service.place for service in await it.services.approved()] == [new]
            assert await it.ears_of(it.toy("house:ears")) == ["house:ears", "sphinx"]


async def test_two_of_one_program_get_two_names(tmp_path: Path) -> None:
    async with (
        home(tmp_path) as it,
        WyomingPeer().running() as one,
        WyomingPeer().running() as two,
    ):
        names = [(await it.services.approve(STT, "ears", place)).name for place in (one, two)]
        assert names == ["house:ears", "house:ears-2"]
        assert (await it.services.approve(STT, "ears", two)).name == "house:ears-2"


async def test_another_program_at_an_approved_address_hears_nothing(tmp_path: Path) -> None:
    async with home(tmp_path) as it, WyomingPeer().running() as address:
        host, port = at(address)
        stranger = NetworkService(STT, "whisper", host, port, name="house:whisper")
        await it.store.network_services.save(stranger)
        await it.services.load()
        assert await it.ears_of(it.toy(stranger.name)) == ["sphinx"]
        assert "something else answers" in it.providers.problems()[stranger.name]


async def test_what_is_not_offered_there_is_not_approved(tmp_path: Path) -> None:
    async with home(tmp_path) as it, WyomingPeer().running() as address:
        with pytest.raises(NotFoundError, match="offers no throat"):
            await it.services.approve(STT, "throat", address)
    async with home(tmp_path) as it:
        with pytest.raises(ProviderError, match=r"can't reach .*; is it running\?$"):
            await it.services.approve(STT, "ears", address)


@pytest.mark.parametrize("typed", ["nowhere", "a..local:10300", "[::zz]:10300", "x\0.local:1"])
async def test_what_can_be_no_address_is_told_so(tmp_path: Path, typed: str) -> None:
    async with home(tmp_path) as it:
        with pytest.raises((RefusedError, ProviderError)):
            await it.services.look(typed)


async def test_the_whole_hub_finds_them_by_zeroconf_and_talks_with_them(tmp_path: Path) -> None:
    config = Config.model_validate(
        {"hub": {"data": tmp_path, "interfaces": ["127.0.0.1"]}, "llm": {"use": ["storyteller"]}}
    )
    peer = WyomingPeer()
    async with (
        peer.running() as address,
        announced(f"core-whisper-{ID}", peer.port),
        App(config, {}) as app,
    ):
        running = asyncio.create_task(app.serve(lambda ready: None, lambda code: None, pages=False))
        try:
            services = app.hub.network_services
            found: list[NetworkService] = []
            while len(found) < 2:  # others may announce themselves on this machine, too
                found = [s for s in await services.look() if s.place == address]
            ears, mouth = [await services.approve(s.kind, s.program, s.place) for s in found]
            choice = ProviderChoice(stt=(ears.name, "auto"), tts=(mouth.name, "auto"))
            toy = (await app.hub.toys.list())[0]
            toy = await app.hub.toys.save(replace(toy, providers=choice))
            async with app.hub.talks.begin(Ask(toy, "satellite", audio=said())) as talking:
                events = [event async for event in talking]
            assert await app.hub.ledger.recent(9) == []
        finally:
            running.cancel()
            await asyncio.wait((running,))
    turn = record(events)
    assert turn.heard == MOON
    assert turn.providers == {"stt": "house:ears", "llm": "storyteller", "tts": "house:mouth"}


async def said() -> AsyncIterator[PcmChunk]:
    async for chunk in as_spoken(PCM):
        yield chunk
    for _ in range(150):
        yield silence(20)
