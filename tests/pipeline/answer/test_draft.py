"""An answer that is begun before the child has surely finished: early, and never too early."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from hub.domain.safety import Category
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.talks.trace import Work
from hub.events import TurnChanged, TurnStep, WordsSoFar
from hub.metrics import Metrics
from hub.pipeline.events import Audio, Heard, Interim, Refused, Said, SpeechEnded, SpeechStarted
from hub.pipeline.turn import RunningTurn
from hub.providers.base import LlmDelta, LlmRequest
from tests.clock import FakeClock
from tests.knowledge.documents.shelf import Shelf
from tests.pipeline.answer.drafting import Echo, rows
from tests.pipeline.answer.talking import (
    END_MS,
    PATIENT,
    PAUSE_MS,
    MicrophoneInput,
    family,
    speak_and_pause,
    talk,
)
from tests.pipeline.scripted import ScriptedLlm
from tests.pipeline.turns import all_done, kinds, record, until


async def test_before_the_end_nothing_sounds_shows_or_is_told(tmp_path: Path) -> None:
    llm = ScriptedLlm("A very fine song.")
    async with (
        family(tmp_path, "sing a song", llms=[llm], clock=FakeClock()) as home,
        talk(home) as child,
    ):
        with home.bus.subscribe() as told:
            await speak_and_pause(child, lambda: home.tts.spoken == ["A very fine song."])
            await all_done(home)
            assert kinds(child.events) == [SpeechStarted, Interim]
            assert await home.store.turns.recent(5) == []
            assert await home.store.turns.conversation(home.toy.id) == []
            await child.hears("silence", END_MS)
            before = []
            while not isinstance(first := await told.get(), TurnStep):
                before.append(first)
        assert first.step == "endpoint", "nobody hears of a draft"
        assert WordsSoFar(home.toy.id, "sing a song") in before
        assert not any(isinstance(event, TurnChanged) for event in before)
    assert kinds(child.events)[2:6] == [SpeechEnded, Heard, Said, Audio]


async def test_a_guess_that_proves_right_is_not_asked_twice(tmp_path: Path) -> None:
    ears, llm = MicrophoneInput("sing a song"), ScriptedLlm("A very fine song.")
    async with (
        family(tmp_path, stts=[ears], llms=[llm], clock=FakeClock()) as home,
        talk(home) as child,
    ):
        await speak_and_pause(child, lambda: home.tts.spoken)
        await child.hears("silence", END_MS)
    assert (ears.asked, len(llm.requests), home.tts.spoken) == (1, 1, ["A very fine song."])
    turn = record(child.events)
    assert (turn.heard, turn.said, turn.state) == (
        "sing a song",
        ["A very fine song."],
        TurnState.DONE,
    )
    assert turn.providers == {"stt": "ears", "llm": "scripted-llm", "tts": "scripted-tts"}
    assert not any(span.discarded for span in turn.spans)


async def test_what_a_toy_knows_is_looked_up_in_the_silence(tmp_path: Path) -> None:
    """So that the first sound waits for nothing of it: it is made before the turn is over."""
    llm, fact = ScriptedLlm("Behind the clock."), "The treehouse key hangs behind the clock."
    async with (
        family(tmp_path, "where is the treehouse key", llms=[llm]) as home,
        talk(home) as child,
    ):
        shelf = Shelf(home.store, home.bus, home.clock)
        await shelf.add(fact)
        await shelf.library.finish()
        await speak_and_pause(child, lambda: home.tts.spoken == ["Behind the clock."])
        assert any(fact in each.text for each in llm.requests[0].messages)
        await child.hears("silence", END_MS)
    turn = record(child.events)
    [recall] = [span for span in turn.spans if span.work is Work.RECALL]
    assert recall.end_ms is not None
    assert recall.end_ms < turn.timings_ms["endpoint"]
    assert len(turn.passages) == 1


async def test_a_child_that_goes_on_hears_only_the_answer_to_all_of_it(tmp_path: Path) -> None:
    llm, ended = Echo(), list[Turn]()
    async with (
        family(tmp_path, "i like", "i like bears", llms=[llm], on_end=ended.append) as home,
        talk(home) as child,
    ):
        await speak_and_pause(child, lambda: home.tts.spoken == ["You said i like."])
        await child.hears("voice", 600)
        await child.hears("silence", END_MS)
    assert child.said == ["You said i like bears."]
    assert [event.transcript.text for event in child.events if isinstance(event, Heard)] == [
        "i like bears"
    ]
    assert llm.open == 0
    turn = record(child.events)
    assert (turn.heard, turn.said) == ("i like bears", child.said)
    asked = [(span.work, span.discarded) for span in turn.spans if span.work is Work.LLM]
    assert asked == [(Work.LLM, True), (Work.LLM, False)]
    metrics = Metrics({"ears", "scripted-llm", "scripted-tts"})
    metrics.observe(ended[0])
    families = text_string_to_metric_families(metrics.text().decode())
    counted = {
        f.name: {s.labels["work"]: s.value for s in f.samples if s.name.endswith("_total")}
        for f in families
        if f.name == "pommai_discarded_guesses"
    }
    assert counted["pommai_discarded_guesses"]["llm"] == 1


async def test_the_words_are_on_disk_before_a_draft_asks_the_model(tmp_path: Path) -> None:
    class Looking(Echo):
        async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
            found.append(await rows(home))
            async for delta in super().reply(request):
                yield delta

    found: list[Any] = []
    async with family(tmp_path, "i like", "i like bears", llms=[Looking()]) as home:
        async with talk(home) as child:
            await speak_and_pause(child, lambda: home.tts.spoken)
            assert await home.store.turns.recent(5) == [], "nobody reads a draft"
            await child.hears("voice", 600)
            await child.hears("silence", END_MS)
        assert [heard for ((_, heard),) in found] == ["i like", "i like bears"]
        assert await rows(home) == [("done", "i like bears")]


async def test_a_hub_that_dies_over_a_draft_keeps_the_words_as_cut(tmp_path: Path) -> None:
    async with family(tmp_path, "i like", llms=[Echo()]) as home, talk(home) as child:
        await speak_and_pause(child, lambda: home.tts.spoken)
        assert await home.store.turns.cut_unfinished() == 1
        (turn,) = await home.store.turns.recent(5)
        assert (turn.heard, turn.said, turn.state) == ("i like", [], TurnState.CUT)
        home.pipeline.emergency_stop.call()


async def test_words_and_line_are_on_disk_before_they_sound(tmp_path: Path) -> None:
    async with family(tmp_path, "sing", llms=[Echo()]) as home, talk(home) as child:
        seen: list[tuple[str, list[str]]] = []
        append = child.events.append

        async def read(turn: RunningTurn) -> None:
            async for event in turn:
                if isinstance(event, Audio) and not seen:
                    (kept,) = await home.store.turns.recent(1)
                    seen.append((kept.heard, kept.said))
                append(event)

        child.read = read  # type: ignore[method-assign]  # looks at the disk at the first sound
        await speak_and_pause(child, lambda: home.tts.spoken)
        await child.hears("silence", END_MS)
    assert seen == [("sing", ["You said sing."])]


async def test_a_half_sentence_that_sounds_bad_alerts_nobody(tmp_path: Path) -> None:
    texts = ("i want to hurt myself", "i want a dog")
    async with family(tmp_path, *texts, llms=[Echo()]) as home, talk(home) as child:
        await speak_and_pause(child, lambda: home.tts.spoken)  # the redirect is at hand
        await all_done(home)
        assert await home.store.alerts.list(5) == []
        await child.hears("voice", 600)
        await child.hears("silence", END_MS)
        await until(lambda: child.said)
        assert await home.store.alerts.list(5) == []
    assert child.said == ["You said i want a dog."]
    assert not any(isinstance(event, Refused) for event in child.events)


async def test_a_whole_sentence_that_sounds_bad_alerts_once_before_the_redirect(
    tmp_path: Path,
) -> None:
    llm = Echo()
    async with (
        family(tmp_path, "i want to hurt myself", llms=[llm]) as home,
        talk(home) as child,
    ):
        await speak_and_pause(child, lambda: home.tts.spoken)
        await child.hears("silence", END_MS)
        await until(lambda: child.said)
        assert [alert.count for alert in await home.store.alerts.list(5)] == [1]
    assert kinds(child.events)[2:6] == [SpeechEnded, Heard, Refused, Said]
    turn = record(child.events)
    assert (turn.state, turn.verdicts[0].category) == (TurnState.REFUSED, Category.SELF_HARM)
    assert llm.requests == []


async def test_a_turn_cut_over_a_draft_that_parents_must_know_of_still_tells_them(
    tmp_path: Path,
) -> None:
    async with family(tmp_path, "i want to hurt myself", llms=[Echo()]) as home:
        async with talk(home) as child:
            await speak_and_pause(child, lambda: home.tts.spoken)
            home.pipeline.emergency_stop.call()
        assert len(await home.store.alerts.list(5)) == 1


@pytest.mark.parametrize(
    ("whole", "said"),
    [(("sing",), "You said sing."), (("sing", "thing"), "You said thing.")],
    ids=["a final transcript with its words keeps it", "one with others throws it away"],
)
async def test_interim_words_of_a_recogniser_elsewhere_are_a_guess(
    tmp_path: Path, whole: tuple[str, ...], said: str
) -> None:
    ears, llm = MicrophoneInput(*whole, local=False, streams=True), Echo()
    async with (
        family(tmp_path, stts=[ears], llms=[llm]) as home,
        talk(home) as child,
    ):
        await child.hears("voice", 600)
        await until(lambda: Interim("sing") in child.events)
        await child.hears("silence", PAUSE_MS)
        await until(lambda: home.tts.spoken)
        await child.hears("silence", END_MS)
    assert child.said == [said]
    assert record(child.events).heard == whole[-1]
    assert (ears.asked, len(llm.requests)) == (1, len(whole))


async def test_a_guess_that_nobody_said_leaves_no_trace(tmp_path: Path) -> None:
    ears = MicrophoneInput("uh", "", local=False, streams=True)
    async with family(tmp_path, stts=[ears], llms=[Echo()]) as home:
        async with talk(home) as child:
            await child.hears("voice", 600)
            await until(lambda: Interim("uh") in child.events)
            await child.hears("silence", PAUSE_MS)
            await until(lambda: home.tts.spoken)
            await child.hears("silence", END_MS)
        assert await rows(home) == []
    assert child.said == []


@hypothesis_settings(max_examples=25)
@given(
    spans=st.lists(st.tuples(st.integers(3, 20), st.integers(1, 30)), min_size=1, max_size=6),
    drips=st.lists(st.booleans(), min_size=12, max_size=12),
)
@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
async def test_however_a_child_pauses_all_its_words_get_one_answer(
    spans: Sequence[tuple[int, int]], drips: Sequence[bool]
) -> None:
    """`spans` of voice and silence in windows of 40 ms; after some, everybody else gets a moment."""
    words = [str(number) for number in range(60)]
    with TemporaryDirectory() as folder:
        llm = Echo()
        async with family(Path(folder), *words, llms=[llm]) as home:
            async with talk(home) as child:
                for (voice, still), drip in zip(spans, drips, strict=False):
                    await child.hears("voice", 40.0 * voice)
                    await child.hears("silence", min(40.0 * still, PATIENT.silence_ms - 100))
                    if drip:
                        await asyncio.sleep(0.01)
                await child.hears("silence", END_MS)
            (kept,) = await home.store.turns.recent(5)
    heard = [event.transcript.text for event in child.events if isinstance(event, Heard)]
    assert heard == [kept.heard], "decided once"
    assert child.said == [f"You said {kept.heard}."] == kept.said, "and answered once"
    asked = [int(request.messages[-1].text) for request in llm.requests]
    assert all(a < b for a, b in pairwise(asked)), "nothing is asked twice"
    assert llm.open == 0


async def test_where_a_check_may_not_be_asked_about_guesses_no_answer_is_begun(
    tmp_path: Path,
) -> None:
    llm = Echo()
    async with family(tmp_path, "sing", llms=[llm], guesses_are_checked=False) as home:
        async with talk(home) as child:
            await speak_and_pause(child, lambda: Interim("sing") in child.events)
            await all_done(home)
            assert (await rows(home), llm.requests) == ([], [])
            await child.hears("silence", END_MS)
        assert child.said == ["You said sing."]
