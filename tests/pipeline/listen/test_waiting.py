"""How long a toy waits for more, by the words, the voice and the pauses before."""

import pytest

from hub.config import TurnSection
from hub.domain.audio import PcmChunk, silence
from hub.domain.talks.talk import Transcript
from hub.domain.toys import Patience
from hub.pipeline.listen.endpoint import Endpointer, EndpointSettings, Waiting
from tests.pipeline.scripted import LoudnessVad

SETTINGS = TurnSection(finished_ms=300, silence_ms=1300, unfinished_ms=2000)
WHOLE, OPEN, CUT = "how far away is the moon", "i like dogs", "i like dogs and"


def ears(voices: int = 1, voice_ms: int = 640, pause_ms: float = 500) -> Endpointer:
    """That heard so many stretches of voice, with pauses between."""
    endpointer = Endpointer(LoudnessVad(), EndpointSettings())
    voice = PcmChunk(b"\x10\x20" * (16 * voice_ms))
    for _ in range(voices):
        list(endpointer.push(voice))
        list(endpointer.push(silence(pause_ms)))
    return endpointer


def wait_ms(
    text: str,
    heard: Endpointer | None = None,
    *,
    patience: Patience = Patience.NORMAL,
    confidence: float | None = None,
    finished: float | None = None,
    asked: bool = False,
) -> float:
    waiting = Waiting(SETTINGS, patience, "en")
    return waiting.after(Transcript(text, confidence), heard or ears(), finished, asked=asked)


@pytest.mark.parametrize(("text", "expected_ms"), [(WHOLE, 300), (OPEN, 1300), (CUT, 2000)])
def test_the_words_say_how_long(text: str, expected_ms: float) -> None:
    assert wait_ms(text) == expected_ms


def test_more_voice_makes_an_open_statement_a_likely_end() -> None:
    assert wait_ms(OPEN, ears(voice_ms=1600)) == 380


def test_a_cut_sentence_is_waited_for_however_long_it_is() -> None:
    assert wait_ms(CUT, ears(voice_ms=6400)) == 2000


def test_a_child_who_stopped_to_think_twice_is_given_more_time() -> None:
    """The third voice is the one that is pausing now."""
    assert wait_ms(WHOLE, ears(2)) == 300
    assert wait_ms(WHOLE, ears(3)) == 800


def test_the_short_silences_of_fluent_speech_are_no_thinking() -> None:
    assert wait_ms(WHOLE, ears(5, pause_ms=96)) == 300


def test_words_that_were_hardly_heard_do_not_make_a_long_sentence_cut() -> None:
    assert wait_ms(CUT, ears(voice_ms=1600), confidence=0.1) == 380
    assert wait_ms(CUT, ears(voice_ms=1600), confidence=0.5) == 2000


def test_a_short_one_or_one_that_went_on_already_is_waited_for_all_the_same() -> None:
    assert wait_ms(CUT, confidence=0.1) == 2000
    assert wait_ms(CUT, ears(2, voice_ms=1600), confidence=0.1) == 2000


@pytest.mark.parametrize(("patience", "stretch"), [(Patience.QUICK, 0.7), (Patience.PATIENT, 1.5)])
def test_patience_stretches_every_wait(patience: Patience, stretch: float) -> None:
    for text in (WHOLE, OPEN, CUT):
        assert wait_ms(text, patience=patience) == pytest.approx(stretch * wait_ms(text))


def test_a_turn_model_decides_where_the_words_leave_it_open() -> None:
    assert wait_ms(OPEN, finished=0.9) == 300
    assert wait_ms(OPEN, finished=0.1) == 2000
    assert wait_ms(CUT, finished=0.9) == 2000, "the words were clear"
    assert wait_ms(CUT, finished=0.9, confidence=0.1) == 300
    assert wait_ms(WHOLE, finished=0.1) == 300


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [("yes", 300), ("seven", 380), ("", 500), ("because", 2000), ("um", 2000), ("i have", 1300)],
)
def test_who_was_asked_is_answered_after_a_word_that_is_all(text: str, expected_ms: float) -> None:
    """Also where a recogniser elsewhere says nothing before the end; but not in the middle of a sentence."""
    assert wait_ms(text, asked=True) == expected_ms
