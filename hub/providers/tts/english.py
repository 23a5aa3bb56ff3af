"""Writes out the signs that espeak-ng, and Piper with it, read badly in English: "£2.50" is "2 pounds 50".

They read whole numbers, decimals, percents and "2nd" well, so digits stay digits. Only what stands at digits is
written out: no word that the guard read is changed, and none is added but names of units, money and parts.
"""

import re
from typing import Final

_MONEY: Final = {"£": ("pound", "pence"), "$": ("dollar", "cents"), "€": ("euro", "cents")}
_UNITS: Final = {
    "km/h": ("kilometre an hour", "kilometres an hour"),
    "mph": ("mile an hour", "miles an hour"),
    "km": ("kilometre", "kilometres"),
    "cm": ("centimetre", "centimetres"),
    "mm": ("millimetre", "millimetres"),
    "m": ("metre", "metres"),
    "kg": ("kilogram", "kilograms"),
    "g": ("gram", "grams"),
    "ml": ("millilitre", "millilitres"),
    "l": ("litre", "litres"),
    "ft": ("foot", "feet"),
    "°C": ("degree", "degrees"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
}
_PARTS: Final = {
    "2": ("half", "halves"),
    "3": ("third", "thirds"),
    "4": ("quarter", "quarters"),
    "5": ("fifth", "fifths"),
    "6": ("sixth", "sixths"),
    "8": ("eighth", "eighths"),
    "10": ("tenth", "tenths"),
}
_NUMBER: Final = r"(?<![\w.,:/])(\d{1,3}(?:,\d{3})+|\d{1,15})"
_MONEY_AT: Final = re.compile(
    rf"([£$€]){_NUMBER}(?:\.(\d\d))?(?: (hundred|thousand|million|billion))?(?![\w]|[.,]\d)"
)
_TIME_AT: Final = re.compile(
    r"(?<![\w.,:/])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])(?=(\s?[ap]\.?m\b)?)"
)
_PART_AT: Final = re.compile(rf"(?<![\w.,:/])(\d{{1,3}} )?(\d)/({'|'.join(_PARTS)})(?![\w/])")
_UNIT_AT: Final = re.compile(rf"(\d)\s?({'|'.join(map(re.escape, _UNITS))})(?![\w/²³'’])")
_YEAR_AT: Final = re.compile(r"(?<![\w.,:/+-])(?<!\d )(1[1-9])(\d\d)(?=s?\b)(?![.,:/ -]\d)")
_SIGNS: Final = (
    (re.compile(r"(?<=\d)\s?[x×]\s?(?=\d)"), " times "),
    (re.compile(r"(?<=\d) [-−] (?=\d)"), " minus "),
    (re.compile(r"(?<=\d)–(?=\d)"), " to "),
)


def written_out(words: str) -> str:
    """`words` as an English voice of espeak-ng should get them."""
    if not any(character.isdecimal() for character in words):
        return words
    words = _MONEY_AT.sub(_money, words)
    words = _TIME_AT.sub(_time, words)
    words = _PART_AT.sub(_part, words)
    words = _YEAR_AT.sub(_year, words)
    words = _UNIT_AT.sub(_unit, words)
    for sign, said in _SIGNS:
        words = sign.sub(said, words)
    return words


def _money(found: re.Match[str]) -> str:
    sign, whole, small, many = found.groups()
    one, small_name = _MONEY[sign]
    if small and not many and not int(whole.replace(",", "")):
        return f"{int(small)} {small_name}"
    name = one if (whole, many) == ("1", None) else f"{one}s"
    if many:
        return f"{whole}{f'.{small}' if small else ''} {many} {name}"
    return f"{whole} {name} {int(small)}" if small and int(small) else f"{whole} {name}"


def _time(found: re.Match[str]) -> str:
    hour, minute = (int(found[1]) + 11) % 12 + 1, found[2]
    if minute == "00":
        return str(hour) if found[3] else f"{hour} o'clock"
    return f"{hour} oh {minute[1]}" if minute[0] == "0" else f"{hour} {minute}"


def _part(found: re.Match[str]) -> str:
    whole, above, below = found.groups()
    one, more = _PARTS[below]
    part = f"{'an' if one == 'eighth' else 'a'} {one}" if above == "1" else f"{above} {more}"
    return f"{whole}and {part}" if whole else part


def _year(found: re.Match[str]) -> str:
    """Also of 1500 metres this is how people say it."""
    hundreds, rest = found.groups()
    if rest == "00":
        return f"{hundreds} hundred"
    return f"{hundreds} oh {rest[1]}" if rest[0] == "0" else f"{hundreds} {rest}"


def _unit(found: re.Match[str]) -> str:
    one, more = _UNITS[found[2]]
    before = found.string[: found.start()]
    alone = found[1] == "1" and not re.search(r"[\d.,]$", before)
    return f"{found[1]} {one if alone else more}"
