"""Limits as a parent types them: read from a form, checked, and shown again as they were."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Final

from hub.domain.play.limits import MAX_MINUTES, DayLimits, Kind, PlayLimits, Window
from hub.translation import gettext as _
from hub.translation import marked

DAYS: Final = {"weekday": marked("Monday to Friday"), "weekend": marked("Saturday and Sunday")}
NIGHTS: Final = {
    "weekday": marked("Sunday to Thursday night"),
    "weekend": marked("Friday and Saturday night"),
}
WINDOWS: Final = ("bedtime", "rest")
MAY_GO_ON: Final = {Kind.STORY: marked("stories"), Kind.GAME: marked("games")}
FIELDS: Final = (
    "talk",
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
        )

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
