"""How long to wait for more, judged by the words."""

import pytest

from hub.pipeline.finished import Ending, ending

FINISHED = """
how far away is the moon
what sound does a cow make
tell me a story about a happy elephant
can you sing me a song
stop talking please
why is the sky blue
what is that
play it again
yes please
goodnight
can you keep a secret from my mother
how are you
stop
"""
UNSURE = """
i am feeling sad today because it rains
my name is lucy and i like dinosaurs
i live at twenty two green street
my dog ran away to the park and he saw a duck
go forward ten meters
i like it
"""
UNFINISHED = """
i want to tell you about my new puppy
my dog ran away to the park and
i like the
can you um
guess what
what if
you know what
and then he
once there was a girl
tell me a story about a
i think that
my favourite colour is
"""


@pytest.mark.parametrize("text", UNFINISHED.strip().splitlines())
def test_a_child_in_the_middle_of_a_sentence_is_waited_for(text: str) -> None:
    assert ending(text, "en") is Ending.UNFINISHED


@pytest.mark.parametrize("text", FINISHED.strip().splitlines())
def test_a_whole_question_or_request_is_answered_at_once(text: str) -> None:
    assert ending(text, "en") is Ending.FINISHED


@pytest.mark.parametrize("text", UNSURE.strip().splitlines())
def test_a_statement_may_go_on_or_not(text: str) -> None:
    assert ending(text, "en") is not Ending.UNFINISHED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I like dogs.", Ending.FINISHED),
        ("I like dogs, and …", Ending.UNFINISHED),
        ("I like dogs,", Ending.UNFINISHED),
        ("Wo ist der Mond?", Ending.FINISHED),
        ("ich habe einen hund und", Ending.UNSURE),
        ("", Ending.UNSURE),
    ],
)
def test_punctuation_counts_in_every_language(text: str, expected: Ending) -> None:
    assert ending(text, "de" if "ich" in text or "Wo" in text else "en") is expected
