"""The hub as a Wyoming recogniser."""

from pathlib import Path

from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart

from hub.domain.talks.talk import TurnState
from hub.errors import ProviderError
from tests.integrations.serving import ask, served, spoken, types
from tests.pipeline.scripted import ScriptedStt, house

GRAVE = "my uncle hits me with a belt"


async def test_what_is_spoken_comes_back_as_words_streamed_and_whole(tmp_path: Path) -> None:
    stt = ScriptedStt("tell me a story")
    async with house(tmp_path, stts=[stt]) as home, served(home) as port:
        answers = await ask(port, Transcribe(language="en"), *spoken(), until="transcript-stop")
    assert types(answers) == [
        "transcript-start",
        "transcript-chunk",
        "transcript",
        "transcript-stop",
    ]
    assert TranscriptStart.from_event(answers[0]).language == "en"
    assert TranscriptChunk.from_event(answers[1]).text == "tell me a story"
    assert Transcript.from_event(answers[2]).text == "tell me a story"
    assert stt.heard_ms == 1000


async def test_sound_at_another_rate_is_heard_at_its_own_length(tmp_path: Path) -> None:
    stt = ScriptedStt("hello")
    async with house(tmp_path, stts=[stt]) as home, served(home) as port:
        await ask(port, Transcribe(), *spoken(rate_hz=48_000), until="transcript-stop")
    assert abs(stt.heard_ms - 1000) < 5


async def test_another_recogniser_hears_all_of_it_when_the_first_fails(tmp_path: Path) -> None:
    second = ScriptedStt("hello bear")
    stts = [ScriptedStt(error=ProviderError("first: broken")), second]
    async with house(tmp_path, stts=stts) as home, served(home) as port:
        answers = await ask(port, Transcribe(), *spoken(), until="transcript")
    assert Transcript.from_event(answers[-1]).text == "hello bear"
    assert second.heard_ms == 1000


async def test_when_none_works_an_error_comes_and_the_connection_is_closed(tmp_path: Path) -> None:
    stt = ScriptedStt(error=ProviderError("first: broken"))
    async with house(tmp_path, stts=[stt]) as home, served(home) as port:
        answers = await ask(port, Transcribe(), *spoken(), until="never")
    assert types(answers) == ["error"]
    assert answers[0].data["text"] == "first: broken"


async def test_grave_words_are_kept_and_told_before_they_go_out(tmp_path: Path) -> None:
    stt = ScriptedStt(GRAVE)
    async with house(tmp_path, stts=[stt]) as home, served(home) as port:
        answers = await ask(port, Transcribe(), *spoken(), until="transcript")
        [turn] = await home.store.turns.recent(5)
        [alert] = await home.store.alerts.list(5)
    assert Transcript.from_event(answers[-1]).text == GRAVE
    assert (turn.heard, turn.source, turn.state) == (GRAVE, "homeassistant", TurnState.REFUSED)
    assert alert.turn_id == turn.id


async def test_of_harmless_words_nothing_is_kept(tmp_path: Path) -> None:
    async with house(tmp_path, stts=[ScriptedStt("good night")]) as home, served(home) as port:
        await ask(port, Transcribe(), *spoken(), until="transcript")
        assert await home.store.turns.recent(5) == []


async def test_while_the_emergency_stop_is_on_nothing_is_heard(tmp_path: Path) -> None:
    async with house(tmp_path, stts=[ScriptedStt("good night")]) as home, served(home) as port:
        home.pipeline.emergency_stop.call()
        [answer] = await ask(port, Transcribe(), *spoken(), until="never")
    assert (answer.type, answer.data["code"]) == ("error", "stopped")
