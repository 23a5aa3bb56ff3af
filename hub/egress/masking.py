"""Finds what tells who and where a family is, as children say it and recognisers write it, and masks it.

    Masker(["Mia", "Tom Baker"]).mask("i am mia from twenty two green street")
    "i am [name] from [street]"

One masker serves the logs, what is sent to a cloud, and exports for others. It knows phrasings,
not meanings: docs/safety.md says how well it does and what it misses.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from hub.egress.masking_words import (
    APARTMENT,
    BIRTHDAY,
    CODE,
    DIGIT_VALUES,
    EMAIL,
    FAMOUS_STREETS,
    HOME_TOWN,
    INTRODUCED,
    KNOWN_AS,
    NO_NAME,
    NO_PLACE,
    NO_SCHOOL_NAME,
    NO_STREET_NAME,
    NUMBER,
    NUMERALS,
    ORDINARY_WORDS,
    PASSWORD,
    PHONE,
    POSTCODE,
    RELATIONS,
    REST,
    SCHOOL,
    SCHOOL_NAMED,
    SPOKEN_DIGITS,
    STREET,
    STREET_AT_HOME,
    VAGUE_STREETS,
)

LONG_RUN_DIGITS = 6
"""So many digits in a row are a number of somebody's, unless they are counting."""
SPOKEN_RUN_DIGITS = 4
"""The same where all are words: who says "four four nine one" reads a number out."""
TOLD_DIGITS = 3
"""So few are enough after "my number is"."""


