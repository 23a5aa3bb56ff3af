"""Cuts a text into passages of about 500 tokens, on the borders of sentences, each with the end of the one before.

passages("…")     the passages, in the order of the text
whole([…])        the text that they come from
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from hub.knowledge.memories.recall import CHARACTERS_A_TOKEN

PASSAGE_TOKENS: Final = 500
PASSAGE_CHARS: Final = PASSAGE_TOKENS * CHARACTERS_A_TOKEN
OVERLAP_CHARS: Final = 300
"""Two or three sentences, so that what stands around a border is found whole."""
MAX_SENTENCE_CHARS: Final = 1000
"""What has no end before is cut between words."""

_ENDS = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])|\n\n")


def sentences(text: str) -> Iterator[str]:
    """Of a tidy text, none longer than MAX_SENTENCE_CHARS."""
    start = 0
    for end in [*(match.end() for match in _ENDS.finditer(text)), len(text)]:
        sentence = text[start:end].strip()
        start = end
        while len(sentence) > MAX_SENTENCE_CHARS:
            border = sentence.rfind(" ", 1, MAX_SENTENCE_CHARS)
            border = border if border > 0 else MAX_SENTENCE_CHARS
            yield sentence[:border]
            sentence = sentence[border:].strip()
        if sentence:
            yield sentence


def passages(text: str) -> list[str]:
    """Each but the first begins with the last sentences of the one before."""
    return [" ".join(each) for each in _groups(sentences(text), PASSAGE_CHARS, OVERLAP_CHARS)]


def whole(cut: Sequence[str]) -> str:
    """The text that these passages come from, without its paragraphs; each sentence once."""
    text = list(cut[:1])
    for before, passage in pairwise(cut):
        ends = [0, *(space.start() for space in re.finditer(" ", passage[: OVERLAP_CHARS + 50]))]
        begun = max(end for end in ends if not end or before.endswith(f" {passage[:end]}"))
        text.append(passage[begun:].strip())
    return " ".join(text)


def _groups(said: Iterable[str], most: int, overlap: int) -> Iterator[Sequence[str]]:
    group: list[str] = []
    for sentence in said:
        if group and sum(map(len, group)) + len(sentence) > most:
            yield group
            group = _last(group, overlap)
        group.append(sentence)
    if group:
        yield group


def _last(group: Sequence[str], most: int) -> list[str]:
    kept: list[str] = []
    for sentence in reversed(group):
        most -= len(sentence)
        if most < 0:
            break
        kept.insert(0, sentence)
    return kept
