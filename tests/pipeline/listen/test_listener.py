"""Ears that wait as long as the words ask for, and guess meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import replace
from pathlib import Path

import pytest

from hub.domain.audio import PcmChunk
from hub.domain.talks.talk import PAGE, Transcript, Turn
from hub.domain.toys import Patience, Toy
from hub.errors import ModelError
from hub.events import ToysChanged, WordsSoFar
from hub.pipeline.context import Ask
from hub.pipeline.pipeline import Pipeline
from tests.pipeline.scripted import ScriptedLlm, ScriptedStt, house, sound
from tests.pipeline.turns import record


class ByLength(ScriptedStt):
    """Hears the last of `texts` whose milliseconds of sound are there."""

    def __init__(self, texts: dict[float, str], *, local: bool = True) -> None:
        super().__init__("by-length")
        self.local = local
        self._texts = texts
        self.asked_ms: list[float] = []

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        heard_ms = 0.0
        async for chunk in audio:
            heard_ms += chunk.duration_ms
            if not self.local:
                yield Transcript(self._at(heard_ms), final=False)
        self.asked_ms.append(heard_ms)
        yield Transcript(self._at(heard_ms))

    def _at(self, heard_ms: float) -> str:
        return [text for least_ms, text in self._texts.items() if heard_ms >= least_ms][-1]


TALK = (("voice", 1000.0), ("silence", 4000.0))


async def hear(
    folder: Path,
    stt: ScriptedStt,
    *spans: tuple[str, float],
    patience: Patience = Patience.NORMAL,
) -> Turn:
    async with house(folder, stts=[stt], llms=[ScriptedLlm("Hi.")]) as home:
        toy = replace(home.toy, patience=patience)
        ask = Ask(toy, "satellite", audio=paced(*spans))
        async with home.pipeline.turn(ask) as turn:
            return record([event async for event in turn])


async def silence_waited(
    folder: Path, text: str, *, local: bool = True, patience: Patience = Patience.NORMAL
) -> float:
    """Milliseconds of silence in the utterance when it was ended."""
    turn = await hear(folder, ByLength({0: text}, local=local), *TALK, patience=patience)
    return turn.audio_in_ms - 1000


def ask_aloud(toy: Toy) -> Ask:
    return Ask(toy, "satellite", audio=paced(*TALK))


async def paced(*spans: tuple[str, float]) -> AsyncGenerator[PcmChunk]:
    """Slow enough for a ledger on a disk, many times faster than a child."""
    async for chunk in sound(*spans):
        yield chunk
        await asyncio.sleep(0.003)


async def test_a_finished_question_is_answered_soon(tmp_path: Path) -> None:
    assert 250 < await silence_waited(tmp_path, "how far away is the moon") < 400


async def test_a_short_statement_is_given_time(tmp_path: Path) -> None:
    assert 1790 < await silence_waited(tmp_path, "my dog ran away") < 1900


async def test_one_that_has_said_a_lot_is_given_less(tmp_path: Path) -> None:
    assert 410 < await silence_waited(tmp_path, "my dog ran away to the big park") < 520


@pytest.mark.parametrize(
    ("patience", "least_ms", "most_ms"),
    [(Patience.QUICK, 1250, 1360), (Patience.PATIENT, 2690, 2800)],
)
async def test_a_parent_says_how_patient_the_toy_is(
    tmp_path: Path, patience: Patience, least_ms: float, most_ms: float
) -> None:
    waited_ms = await silence_waited(tmp_path, "my dog ran away", patience=patience)
    assert least_ms < waited_ms < most_ms


async def test_a_dangling_sentence_is_given_two_seconds(tmp_path: Path) -> None:
    assert 1950 < await silence_waited(tmp_path, "my dog ran away and") < 2100


async def test_a_recogniser_elsewhere_tells_by_its_interim_words(tmp_path: Path) -> None:
    assert 250 < await silence_waited(tmp_path, "how far away is the moon", local=False) < 400


async def test_a_guess_is_thrown_away_when_the_child_goes_on(tmp_path: Path) -> None:
    stt = ByLength({0: "i like it when", 2200: "i like it when we sing a song please"})
    spans = (("voice", 1000.0), ("silence", 1200.0), ("voice", 1000.0), ("silence", 3000.0))
    turn = await hear(tmp_path, stt, *spans)
    assert turn.heard == "i like it when we sing a song please"
    assert len(stt.asked_ms) == 2
    assert stt.asked_ms[0] < 1500, "it guessed at the first short silence"


async def test_a_recogniser_elsewhere_hears_each_sound_once(tmp_path: Path) -> None:
    stt = ByLength({0: "i like it when", 2200: "i like it when we sing"}, local=False)
    spans = (("voice", 1000.0), ("silence", 1200.0), ("voice", 1000.0), ("silence", 3000.0))
    turn = await hear(tmp_path, stt, *spans)
    assert turn.heard == "i like it when we sing"
    assert len(stt.asked_ms) == 1


async def test_while_a_button_is_held_no_pause_ends_the_turn_and_its_release_does(
    tmp_path: Path,
) -> None:
    stt = ByLength({0: "how far away is the moon", 4500: "how far away is the moon from here"})
    spans = (("voice", 1000.0), ("silence", 3000.0), ("voice", 1000.0))
    async with house(tmp_path, stts=[stt], llms=[ScriptedLlm("Hi.")]) as home:
        ask = Ask(home.toy, PAGE, audio=paced(*spans), held=True)
        async with home.pipeline.turn(ask) as turn:
            done = record([event async for event in turn])
    assert done.heard == "how far away is the moon from here"
    assert done.audio_in_ms > 4900


@pytest.mark.parametrize(
    ("said", "least_ms", "most_ms"),
    [("Which number is it?", 410, 520), ("It is a number.", 1790, 1900)],
)
@pytest.mark.parametrize("local", [True, False])
async def test_a_short_answer_is_enough_where_the_toy_has_just_asked(
    tmp_path: Path, said: str, least_ms: float, most_ms: float, local: bool
) -> None:
    stt = ByLength({0: "seven"}, local=local)
    async with house(tmp_path, stts=[stt], llms=[ScriptedLlm(said)]) as home:
        for ask in (Ask(home.toy, "satellite", text="ask me"), ask_aloud(home.toy)):
            async with home.pipeline.turn(ask) as turn:
                stored = record([event async for event in turn])
    assert least_ms < stored.audio_in_ms - 1000 < most_ms


class Judge:
    """A turn model with one opinion, or none."""

    def __init__(self, finished: float | None) -> None:
        self._finished = finished
        self.heard_ms: list[float] = []

    async def finished(self, pcm: bytes) -> float:
        self.heard_ms.append(len(pcm) / 32)
        if self._finished is None:
            raise ModelError("it broke")
        return self._finished


@pytest.mark.parametrize(
    ("finished", "least_ms", "most_ms"), [(0.9, 290, 400), (0.1, 1990, 2100), (None, 1790, 1900)]
)
async def test_a_turn_model_is_asked_about_an_open_sentence(
    tmp_path: Path, finished: float | None, least_ms: float, most_ms: float
) -> None:
    """One that fails is as none at all."""
    judge = Judge(finished)
    async with house(tmp_path, stts=[ByLength({0: "my dog ran away"})]) as home:
        pipeline = Pipeline(replace(home.services, turn_model=judge))
        async with pipeline.turn(Ask(home.toy, "satellite", audio=paced(*TALK))) as turn:
            stored = record([event async for event in turn])
    assert least_ms < stored.audio_in_ms - 1000 < most_ms
    assert 1000 < judge.heard_ms[0] < 1200, "asked at the first short silence"


@pytest.mark.parametrize(("source", "shown"), [("satellite", ["sing", ""]), (PAGE, [])])
async def test_parents_see_the_words_while_they_are_spoken_but_not_their_own(
    tmp_path: Path, source: str, shown: list[str]
) -> None:
    stt = ByLength({0: "sing"})
    async with house(tmp_path, stts=[stt], llms=[ScriptedLlm("La.")]) as home:
        with home.bus.subscribe() as subscription:
            async with home.pipeline.turn(Ask(home.toy, source, audio=paced(*TALK))) as turn:
                record([event async for event in turn])
            home.bus.publish(ToysChanged())
            told = []
            while not isinstance(event := await subscription.get(), ToysChanged):
                told.append(event)
    assert [event.text for event in told if isinstance(event, WordsSoFar)] == shown