class Detail(StrEnum):
    """What kind of detail was found; its placeholder is "[street]" and so on."""

    NAME = "name"
    STREET = "street"
    PLACE = "place"
    POSTCODE = "postcode"
    NUMBER = "number"
    EMAIL = "email"
    SCHOOL = "school"
    BIRTHDAY = "birthday"
    PASSWORD = "password"  # noqa: S105 - a kind, not a password

    @property
    def placeholder(self) -> str:
        return f"[{self}]"


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of a text."""

    detail: Detail
    start: int
    end: int


PLACEHOLDER = re.compile(rf"\[({'|'.join(Detail)})\]", re.IGNORECASE)
_KNOWN_AS = re.compile(KNOWN_AS, re.IGNORECASE)

Test = Callable[[re.Match[str]], bool]


class Masker:
    """`names` are the household's people; `keep` are names that stay, such as the toy's own."""

    def __init__(self, names: Iterable[str] = (), keep: Iterable[str] = ()) -> None:
        kept = {word for name in keep for word in _name_words(name)}
        parts = {word for name in names for word in _name_words(name)} - kept - RELATIONS
        self._keep = kept
        self._sure = _any_of(parts - ORDINARY_WORDS)
        self._doubtful = _any_of(parts & ORDINARY_WORDS)

    def mask(self, text: str) -> str:
        """`text` with a placeholder for each detail; the same again where there is none."""
        parts, end = [], 0
        for found in self.find(text):
            parts += [text[end : found.start], found.detail.placeholder]
            end = found.end
        return "".join([*parts, text[end:]])

    def find(self, text: str) -> list[Found]:
        """The details in `text`, in order, none overlapping."""
        found: list[Found] = []
        for detail, pattern, test in _RULES:
            found += [
                Found(detail, *match.span("it"))
                for match in pattern.finditer(text)
                if test(match) and not self._is_kept(match["it"])
            ]
        found += [Found(Detail.NAME, *match.span()) for match in self._names(text)]
        return _apart(found)

    def _names(self, text: str) -> Iterable[re.Match[str]]:
        yield from self._sure.finditer(text)
        for match in self._doubtful.finditer(text):
            before = text[: match.start()]
            in_sentence = bool(before.rstrip()) and before.rstrip()[-1] not in ".!?"
            if _KNOWN_AS.search(before) or (match[0][0].isupper() and in_sentence):
                yield match

    def _is_kept(self, words: str) -> bool:
        found = _name_words(words)
        return bool(found) and found <= self._keep


def _name_words(name: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+(?:[-'][^\W\d_]+)*", name.lower()) if word[1:]}


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    either = "|".join(map(re.escape, longest_first)) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)


def _apart(found: list[Found]) -> list[Found]:
    """Of stretches that overlap the first, and of two that begin together the longer."""
    apart: list[Found] = []
    for one in sorted(found, key=lambda f: (f.start, -f.end)):
        if not apart or one.start >= apart[-1].end:
            apart.append(one)
    return apart


def _always(match: re.Match[str]) -> bool:
    return True


def _is_long_run(match: re.Match[str]) -> bool:
    values = _digits(match["it"])
    least = LONG_RUN_DIGITS if re.search(r"\d", match["it"]) else SPOKEN_RUN_DIGITS
    return len("".join(values)) >= least and not _is_counting(values)


def _is_told(match: re.Match[str]) -> bool:
    return len("".join(_digits(match["it"]))) >= TOLD_DIGITS


def _digits(words: str) -> list[str]:
    """["5", "44", "0"] for "five double four oh"; tens and teens count as two digits."""
    values, times = [], 1
    for word in re.findall(r"\d+|[a-z]+", words.lower()):
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
        elif value := word if word.isdigit() else DIGIT_VALUES.get(word, ""):
            values.append(value * times)
            times = 1
    return values


def _is_counting(values: list[str]) -> bool:
    """Whether the steps are even ("two four six"), or it begins at one again and again."""
    numbers = [int(value) for value in values]
    steps = [after - before for before, after in pairwise(numbers)]
    if len(set(steps)) <= 1 and len(values) > 1:
        return True
    return numbers[0] == 1 and all(
        step == 1 or number == 1 for step, number in zip(steps, numbers[1:], strict=True)
    )


def _is_somebodys(match: re.Match[str]) -> bool:
    """Whether a long numeral is neither counting nor a round number nor a span of years."""
    digits = re.sub(r"\D", "", match["it"])
    years = re.fullmatch(r"(?:1\d|20)\d\d\s?[-–]\s?(?:1\d|20)\d\d", match["it"])
    counting = len(match["it"].split()) > 2 and _is_counting(_digits(match["it"]))
    return not years and not counting and len(digits.rstrip("0")) > 2


def _is_street(match: re.Match[str]) -> bool:
    """Whether a number, words and "street" are an address: not "one way street", not a film."""
    name, kind = match["name"].lower(), match["kind"].lower()
    if NO_STREET_NAME & set(name.split()) or f"{name} {kind}" in FAMOUS_STREETS:
        return False
    if kind not in VAGUE_STREETS:
        return True
    return match["number"][0].isdigit() and all(word[0].isupper() for word in match["name"].split())


def _is_street_at_home(match: re.Match[str]) -> bool:
    return not NO_STREET_NAME & set(match["name"].lower().split())


def _is_place(match: re.Match[str]) -> bool:
    place = match["it"].lower().removeprefix("new ")
    return not NO_PLACE & {place, place.split()[0]}


def _is_school(match: re.Match[str]) -> bool:
    return not NO_SCHOOL_NAME & set(match["name"].lower().split())


def _is_name(match: re.Match[str]) -> bool:
    return match["it"].lower().split()[0] not in NO_NAME


_RULES: tuple[tuple[Detail, re.Pattern[str], Test], ...] = tuple(
    (detail, re.compile(pattern, re.IGNORECASE | re.VERBOSE), test)
    for detail, pattern, test in (
        (Detail.EMAIL, EMAIL, _always),
        (Detail.STREET, STREET, _is_street),
        (Detail.STREET, STREET_AT_HOME, _is_street_at_home),
        (Detail.STREET, APARTMENT, _always),
        (Detail.STREET, rf"\bmy \s address (?:'s|\s is) \s (?P<it>{REST})", _is_name),
        (Detail.PLACE, HOME_TOWN, _is_place),
        (Detail.POSTCODE, POSTCODE, _always),
        (Detail.SCHOOL, SCHOOL, _is_school),
        (Detail.SCHOOL, SCHOOL_NAMED, _always),
        (Detail.BIRTHDAY, BIRTHDAY, _always),
        (Detail.PASSWORD, PASSWORD, _is_name),
        (Detail.PASSWORD, rf"{CODE} (?P<it>{NUMBER})", _is_told),
        (Detail.NUMBER, rf"{PHONE} (?P<it>{NUMBER})", _is_told),
        (Detail.NUMBER, NUMERALS, _is_somebodys),
        (Detail.NUMBER, rf"(?P<it>{SPOKEN_DIGITS})", _is_long_run),
        (Detail.NAME, INTRODUCED, _is_name),
    )
)
