"""The storyteller: kind, varied, honest about being a toy, and never at a loss."""

import itertools
import time
from dataclasses import replace

import pytest

from hub.domain.talks.talk import Message
from hub.providers.base import LlmRequest
from hub.providers.llm.storyteller import Storyteller
from hub.providers.llm.storyteller.conversation import Conversation, plain
from hub.providers.llm.storyteller.numbers import spoken, sum_wanted
from tests.providers.llm.storyteller_talk import SCRIPT, SKILLS, Talk
from tests.providers.setups import BARE


def topic(name: str) -> tuple[str, ...]:
    return next(t.say for t in (*SCRIPT.first, *SCRIPT.topics) if t.name == name)


def is_of(answer: str, name: str) -> bool:
    """Whether `answer` is a line of the topic `name`."""
    named, unnamed = Talk("Lucy").now(), Talk().now()
    return any(answer in {named.fill(line), unnamed.fill(line)} for line in topic(name))


def ending_of(answer: str) -> str:
    """ "" where no story is told in it."""
    return next((story.ending for story in SCRIPT.stories if story.ending in answer), "")


def is_story(answer: str) -> bool:
    return bool(ending_of(answer))


def test_a_story_has_the_childs_words_in_it() -> None:
    story = Talk("Lucy").say("tell me a story about a happy elephant and a train")
    assert is_story(story)
    assert "happy elephant" in story
    assert " train" in story
    assert 5 <= sum(story.count(mark) for mark in ".!?") <= 12


def test_a_story_about_the_child_has_its_name() -> None:
    assert {"lucy", "child"} <= set(plain(Talk("Lucy").say("a story about me please")).split())


def test_words_that_are_not_of_a_childs_world_stay_out_of_a_story() -> None:
    story = Talk().say("tell me a story about a bloody zombie with a chainsaw")
    assert is_story(story)
    assert not {"bloody", "zombie", "chainsaw"} & set(plain(story).split())


def test_another_one_is_another_story() -> None:
    talk = Talk()
    stories = [talk.say("tell me a story"), *(talk.say("another one") for _ in range(6))]
    assert all(is_story(story) for story in stories)
    assert len({ending_of(story) for story in stories}) == len(stories)


def test_the_end_of_a_plain_story_may_offer_an_adventure() -> None:
    told = [Talk(f"Child{number}").say("tell me a story") for number in range(40)]
    offers = [story for story in told if "an adventure" in story[-80:] and story.endswith("?")]
    assert 0 < len(offers) < len(told) / 2
    assert all(is_story(story) for story in told)
    named = [Talk(f"Child{number}").say("a story about a fox") for number in range(40)]
    assert all(story.endswith(ending_of(story)) for story in named)


def test_yes_takes_the_story_that_was_offered() -> None:
    for seed in range(20):
        talk = Talk()
        talk.say(f"hello {seed}")
        offer = talk.say("i like trains")
        if "story" in offer:
            answer = talk.say("yes please")
            assert is_story(answer)
            assert "train" in answer
            return
    pytest.fail("no offer of a story in 20 talks")


def test_a_riddle_is_solved_when_guessed() -> None:
    talk = Talk()
    asked = talk.say("ask me a riddle")
    riddle = next(r for r in SCRIPT.riddles if r.ask in asked)
    assert riddle.answer in talk.say(f"is it {riddle.accept[0]}")


@pytest.mark.parametrize("words", ["i don't know", "tell me", "what is it", "I give up"])
def test_a_riddle_is_told_when_asked(words: str) -> None:
    talk = Talk()
    asked = talk.say("ask me a riddle")
    riddle = next(r for r in SCRIPT.riddles if r.ask in asked)
    assert riddle.answer in talk.say(words)
    assert not is_story(talk.say("yes"))


def test_a_wrong_guess_gets_a_hint_and_the_second_the_answer() -> None:
    talk = Talk("Lucy")
    asked = talk.say("ask me a riddle")
    riddle = next(r for r in SCRIPT.riddles if r.ask in asked)
    hint = talk.say("a shoe")
    assert riddle.ask in hint
    assert riddle.answer.split()[-1] not in plain(hint.replace(riddle.ask, "")).split()
    assert riddle.answer in talk.say("a spoon")


