"""What a child talks about and how it feels, in the large: a few subjects and feelings, each known by its words.

The words stand in `data/topics.toml` and `data/feelings.toml`. English alone. It is for a parent's overview: a subject
is counted where one of its words was heard, a feeling where a child says that it has it, and no more is meant by it.
Nothing is refused, remembered or sent for it.
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
FEELINGS: Final = (
    marked("happy"),
    marked("sad"),
    marked("angry"),
    marked("afraid"),
    marked("lonely"),
    marked("ashamed"),
    marked("bored"),
    marked("tired"),
)
FELT: Final = re.compile(
    r"\bi(?:'?m| am| was| feel| felt| get| got)"
    r"(?: (?:so|very|really|a|bit|little|too|just|all|still)){0,3} ([a-z]+)"
)
"""What says that the speaker feels it: "I'm so sad", and neither "the wolf is sad" nor "I'm not sad"."""


@cache
def _words(file: str) -> Mapping[str, str]:
    """Word to what it stands for. Blocks at the first call."""
    text = (resources.files(__package__) / "data" / file).read_text(encoding="utf-8")
    return {word: meant for meant, words in tomllib.loads(text).items() for word in words}


def topics_of(text: str) -> set[str]:
    """The subjects that somebody who said this talked about; often none."""
    known = _words("topics.toml")
    words = re.findall(r"[a-z]+", text.lower())
    found = (known.get(word) or known.get(word.removesuffix("s")) for word in words)
    return {topic for topic in found if topic}


def feelings_of(text: str) -> set[str]:
    """The feelings that somebody who said this told of as their own; mostly none."""
    known = _words("feelings.toml")
    said = FELT.findall(text.lower().replace("’", "'"))
    return {known[word] for word in said if word in known}
