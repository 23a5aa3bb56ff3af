"""The storyteller's games over several turns, what it knows, and what children say about what was just said."""

import re
from pathlib import Path

import pytest

from hub.domain.play.limits import Pastime
from hub.domain.talks.talk import Message
from hub.providers.llm.storyteller.conversation import OFFERS, plain
from hub.providers.llm.storyteller.facts import Facts
from hub.providers.llm.storyteller.script import HiddenAnimal
from tests.providers.llm.storyteller_talk import SCRIPT, Talk

DATA = Path(__file__).parents[2] / "data"
FACTS = Facts(SCRIPT.facts, SCRIPT.empty_words)


def lines_of(name: str) -> list[str]:
    lines = (DATA / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_questions_in_other_words_get_their_fact_and_none_a_wrong_one() -> None:
    asked = [line.split(" | ") for line in lines_of("asked_of_the_storyteller.txt")]
    got = [(question, FACTS.about(plain(question)), part) for question, part in asked]
    wrong = [
        (q, fact.say) for q, fact, part in got if fact and part.lower() not in fact.say.lower()
    ]
    assert wrong == []
    assert sum(fact is not None for _, fact, _ in got) >= 0.9 * len(asked) > 180


@pytest.mark.parametrize("question", lines_of("not_for_the_storyteller.txt"))
def test_a_question_that_only_looks_like_one_gets_no_fact(question: str) -> None:
    assert FACTS.about(plain(question)) is None


def test_what_it_does_not_know_it_says_in_ten_ways() -> None:
    talk = Talk("Lucy")
    said = [talk.say(question) for question in ("who invented pizza", "what do foxes eat") * 3]
    unknown = {talk.now().fill(line) for line in SCRIPT.talk.unknown}
    assert set(said) <= unknown
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("words", ["why", "but why", "tell me more", "how come"])
def test_why_goes_on_with_what_was_said(words: str) -> None:
    talk = Talk()
    talk.say("how do planes fly")
    assert "push the air down" in talk.say(words)
    assert talk.say("why") in SCRIPT.talk.no_more or "grown-up" in talk.history[-1].text


def a_story(talk: Talk) -> str:
    return talk.say("tell me a story about a fox")


def test_it_knows_what_its_story_was_about() -> None:
    talk = Talk("Lucy")
    name = re.search(
        r"fox (?:called|by the name of) (\w+)|(?:and )?(\w+) the \w+ fox", a_story(talk)
    )
    told = talk.say("what was the story about?")
    assert "fox" in told or (name and (name[1] or name[2]) in told)
    assert not any(story.ending in told for story in SCRIPT.stories)


def test_a_story_goes_on_and_on() -> None:
    talk = Talk("Lucy")
    a_story(talk)
    more = [talk.say("and then?"), talk.say("what happened next"), talk.say("go on")]
    assert len(set(more)) == 3
    assert not any("{" in line for line in more)
    assert not any(story.ending in line for line in more for story in SCRIPT.stories)


def test_again_is_the_same_and_what_did_you_say_its_end() -> None:
    talk = Talk()
    story = a_story(talk)
    assert talk.say("again").endswith(story)
    assert talk.say("tell it again please").endswith(story)
    end = talk.say("what did you say?")
    assert end.endswith(story[-30:])
    assert len(end) < len(story)


@pytest.mark.parametrize("words", ["something else", "can we do something different"])
def test_something_else_is_another_thing(words: str) -> None:
    talk = Talk()
    a_story(talk)
    assert talk.say(words) in {talk.now().fill(line) for line in SCRIPT.talk.change}


def hidden_in(said: str) -> HiddenAnimal:
    return next(animal for animal in SCRIPT.hidden if animal.clue in said)


def test_an_animal_is_guessed_by_yes_and_no() -> None:
    for number in range(30):
        talk = Talk(f"Child{number}")
        animal = hidden_in(talk.say("let's play guess the animal"))
        for word in ("fly", "fur", "stripes", "water"):
            answer = talk.say(f"does it have {word} or so")
            assert answer.startswith(("Yes", "Right") if word in animal.yes.split() else "No")
        assert animal.clue in talk.say("is it a crocodile")
        right = talk.say(f"is it {animal.name}")
        assert animal.name in right
        assert "another animal" in right.lower()
        assert hidden_in(talk.say("yes")).name != animal.name


def test_an_animal_is_told_to_who_gives_up() -> None:
    talk = Talk()
    animal = hidden_in(talk.say("think of an animal and i guess"))
    assert animal.name in talk.say("i give up")
    assert talk.say("why is the sky blue").startswith(("Sunlight", "Light from the sun"))


def test_it_neither_plays_nor_offers_what_a_parent_does_not_want() -> None:
    off = frozenset(OFFERS)
    talk = Talk("Lucy", off)
    told = [plain(line) for line in (*SCRIPT.jokes, *SCRIPT.rhymes)]
    told += [plain(story.ending) for story in SCRIPT.stories]
    told += [plain(each.ask) for each in SCRIPT.riddles]
    told += [plain(each.clue) for each in SCRIPT.hidden]
    for words in (
        "tell me a joke",
        "sing a song",
        "a story please",
        "ask me a riddle",
        "guess the animal",
        "something else",
        "my name is Lucy",
        "yes please",
        "another one",
        "i like trains",
    ):
        said = plain(talk.say(words))
        assert not any(each in said for each in told), words
    jokes = frozenset({Pastime.JOKE, Pastime.RIDDLE})
    offers = {plain(Talk("Lucy", jokes).say(f"something else {n}")) for n in range(20)}
    assert not any(re.search(r"\b(?:joke|riddle)\b", said) for said in offers)


def test_what_it_said_is_told_with_enough_of_it_and_more_is_of_what_was_told_last() -> None:
    talk = Talk()
    talk.say("what does the cow say")
    assert "cow" in talk.say("what did you say")
    a_story(talk)
    talk.say("tell me a joke")
    assert any(plain(joke) in plain(talk.say("more")) for joke in SCRIPT.jokes)


def test_a_word_of_praise_is_no_wish_and_a_yes_is_to_what_was_asked() -> None:
    talk = Talk()
    a_story(talk)
    agreed = {talk.now().fill(line) for line in SCRIPT.talk.agreed}
    assert talk.say("cool") in agreed
    talk.history.append(Message("assistant", "Ha, that sounds funny! Say it once more."))
    assert talk.say("yes") in agreed
    talk.history.append(Message("assistant", "But that is another story. Shall I tell it?"))
    assert len(talk.say("yes").split()) > 30


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("my dog is called Bruno", "Bruno"),
        ("tell me a story about space", "astronaut"),
        ("what do octopuses eat", "crabs"),
        ("i had a bad dream", "dream"),
    ],
)
def test_what_was_said_is_in_the_answer(words: str, said: str) -> None:
    assert said in Talk().say(words)


def test_who_wanted_quiet_and_agrees_is_offered_nothing() -> None:
    talk = Talk()
    talk.say("be quiet")
    assert talk.say("ok") in {talk.now().fill(line) for line in SCRIPT.talk.quiet}
