"""What the doctor found out about one part."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    """This machine has no such part."""


@dataclass(frozen=True)
class Finding:
    part: str
    verdict: Verdict
    text: str
    """What was seen, in one line."""
    advice: str = ""
    """What to do about it, in one line."""


def ok(part: str, text: str) -> Finding:
    return Finding(part, Verdict.OK, text)


def warn(part: str, text: str, advice: str) -> Finding:
    return Finding(part, Verdict.WARN, text, advice)


def fail(part: str, text: str, advice: str) -> Finding:
    return Finding(part, Verdict.FAIL, text, advice)


def skip(part: str, text: str) -> Finding:
    return Finding(part, Verdict.SKIP, text)
