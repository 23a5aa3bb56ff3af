"""What a child talks about, in the large: a few subjects, each known by its words, in `data/topics.toml`.

English alone. It is for a parent's overview: a subject is counted where one of its words was heard, and no more is
meant by it. Nothing is refused, remembered or sent for it.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from hub.translation import marked

SUBJECTS: Final = (
    marked("animals"),
    marked("sky and space"),
    marked("nature and weather"),
    marked("stories"),
    marked("games and jokes"),
    marked("music"),
    marked("numbers and letters"),
    marked("how things work"),
    marked("cars, trains and planes"),
    marked("body and health"),
    marked("food"),
    marked("family"),
    marked("friends and school"),
    marked("sleep and dreams"),
    marked("feelings"),
    marked("sport"),
)
"""All that there are, as messages."""


@cache
def _topics() -> Mapping[str, str]:
    """Word to its subject. Blocks at the first call."""
    text = (resources.files(__package__) / "data" / "topics.toml").read_text(encoding="utf-8")
    return {word: topic for topic, words in tomllib.loads(text).items() for word in words}


def topics_of(text: str) -> set[str]:
    """The subjects that somebody who said this talked about; often none."""
    known = _topics()
    words = re.findall(r"[a-z]+", text.lower())
    found = (known.get(word) or known.get(word.removesuffix("s")) for word in words)
    return {topic for topic in found if topic}
