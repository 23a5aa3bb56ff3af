"""Somebody who speaks while the toy does, by what is left of the toy's own voice: made-up loudness, no sound."""

from array import array

import pytest

from satellite.audio.pcm import CHUNK_BYTES, CHUNK_MS, SAMPLE_BYTES
from satellite.wake.turn_start import LOUD_MS, WORD_MS, OverTalk, OverWord


def loud(amplitude: int) -> bytes:
    return array("h", [amplitude] * (CHUNK_BYTES // SAMPLE_BYTES)).tobytes()


class EverythingIsVoice:
    def hears(self, chunk: bytes) -> bool:
        return True


class Word:
    def __init__(self) -> None:
        self.covered: list[bool] = []

    def hears(self, chunk: bytes, *, covered: bool = False) -> bool:
        self.covered.append(covered)
        return False


def interrupted(heard: int, left: int, before: tuple[int, int]) -> bool:
    """Within a second of that loudness, after the toy spoke for some time with the one `before`."""
    talk = OverTalk(EverythingIsVoice())
    for _ in range(LOUD_MS // CHUNK_MS):
        assert not talk.hears(loud(before[0]), loud(before[1]))
    return any(talk.hears(loud(heard), loud(left)) for _ in range(1000 // CHUNK_MS))


def test_a_child_as_loud_as_the_toy_interrupts_it() -> None:
    assert interrupted(heard=4200, left=3000, before=(3000, 300))


def test_what_is_left_between_the_toys_words_does_not() -> None:
    assert not interrupted(heard=500, left=480, before=(3000, 300))


def test_the_toys_own_voice_taken_out_does_not() -> None:
    assert not interrupted(heard=3000, left=1000, before=(3000, 300))


@pytest.mark.parametrize(
    ("left", "taken_out", "covered"), [(1500, True, True), (1500, False, False), (300, True, False)]
)
def test_a_word_is_hardly_heard_only_where_somebody_speaks_over_the_toy(
    left: int, taken_out: bool, covered: bool
) -> None:
    word = Word()
    over = OverWord(word)
    for _ in range(WORD_MS // CHUNK_MS):
        over.hears(loud(3000), loud(left), taken_out=taken_out)
    assert word.covered[-1] is covered
