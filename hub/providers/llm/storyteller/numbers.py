"""Counting and simple sums, spoken in words."""

import re
from dataclasses import dataclass

# fmt: off
SMALL = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
"twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
# fmt: on
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
VALUES = {word: n for n, word in enumerate(SMALL)} | {w: 10 * n for n, w in enumerate(TENS, 2)}

NUMBER = rf"(?:\d{{1,3}}|(?:{'|'.join(TENS)})(?: (?:{'|'.join(SMALL[1:10])}))?|{'|'.join(reversed(SMALL))})"
SUM = re.compile(
    rf"\b({NUMBER}) (plus|and|minus|take away|times|multiplied by|divided by) ({NUMBER})\b"
)
ASKS_SUM = re.compile(r"\b(?:what|whats|how much|calculate|plus|minus|times|take away|divided)\b")
TOO_BIG = re.compile(r"\b(?:hundred|thousand|million|\d{4,})\b")
ANY_SUM = re.compile(
    r"\b(?:plus|minus|times|divided by)\b.*\d|\d.*\b(?:plus|minus|times|divided by)\b"
)
COUNT = re.compile(rf"\bcount(?:ing)?\b(?:.*?\b(?:to|till|until|from) ({NUMBER}))?")
COUNT_LIMIT = 20
"""As far as the toy counts in one go: more is tiring to listen to."""


def value(text: str) -> int:
    """ "twenty three" and "23" are 23. Knows only what `NUMBER` matches."""
    if text.isdigit():
        return int(text)
    return sum(VALUES[word] for word in text.split())


def number_in(heard: str) -> int | None:
    """The last number that is said; None where there is none."""
    found = re.findall(rf"\b({NUMBER})\b", heard)
    return value(found[-1]) if found else None


def spoken(number: int) -> str:
    """0 to 999 in words."""
    if number < 20:
        return SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return TENS[tens - 2] + (f" {SMALL[ones]}" if ones else "")
    hundreds, rest = divmod(number, 100)
    return f"{SMALL[hundreds]} hundred" + (f" and {spoken(rest)}" if rest else "")


@dataclass(frozen=True, slots=True)
class Count:
    to: int
    down: bool

    def spoken(self) -> str:
        up = [spoken(n) for n in range(1, self.to + 1)]
        return ", ".join(reversed(up) if self.down else up)


def count_wanted(heard: str) -> Count | None:
    """What "count to ten" or "count down from five" asks for."""
    asked = COUNT.search(heard)
    if asked is None:
        return None
    to = value(asked[1]) if asked[1] else 10
    down = bool(re.search(r"\b(?:down|back|backwards?)\b", heard))
    return Count(max(1, min(to, COUNT_LIMIT)), down)


@dataclass(frozen=True, slots=True)
class Sum:
    spoken: str
    """ "two plus three"."""
    result: str | None
    """ "five"; None where it is too hard for a toy."""


def sum_wanted(heard: str) -> Sum | None:
    """The sum in "what is two plus three"."""
    asked = None if TOO_BIG.search(heard) else SUM.search(heard)
    if asked is None or not ASKS_SUM.search(heard):
        return Sum("", None) if ANY_SUM.search(heard) else None
    a, sign, b = value(asked[1]), asked[2], value(asked[3])
    text = f"{spoken(a)} {'plus' if sign == 'and' else sign} {spoken(b)}"
    match sign:
        case "plus" | "and":
            result = a + b
        case "minus" | "take away":
            result = a - b
        case "times" | "multiplied by":
            result = a * b
        case _:
            result = a // b if b and a % b == 0 else -1
    return Sum(text, spoken(result) if 0 <= result < 1000 else None)
