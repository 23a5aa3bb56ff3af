"""The reviewed sentences: enough of them for every age and language, kind, and never a false promise."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from hub.domain.safety import Category, SafetyLevel
from hub.safety.data_files import read_toml
from hub.safety.lines import HonestQuestion, Line, placeholders
from hub.safety.rules.rulebook import Rulebook
from tests.safety.shipped import PHRASES

IN_NEED = (Category.SELF_HARM, Category.CHILD_DISCLOSURE, Category.STRANGER_GROOMING)
GROWN_UP = {
    "en": ("grown-up",),
    "de": ("erwachsene", "große"),
    "es": ("adult", "mayores"),
    "fr": ("adulte", "grands"),
    "hi": ("बड़े", "बड़ों", "बड़ा"),
    "ta": ("பெரியவ",),
}
GAMES = {
    "en": ("play", "game", "riddle", "story", "song", "fun "),
    "de": ("spielen", "rätsel", "geschichte", "lied", "knobel"),
    "es": ("jugamos", "adivinanza", "cuento", "canci", "acertijo"),
    "fr": ("on joue", "jouer", "devinette", "histoire", "chanson", "casse-tête"),
    "hi": ("खेल", "कहानी", "गाना", "पहेली"),
    "ta": ("விளையாட", "பாட்டு", "கதை"),
}
SECRET = {
    "en": "secret",
    "de": "geheim",
    "es": "secreto",
    "fr": "secret",
    "hi": "राज़",
    "ta": "இரகசிய",
}
NO_PERSON = {
    "en": "not a person",
    "de": "kein Mensch",
    "es": "no una persona",
    "fr": "pas une personne",
    "hi": "इंसान नहीं",
    "ta": "மனிதர் இல்லை",
}
REFUSES_SECRETS = ("don't", "can't", "not", "keine", "nicht", "no guard", "pas de", "नहीं", "இல்லை")


@pytest.mark.parametrize("language", PHRASES.languages())
@pytest.mark.parametrize("level", SafetyLevel)
def test_every_category_has_five_redirects_at_every_age(level: SafetyLevel, language: str) -> None:
    for category in Category:
        if category is not Category.NONE:
            texts = PHRASES.redirects(category, level, language)
            assert len(set(texts)) == len(texts) >= 5, category


@pytest.mark.parametrize("language", PHRASES.languages())
def test_each_age_hears_some_words_of_its_own(language: str) -> None:
    for category in Category:
        if category is Category.NONE:
            continue
        said = [set(PHRASES.redirects(category, level, language)) for level in SafetyLevel]
        shared = set.intersection(*said)
        assert all(texts - shared for texts in said), category


@pytest.mark.parametrize("language", PHRASES.languages())
@pytest.mark.parametrize("category", IN_NEED)
def test_a_child_in_need_is_sent_to_a_grown_up_and_never_offered_a_game_or_a_secret(
    category: Category, language: str
) -> None:
    for level in SafetyLevel:
        for text in PHRASES.redirects(category, level, language):
            words = text.lower()
            assert any(name in words for name in GROWN_UP[language]), text
            assert not any(game in words for game in GAMES[language]), text
            if SECRET[language] in words:
                assert any(no in words for no in REFUSES_SECRETS), text


@pytest.mark.parametrize("language", PHRASES.languages())
@pytest.mark.parametrize("kind", sorted({rule.kind for rule in Rulebook.load().rules} - {""}))
def test_an_emergency_is_answered_with_where_to_go_at_once(kind: str, language: str) -> None:
    texts = PHRASES.emergency(kind, language)
    assert len(set(texts)) == len(texts) >= 2
    for text in texts:
        assert any(name in text.lower() for name in GROWN_UP[language]), text
        assert not any(game in text.lower() for game in GAMES[language]), text
        assert len(text) <= 190, text


@pytest.mark.parametrize("language", PHRASES.languages())
@pytest.mark.parametrize("level", SafetyLevel)
def test_a_threat_is_answered_calmly_and_not_with_a_game(language: str, level: SafetyLevel) -> None:
    for text in PHRASES.redirects(Category.VIOLENCE, level, language):
        assert not any(game in text.lower() for game in GAMES[language]), text


@pytest.mark.parametrize("language", PHRASES.languages())
def test_the_young_hear_short_sentences(language: str) -> None:
    for category in Category:
        if category is not Category.NONE:
            for text in PHRASES.redirects(category, SafetyLevel.STRICT, language):
                assert len(text) <= 190, text


@pytest.mark.parametrize("language", PHRASES.languages())
def test_every_question_about_the_toy_has_several_true_answers(language: str) -> None:
    for question in HonestQuestion:
        assert len(set(PHRASES.honest(question, language))) >= 3, question


@pytest.mark.parametrize("language", PHRASES.languages())
def test_who_is_reminded_of_a_break_hears_that_the_toy_is_no_person(language: str) -> None:
    lines = PHRASES.lines(Line.BREAK, language, {})
    assert [line for line in lines if NO_PERSON[language] not in line] == []


def texts_of(entry: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a file, with the tables that it stands in."""
    if isinstance(entry, str):
        yield place, entry
    elif isinstance(entry, list):
        for each in entry:
            yield from texts_of(each, place)
    elif isinstance(entry, dict):
        for name, each in entry.items():
            yield from texts_of(each, f"{place}.{name}")


@pytest.mark.parametrize("language", sorted(set(PHRASES.languages()) - {"en"}))
def test_no_occasion_and_no_name_in_braces_is_missing_against_english(language: str) -> None:
    """Of `{child}` and the like each occasion knows the same ones, and lines without any where English has some."""
    needs: dict[str, dict[str, set[frozenset[str]]]] = {}
    for each in ("en", language):
        needs[each] = defaultdict(set)
        for place, text in texts_of(read_toml(f"phrases/{each}.toml")):
            needs[each][place].add(frozenset(placeholders(text)))
    assert needs[language] == needs["en"]


def test_a_language_without_sentences_speaks_english() -> None:
    assert PHRASES.phrases("xx") is PHRASES.phrases("en")
