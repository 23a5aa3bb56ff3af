"""How the bench judges the end of a turn: what is cut in on, how long one waits, and what is held back."""

import pytest

from bench.turns.hearing import CHUNK_MS, Guess, Heard
from bench.turns.recordings import VOICES, Recording, is_held, sentences
from bench.turns.replay import Fixed, ended_at_ms, real, said_until, score, true_words
from hub.domain.talks.talk import Transcript
from hub.pipeline.listen.endpoint import WINDOW_MS, Endpointer

SAID = (("tell me a story about", (320.0, 1280.0)), ("a dragon", (2240.0, 2880.0)))
LENGTH_MS = 6400.0


@pytest.fixture
def heard() -> Heard:
    """Two pieces with 960 ms between them, as a detector without mistakes hears them."""
    spans = tuple(span for _, span in SAID)
    starts = [number * WINDOW_MS for number in range(int(LENGTH_MS / WINDOW_MS))]
    voiced = [any(begin <= at < end for begin, end in spans) for at in starts]
    recording = Recording(
        tuple(words for words, _ in SAID), VOICES[0], -60.0, bytes(int(LENGTH_MS * 32)), spans
    )
    return Heard(recording, [0.9 if voice else 0.1 for voice in voiced])


class WaitsForWords:
    """Waits long until it has heard anything."""

    def __init__(self) -> None:
        self.wait_ms = 3000.0
        self.words: list[str] = []

    def heard(self, words: Transcript, ears: Endpointer) -> None:
        self.words.append(words.text)
        self.wait_ms = 500.0 if words.text.endswith("dragon") else 3000.0

    def resumed(self) -> None:
        self.wait_ms = 3000.0


def test_a_silence_shorter_than_the_pause_cuts_in(heard: Heard) -> None:
    assert score([heard], lambda one: ended_at_ms(one, Fixed(700), real_nothing)).cut_ins == 1


def test_a_longer_one_waits_for_its_length_after_the_last_word(heard: Heard) -> None:
    found = score([heard], lambda one: ended_at_ms(one, Fixed(1200), real_nothing))
    assert (found.cut_ins, found.turns) == (0, 1)
    assert 1200 <= found.mean_wait_ms <= 1200 + CHUNK_MS


def test_words_count_once_they_are_known(heard: Heard) -> None:
    way = WaitsForWords()
    ended_ms = ended_at_ms(heard, way, true_words(took_ms=150))
    assert way.words == ["tell me a story about", "tell me a story about a dragon"]
    assert ended_ms is not None
    assert 500 <= ended_ms - heard.recording.speech_end_ms <= 500 + CHUNK_MS


def test_a_slow_recogniser_makes_the_child_wait(heard: Heard) -> None:
    ended_ms = ended_at_ms(heard, WaitsForWords(), true_words(took_ms=900))
    assert ended_ms is not None
    assert 900 < ended_ms - heard.recording.speech_end_ms < 1100


def test_the_recognisers_own_words_are_taken(heard: Heard) -> None:
    def knows(one: Heard, at_ms: float) -> Guess:
        one.guesses.setdefault(at_ms, Guess(Transcript("hello dragon"), 100))
        return real(one, at_ms)

    way = WaitsForWords()
    ended_at_ms(heard, way, knows)
    assert way.words == ["hello dragon"], "and it has cut in at the first pause"


def test_a_turn_without_speech_does_not_count(heard: Heard) -> None:
    heard.probabilities[:] = [0.1] * len(heard.probabilities)
    assert score([heard], lambda one: ended_at_ms(one, Fixed(300), real_nothing)).turns == 0


def test_what_was_said_so_far_grows_with_the_sound(heard: Heard) -> None:
    said = [said_until(heard.recording, at_ms) for at_ms in (0, 800, 1500, 6000)]
    assert said == ["", "tell me", "tell me a story about", "tell me a story about a dragon"]


def test_half_of_the_sentences_and_of_the_voices_are_held_back() -> None:
    held = sum(map(is_held, sentences()))
    assert 0.4 < held / len(sentences()) < 0.6
    assert 0.4 < sum(voice.held for voice in VOICES) / len(VOICES) < 0.6
    assert not {v.name for v in VOICES if v.held} & {v.name for v in VOICES if not v.held}


def real_nothing(heard: Heard, at_ms: float) -> Guess:
    return Guess(Transcript(""), 0.0)
