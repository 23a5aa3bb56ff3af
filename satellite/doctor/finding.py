"""What the doctor found out about one part."""

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    """This machine has no such part."""


@dataclass(frozen=True)
class CheckResult:
    part: str
    verdict: CheckStatus
    text: str
    """What was seen, in one line."""
    advice: str = ""
    """What to do about it, in one line."""


def ok(part: str, text: str) -> CheckResult:
    return CheckResult(part, CheckStatus.OK, text)


def warn(part: str, text: str, advice: str) -> CheckResult:
    return CheckResult(part, CheckStatus.WARN, text, advice)


def fail(part: str, text: str, advice: str) -> CheckResult:
    return CheckResult(part, CheckStatus.FAIL, text, advice)


def skip(part: str, text: str) -> CheckResult:
    return CheckResult(part, CheckStatus.SKIP, text)
