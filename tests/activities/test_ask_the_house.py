"""A turn that asks the house: acted on once, only for words that are sure, its answer checked before it is spoken."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.activities.activity import Part
from hub.activities.ask_the_house.activity import AskTheHouse
from hub.config import Config
from hub.domain.clock import Clock, SystemClock
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import HomeAssistantRights, HomeAssistantTask, Toy
from hub.errors import ConfigError, ProviderAuthError, ProviderError, ProviderUnavailableError
from hub.providers.home_assistant import MAX_WAIT_S, TOKEN, HomeAssistant
from hub.providers.network.breaker import FAILURES
from hub.safety.guard import Line
from tests.clock import FakeClock, settle
from tests.pipeline.answer.talking import END_MS, family, speak_and_pause, talk
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.pipeline.turns import record, said

WISH = "turn on the lights in the kitchen"
RIGHTS = HomeAssistantRights(frozenset({HomeAssistantTask.LIGHTS}), ("Kitchen",))


@dataclass
class Peer:
    """Home Assistant's conversation API as 2024.3.3 answers it."""

    speech: str = "Turned on the lights"
    kind: str = "action_done"
    status: int = 200
    body: bytes | None = None
    hangs: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def process(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.tokens.append(request.headers["Authorization"])
        if self.hangs:
            await asyncio.Event().wait()
        if self.body is not None:
            return web.Response(status=self.status, body=self.body)
        answer = {
            "response": {
                "speech": {"plain": {"speech": self.speech, "extra_data": None}},
                "card": {},
                "language": "en",
                "response_type": self.kind,
                "data": {"targets": [], "success": [], "failed": []},
            },
            "conversation_id": None,
        }
        return web.json_response(answer, status=self.status)

    @asynccontextmanager
    async def running(
        self, name: str = "127.0.0.1", clock: Clock | None = None
    ) -> AsyncIterator[HomeAssistant]:
        app = web.Application()
        app.router.add_post("/api/conversation/process", self.process)
        async with TestServer(app) as server:
            found = HomeAssistant(f"http://{name}:{server.port}", "a-token", clock or SystemClock())
            try:
                yield found
            finally:
                await found.aclose()


@asynccontextmanager
async def at_home(folder: Path, peer: Peer, llm: ScriptedLlm) -> AsyncIterator[House]:
    async with (
        peer.running() as home_assistant,
        house(folder, llms=[llm], activities=[AskTheHouse(home_assistant)]) as home,
    ):
        home.toy = await home.store.toys.save(replace(home.toy, home_assistant_rights=RIGHTS))
        yield home


async def test_a_wish_is_asked_of_home_assistant_and_its_answer_spoken(tmp_path: Path) -> None:
    peer, llm = Peer(), ScriptedLlm("Lights? What lights?")
    async with at_home(tmp_path, peer, llm) as home:
        events = await home.say("Pommai, please turn on the light in the kitchen!")
        kept = await home.store.turns.get(record(events).id)
    assert said(events) == ["Turned on the lights"]
    assert peer.asked == [
        {"text": "turn on the lights in Kitchen", "language": "en", "agent_id": "homeassistant"}
    ]
    assert peer.tokens == ["Bearer a-token"]
    assert llm.requests == []
    assert kept is not None
    assert (kept.state, kept.said) == (TurnState.DONE, ["Turned on the lights"])
    assert kept.providers["activity"] == "home-assistant"
    assert [span.provider for span in kept.spans if span.work == "activity"] == ["home-assistant"]


async def test_a_toy_that_was_not_allowed_asks_its_model(tmp_path: Path) -> None:
    peer, llm = Peer(), ScriptedLlm("I have no hands.")
    async with at_home(tmp_path, peer, llm) as home:
        home.toy = replace(home.toy, home_assistant_rights=HomeAssistantRights())
        assert said(await home.say(WISH)) == ["I have no hands."]
    assert peer.asked == []


async def test_other_words_go_to_the_model(tmp_path: Path) -> None:
    peer, llm = Peer(), ScriptedLlm("Once there was a lamp.")
    async with at_home(tmp_path, peer, llm) as home:
        assert said(await home.say("tell me a story about a lamp")) == ["Once there was a lamp."]
    assert peer.asked == []


async def test_a_room_that_is_not_allowed_is_told_and_never_asked_for(tmp_path: Path) -> None:
    peer, llm = Peer(), ScriptedLlm("Done, the garage shines!")
    async with at_home(tmp_path, peer, llm) as home:
        events = await home.say("turn on the lights in the garage")
    assert said(events) == ["I can only ask for the lights in Kitchen."]
    assert (peer.asked, llm.requests) == ([], [])


async def test_what_home_assistant_says_passes_the_guard_first(tmp_path: Path) -> None:
    peer = Peer(speech="I will kill you with a knife")
    async with at_home(tmp_path, peer, ScriptedLlm("x")) as home:
        turn = record(await home.say(WISH))
        spoken = home.tts.spoken
    assert turn.state is TurnState.REFUSED
    assert turn.refused == ["I will kill you with a knife"]
    assert not any("knife" in line for line in spoken)


async def test_words_that_the_guard_refuses_are_never_asked(tmp_path: Path) -> None:
    peer = Peer()
    async with at_home(tmp_path, peer, ScriptedLlm("x")) as home:
        home.toy = replace(home.toy, blocked_topics=frozenset({"kitchen"}))
        assert record(await home.say(WISH)).state is TurnState.REFUSED
    assert peer.asked == []


@pytest.mark.parametrize(
    ("peer", "words"),
    [
        (Peer(kind="error", speech="Sorry, no area called Kitchen"), "it could not do that"),
        (Peer(speech=""), "Done!"),
    ],
)
async def test_what_it_does_not_say_well_we_say(tmp_path: Path, peer: Peer, words: str) -> None:
    async with at_home(tmp_path, peer, ScriptedLlm("x")) as home:
        [line] = said(await home.say(WISH))
    assert words in line


async def test_a_house_that_is_away_is_said_kindly_and_told_to_the_parents(tmp_path: Path) -> None:
    peer = Peer(status=502)
    async with at_home(tmp_path, peer, ScriptedLlm("x")) as home:
        turn = record(await home.say(WISH))
        assert home.guard.is_line(Line.HOUSE_AWAY, turn.said[0], "en")
    assert turn.state is TurnState.FAILED
    assert "home-assistant" in turn.error


class Lamp:
    """An activity that notes what it took up and what it did."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.done: list[str] = []

    async def take_up(self, turn: Turn, toy: Toy) -> Part | None:
        if "no" in turn.heard:
            return None
        self.taken.append(turn.heard)
        return Part("lamp", partial(self._do, turn.heard), Line.HOUSE_AWAY)

    async def _do(self, words: str) -> AsyncGenerator[str]:
        self.done.append(words)
        yield "There is light."


async def test_a_guess_at_the_words_turns_no_light_on(tmp_path: Path) -> None:
    """The child pauses, and then thinks better of it."""
    lamp = Lamp()
    parts = {"activities": [lamp], "llms": [ScriptedLlm("All right.")], "clock": FakeClock()}
    async with (
        family(tmp_path, "lights on", "lights on, no, not yet", **parts) as home,
        talk(home) as child,
    ):
        await speak_and_pause(child, lambda: lamp.taken)
        await settle()
        assert lamp.done == []
        await child.hears("voice", 600)
        await child.hears("silence", END_MS)
    assert (child.said, lamp.done) == (["All right."], [])


async def test_a_guess_that_was_right_turns_it_on_once(tmp_path: Path) -> None:
    lamp = Lamp()
    async with (
        family(tmp_path, "lights on", activities=[lamp], clock=FakeClock()) as home,
        talk(home) as child,
    ):
        await speak_and_pause(child, lambda: lamp.taken)
        await child.hears("silence", END_MS)
    assert (child.said, lamp.done) == (["There is light."], ["lights on"])


async def test_an_answer_that_never_comes_ends_in_a_kind_error() -> None:
    clock, peer = FakeClock(), Peer(hangs=True)
    async with peer.running(clock=clock) as home_assistant:
        asking = asyncio.create_task(home_assistant.ask("turn on", "en"))
        while not peer.asked:
            await asyncio.sleep(0.01)
        await clock.advance(MAX_WAIT_S)
        with pytest.raises(ProviderError, match="did not answer within 5 s"):
            await asking


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"response": 3}', b"{" * 100_000, b'{"a": "' + b"x" * 100_000 + b'"}']
)
async def test_nonsense_is_an_error_of_one_line(body: bytes) -> None:
    async with Peer(body=body).running() as home_assistant:
        with pytest.raises(ProviderError) as raised:
            await home_assistant.ask("turn on", "en")
    assert "\n" not in str(raised.value)


async def test_after_some_failures_it_is_left_alone() -> None:
    peer = Peer(status=500)
    async with peer.running(clock=FakeClock()) as home_assistant:
        for _ in range(FAILURES + 2):
            with pytest.raises(ProviderError):
                await home_assistant.ask("turn on", "en")
    assert len(peer.asked) == FAILURES


async def test_a_wrong_token_is_said_without_it() -> None:
    async with Peer(status=401).running() as home_assistant:
        with pytest.raises(ProviderAuthError, match=TOKEN) as raised:
            await home_assistant.ask("turn on", "en")
    assert "a-token" not in str(raised.value)


async def test_without_a_token_nothing_is_sent() -> None:
    config = Config.model_validate({"home_assistant": {"url": "http://127.0.0.1:8123"}})
    home_assistant = HomeAssistant.create(config, {}, SystemClock())
    assert home_assistant is not None
    assert TOKEN in home_assistant.problem()
    with pytest.raises(ProviderUnavailableError, match=TOKEN):
        await home_assistant.ask("turn on", "en")


def test_it_is_off_unless_an_address_in_the_house_is_set() -> None:
    assert HomeAssistant.create(Config(), {TOKEN: "x"}, SystemClock()) is None
    for url in ("https://abc.ui.nabu.casa", "http://8.8.8.8:8123", "http://[::x]:8123"):
        with pytest.raises(ConfigError, match="on your home network"):
            HomeAssistant(url, "x", SystemClock())


async def test_a_name_that_leads_out_of_the_house_gets_no_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name alone says that it is in the house; the address that it has does not."""
    peer = Peer()
    async with peer.running("localhost") as home_assistant:
        assert (await home_assistant.ask("turn on", "en")).done
    async with peer.running("localhost") as home_assistant:
        monkeypatch.setattr("hub.providers.network.address.is_private", lambda _: False)
        with pytest.raises(ProviderError, match="can't reach localhost"):
            await home_assistant.ask("turn on", "en")
    assert len(peer.tokens) == 1
