"""Topics that parents block in their own words: "santa", "grandpa's illness".

A topic is met when the stems of all its telling words stand in a text, in any order.
"""

from collections.abc import Iterable
from functools import lru_cache

import snowballstemmer

from hub.safety.normalise import readings

_FILLERS = frozenset({
    "a", "about", "all", "an", "and", "any", "anything", "at", "for", "from", "her", "his", "i",
    "in", "into", "is", "it", "its", "me", "my", "of", "on", "or", "our", "that", "the", "their",
    "them", "to", "us", "we", "with", "you", "your",
})  # fmt: skip
_STEM = snowballstemmer.stemmer("english").stemWord


def blocked_topic(text: str, topics: Iterable[str]) -> str | None:
    """The first of `topics`, in the alphabet's order, that `text` touches; None where it touches none."""
    if not topics:
        return None
    stems = [stem_words(reading) for reading in readings(text)]
    for topic in sorted(topics):
        wanted = _telling(topic)
        if wanted and any(wanted <= present for present in stems):
            return topic
    return None


def stem_words(reading: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in reading.split())


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    stem: str = _STEM(word)
    return stem


@lru_cache(maxsize=1024)
def _telling(topic: str) -> frozenset[str]:
    """The stems that make a topic; of one made of fillers alone, all of them."""
    words = readings(topic)[0].split()
    return frozenset(_stem(w) for w in words if w not in _FILLERS) or frozenset(map(_stem, words))
