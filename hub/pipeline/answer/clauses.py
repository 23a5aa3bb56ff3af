"""Cutting a model's stream of text into clauses that can be checked and spoken one by one.

What a voice can't say (markup, emoji) goes first, so that the words that are checked are the
words that are spoken.
"""

import re
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterable

from hub.egress.masking import PLACEHOLDER, Detail

SPOKEN = {
    Detail.NAME: "my friend",
    Detail.STREET: "your home",
    Detail.PLACE: "your town",
    Detail.POSTCODE: "your home",
    Detail.NUMBER: "that number",
    Detail.EMAIL: "that address",
    Detail.SCHOOL: "your school",
    Detail.BIRTHDAY: "that day",
    Detail.PASSWORD: "that word",
}
"""What is said in English for what isn't named; in another language the placeholder is left out."""


def _without_placeholders(text: str, language: str) -> str:
    """Plain words in place of "[name]" and its like, which a model may repeat or the mask leaves."""
    return PLACEHOLDER.sub(
        lambda found: SPOKEN[Detail(found[1].lower())] if language == "en" else "", text
    )


FIRST_COMMA_CHARACTERS = 8
"""A first clause may end at a comma when it is at least this long: sound starts sooner."""
LATER_COMMA_CHARACTERS = 60
MAX_CLAUSE_CHARACTERS = 220

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)]*(?=\s)|[。！？।]|\n+")
# A comma ends a clause also where the model has only written so far; in "1,000" it does not.
_PAUSE = re.compile(r"[,;:](?=\s)|(?<=[^\W\d])[,;](?=$)|\s[–—-](?=\s)")
_MARKUP = re.compile(r"[*_#`~|<>\[\]{}\\]+")


def speakable(text: str, language: str = "en") -> str:
    """The text without markup, emoji and other signs that have no sound."""
    text = _MARKUP.sub(" ", _without_placeholders(text, language))
    kept = (
        character
        if unicodedata.category(character) not in ("So", "Sk", "Cc", "Cf", "Co", "Cn", "Cs")
        else " "
        for character in text
    )
    return " ".join("".join(kept).split())


class ClauseSplitter:
    """Feed text with `push`, end with `flush`; both give the clauses that are complete."""

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._text = ""
        self._first = True

    def push(self, text: str) -> list[str]:
        self._text += text
        clauses = []
        while (cut := self._cut()) is not None:
            head, self._text = self._text[:cut], self._text[cut:]
            if clause := speakable(head, self._language):
                clauses.append(clause)
                self._first = False
        return clauses

    def flush(self) -> list[str]:
        rest, self._text = speakable(self._text, self._language), ""
        return [rest] if rest else []

    def _cut(self) -> int | None:
        least = FIRST_COMMA_CHARACTERS if self._first else LATER_COMMA_CHARACTERS
        ends = [match.end() for match in _SENTENCE_END.finditer(self._text)][:1]
        ends += [match.end() for match in _PAUSE.finditer(self._text) if match.end() >= least][:1]
        if ends:
            return min(ends)
        if len(self._text) > MAX_CLAUSE_CHARACTERS:
            return self._text.rfind(" ", 0, MAX_CLAUSE_CHARACTERS) + 1 or MAX_CLAUSE_CHARACTERS
        return None


async def clauses_of(pieces: AsyncIterable[str], language: str) -> AsyncGenerator[str]:
    """The clauses of a text that is still being written, each as soon as it is complete."""
    splitter = ClauseSplitter(language)
    async for piece in pieces:
        for clause in splitter.push(piece):
            yield clause
    for clause in splitter.flush():
        yield clause
