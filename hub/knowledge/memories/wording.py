"""The words of a memory: which of them carry its meaning, and how it is said to the child itself.

content("Lucy's dog is called Bruno", "Lucy")     {"dog", "bruno"}
to_child("Lucy's dog is called Bruno", "Lucy")    "your dog is called Bruno"
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from types import MappingProxyType
from typing import Final

import snowballstemmer

STEMMERS: Final[Mapping[str, str]] = MappingProxyType(
    {"en": "english", "de": "german", "es": "spanish", "fr": "french"}
)
"""Snowball's name for a language; words of any other are compared as they stand."""
NEGATIONS: Final = frozenset({"not", "doesnt", "dont", "isnt", "cant", "never", "no", "pas"})
"""They carry no meaning by themselves, but turn that of a line around."""

WITHOUT_MEANING: Final = frozenset(
    resources.files(__package__).joinpath("no_meaning.txt").read_text("utf-8").split()
)
"""Words for whose sake two lines are never about the same, in several languages."""


def plain(text: str) -> list[str]:
    """The words of `text` without case, signs and a possessive 's."""
    folded = re.sub(r"['’`]s\b", "", text.casefold())
    return re.findall(r"\w+", re.sub(r"['’`]", "", folded))


def content(text: str, name: str = "") -> frozenset[str]:
    """The words that carry meaning, without the child's `name`."""
    return frozenset(plain(text)) - WITHOUT_MEANING - frozenset(plain(name))


def stems(text: str, name: str, language: str) -> frozenset[str]:
    """The same as stems, so that "dogs" finds "dog"."""
    kind = STEMMERS.get(language.partition("-")[0].lower())
    words = content(text, name)
    return frozenset(stem(kind, word) for word in words) if kind else words


@lru_cache(4096)
def stem(kind: str, word: str) -> str:
    """By Snowball's name for the language, as in STEMMERS."""
    found: str = snowballstemmer.stemmer(kind).stemWord(word)
    return found


def without_name(text: str, name: str) -> str:
    """A line that is true of each child of a toy, where it isn't known who speaks."""
    return re.sub(rf"\b{re.escape(name)}\b", "the child", text, flags=re.IGNORECASE)


def mark(text: str, name: str) -> str:
    """The same for two lines that mean the same: a hash of the words that carry the meaning."""
    turned = {"not"} if NEGATIONS & set(plain(text)) else set()
    return sha256(" ".join(sorted(content(text, name) | turned)).encode()).hexdigest()
