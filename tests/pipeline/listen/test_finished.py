"""How long to wait for more, judged by the words."""

import pytest

from hub.pipeline.listen.finished import Ending, ending

FINISHED = """
how far away is the moon
what sound does a cow make
tell me a story about a happy elephant
can you sing me a song
stop talking please
why is the sky blue
what is that
what are clouds made of
when is my birthday
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
can you tell me
how do you
did you know that
it has a long
can we play
when i am big
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
        ("Где луна?", Ending.FINISHED),
        ("у меня есть собака и", Ending.UNSURE),
        ("", Ending.UNSURE),
    ],
)
def test_punctuation_counts_in_every_language(text: str, expected: Ending) -> None:
    assert ending(text, "en" if text.isascii() or "…" in text else "ru") is expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "ich habe einen hund und", Ending.UNFINISHED),
        ("de-AT", "erzähl mir eine geschichte", Ending.FINISHED),
        ("de", "ich habe einen hund", Ending.UNSURE),
        ("es", "quiero un cuento de", Ending.UNFINISHED),
        ("es", "por qué es azul el cielo", Ending.FINISHED),
        ("fr", "je voudrais une histoire avec un", Ending.UNFINISHED),
        ("fr", "raconte-moi une histoire", Ending.FINISHED),
        ("fr", "hier nous avons mangé une grande glace rouge", Ending.LIKELY),
        ("en-GB", "my dog ran away to the park and", Ending.UNFINISHED),
    ],
)
def test_other_languages_have_a_few_words_of_their_own(
    language: str, text: str, expected: Ending
) -> None:
    assert ending(text, language) is expected


@pytest.mark.parametrize(
    "text", ["yes", "seven", "blue", "to", "the blue one", "in my bed", "a big dragon", "my mum"]
)
def test_after_a_question_a_short_answer_is_whole(text: str) -> None:
    assert ending(text, "en", asked=True) in (Ending.FINISHED, Ending.LIKELY)


@pytest.mark.parametrize(
    "text", ["um", "the", "i want", "because", "because it", "i have", "it is", "so", "in the"]
)
def test_after_a_question_half_an_answer_is_not(text: str) -> None:
    assert ending(text, "en", asked=True) in (Ending.UNFINISHED, Ending.UNSURE)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("sieben", "de", Ending.LIKELY),
        ("weil", "de", Ending.UNFINISHED),
        ("rojo", "es", Ending.LIKELY),
        ("äh", "fi", Ending.UNSURE),
    ],
)
def test_so_it_is_in_the_languages_whose_half_sentences_are_known(
    text: str, language: str, expected: Ending
) -> None:
    assert ending(text, language, asked=True) is expected
    assert ending(text, language) is not Ending.LIKELY
