"""Why the guard stopped something, in a parent's words: its own are short, and made for who improves it."""

import re
from dataclasses import dataclass
from typing import Final

from hub.domain.safety import Category
from hub.domain.words import CATEGORY_WORDS
from hub.translation import gettext as _
from hub.translation import marked

_ASIDE: Final = re.compile(r"(?:^| )\((?!\d)([^()]+)\)$")
_LIKE: Final = re.compile(r"reads like (\w+) \(\d+ %\)")
_OTHERWISE: Final = (
    (
        re.compile(r"the talk drifted there in small steps \(.+\)"),
        marked("the talk came to it step by step"),
    ),
    (
        re.compile(r"severity \d+; at most \d+ passes"),
        marked("that is more than this toy's safety level lets pass"),
    ),
    (
        re.compile(r"judged strictly, as .+ gave no answer"),
        marked("an extra check gave no answer, so it was judged as for the youngest"),
    ),
    (
        re.compile(r"the \S+ check failed: .+"),
        marked("one of the checks failed, and what can't be checked is not let pass"),
    ),
)
_TROUBLES: Final = (
    (
        re.compile("too slow|within|nothing for|still no answer|not ready"),
        marked("it took too long"),
    ),
    (re.compile("can't reach|broke off"), marked("it could not be reached")),
    (re.compile("refused .*key"), marked("its key was not accepted")),
    (re.compile("no key"), marked("it has no key")),
    (re.compile("nothing left"), marked("its account has nothing left")),
    (re.compile("no more requests"), marked("it takes no more requests for now")),
    (re.compile("has trouble"), marked("it has trouble of its own")),
)
"""What a provider's error says after its name, and what a parent reads."""


def plain_trouble(error: str) -> str:
    """Why a turn failed, as it has it, without what somebody should type or set."""
    program, _colon, problem = error.partition(": ")
    known = next((words for pattern, words in _TROUBLES if pattern.search(problem)), "")
    return f"{program}: {_(known)}" if known else error.partition("; ")[0]


def plain_reason(reason: str) -> str:
    """`reason` as a verdict has it, without a rule's name, scores and thresholds; never "" for one that has words."""
    rule, _colon, words = reason.partition(": ")
    text, asides = words if words and " " not in rule else reason, list[str]()
    while aside := _ASIDE.search(text):
        text = text[: aside.start()]
        asides.insert(0, aside[1])
    return "; ".join(_in_words(part) for part in (text, *asides) if part)


def _in_words(part: str) -> str:
    """What a rule says of itself is a message of its own; what a judge on a server calls it stays as it is."""
    if found := _LIKE.fullmatch(part):
        return _likeness(found)
    return _(next((words for known, words in _OTHERWISE if known.fullmatch(part)), part))


def _likeness(found: re.Match[str]) -> str:
    try:
        about = CATEGORY_WORDS[Category(found[1])]
    except ValueError:
        about = ""
    return (
        _("as a whole it sounds like %(about)s", about=about)
        if about
        else _("as a whole it sounds worrying")
    )


def how_serious(severity: int) -> str:
    """0 to 7, as a word."""
    if severity == 0:
        return _("hardly")
    if severity <= 2:
        return _("a little")
    return _("clearly") if severity <= 4 else _("gravely")


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that led to a refusal."""

    words: str
    """As they were said, where they are found there."""
    as_understood: bool
    """They were said otherwise, such as "k1ll", and this is how the guard understood them."""


def quote(matched: str, said: str) -> Quote:
    """`matched` as the guard read it, in the very letters of `said`."""
    words = [re.escape(word) for word in matched.split()]
    found = re.search(r"\b" + r"\W+".join(words) + r"\b", said, re.IGNORECASE) if words else None
    return Quote(found[0], False) if found else Quote(matched, True)
