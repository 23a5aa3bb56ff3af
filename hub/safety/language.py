"""Refuses what nobody here could judge: text that is not English, where no model must agree to every line.

The rules and the classifier were measured in English alone. So a toy that speaks another language, and a child who
speaks one to an English toy, are let through only where a judge of `[safety] use` reads each line as well;
`build_guard` puts this layer in where none does. What the rules know of other languages goes before it.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

from hub.domain.safety import Category, CheckRequest, Verdict
from hub.safety.data_files import read_toml, reading
from hub.safety.lines import Line
from hub.safety.text.lexicon import lexicon
from hub.translation import marked

MEASURED: Final = "en"
"""The language that the embedded layers are measured in."""
MIN_SIGNS: Final = 2
"""With so many small words of one other language, and no more English ones, a text is in that one; with fewer of
them only where it has more words than that, and most aren't English."""
STRANGE_WORDS: Final = 4
"""Of so many words or more …"""
STRANGE_SHARE: Final = 0.25
"""… fewer than this share must be English, whatever the others are."""
_SPELLED: Final = re.compile(r"\b[^\W_](?:[\W_]+[^\W_]\b){2,}")
"""A word that is spelled: its letters are no words of their own."""
_WORD: Final = re.compile(r"[^\W_]+")


class LanguageCheck:
    """A `SafetyCheck` for where only English can be judged."""

    name = "language"
    version = "1"

    def __init__(self) -> None:
        """Reads all that it needs, as later no file may be openable. Raises DataError."""
        _small_words()
        lexicon()

    async def check(self, request: CheckRequest) -> Verdict:
        if request.policy.language != MEASURED:
            return self._refused(
                Line.NO_JUDGE, marked("no model judges the language that this toy speaks")
            )
        if is_foreign(request.text):
            return self._refused(
                Line.OTHER_LANGUAGE, marked("it is not English, and nothing here can judge it")
            )
        return Verdict(allowed=True, layer=self.name, rules_version=self.version)

    def _refused(self, line: Line, reason: str) -> Verdict:
        return Verdict(
            allowed=False,
            category=Category.UNCHECKED,
            reason=reason,
            layer=self.name,
            rules_version=self.version,
            kind=line,
        )


def is_foreign(text: str) -> bool:
    """Whether a text is plainly in another language than English. A word or two tell it by their letters alone."""
    letters = [char for char in text if char.isalpha()]
    if sum(not _is_latin(char) for char in letters) > len(letters) / 2:
        return True
    joined = _SPELLED.sub(lambda run: "".join(filter(str.isalnum, run[0])), text)
    words = _WORD.findall(_without_accents(joined))
    signs = max(sum(word in small for word in words) for small in _small_words().values())
    others = frozenset[str]().union(*_small_words().values())
    english = sum(word not in others and lexicon().knows(word) for word in words)
    if signs >= MIN_SIGNS and signs >= english:
        return True
    if signs and len(words) > MIN_SIGNS and english < len(words) / 2:
        return True
    return len(words) >= STRANGE_WORDS and english < len(words) * STRANGE_SHARE


def _is_latin(char: str) -> bool:
    return char.isascii() or unicodedata.name(char, "").startswith(("LATIN", "FULLWIDTH LATIN"))


def _without_accents(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    return "".join(char for char in plain if not unicodedata.combining(char))


@cache
def _small_words() -> Mapping[str, frozenset[str]]:
    """By language. Raises DataError."""
    data = read_toml("language_words.toml")
    with reading("language_words.toml"):
        return {language: frozenset(words.split()) for language, words in data["words"].items()}
