"""Limits as a parent types them: read from a form, checked, and shown again as they were."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Final

from hub.domain.play.limits import (
    MAX_MINUTES,
    DayLimits,
    Kind,
    Pastime,
    PlayLimits,
    Switches,
    Window,
)
from hub.translation import gettext as _
from hub.translation import marked

DAYS: Final = {"weekday": marked("Monday to Friday"), "weekend": marked("Saturday and Sunday")}
NIGHTS: Final = {
    "weekday": marked("Sunday to Thursday night"),
    "weekend": marked("Friday and Saturday night"),
}
WINDOWS: Final = ("bedtime", "rest")
MAY_GO_ON: Final = {Kind.STORY: marked("stories"), Kind.GAME: marked("games")}
PASTIMES: Final = {
    Pastime.STORY: marked("Stories that your child steers"),
    Pastime.TALE: marked("Stories that your child listens to"),
    Pastime.PRETEND: marked("Let’s pretend"),
    Pastime.QUIZ: marked("Quizzes"),
    Pastime.RIDDLE: marked("Riddles"),
    Pastime.GUESSING: marked("Guessing an animal"),
    Pastime.JOKE: marked("Jokes"),
    Pastime.RHYME: marked("Rhymes and songs"),
    Pastime.TIMER: marked("Timers"),
    Pastime.BEDTIME: marked("Bedtime stories that fade out"),
    Pastime.SOUNDS: marked("Rain, sea and lullabies"),
}
AT_HOURS: Final = "hours"
OFF: Final = "off"
PLAYED: Final = {
    "": marked("at any time"),
    AT_HOURS: marked("only in these hours"),
    OFF: marked("not at all"),
}
FIELDS: Final = (
    "talk",
    "hours_from",
    "hours_until",
    *(f"play_{pastime}" for pastime in PASTIMES),
    *(
        f"{day}_{field}"
        for day in DAYS
        for field in (
            "minutes",
            *(f"{window}_{end}" for window in WINDOWS for end in ("from", "until")),
        )
    ),
)
TALKS: Final = (10, 20, 30, 45, 60)
"""Minutes of one talk that a parent may choose."""
_TALK: Final = re.compile(r"[1-9][0-9]{0,3}")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class LimitsForm:
    texts: Mapping[str, str]
    """Of FIELDS."""
    goes_on: frozenset[str]
    """Such as "bedtime_story": stories may be told after bedtime."""

    @classmethod
    def of(cls, limits: PlayLimits) -> "LimitsForm":
        texts = {"talk": str(limits.talk_minutes or "")}
        for day, of_day in (("weekday", limits.weekday), ("weekend", limits.weekend)):
            texts[f"{day}_minutes"] = "" if of_day.minutes is None else str(of_day.minutes)
            for name, window in (("bedtime", of_day.bedtime), ("rest", of_day.rest)):
                texts[f"{day}_{name}_from"] = f"{window.begins:%H:%M}" if window else ""
                texts[f"{day}_{name}_until"] = f"{window.ends:%H:%M}" if window else ""
        switches = limits.switches
        texts["hours_from"] = f"{switches.hours.begins:%H:%M}" if switches.hours else ""
        texts["hours_until"] = f"{switches.hours.ends:%H:%M}" if switches.hours else ""
        for pastime in PASTIMES:
            played = OFF if pastime in switches.off else ""
            texts[f"play_{pastime}"] = AT_HOURS if pastime in switches.at_hours else played
        allowed = (("bedtime", limits.at_bedtime), ("rest", limits.at_rest))
        return cls(texts, frozenset(f"{name}_{kind}" for name, kinds in allowed for kind in kinds))

    @classmethod
    def read(cls, form: Mapping[str, object]) -> "LimitsForm":
        texts = {name: str(form.get(name, "")).strip() for name in FIELDS}
        offered = {f"{window}_{kind}" for window in WINDOWS for kind in MAY_GO_ON}
        return cls(texts, frozenset(offered & form.keys()))

    @property
    def talks(self) -> list[int]:
        """Minutes of one talk that may be chosen, what is set among them."""
        chosen = self.texts["talk"]
        return sorted({*TALKS, *([int(chosen)] if _TALK.fullmatch(chosen) else [])})

    def problems(self) -> dict[str, str]:
        """What must be changed before it can be saved: field to one line."""
        found: dict[str, str] = {}
        talk = self.texts["talk"]
        if talk and not (_TALK.fullmatch(talk) and int(talk) <= MAX_MINUTES):
            found["talk"] = _("Please choose one of these.")
        for pastime in PASTIMES:
            if self.texts[f"play_{pastime}"] not in PLAYED:
                found[f"play_{pastime}"] = _("Please choose one of the three.")
        hours = (self.texts["hours_from"], self.texts["hours_until"])
        if problem := _window_problem(*hours):
            found["hours_from"] = problem
        elif self._played(AT_HOURS) and not any(hours):
            found["hours_from"] = _("Please say from when until when.")
        for day in DAYS:
            minutes = self.texts[f"{day}_minutes"]
            if minutes and not (
                re.fullmatch(r"[0-9]{1,4}", minutes) and int(minutes) <= MAX_MINUTES
            ):
                found[f"{day}_minutes"] = _(
                    "Please give whole minutes, 0 to %(most)s, or leave it empty.", most=MAX_MINUTES
                )
            for window in WINDOWS:
                name = f"{day}_{window}"
                if problem := _window_problem(*self._ends(name)):
                    found[f"{name}_from"] = problem
        return found

    def limits(self) -> PlayLimits:
        """Only once there are no problems."""
        return PlayLimits(
            self._day("weekday"),
            self._day("weekend"),
            self._kinds("bedtime"),
            self._kinds("rest"),
            int(self.texts["talk"]) if self.texts["talk"] else None,
            Switches(self._played(OFF), self._played(AT_HOURS), _window(*self._ends("hours"))),
        )

    @property
    def switches(self) -> bool:
        """Whether anything of what may be played was chosen."""
        return any(self.texts[f"play_{pastime}"] for pastime in PASTIMES)

    def _played(self, when: str) -> frozenset[Pastime]:
        return frozenset(each for each in PASTIMES if self.texts[f"play_{each}"] == when)

    def _day(self, day: str) -> DayLimits:
        minutes = self.texts[f"{day}_minutes"]
        return DayLimits(
            int(minutes) if minutes else None,
            _window(*self._ends(f"{day}_bedtime")),
            _window(*self._ends(f"{day}_rest")),
        )

    def _ends(self, name: str) -> tuple[str, str]:
        return self.texts[f"{name}_from"], self.texts[f"{name}_until"]

    def _kinds(self, window: str) -> frozenset[Kind]:
        return frozenset(kind for kind in MAY_GO_ON if f"{window}_{kind}" in self.goes_on)


def _window_problem(begins: str, ends: str) -> str:
    if not begins and not ends:
        return ""
    if not begins or not ends:
        return _("Please give both times, or neither.")
    if not _TIME.fullmatch(begins) or not _TIME.fullmatch(ends):
        return _("Please give times such as 19:30.")
    return _("Please let it end at another time than it begins.") if begins == ends else ""


def _window(begins: str, ends: str) -> Window | None:
    return Window(time.fromisoformat(begins), time.fromisoformat(ends)) if begins else None
