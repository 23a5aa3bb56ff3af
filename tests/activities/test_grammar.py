"""Which words ask something of the house, and what is sent then: what is allowed, and none of the child's words."""

import tomllib
from importlib.resources import files

import pytest

from hub.activities.ask_the_house.grammar import Grammar
from hub.domain.toys import HomeAssistantRights, HomeAssistantTask

GRAMMAR = Grammar.load()
ENGLISH = files("hub.activities.ask_the_house").joinpath("en.toml")
ALL = HomeAssistantRights(
    frozenset(HomeAssistantTask),
    ("Kitchen", "Child's Room", "Living room"),
    ("Kitchen radio", "TV"),
)
ONE = HomeAssistantRights(frozenset(HomeAssistantTask), ("Kitchen",), ("Kitchen radio",))
GERMAN = HomeAssistantRights(frozenset(HomeAssistantTask), ("Küche", "Wohnzimmer"), ("Radio",))


def sent(words: str, rights: HomeAssistantRights = ALL, language: str = "en") -> str | None:
    request = GRAMMAR.read(words, language, rights, "Pommai")
    return None if request is None else request.sentence


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("Turn on the lights in the kitchen, please!", "turn on the lights in Kitchen"),
        (
            "Pommai, can you turn the child's room lights off?",
            "turn off the lights in Child's Room",
        ),
        ("switch off the lamp in the living room", "turn off the lights in Living room"),
        ("kitchen lights on", "turn on the lights in Kitchen"),
        ("dim the lights in my child’s room", "set Child's Room brightness to 30 percent"),
        ("make it brighter in the kitchen", "set Kitchen brightness to 100 percent"),
        ("How warm is it in the kitchen?", "what is the temperature in Kitchen"),
        ("play some music on the kitchen radio", "resume Kitchen radio"),
        ("please stop the music on the TV now", "pause TV"),
    ],
)
def test_a_wish_becomes_a_sentence_of_ours(words: str, sentence: str) -> None:
    assert sent(words) == sentence


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("Mach bitte das Licht in der Küche an!", "Schalte das Licht in Küche an"),
        ("Schalte im Wohnzimmer das Licht aus", "Schalte das Licht in Wohnzimmer aus"),
        ("Mach das Licht im Wohnzimmer dunkler", "Stelle Helligkeit Wohnzimmer auf 30 Prozent"),
        ("Wie warm ist es in der Küche?", "Wie ist die Temperatur in Küche"),
        ("Wie heiß ist es im Wohnzimmer?", "Wie ist die Temperatur in Wohnzimmer"),
        ("Mach die Musik aus", "Radio pausieren"),
    ],
)
def test_so_it_does_in_german(words: str, sentence: str) -> None:
    assert sent(words, GERMAN, "de-AT") == sentence


def test_where_only_one_room_is_allowed_it_need_not_be_named() -> None:
    assert sent("turn on the lights", ONE) == "turn on the lights in Kitchen"
    assert sent("play music", ONE) == "resume Kitchen radio"
    assert sent("how warm is it?", ONE) == "what is the temperature in Kitchen"


@pytest.mark.parametrize(
    "words",
    [
        "turn on the lights in the garage",
        "turn on the lights in the kitchen and unlock the front door",
        "turn on the lights",
        "turn the lights in the kitchen and the garage off",
        "what is the temperature in the cellar",
        "turn off the music in the garage",
    ],
)
def test_what_is_not_allowed_is_told_honestly_and_not_asked(words: str) -> None:
    request = GRAMMAR.read(words, "en", ALL, "Pommai")
    assert request is not None
    assert request.sentence == ""
    assert "Kitchen" in request.instead


@pytest.mark.parametrize(
    "words",
    [
        "unlock the front door",
        "turn on the oven in the kitchen",
        "don't turn on the lights in the kitchen",
        "why do people turn on the lights",
        "I saw the kitchen lights on a boat",
        "tell me a story about a light in the kitchen",
        "play music by the lake with me",
        "turn on the lights in the kitchen. " * 9,
        "",
    ],
)
def test_other_words_are_for_the_model(words: str) -> None:
    assert GRAMMAR.read(words, "en", ALL, "Pommai") is None


@pytest.mark.parametrize("task", HomeAssistantTask)
def test_what_was_not_ticked_is_not_asked(task: HomeAssistantTask) -> None:
    wishes = {
        HomeAssistantTask.LIGHTS: "turn on the lights in the kitchen",
        HomeAssistantTask.TEMPERATURE: "how warm is it in the kitchen",
        HomeAssistantTask.MUSIC: "stop the music on the tv",
    }
    rights = HomeAssistantRights(frozenset({task}), ALL.rooms, ALL.players)
    assert [other for other, wish in wishes.items() if sent(wish, rights) is not None] == [task]
    assert sent(wishes[task], HomeAssistantRights(rooms=ALL.rooms, players=ALL.players)) is None


def test_a_language_without_a_grammar_asks_nothing() -> None:
    assert GRAMMAR.languages() == ("de", "en")
    assert sent("turn on the lights in the kitchen", language="ta") is None


def test_whatever_is_sent_is_made_of_our_words_and_the_parents_names() -> None:
    """Each name with each wish: nothing else can leave."""
    words = {
        word
        for ask in tomllib.loads(ENGLISH.read_text("utf-8"))["ask"]
        for word in ask["say"].replace("{room}", "").replace("{player}", "").split()
    }
    for room in ALL.rooms:
        for wish in ("turn on the lights in {}", "dim the lights in {}", "how cold is it in {}"):
            sentence = sent(wish.format(room))
            assert sentence is not None
            assert set(sentence.replace(room, "").split()) <= words


def test_names_with_signs_in_them_are_only_names() -> None:
    odd = HomeAssistantRights(frozenset({HomeAssistantTask.LIGHTS}), ("Room (.*) {room}",))
    assert sent("turn on the lights in the garage", odd) == ""
    assert sent("turn on the lights in room room", odd) == (
        "turn on the lights in Room (.*) {room}"
    )
