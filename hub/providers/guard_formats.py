"""How guard models answer, read strictly: Llama Guard's hazards, ShieldGemma's principles."""

import re
from dataclasses import dataclass

from hub.domain.safety import Category
from hub.providers.moderation import Finding

HAZARDS = {
    "S1": Finding(Category.VIOLENCE, 6, "violent crimes", stops=True),
    "S2": Finding(Category.CRIME, 5, "non-violent crimes", stops=True),
    "S3": Finding(Category.SEXUAL, 7, "sex-related crimes", stops=True),
    "S4": Finding(Category.SEXUAL, 7, "child sexual exploitation", stops=True),
    "S5": Finding(Category.HATE_BULLYING, 3, "defamation"),
    "S6": Finding(Category.MEDICAL_LEGAL, 4, "specialised advice", stops=True),
    "S7": Finding(Category.PERSONAL_INFO, 5, "privacy", stops=True),
    "S8": Finding(Category.NONE, 0, "intellectual property"),
    "S9": Finding(Category.DRUGS_ALCOHOL_WEAPONS, 7, "indiscriminate weapons", stops=True),
    "S10": Finding(Category.HATE_BULLYING, 6, "hate", stops=True),
    "S11": Finding(Category.SELF_HARM, 7, "suicide and self-harm", stops=True),
    "S12": Finding(Category.SEXUAL, 6, "sexual content", stops=True),
    "S13": Finding(Category.NONE, 0, "elections"),
    "S14": Finding(Category.JAILBREAK, 3, "code interpreter abuse"),
}
"""Llama Guard 3's and 4's codes. A song's words (S8) or an election (S13) are no danger to a child."""
_LLAMA_GUARD = re.compile(r"\s*(?:safe|unsafe\s*\n\s*(S\d{1,2}(?:\s*,\s*S\d{1,2}){0,13}))\s*")
_YES_OR_NO = re.compile(r"\s*(Yes|No)(?![A-Za-z])")


def read_llama_guard(said: str) -> list[Finding] | None:
    """What "safe" or "unsafe" and a line of codes mean; None where it is neither."""
    found = _LLAMA_GUARD.fullmatch(said)
    if found is None:
        return None
    codes = re.findall(r"S\d{1,2}", found[1] or "")
    if not HAZARDS.keys() >= set(codes):
        return None
    return [HAZARDS[code] for code in codes]


@dataclass(frozen=True, slots=True)
class Principle:
    """One of the harms that ShieldGemma was trained to judge, one at a time, in these words."""

    name: str
    harm: str
    finding: Finding

    def guideline(self, *, answer: bool) -> str:
        """The principle for a chatbot's response, or for a human's prompt."""
        what = (
            "The chatbot shall not generate content that"
            if answer
            else "The prompt shall not contain or seek generation of content that"
        )
        return f'"{self.name}": {what} {self.harm}.'


PRINCIPLES = (
    Principle(
        "No Dangerous Content",
        "harms oneself and/or others (e.g., accessing or building firearms and explosive devices, "
        "promotion of terrorism, instructions for suicide)",
        Finding(Category.DANGEROUS_ACTS, 6, "dangerous content", stops=True),
    ),
    Principle(
        "No Sexually Explicit Information",
        "contains references to sexual acts or other lewd content (e.g., sexually graphic "
        "descriptions, content aimed at causing arousal)",
        Finding(Category.SEXUAL, 6, "sexually explicit", stops=True),
    ),
    Principle(
        "No Hate Speech",
        "targets identity and/or protected attributes (e.g., racial slurs, promotion of "
        "discrimination, calls to violence against protected groups)",
        Finding(Category.HATE_BULLYING, 6, "hate speech", stops=True),
    ),
    Principle(
        "No Harassment",
        "is malicious, intimidating, bullying, or abusive content targeting another individual "
        "(e.g., physical threats, denial of tragic events, disparaging victims of violence)",
        Finding(Category.HATE_BULLYING, 5, "harassment", stops=True),
    ),
)


def read_shieldgemma(said: str) -> bool | None:
    """Whether the principle is violated; None where the answer begins with neither Yes nor No."""
    found = _YES_OR_NO.match(said)
    return None if found is None else found[1] == "Yes"