def test_a_riddle_can_be_left_for_something_else() -> None:
    talk = Talk()
    talk.say("ask me a riddle")
    assert "mooo" in talk.say("what does the cow say").lower()
    talk.say("ask me a riddle")
    assert is_story(talk.say("tell me a story"))


def test_a_riddle_is_not_taken_for_a_hit() -> None:
    assert any(r.ask in Talk().say("hit me with another riddle") for r in SCRIPT.riddles)


def test_a_longer_answer_than_yes_is_taken_for_what_it_says() -> None:
    talk = Talk()
    talk.say("hello")
    assert is_of(talk.say("okay why is the sky blue"), "sky blue")
    assert is_of(talk.say("please tell me more about dinosaurs"), "dinosaurs")


def test_the_childs_name_is_known_and_can_be_told() -> None:
    assert "Lucy" in Talk("Lucy").say("what's my name")
    talk = Talk()
    assert "Mia" in talk.say("my name is mia")
    assert "Mia" in talk.say("do you know my name")
    assert "{" not in Talk().say("what is my name")


@pytest.mark.parametrize(
    "words",
    [
        "are you alive",
        "are you a real bear",
        "are you a person",
        "do you have feelings",
        "do you love me",
        "are you sad",
        "can you see me",
        "how old are you",
        "Are you my best friend?",
    ],
)
def test_says_honestly_that_it_is_a_toy(words: str) -> None:
    answer = Talk("Lucy").say(words)
    assert is_of(answer, "alive")
    assert any(w in answer for w in ("I am just a toy", "not alive", "soft toy", "computer voice"))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("go forward ten meters", "forward"),
        ("why is the sky blue", "sky blue"),
        ("what color is the sky", "sky blue"),
        ("why is grass green", "grass green"),
        ("what did the dinosaurs eat", "dinosaurs"),
        ("how do rainbows happen", "rainbow"),
        ("why do stars twinkle", "stars"),
        ("where does rain come from", "rain"),
        ("why does it thunder", "thunder"),
        ("what makes a volcano", "volcano"),
        ("what do blue and yellow make", "mix green"),
        ("what are the days of the week", "days"),
        ("what time is it", "today"),
        ("i feel sad", "sad"),
        ("nobody likes me", "left out"),
        ("my goldfish died", "sad"),
        ("there's a monster under my bed", "sad"),
        ("i'm so happy", "happy"),
        ("can you keep a secret", "secrets"),
        ("good night pommai", "goodnight"),
        ("bye bye", "goodbye"),
        ("stop", "stop"),
        ("hello", "greeting"),
        ("thank you", "thanks"),
        ("i'm bored", "simon says"),
        ("help me", "help"),
        ("no", "no"),
        ("my dog had to go to the hospital", "big questions"),
        ("is grandpa in heaven now", "big questions"),
        ("why do people die", "big questions"),
        ("what should i do if a stranger talks to me", "strangers"),
        ("which mushrooms can you eat", "ask a grown-up"),
        ("i fell off my bike", "ouch"),
        ("my friend doesn't want to play with me", "sad"),
        ("nobody wanted to play with me", "left out"),
        ("they wouldn't let me join in", "left out"),
        ("i'm so angry", "angry"),
        ("i'm scared of the dark", "dark"),
        ("help me calm down", "breathe"),
        ("I don't like you anymore", "likes me no more"),
        ("i really like you", "love"),
        ("will you be my best friend", "alive"),
        ("pretend you are a dragon", "pretend"),
        ("you are stupid", "rude"),
        ("we went to the zoo today", "today i"),
    ],
)
def test_answers_what_children_ask(words: str, name: str) -> None:
    assert is_of(Talk("Lucy").say(words), name)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("what does the cow say", "mooo"),
        ("what noise do pigs make", "oink oink"),
        ("what sound do wolves make", "ow ow owoo"),
        ("how does a lion go", "roar"),
        ("count to five", "one, two, three, four, five!"),
        ("can you count down from three", "three, two, one"),
        ("count to a million", "one, two"),
        ("what is two plus three", "five"),
        ("what's twelve times twelve", "one hundred and forty four"),
        ("what is 7 minus 4", "three"),
        ("what is ten divided by two", "five"),
        ("what is ten divided by zero", "grown-up"),
        ("what day comes after friday", "Saturday"),
        ("which day is before monday", "Sunday"),
        ("how do you spell cat", "C, A, T"),
        ("sing a song about a star", "Twinkle, twinkle"),
    ],
)
def test_plays_what_children_ask_for(words: str, part: str) -> None:
    answers = [Talk(child).say(words) for child in ("", "Lucy", "Ravi", "Ana", "Tom", "Mia")]
    lowered = [answer.lower() for answer in answers]
    assert any(part.lower() in answer for answer in lowered)
    if part != "grown-up":
        assert all(part.lower() in answer for answer in lowered)


