"""What a turn sends out of the house: masked, noted in the ledger before it goes, and nothing more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import text

from hub.domain.family.children import Child
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.persona import Persona
from hub.domain.safety import Category, CheckRequest, Verdict
from hub.domain.talks.talk import TurnState
from hub.errors import DataError, ProviderError
from hub.pipeline.context import Ask
from hub.pipeline.events import Finished, Said
from hub.providers.base import LlmRequest
from hub.providers.llm.openai import OpenAiLlm
from hub.safety.rules.rulebook import Rulebook
from hub.safety.rules.rules import RulesCheck
from tests.pipeline.scripted import House, ScriptedLlm, ScriptedStt, ScriptedTts, house, sound
from tests.providers.openai_server import GOOD_MODEL, KEY, Server
from tests.providers.setups import provider_setup


class CloudTts(ScriptedTts):
    local = False


class CloudStt(ScriptedStt):
    local = False


@asynccontextmanager
async def family(folder: Path, **parts: Any) -> AsyncIterator[House]:
    """Mia's house."""
    async with house(folder, **parts) as home:
        await home.store.children.save(Child("c1", "Mia", gentle="the dark"))
        home.toy = replace(home.toy, child_ids=frozenset({"c1"}))
        await home.store.toys.save(home.toy)
        yield home


async def rows(home: House) -> list[LedgerEntry]:
    return list(reversed(await home.store.ledger.recent(99)))


async def test_a_turn_with_local_providers_leaves_no_row(tmp_path: Path) -> None:
    async with family(tmp_path, stts=[ScriptedStt("hello")], llms=[ScriptedLlm("Hi!")]) as home:
        await home.hear(("voice", 600), ("silence", 2000))
        assert await rows(home) == []


async def test_a_turn_through_clouds_leaves_one_row_for_each_request(tmp_path: Path) -> None:
    stt, llm = CloudStt("my name is mia"), ScriptedLlm("Hello you! ", "A nice day.", local=False)
    async with family(tmp_path, stts=[stt], llms=[llm], ttses=[CloudTts()]) as home:
        events = await home.hear(("voice", 600), ("silence", 2000))
        finished = events[-1]
        assert isinstance(finished, Finished)
        assert finished.turn is not None
        found = await rows(home)
        asked = sum(len(message.text) for message in llm.requests[0].messages)
        heard_bytes = round(stt.heard_ms) * 32
        assert [(row.kind, row.what, row.amount) for row in found] == [
            (LedgerKind.STT, ContentKind.AUDIO, heard_bytes),
            (LedgerKind.LLM, ContentKind.TEXT, asked),
            (LedgerKind.TTS, ContentKind.TEXT, len("Hello you!")),
            (LedgerKind.TTS, ContentKind.TEXT, len("A nice day.")),
        ]
        assert {row.turn_id for row in found} == {finished.turn.id}
        assert not any(row.discarded for row in found)


async def test_no_row_holds_a_word(tmp_path: Path) -> None:
    llm = ScriptedLlm("Zebras gallop.", local=False)
    async with family(tmp_path, llms=[llm], ttses=[CloudTts()]) as home:
        await home.say("tell me about giraffes")
        database = home.store.database
        raw = await database.read(lambda c: str(c.execute(text("select * from ledger")).all()))
    assert "scripted-llm" in raw
    assert "giraffes" not in raw
    assert "ebras" not in raw


class LookingLlm(ScriptedLlm):
    """Looks into the ledger when it is asked."""

    def __init__(self, *pieces: str) -> None:
        super().__init__(*pieces, local=False)
        self.home: House | None = None
        self.rows_when_asked: list[LedgerEntry] = []

    async def reply(self, request: LlmRequest) -> Any:
        assert self.home is not None
        self.rows_when_asked = await rows(self.home)
        async for delta in super().reply(request):
            yield delta


async def test_the_row_is_on_the_disk_before_the_model_is_asked(tmp_path: Path) -> None:
    llm = LookingLlm("Hi!")
    async with family(tmp_path, llms=[llm]) as home:
        llm.home = home
        await home.say("hello")
    assert [row.kind for row in llm.rows_when_asked] == [LedgerKind.LLM]


async def test_where_the_ledger_cannot_be_written_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(entry: LedgerEntry) -> int:
        raise DataError("the disk is full")

    llm = ScriptedLlm("Hi!", local=False)
    async with family(tmp_path, llms=[llm]) as home:
        monkeypatch.setattr(home.store.ledger, "open", full)
        await home.say("hello")
    assert llm.requests == []


async def test_a_request_that_fails_has_a_row_too_marked_as_discarded(tmp_path: Path) -> None:
    broken = ScriptedLlm(ProviderError("no"), local=False)
    async with family(tmp_path, llms=[broken, ScriptedLlm("Hi!")]) as home:
        await home.say("hello")
        (row,) = await rows(home)
    assert (row.kind, row.discarded) == (LedgerKind.LLM, True)


