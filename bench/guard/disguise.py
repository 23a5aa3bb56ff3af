"""Dresses lines up by rule, the way that children and clever callers get words past a filter."""

import random
from collections.abc import Callable, Sequence

_LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}
_LOOKALIKES = {"a": "а", "c": "с", "e": "е", "i": "і", "o": "о", "p": "р", "x": "х", "y": "у"}
_ACCENTS = {"a": "á", "e": "ë", "i": "ï", "o": "ö", "u": "ú"}
_NAMES = {
    "a": "ay", "b": "bee", "c": "see", "d": "dee", "e": "ee", "f": "eff", "g": "gee", "h": "aitch",
    "i": "eye", "j": "jay", "k": "kay", "l": "el", "m": "em", "n": "en", "o": "oh", "p": "pee",
    "q": "cue", "r": "are", "s": "ess", "t": "tee", "u": "you", "v": "vee", "w": "double-you",
    "x": "ex", "y": "why", "z": "zee",
}  # fmt: skip

Disguise = Callable[[str, random.Random], str]


def _telling(words: Sequence[str], count: int = 3) -> set[int]:
    """The places of the longest words, where a disguise does most."""
    return set(sorted(range(len(words)), key=lambda place: -len(words[place]))[:count])


def _each_telling(change: Callable[[str, random.Random], str]) -> Disguise:
    def apply(text: str, rng: random.Random) -> str:
        words = text.split()
        chosen = _telling(words)
        return " ".join(
            change(word, rng) if place in chosen else word for place, word in enumerate(words)
        )

    return apply


def _by_letter(table: dict[str, str]) -> Callable[[str, random.Random], str]:
    return lambda word, _: "".join(table.get(letter, letter) for letter in word.lower())


def _repeated(word: str, rng: random.Random) -> str:
    place = rng.randrange(len(word))
    return word[:place] + word[place] * 4 + word[place + 1 :]


def _split(word: str, rng: random.Random) -> str:
    if len(word) < 4:
        return word
    place = rng.randrange(2, len(word) - 1)
    return f"{word[:place]} {word[place:]}"


def _swapped(word: str, rng: random.Random) -> str:
    if len(word) < 4:
        return word
    place = rng.randrange(1, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _spelled(word: str, _: random.Random) -> str:
    return " ".join(_NAMES.get(letter, letter) for letter in word.lower())


def _pig_latin(word: str, _: random.Random) -> str:
    letters = word.lower()
    start = next((place for place, letter in enumerate(letters) if letter in "aeiou"), 0)
    return f"{letters[start:]}{letters[:start]}ay" if start else f"{letters}way"


DISGUISES: dict[str, Disguise] = {
    "leet": _each_telling(_by_letter(_LEET)),
    "lookalikes": _each_telling(_by_letter(_LOOKALIKES)),
    "accents": _each_telling(_by_letter(_ACCENTS)),
    "invisible": _each_telling(lambda word, _: "\u200b".join(word)),
    "spaced": _each_telling(lambda word, _: " ".join(word)),
    "dotted": _each_telling(lambda word, _: ".".join(word)),
    "repeated": _each_telling(_repeated),
    "split": _each_telling(_split),
    "swapped": _each_telling(_swapped),
    "starred": _each_telling(lambda word, _: word[0] + "*" + word[2:] if len(word) > 3 else word),
    "spelled": _each_telling(_spelled),
    "backwards": _each_telling(lambda word, _: word[::-1]),
    "pig latin": lambda text, rng: " ".join(_pig_latin(word, rng) for word in text.split()),
    "shouted": lambda text, _: "!!! ".join(text.upper().split()) + "!!!",
}


def disguised(texts: Sequence[str], count: int, seed: int) -> list[tuple[str, str, str]]:
    """`count` of (kind, disguised text, plain text), each kind about as often, the same for a seed."""
    rng = random.Random(seed)
    kinds = list(DISGUISES)
    found = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        plain = rng.choice(texts)
        found.append((kind, DISGUISES[kind](plain, rng), plain))
    return found
