"""What days, levels of alerts, and what a text is about are called, for people."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from hub.domain.lulling import SoundName
from hub.domain.safety import AlertLevel, Category
from hub.translation import marked

WEEKDAYS: Final = (
    marked("Monday"),
    marked("Tuesday"),
    marked("Wednesday"),
    marked("Thursday"),
    marked("Friday"),
    marked("Saturday"),
    marked("Sunday"),
)
SHORT_WEEKDAYS: Final = (
    marked("Mon"),
    marked("Tue"),
    marked("Wed"),
    marked("Thu"),
    marked("Fri"),
    marked("Sat"),
    marked("Sun"),
)
MONTHS: Final = (
    marked("January"),
    marked("February"),
    marked("March"),
    marked("April"),
    marked("May"),
    marked("June"),
    marked("July"),
    marked("August"),
    marked("September"),
    marked("October"),
    marked("November"),
    marked("December"),
)
SHORT_MONTHS: Final = (
    marked("Jan"),
    marked("Feb"),
    marked("Mar"),
    marked("Apr"),
    marked("May"),
    marked("Jun"),
    marked("Jul"),
    marked("Aug"),
    marked("Sep"),
    marked("Oct"),
    marked("Nov"),
    marked("Dec"),
)

ALERT_WORDS: Final[Mapping[AlertLevel, str]] = {
    AlertLevel.INFO: marked("Good to know"),
    AlertLevel.WARNING: marked("Please look"),
    AlertLevel.URGENT: marked("Needs you now"),
}
SOUND_WORDS: Final[Mapping[SoundName, str]] = {
    SoundName.NOISE: marked("white noise"),
    SoundName.RAIN: marked("rain"),
    SoundName.SEA: marked("the sea"),
    SoundName.TWINKLE: marked("Twinkle, twinkle"),
    SoundName.CRADLE: marked("Brahms' lullaby"),
    SoundName.FRERE_JACQUES: marked("Frère Jacques"),
    SoundName.MOONLIGHT: marked("Au clair de la lune"),
}
"""But for a pause."""
CATEGORY_WORDS: Final[Mapping[Category, str]] = {
    Category.NONE: "",
    Category.VIOLENCE: marked("violence"),
    Category.SELF_HARM: marked("self-harm"),
    Category.SEXUAL: marked("sexual content"),
    Category.HATE_BULLYING: marked("hate or bullying"),
    Category.DRUGS_ALCOHOL_WEAPONS: marked("drugs, alcohol or weapons"),
    Category.DANGEROUS_ACTS: marked("something dangerous"),
    Category.PERSONAL_INFO: marked("personal information"),
    Category.STRANGER_GROOMING: marked("contact with strangers"),
    Category.MANIPULATION: marked("manipulation"),
    Category.PROFANITY: marked("swearing"),
    Category.MEDICAL_LEGAL: marked("medical or legal advice"),
    Category.JAILBREAK: marked("trying to trick the toy"),
    Category.CHILD_DISCLOSURE: marked("your child may be telling about something serious"),
    Category.CRIME: marked("crime"),
    Category.SCARY: marked("something scary"),
    Category.AGE_INAPPROPRIATE: marked("not suitable for this age"),
    Category.BLOCKED_TOPIC: marked("a topic that you blocked"),
    Category.UNCHECKED: marked("could not be checked, so it was held back"),
}


def day_words(day: date, *, weekday: bool = False, year: bool = True) -> str:
    """Such as "4 May 2026", or "Monday, 4 May", as a message."""
    parts = {"day": day.day, "month": MONTHS[day.month - 1]}
    words = (
        marked("%(day)s %(month)s %(year)s", year=day.year, **parts)
        if year
        else marked("%(day)s %(month)s", **parts)
    )
    if not weekday:
        return words
    return marked("%(weekday)s, %(day)s", weekday=WEEKDAYS[day.weekday()], day=words)


def short_day_words(day: date, *, weekday: bool = False) -> str:
    """Such as "4 May", or "Mon 4 May" for a table, as a message."""
    words = marked("%(day)s %(month)s", day=day.day, month=SHORT_MONTHS[day.month - 1])
    if not weekday:
        return words
    return marked("%(weekday)s %(day)s", weekday=SHORT_WEEKDAYS[day.weekday()], day=words)


def month_words(day: date) -> str:
    """Such as "May 2026", as a message."""
    return marked("%(month)s %(year)s", month=MONTHS[day.month - 1], year=day.year)
