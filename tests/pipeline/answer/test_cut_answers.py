"""An answer that a child interrupts: just the words that were heard were said, and the next ones are answered."""

from pathlib import Path

from hub.domain.talks.talk import TurnState
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Said
from tests.pipeline.scripted import House, ScriptedLlm, house

BEARS = ("Bears sleep all winter. ", "Then they are hungry. ", "They eat grass.")  # 200 ms each


async def interrupt(home: House, played_ms: float, clauses: int = 2) -> None:
    """When so many clauses were handed on, of which so much was played."""
    begun = 0
    ask = Ask(home.toy, "satellite", text="tell me about bears", played_ms=lambda: played_ms)
    async with home.pipeline.turn(ask) as turn:
        async for event in turn:
            begun += isinstance(event, Said)
            if begun == clauses and isinstance(event, Audio):
                return


async def test_an_interrupted_answer_keeps_just_the_words_that_were_heard(tmp_path: Path) -> None:
    async with house(tmp_path, llms=[ScriptedLlm(*BEARS)]) as home:
        await interrupt(home, played_ms=150)
        [kept] = await home.store.turns.recent(1)
    assert kept.state is TurnState.CUT
    assert kept.said == ["Bears sleep all"]


async def test_interrupted_before_a_word_was_heard_nothing_was_said(tmp_path: Path) -> None:
    async with house(tmp_path, llms=[ScriptedLlm(*BEARS)]) as home:
        await interrupt(home, played_ms=0.0)
        [kept] = await home.store.turns.recent(1)
    assert kept.said == []


async def test_the_model_is_told_only_what_the_child_heard(tmp_path: Path) -> None:
    llm = ScriptedLlm(*BEARS)
    async with house(tmp_path, llms=[llm]) as home:
        await interrupt(home, played_ms=150)
        await home.say("and what do they eat")
    asked = [(message.role, message.text) for message in llm.requests[-1].messages[1:]]
    assert asked == [
        ("user", "tell me about bears"),
        ("assistant", "Bears sleep all"),
        ("user", "and what do they eat"),
    ]
