"""The hub as a Wyoming conversation service."""

import asyncio
from pathlib import Path

from wyoming.asr import Transcript
from wyoming.handle import Handled, HandledChunk, NotHandled

from hub.domain.talks.talk import TurnState
from hub.errors import ProviderError
from tests.integrations.serving import ask, served, types
from tests.pipeline.scripted import ScriptedLlm, house

STREAMED = ["handled-start", "handled-chunk", "handled", "handled-stop"]


async def test_an_answer_comes_in_pieces_and_whole_and_no_voice_is_asked(tmp_path: Path) -> None:
    llm = ScriptedLlm("Bears sleep. ", "They dream of honey.")
    async with house(tmp_path, llms=[llm]) as home, served(home) as port:
        answers = await ask(port, Transcript("what do bears do?"), until="handled-stop")
        [turn] = await home.store.turns.recent(5)
    assert types(answers) == STREAMED
    pieces = [HandledChunk.from_event(e).text for e in answers if HandledChunk.is_type(e.type)]
    assert pieces == ["Bears sleep.", " They dream of honey."]
    assert Handled.from_event(answers[-2]).text == "Bears sleep. They dream of honey."
    assert home.tts.spoken == []
    assert (turn.heard, turn.said) == (
        "what do bears do?",
        ["Bears sleep.", "They dream of honey."],
    )
    assert (turn.source, turn.state) == ("homeassistant", TurnState.DONE)


async def test_a_first_piece_comes_while_the_model_still_writes(tmp_path: Path) -> None:
    llm = ScriptedLlm("Bears sleep. And", asyncio.Event())
    async with house(tmp_path, llms=[llm]) as home, served(home) as port:
        answers = await ask(port, Transcript("what do bears do?"), until="handled-chunk")
    assert HandledChunk.from_event(answers[-1]).text == "Bears sleep."


async def test_grave_words_get_a_redirect_and_no_model_hears_them(tmp_path: Path) -> None:
    llm = ScriptedLlm("Never asked.")
    async with house(tmp_path, llms=[llm]) as home, served(home) as port:
        answers = await ask(port, Transcript("my uncle hits me with a belt"), until="handled-stop")
        [alert] = await home.store.alerts.list(5)
        [turn] = await home.store.turns.recent(5)
    assert Handled.from_event(answers[-2]).text == " ".join(turn.said) != ""
    assert alert.turn_id == turn.id
    assert llm.requests == []


async def test_a_model_that_fails_is_not_handled_with_a_kind_line(tmp_path: Path) -> None:
    llm = ScriptedLlm(ProviderError("model: broken"))
    async with house(tmp_path, llms=[llm]) as home, served(home) as port:
        answers = await ask(port, Transcript("what do bears do?"), until="handled-stop")
        [turn] = await home.store.turns.recent(5)
    assert types(answers) == ["handled-start", "handled-chunk", "not-handled", "handled-stop"]
    assert NotHandled.from_event(answers[-2]).text == turn.said[0]


async def test_no_words_are_not_handled(tmp_path: Path) -> None:
    async with house(tmp_path, llms=[ScriptedLlm("x")]) as home, served(home) as port:
        [answer] = await ask(port, Transcript("  "), until="not-handled")
    assert NotHandled.from_event(answer).text is None


async def test_who_hangs_up_amid_an_answer_cuts_the_turn(tmp_path: Path) -> None:
    llm = ScriptedLlm("Bears sleep. And", asyncio.Event())
    async with house(tmp_path, llms=[llm]) as home, served(home) as port:
        await ask(port, Transcript("what do bears do?"), until="handled-chunk")
        async with asyncio.timeout(60):
            while (await home.store.turns.recent(1))[0].state is TurnState.THINKING:
                await asyncio.sleep(0.01)
        [turn] = await home.store.turns.recent(5)
    assert turn.state is TurnState.CUT
    assert llm.closed


async def test_the_emergency_stop_is_an_error_and_ends_a_turn_that_runs(tmp_path: Path) -> None:
    llm = ScriptedLlm("Bears sleep. And", asyncio.Event())
    async with house(tmp_path, llms=[llm]) as home, served(home) as port:
        asking = asyncio.create_task(ask(port, Transcript("what do bears do?"), until="never"))
        async with asyncio.timeout(60):
            while not llm.requests:
                await asyncio.sleep(0.01)
        home.pipeline.emergency_stop.call()
        assert (await asking)[-1].data["code"] == "stopped"
        [refused] = await ask(port, Transcript("hello"), until="never")
    assert (refused.type, refused.data["code"]) == ("error", "stopped")
