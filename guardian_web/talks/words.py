"""Why the guard stopped something, in a parent's words: its own are short, and made for who improves it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.domain.safety import Category

CATEGORY_WORDS: Mapping[Category, str] = {
    Category.NONE: "",
    Category.VIOLENCE: "violence",
    Category.SELF_HARM: "self-harm",
    Category.SEXUAL: "sexual content",
    Category.HATE_BULLYING: "hate or bullying",
    Category.DRUGS_ALCOHOL_WEAPONS: "drugs, alcohol or weapons",
    Category.DANGEROUS_ACTS: "something dangerous",
    Category.PERSONAL_INFO: "personal information",
    Category.STRANGER_GROOMING: "contact with strangers",
    Category.MANIPULATION: "manipulation",
    Category.PROFANITY: "swearing",
    Category.MEDICAL_LEGAL: "medical or legal advice",
    Category.JAILBREAK: "trying to trick the toy",
    Category.CHILD_DISCLOSURE: "your child may be telling about something serious",
    Category.CRIME: "crime",
    Category.SCARY: "something scary",
    Category.AGE_INAPPROPRIATE: "not suitable for this age",
    Category.BLOCKED_TOPIC: "a topic that you blocked",
    Category.UNCHECKED: "could not be checked, so it was held back",
}

_LIMIT: Final = re.compile(r"\s*\(?severity \d+; at most \d+ passes\)?")
_LIKE: Final = re.compile(r"reads like (\w+) \(\d+ %\)")
_DRIFT: Final = re.compile(r"the talk drifted there in small steps \([\d.]+ of [\d.]+\)")
_STRICTLY: Final = re.compile(r"\s*\(judged strictly, as (.+?) gave no answer\)")


def plain_reason(reason: str) -> str:
    """`reason` as a verdict has it, without a rule's name, scores and thresholds; never "" for one that has words."""
    rule, _, words = reason.partition(": ")
    text = words if words and " " not in rule else reason
    text, strictly = _STRICTLY.subn("", text)
    text, limited = _LIMIT.subn("", text)
    text = _LIKE.sub(_likeness, text)
    text = _DRIFT.sub("the talk came to it step by step", text)
    parts = [
        text.strip(),
        "that is more than this toy's safety level lets pass" if limited else "",
        "an extra check gave no answer, so it was judged as for the youngest" if strictly else "",
    ]
    return "; ".join(part for part in parts if part)


def _likeness(found: re.Match[str]) -> str:
    try:
        about = CATEGORY_WORDS[Category(found[1])]
    except ValueError:
        about = ""
    return f"as a whole it sounds like {about}" if about else "as a whole it sounds worrying"


def how_serious(severity: int) -> str:
    """0 to 7, as a word."""
    if severity == 0:
        return "hardly"
    if severity <= 2:
        return "a little"
    return "clearly" if severity <= 4 else "gravely"


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