async def test_sound_that_was_sent_for_a_turn_that_was_cut_is_in_the_ledger_as_discarded(
    tmp_path: Path,
) -> None:
    stt = CloudStt("hello", hangs=True)
    async with family(tmp_path, stts=[stt], llms=[ScriptedLlm("Hi!")]) as home:
        ask = Ask(home.toy, "satellite", audio=sound(("voice", 2600), ("silence", 60_000)))
        async with home.pipeline.turn(ask):
            while stt.heard_ms < 2500:
                await asyncio.sleep(0.001)
        (row,) = await rows(home)
    assert (row.kind, row.what, row.discarded) == (LedgerKind.STT, ContentKind.AUDIO, True)
    assert row.amount >= 2500 * 32


async def test_a_cloud_model_is_sent_masked_words_and_the_transcript_keeps_the_childs(
    tmp_path: Path,
) -> None:
    said = "i am mia and i live at 14 maple street"
    cloud = ScriptedLlm("Nice!", local=False)
    async with family(tmp_path, llms=[cloud], checks=[RulesCheckWithoutPrivacy()]) as home:
        home.toy = replace(home.toy, persona=Persona("a friend of Mia"))
        await home.store.toys.save(home.toy)
        await home.say(said)
        await home.say("tell me more")
        stored = await home.store.turns.recent(2)
    assert {turn.heard for turn in stored} == {said, "tell me more"}
    system, *talk = cloud.requests[1].messages
    assert [line.text for line in talk] == [
        "i am [name] and i live at [street]",
        "Nice!",
        "tell me more",
    ]
    assert "\nName: Pommai\nIs: a friend of [name]\n" in system.text
    assert "the dark" not in system.text
    assert cloud.requests[1].child_name == ""


class RulesCheckWithoutPrivacy(RulesCheck):
    """Lets everything pass, so that an address gets as far as the model."""

    def __init__(self) -> None:
        super().__init__(Rulebook.load())

    async def check(self, request: CheckRequest) -> Verdict:
        verdict = await super().check(request)
        return replace(verdict, allowed=True, category=Category.NONE, severity=0, alert=None)


async def test_a_model_in_the_house_gets_the_words_as_they_are(tmp_path: Path) -> None:
    local = ScriptedLlm("Nice!")
    async with family(tmp_path, llms=[local]) as home:
        await home.say("i am mia")
    assert local.requests[0].messages[-1].text == "i am mia"
    assert local.requests[0].child_name == "Mia"
    assert "Be gentle about: the dark\n" in local.requests[0].messages[0].text


async def test_a_clouds_voice_never_gets_a_name_and_the_checked_words_are_the_spoken(
    tmp_path: Path,
) -> None:
    voice = CloudTts()
    llm = ScriptedLlm("Hello Mia, how are you? ", "Pommai likes you.")
    async with family(tmp_path, llms=[llm], ttses=[voice]) as home:
        events = await home.say("hello")
    said = [event.text.text for event in events if isinstance(event, Said)]
    assert said == voice.spoken == ["Hello my friend,", "how are you?", "Pommai likes you."]


async def test_a_voice_in_the_house_says_the_name(tmp_path: Path) -> None:
    async with family(tmp_path, llms=[ScriptedLlm("Hello Mia!")]) as home:
        await home.say("hello")
        assert home.tts.spoken == ["Hello Mia!"]


@pytest.mark.parametrize(
    ("language", "spoken"), [("en", "Hi my friend, is your school fun?"), ("de", "Hi , is fun?")]
)
async def test_a_placeholder_that_a_model_repeats_is_not_read_out(
    language: str, spoken: str, tmp_path: Path
) -> None:
    llm = ScriptedLlm("Hi [name], is [SCHOOL] fun?", local=False)
    async with family(tmp_path, llms=[llm]) as home:
        home.toy = replace(home.toy, language=language)
        await home.say("hello")
        assert " ".join(home.tts.spoken) == spoken


async def test_a_real_server_that_poses_as_a_cloud_gets_what_the_ledger_says(
    tmp_path: Path,
) -> None:
    server = Server()
    listening = TestServer(server.application())
    await listening.start_server()
    url = str(listening.make_url("/v1"))
    llm = OpenAiLlm(
        provider_setup("llm.openai", {"OPENAI_API_KEY": KEY}, base_url=url, model=GOOD_MODEL)
    )
    llm.local = False
    async with family(tmp_path, llms=[llm]) as home:
        events = await home.say("my name is mia, tell me a story")
        (row,) = await rows(home)
    await llm.aclose()
    await listening.close()
    sent = [message["content"] for message in server.requests[0]["messages"]]
    assert row.amount == sum(map(len, sent))
    assert (row.provider, row.discarded) == ("openai", False)
    assert sent[-1] == "my name is [name], tell me a story"
    assert isinstance(events[-1], Finished)
    assert events[-1].turn is not None
    assert events[-1].turn.state is TurnState.DONE
