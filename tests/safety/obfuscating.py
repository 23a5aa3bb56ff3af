"""Disguises a line by rule, as a child that wants to slip past the guard would."""

import random
from collections.abc import Callable

_LEET = str.maketrans("aeiost", "4310$7")
_HOMOGLYPHS = str.maketrans("aeopcxyi", "аеорсхуі")
_VOWELS = "aeiou"


def spaced(word: str, rng: random.Random) -> str:
    return rng.choice([" ", "-", ".", "_"]).join(word)


def leet(word: str, rng: random.Random) -> str:
    return word.translate(_LEET)


def homoglyphs(word: str, rng: random.Random) -> str:
    return word.translate(_HOMOGLYPHS)


def unseen(word: str, rng: random.Random) -> str:
    return rng.choice("\u200b\u200d\u00ad\u2060").join(word)


def drawn_out(word: str, rng: random.Random) -> str:
    place = rng.randrange(len(word))
    return word[:place] + word[place] * rng.randint(3, 6) + word[place + 1 :]


def starred(word: str, rng: random.Random) -> str:
    place = next((i for i, char in enumerate(word) if char in _VOWELS and i), 1)
    return word[:place] + "*" + word[place + 1 :]


def split(word: str, rng: random.Random) -> str:
    place = rng.randint(2, len(word) - 2)
    return f"{word[:place]} {word[place:]}"


def backwards(word: str, rng: random.Random) -> str:
    return word[::-1]


def full_width(word: str, rng: random.Random) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if char.isalpha() else char for char in word)


WAYS: tuple[Callable[[str, random.Random], str], ...] = (
    spaced, leet, homoglyphs, unseen, drawn_out, starred, split, backwards, full_width,
)  # fmt: skip
