"""The hub as a Wyoming voice."""

from collections.abc import Sequence
from pathlib import Path

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Describe
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeVoice,
)

from hub.domain.safety import SafetyLevel
from hub.domain.talks.talk import TurnState
from hub.domain.toys import Toy, Voice
from hub.errors import ProviderError
from tests.integrations.serving import LOOPBACK, ask, served, types
from tests.pipeline.scripted import ScriptedTts, house

UNSAFE = "Here is how you stab somebody with a knife."


def duration_ms(events: Sequence[Event]) -> float:
    chunks = [AudioChunk.from_event(e) for e in events if AudioChunk.is_type(e.type)]
    return sum(1000 * len(chunk.audio) / chunk.width / chunk.rate for chunk in chunks)


async def test_a_text_comes_back_as_sound(tmp_path: Path) -> None:
    async with house(tmp_path) as home, served(home) as port:
        answers = await ask(port, Synthesize("Good night. Sleep well."), until="audio-stop")
    assert types(answers) == ["audio-start", "audio-chunk", "audio-stop"]
    start = AudioStart.from_event(answers[0])
    assert (start.rate, start.width, start.channels) == (16_000, 2, 1)
    assert AudioStop.is_type(answers[-1].type)
    assert home.tts.spoken == ["Good night.", "Sleep well."]
    assert abs(duration_ms(answers) - 400) < 10


async def test_a_text_that_is_streamed_and_sent_whole_too_is_spoken_once(tmp_path: Path) -> None:
    async with house(tmp_path) as home, served(home) as port:
        answers = await ask(
            port,
            SynthesizeStart(),
            SynthesizeChunk("Good ni"),
            SynthesizeChunk("ght. Sleep "),
            SynthesizeChunk("well."),
            Synthesize("Good night. Sleep well."),
            SynthesizeStop(),
            until="synthesize-stopped",
        )
    assert types(answers) == ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]
    assert home.tts.spoken == ["Good night.", "Sleep well."]


async def test_a_sentence_sounds_while_the_next_is_yet_to_be_written(tmp_path: Path) -> None:
    async with house(tmp_path) as home, served(home) as port:
        answers = await ask(
            port, SynthesizeStart(), SynthesizeChunk("Good night. And"), until="audio-chunk"
        )
    assert types(answers) == ["audio-start", "audio-chunk"]


async def test_unsafe_text_is_never_spoken_but_a_redirect_and_nothing_after_it(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home, served(home) as port:
        answers = await ask(port, Synthesize(f"Hello. {UNSAFE} Good night."), until="audio-stop")
        [turn] = await home.store.turns.recent(5)
    assert types(answers) == ["audio-start", "audio-chunk", "audio-stop"]
    hello, redirect = home.tts.spoken
    assert hello == "Hello."
    assert redirect not in {UNSAFE, "Good night."}
    assert (turn.refused, turn.said, turn.state) == ([UNSAFE], [redirect], TurnState.REFUSED)
    assert [verdict.allowed for verdict in turn.verdicts] == [True, False]  # the first is a child's


async def test_after_unsafe_text_in_a_stream_nothing_of_the_rest_is_spoken(
    tmp_path: Path,
) -> None:
    events = [
        SynthesizeStart(),
        SynthesizeChunk(f"{UNSAFE} "),
        *[SynthesizeChunk("Good night. ")] * 20,
        Synthesize("Good night."),
        SynthesizeStop(),
        Describe(),
    ]
    async with house(tmp_path) as home, served(home) as port:
        answers = await ask(port, *events, until="info")
    sound = ["audio-start", "audio-chunk", "audio-stop"]
    assert types(answers) == [*sound, "synthesize-stopped", "info"]
    assert len(home.tts.spoken) == 1


async def test_each_toy_is_a_voice_and_the_most_careful_one_the_default(tmp_path: Path) -> None:
    async with house(tmp_path) as home, served(home) as port:
        owl = Toy("owl", "Owl", voice=Voice("deep"), safety_level=SafetyLevel.RELAXED)
        await home.store.toys.save(owl)
        await ask(port, Synthesize("Hoo.", SynthesizeVoice(name="Owl")), until="audio-stop")
        await ask(port, Synthesize("Hello."), until="audio-stop")
        await ask(port, Synthesize("Hello.", SynthesizeVoice(name="nobody")), until="audio-stop")
    assert [voice.name for voice in home.tts.voices] == ["deep", "", ""]


async def test_text_without_a_sound_is_answered_without_one(tmp_path: Path) -> None:
    async with house(tmp_path) as home, served(home) as port:
        answers = await ask(port, Synthesize(" *** "), until="audio-stop")
    assert types(answers) == ["audio-start", "audio-stop"]


async def test_a_voice_that_breaks_is_an_error_and_the_connection_is_closed(
    tmp_path: Path,
) -> None:
    tts = ScriptedTts(error=ProviderError("voice: broken"))
    async with house(tmp_path, ttses=[tts]) as home, served(home) as port:
        answers = await ask(port, Synthesize("Hello."), until="never")
    assert types(answers) == ["error"]


async def test_while_the_emergency_stop_is_on_nothing_is_spoken(tmp_path: Path) -> None:
    async with house(tmp_path) as home, served(home) as port:
        home.pipeline.emergency_stop.call()
        [answer] = await ask(port, Synthesize("Hello."), until="never")
    assert (answer.type, answer.data["code"]) == ("error", "stopped")
    assert home.tts.spoken == []


async def test_the_emergency_stop_cuts_a_text_in_the_middle(tmp_path: Path) -> None:
    async with (
        house(tmp_path) as home,
        served(home) as port,
        AsyncTcpClient(LOOPBACK, port) as client,
    ):
        await client.write_event(SynthesizeStart().event())
        await client.write_event(SynthesizeChunk("Good night. And").event())
        while (event := await client.read_event()) and not AudioChunk.is_type(event.type):
            continue
        home.pipeline.emergency_stop.call()
        await client.write_event(SynthesizeChunk(" now sleep well. ").event())
        rest = []
        while event := await client.read_event():
            rest.append(event)
    assert rest[-1].data["code"] == "stopped"
    assert duration_ms(rest) < 250  # of the first clause
