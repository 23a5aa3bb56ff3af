"""Puts back what a recogniser misheard, or a child said instead: "curl myself", "sewer slide".

The table is `data/mishearings.toml`; each entry holds only among the words that give it away.
"""

import re
import tomllib
from functools import cache
from importlib import resources

from hub.errors import DataError


def as_meant(plain: str) -> str:
    """`plain` with the words that were meant; as it is where none was misheard."""
    anything, sounds = _sounds()
    if not anything.search(plain):
        return plain
    for heard, meant in sounds:
        plain = heard.sub(meant, plain)
    return plain


@cache
def _sounds() -> tuple[re.Pattern[str], tuple[tuple[re.Pattern[str], str], ...]]:
    """One pattern that meets any entry, and each with what it means. Raises DataError."""
    file = resources.files("hub.safety") / "data" / "mishearings.toml"
    try:
        entries = tomllib.loads(file.read_text("utf-8"))["sound"]
        sounds = tuple((_at_words(*entry["heard"]), str(entry["meant"])) for entry in entries)
        every = (re.sub(r"\((?!\?)", "(?:", heard) for entry in entries for heard in entry["heard"])
        return _at_words(*every), sounds
    except (OSError, ValueError, KeyError, TypeError, re.error) as error:
        raise DataError(f"{file}: damaged ({error!r}); reinstall pommai") from error


def _at_words(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{'|'.join(patterns)})(?!\S)")
