"""The learned layer leaves other languages to the rules that know them."""

import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from hub.domain.safety import Direction, SafetyLevel, SafetyPolicy
from hub.safety.classifier.classifier import ClassifierCheck, is_english
from hub.safety.text.normalise import readings

CHECK = ClassifierCheck.load()
PHRASES = resources.files("hub.safety") / "data" / "phrases"


def sentences(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from sentences(inner)


@pytest.mark.parametrize("language", ["de", "es", "fr", "ta"])
def test_our_own_sentences_in_other_languages_are_not_refused_for_being_strange(
    language: str,
) -> None:
    texts = [
        text
        for text in sentences(tomllib.loads((PHRASES / f"{language}.toml").read_text("utf-8")))
        if len(text.split()) > 2
    ]
    assert len(texts) > 50
    policy = SafetyPolicy(SafetyLevel.STRICT)
    refused = [text for text in texts if not CHECK.judge(text, Direction.TOY, policy).allowed]
    assert refused == []


@pytest.mark.parametrize(
    "text",
    [
        "i want to hurt myself",
        "no me gusta broccoli is yucky and i hate it",
        "my abuela says that i am the best at soccer",
        "k1ll the b a d guy in the game",
        "zog",
    ],
)
def test_english_stays_english_with_a_strange_word_in_it(text: str) -> None:
    assert is_english(readings(text)[-1].split())
