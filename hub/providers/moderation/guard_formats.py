"""How each family of guard models tells what it found; what is said in another form is not believed."""

import re
from dataclasses import dataclass
from typing import Literal

from hub.domain.safety import Category
from hub.providers.moderation.server_check import HarmFinding

Format = Literal["llama_guard", "shieldgemma", "qwen3guard", "gpt_oss_safeguard", "prompt"]

NAMES: tuple[tuple[str, Format], ...] = (
    ("llamaguard", "llama_guard"),
    ("shieldgemma", "shieldgemma"),
    ("qwen3guard", "qwen3guard"),
    ("gptosssafeguard", "gpt_oss_safeguard"),
)
"""What a model of a family has in its name, without signs; `prompt` is for all others."""


def format_of(model: str) -> Format:
    """By the model's name, such as "llama-guard3:1b" or "Qwen/Qwen3Guard-Gen-0.6B"."""
    letters = re.sub(r"[^a-z0-9]", "", model.lower())
    return next((family for name, family in NAMES if name in letters), "prompt")


HAZARDS = {
    "S1": HarmFinding(Category.VIOLENCE, 6, "violent crimes", stops=True),
    "S2": HarmFinding(Category.CRIME, 5, "non-violent crimes", stops=True),
    "S3": HarmFinding(Category.SEXUAL, 7, "sex-related crimes", stops=True),
    "S4": HarmFinding(Category.SEXUAL, 7, "child sexual exploitation", stops=True),
    "S5": HarmFinding(Category.HATE_BULLYING, 3, "defamation"),
    "S6": HarmFinding(Category.MEDICAL_LEGAL, 4, "specialised advice", stops=True),
    "S7": HarmFinding(Category.PERSONAL_INFO, 5, "privacy", stops=True),
    "S8": HarmFinding(Category.NONE, 0, "intellectual property"),
    "S9": HarmFinding(Category.DRUGS_ALCOHOL_WEAPONS, 7, "indiscriminate weapons", stops=True),
    "S10": HarmFinding(Category.HATE_BULLYING, 6, "hate", stops=True),
    "S11": HarmFinding(Category.SELF_HARM, 7, "suicide and self-harm", stops=True),
    "S12": HarmFinding(Category.SEXUAL, 6, "sexual content", stops=True),
    "S13": HarmFinding(Category.NONE, 0, "elections"),
    "S14": HarmFinding(Category.JAILBREAK, 3, "code interpreter abuse"),
}
"""Llama Guard 3's and 4's codes. A song's words (S8) or an election (S13) are no danger to a child."""
_LLAMA_GUARD = re.compile(r"\s*(?:safe|unsafe\s*\n\s*(S\d{1,2}(?:\s*,\s*S\d{1,2}){0,13}))\s*")


def read_llama_guard(said: str) -> list[HarmFinding] | None:
    """What "safe" or "unsafe" and a line of codes mean; None where it is neither."""
    found = _LLAMA_GUARD.fullmatch(said)
    if found is None:
        return None
    codes = re.findall(r"S\d{1,2}", found[1] or "")
    if not HAZARDS.keys() >= set(codes):
        return None
    return [HAZARDS[code] for code in codes]


QWEN_CATEGORIES = {
    "Violent": (Category.VIOLENCE, 6),
    "Non-violent Illegal Acts": (Category.CRIME, 5),
    "Sexual Content or Sexual Acts": (Category.SEXUAL, 7),
    "PII": (Category.PERSONAL_INFO, 5),
    "Suicide & Self-Harm": (Category.SELF_HARM, 7),
    "Unethical Acts": (Category.HATE_BULLYING, 5),
    "Politically Sensitive Topics": (Category.NONE, 0),
    "Copyright Violation": (Category.NONE, 0),
    "Jailbreak": (Category.JAILBREAK, 4),
}
"""Qwen3Guard-Gen's, spelt as its chat template spells them (https://github.com/QwenLM/Qwen3Guard)."""
CONTROVERSIAL_SEVERITY = 3
"""Of what the model calls controversial: too much for a child of up to 7 years."""
_QWEN = re.compile(
    r"\s*Safety: (Safe|Unsafe|Controversial)\s*\n\s*Categories: ([^\n]+?)\s*"
    r"(?:\n\s*Refusal: (?:Yes|No)\s*)?"
)


def read_qwen3guard(said: str) -> list[HarmFinding] | None:
    """What its two lines mean, or its three of an answer; None where it is anything else."""
    found = _QWEN.fullmatch(said)
    if found is None:
        return None
    label, names = found[1], re.split(r"\s*,\s*", found[2])
    if (label == "Safe") != (names == ["None"]):
        return None
    if label == "Safe":
        return []
    if not QWEN_CATEGORIES.keys() >= set(names):
        return None
    unsafe = label == "Unsafe"
    findings = []
    for name in names:
        category, severity = QWEN_CATEGORIES[name]
        if not unsafe:
            severity = min(severity, CONTROVERSIAL_SEVERITY)
        findings.append(HarmFinding(category, severity, name, stops=unsafe and severity > 0))
    return findings


@dataclass(frozen=True, slots=True)
class Principle:
    """One of the harms that ShieldGemma was trained to judge, one at a time, in these words."""

    name: str
    harm: str
    finding: HarmFinding

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
        HarmFinding(Category.DANGEROUS_ACTS, 6, "dangerous content", stops=True),
    ),
    Principle(
        "No Sexually Explicit Information",
        "contains references to sexual acts or other lewd content (e.g., sexually graphic "
        "descriptions, content aimed at causing arousal)",
        HarmFinding(Category.SEXUAL, 6, "sexually explicit", stops=True),
    ),
    Principle(
        "No Hate Speech",
        "targets identity and/or protected attributes (e.g., racial slurs, promotion of "
        "discrimination, calls to violence against protected groups)",
        HarmFinding(Category.HATE_BULLYING, 6, "hate speech", stops=True),
    ),
    Principle(
        "No Harassment",
        "is malicious, intimidating, bullying, or abusive content targeting another individual "
        "(e.g., physical threats, denial of tragic events, disparaging victims of violence)",
        HarmFinding(Category.HATE_BULLYING, 5, "harassment", stops=True),
    ),
)
_YES_OR_NO = re.compile(r"\s*(Yes|No)(?![A-Za-z])")


def read_shieldgemma(said: str) -> bool | None:
    """Whether the principle is violated; None where the answer begins with neither Yes nor No."""
    found = _YES_OR_NO.match(said)
    return None if found is None else found[1] == "Yes"