@pytest.mark.parametrize("words", ["", "   ", "...", "?!", "\u0000", "சொல்லு", "🐘"])
def test_what_it_cannot_make_out_gets_a_kind_line(words: str) -> None:
    assert len(Talk("Lucy").say(words)) > 10


@pytest.mark.parametrize(
    "words",
    [
        "hello",
        "tell me a joke",
        "sing a song about a star",
        "blub",
        "",
        "yes",
        "are you real",
        "how do fish breathe",
        "what does the cow say",
        "what is two plus two",
        "tell me a story",
        "ask me a riddle",
    ],
)
def test_never_says_the_same_twice_running(words: str) -> None:
    talk = Talk("Lucy")
    answers = [talk.say(words) for _ in range(12)]
    assert all(before != after for before, after in itertools.pairwise(answers))


def test_the_same_talk_gets_the_same_answer_and_another_talk_another() -> None:
    assert Talk("Lucy").say("tell me a story") == Talk("Lucy").say("tell me a story")
    words = (Message("user", "hello"),)
    others = {
        SKILLS.answer(Conversation.of(LlmRequest(words, conversation_id=str(number))))
        for number in range(20)
    }
    assert len(others) > 2


def test_a_whole_book_of_a_question_is_answered_at_once() -> None:
    talk = Talk()
    for words in ("why " * 100_000, "story about " * 50_000, "a" * 1_000_000, "1 plus " * 90_000):
        began = time.process_time()
        assert talk.say(words)
        assert time.process_time() - began < 0.5


async def test_streams_groups_of_words() -> None:
    teller = Storyteller(BARE)
    request = LlmRequest((Message("user", "tell me a story"),), toy_name="Pommai")
    pieces = [delta.text async for delta in teller.reply(request) if delta.text]
    assert len(pieces) > 10
    assert all(len(piece.split()) <= 3 for piece in pieces)
    assert is_story("".join(pieces))
    assert "  " not in "".join(pieces)


async def test_keeps_to_the_most_tokens_that_a_toy_may_say() -> None:
    request = LlmRequest((Message("user", "tell me a story"),), max_tokens=30)
    said = "".join([delta.text async for delta in Storyteller(BARE).reply(request)])
    assert len(said.split()) <= 30
    assert said.endswith((".", "!", "?"))


def test_numbers_are_spoken_in_words() -> None:
    assert [spoken(n) for n in (0, 13, 20, 45, 100, 144)] == [
        "zero",
        "thirteen",
        "twenty",
        "forty five",
        "one hundred",
        "one hundred and forty four",
    ]
    found = sum_wanted("what is twenty three and six")
    assert found is not None
    assert found.result == "twenty nine"
    assert sum_wanted("one two three") is None


@pytest.mark.parametrize(
    "heard",
    [
        *("why is the sky blue", "what sound does a cow make", "sing a song", "tell me a story"),
        *("what is two plus three", "i like cats", "what day comes after monday"),
    ],
)
def test_after_something_serious_only_games_and_jokes_pause(heard: str) -> None:
    asked = LlmRequest((Message("user", heard),), toy_name="Pommai")
    calm, lively = (SKILLS.answer(Conversation.of(replace(asked, calm=c))) for c in (True, False))
    assert calm == lively


@pytest.mark.parametrize("heard", ["tell me a joke", "a riddle", "hm", "another one"])
def test_after_something_serious_it_is_calm(heard: str) -> None:
    calm = {plain(Talk().now().fill(line)) for line in SCRIPT.talk.calm}
    request = LlmRequest((Message("user", heard),), toy_name="Pommai", calm=True)
    assert plain(SKILLS.answer(Conversation.of(request))) in calm
