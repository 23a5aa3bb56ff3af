"""The last steps of the guided first hour: minutes and bedtime, models for this machine, and what leaves the home."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import time
from html import unescape
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.config import Config
from hub.core.family.voice_hints import VoiceHintChoices
from hub.core.models import Models
from hub.domain.clock import SystemClock
from hub.domain.family.children import Child
from hub.domain.play.limits import DayLimits, PlayLimits, Whose, Window
from hub.domain.toys import ProviderKind
from hub.errors import ModelError, RefusedError
from hub.providers.base import ProviderSetup
from hub.providers.listening.voice_model import BANDS, VoiceModel
from hub.providers.llm import ollama
from hub.providers.models.models import VOICE_MODEL, voice_model
from hub.providers.pool import Providers
from tests.guardian.conftest import Site
from tests.providers.model_server import ModelServerFake
from tests.providers.tiny_whisper import make_tiny_whisper
from tests.voices import LOW_HZ, make_voice_model, voice

PAGE = "/start/limits"
BED = Window(time(19, 30), time(6, 30))


@pytest.fixture
async def mia(site: Site) -> Child:
    return await site.home.children.save(Child("", "Mia", 2021))


async def test_minutes_and_bedtime_are_suggested_by_age_and_hold_once_they_are_saved(
    site: Site, mia: Child
) -> None:
    browser, whose = await site.guardian(), Whose(child_id=mia.id)
    html = await browser.see(PAGE)
    assert 'value="60"' in html
    assert 'type="time" value="19:30"' in html
    assert not (await site.home.play.limits(whose)).any, "nothing holds before it is saved"
    fields = {f"minutes-{mia.id}": "45", f"bedtime-{mia.id}": "19:30", f"wakes-{mia.id}": "06:30"}
    assert (await browser.send(PAGE, PAGE, **fields)).headers["Location"] == "/start/alerts"
    kept = await site.home.play.limits(whose)
    assert kept.weekday == kept.weekend == DayLimits(45, BED)
    await browser.send(PAGE, PAGE)
    assert not (await site.home.play.limits(whose)).any, "empty fields are no limits"


async def test_what_was_set_apart_for_weekends_stays(site: Site, mia: Child) -> None:
    whose, rest = Whose(child_id=mia.id), Window(time(15), time(16))
    before = PlayLimits(DayLimits(30, BED, rest), DayLimits(90))
    await site.home.play.save(whose, before)
    fields = {f"minutes-{mia.id}": "20"}
    await (await site.guardian()).send(PAGE, PAGE, **fields)
    assert await site.home.play.limits(whose) == PlayLimits(
        DayLimits(20, None, rest), DayLimits(90)
    )


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("minutes", "lots", "Please give minutes"),
        ("minutes", "9999", "Please give minutes"),
        ("bedtime", "late", "a time such as 19:30"),
        ("bedtime", "19:30", "Bedtime needs an end"),
    ],
)
async def test_a_limit_that_is_none_is_said_at_its_field(
    site: Site, mia: Child, field: str, value: str, why: str
) -> None:
    browser = await site.guardian()
    answer = await browser.send(PAGE, PAGE, **{f"{field}-{mia.id}": value})
    assert answer.status == 409
    html = await answer.text()
    assert why in html
    assert f'value="{value}"' in html
    assert not (await site.home.play.limits(Whose(child_id=mia.id))).any


async def test_it_is_said_that_nothing_leaves_the_home(site: Site) -> None:
    browser = await site.guardian()
    assert "Nothing leaves your home." in await browser.see("/start/privacy")
    answer = await browser.send("/start/privacy", "/start/privacy")
    assert answer.headers["Location"] == "/start"


@pytest.fixture
async def far(tmp_path: Path) -> AsyncIterator[tuple[ModelServerFake, str]]:
    """A model server with a real, small recogniser, and a network that tells voices apart."""
    make_tiny_whisper(tmp_path / "made", "tell me a story")
    files = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    network = make_voice_model(tmp_path / "made" / f"{VOICE_MODEL}.onnx")
    fake = ModelServerFake(
        {
            "Systran/faster-whisper-base.en": files,
            "Wespeaker/wespeaker-voxceleb-resnet34-LM": {network.name: network.read_bytes()},
        }
    )
    async with TestServer(fake.app()) as server:
        yield fake, str(server.make_url("")).rstrip("/")


async def fetched(models: Models) -> None:
    """Until it is here, or was given up."""
    running = asyncio.create_task(models.run())
    try:
        async with asyncio.timeout(60):
            while models.busy:
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_better_ears_are_fetched_from_the_page_and_used_at_once(
    site: Site, tmp_path: Path, far: tuple[ModelServerFake, str]
) -> None:
    config = Config.model_validate({"hub": {"data": tmp_path / "hub"}})
    providers = Providers(ProviderSetup(config, {}))
    models = site.home.models = Models(config, site.home.store, providers, SystemClock(), far[1])
    [toy] = await site.home.toys.list()
    assert (await providers.standing(toy))[0].chosen == "sphinx"
    browser, page = await site.guardian(), "/start/models"
    assert "base.en" in await browser.see(page)
    assert (await browser.send(page, page, fetch="base.en")).headers["Location"] == page
    assert "base.en is on its way" in await browser.see(page)
    second = await browser.send(page, page, fetch="base.en")
    assert "another model is on its way" in await second.text()
    await fetched(models)
    assert models.state
    assert (models.state.problem, models.state.percent) == ("", 100)
    assert "base.en is here" in await browser.see(page)
    assert (await providers.standing(toy))[0].chosen == "whisper"
    await providers.aclose()


async def test_what_compares_voices_is_fetched_once_a_parent_agrees(
    site: Site, tmp_path: Path, mia: Child, far: tuple[ModelServerFake, str]
) -> None:
    data = tmp_path / "hub"
    config = Config.model_validate({"hub": {"data": data}})
    home = site.home
    models = Models(config, home.store, home.pretend_providers, SystemClock(), far[1])
    hints = home.voice_hints = VoiceHintChoices(home.store, models, data, site.clock)
    with pytest.raises(RefusedError, match="none of the models"):
        await models.fetch(VOICE_MODEL)
    await hints.agree(mia.id)
    await fetched(models)
    assert await hints.has_model()
    network = VoiceModel(voice_model(data))
    assert (await network.embed(voice(LOW_HZ))).shape == (BANDS,)
    await network.aclose()
    html = await (await site.guardian()).see(f"/children/{mia.id}")
    assert "The model that compares voices" not in html


async def test_a_model_that_does_not_come_is_said_and_nothing_changes(
    site: Site, tmp_path: Path, far: tuple[ModelServerFake, str]
) -> None:
    far[0].damaged = True
    config = Config.model_validate({"hub": {"data": tmp_path / "hub"}})
    models = site.home.models = Models(
        config, site.home.store, site.home.pretend_providers, SystemClock(), far[1]
    )
    await models.fetch("base.en")
    await fetched(models)
    html = unescape(await (await site.guardian()).see("/start/models"))
    assert "base.en was not fetched" in html
    assert "its checksum differs" in html


async def test_what_this_hub_would_not_use_is_not_fetched(site: Site) -> None:
    for name in ("large-v3-turbo", "fr_FR-siwis-medium", "nonsense"):
        with pytest.raises(RefusedError, match="none of the models"):
            await site.home.models.fetch(name)


async def test_a_language_model_is_fetched_by_the_ollama_server() -> None:
    lines = [
        b'{"status":"pulling manifest"}\n',
        b'{"status":"pulling a","digest":"a","total":10,"completed":4}\n',
        b'{"status":"pulling b","digest":"b","total":90,"completed":90}\n',
        b'{"status":"pulling a","digest":"a","total":10,"completed":10}\n',
        b'{"status":"success"}\n',
    ]
    sent = lines

    async def pull(request: web.Request) -> web.StreamResponse:
        assert await request.json() == {"model": "llama3.2", "stream": True}
        response = web.StreamResponse()
        await response.prepare(request)
        for line in sent:
            await response.write(line)
        return response

    app = web.Application()
    app.router.add_post("/api/pull", pull)
    told: list[tuple[int, int]] = []
    async with TestServer(app) as server:
        address = str(server.make_url("")).rstrip("/")
        await ollama.pull("llama3.2", lambda *step: told.append(step), address)
        assert told == [(4, 10), (94, 100), (100, 100)]
        for broken, why in (
            (lines[:2], "broke off"),
            ([b'{"error":"no space"}\n'], "no space"),
            ([b"nonsense\n"], "broke off"),
        ):
            sent = broken
            with pytest.raises(ModelError, match=why):
                await ollama.pull("llama3.2", lambda *step: None, address)
    with pytest.raises(ModelError, match="broke off"):
        await ollama.pull("llama3.2", lambda *step: None, address)


async def test_the_brain_that_is_offered_is_for_the_ollama_server(site: Site) -> None:
    brains = [o for o in await site.home.models.offers() if o.kind is ProviderKind.LLM]
    assert [offer.suggested for offer in brains].count(True) == 1
