"""Why the guard stopped something, in a parent's words: its own are short, and made for who improves it."""

import re
from dataclasses import dataclass
from typing import Final

from hub.domain.safety import Category
from hub.domain.words import CATEGORY_WORDS
from hub.translation import gettext as _

_LIMIT: Final = re.compile(r"\s*\(?severity \d+; at most \d+ passes\)?")
_LIKE: Final = re.compile(r"reads like (\w+) \(\d+ %\)")
_DRIFT: Final = re.compile(r"the talk drifted there in small steps \([\d.]+ of [\d.]+\)")
_STRICTLY: Final = re.compile(r"\s*\(judged strictly, as (.+?) gave no answer\)")


def plain_reason(reason: str) -> str:
    """`reason` as a verdict has it, without a rule's name, scores and thresholds; never "" for one that has words."""
    rule, _colon, words = reason.partition(": ")
    text = words if words and " " not in rule else reason
    text, strictly = _STRICTLY.subn("", text)
    text, limited = _LIMIT.subn("", text)
    text = _LIKE.sub(_likeness, text)
    text = _DRIFT.sub(_("the talk came to it step by step"), text)
    parts = [
        text.strip(),
        _("that is more than this toy's safety level lets pass") if limited else "",
        _("an extra check gave no answer, so it was judged as for the youngest")
        if strictly
        else "",
    ]
    return "; ".join(part for part in parts if part)


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
