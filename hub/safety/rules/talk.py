"""The layer that hears the whole talk: drift in small steps, and what was refused and comes again.

`TalkCheck` keeps nothing between calls; all it knows is the history in the request, so that a
restart, another satellite or a line of `check --jsonl` makes no difference. Earlier lines are
judged again by the other local checks, and those judgements are cached.

It tells parents at once of a line that only leans towards trouble where the lines before it make it sure.
Three things make it refuse a line that passes by itself:

- it completes an unfinished line of before to one that is refused ("how do i make a" … "bomb");
- it goes on with what was refused ("just tell me the first part");
- with it, the signs of `data/talk.toml` add up to more than harmless talk has, where it leans there by itself, has a
  sign of the kind that an earlier line had, or goes on with what the toy advised against.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from hub.domain.safety import (
    DISCLOSURES,
    AlertLevel,
    Category,
    CheckRequest,
    Direction,
    SafetyCheck,
    SafetyLevel,
    SafetyPolicy,
    Verdict,
)
from hub.safety.layers import strictest
from hub.safety.rules.talkbook import TalkBook
from hub.safety.telling import told
from hub.safety.text.normalise import readings
from hub.translation import marked

Leaning = Callable[[str, Direction, SafetyLevel], tuple[float, Category]]
"""Log odds that a text must be stopped at a level, and what it is most like."""

CACHED_LINES = 2048
FRAGMENT_WORDS = 4
"""A line of at most so many words may be the end of an unfinished one."""
SERIOUS_SEVERITY = 3
"""From here on a refusal is remembered against the lines that follow: not what was only a little unfit
for the youngest, nor what could not be checked."""
REMEMBERED_LINES = 6
"""A refusal so many of the child's lines ago is forgotten."""
DRIFT_SEVERITY = 7
"""Graver than every level lets pass."""
SHARED_WORDS = 2
"""So many telling words in common make it the same subject."""
PROBES = 3
"""So many refused lines in one talk, and one more try: a parent is told."""
HINTS = 2
"""After so many hints of one kind lately, one more is told at once."""
HARMLESS_ODDS = -2.0
HARMLESS_TOGETHER = -0.5
CALM_ODDS = -4.0
"""A line that leans to nothing, alone or with those before it, is not refused for them; one that leans so
far away from anything, and has no sign, is not even read together with them."""
LEANING_ODDS = 0.0
"""A line below it by itself is refused only where it goes on with what was said before."""
EARLIER_FROM = -1.5
EARLIER_MOST = 2.5
"""An earlier line counts by how far its odds are above the first, at most by the second."""


class _Line(NamedTuple):
    """What is known of one line by itself."""

    verdict: Verdict
    odds: float
    category: Category


class TalkCheck:
    """A `SafetyCheck` over a line and what came before it, by the verdicts of `checks` on each line."""

    name = "talk"

    def __init__(self, checks: Sequence[SafetyCheck], leaning: Leaning, book: TalkBook) -> None:
        self._checks = tuple(checks)
        self._leaning = leaning
        self._book = book
        self._cache: OrderedDict[tuple[str, Direction, SafetyPolicy], _Line] = OrderedDict()
        self.version = book.version

    async def check(self, request: CheckRequest) -> Verdict:
        if request.history and _plain(request.text):
            talk = _Talk(request)
            passed = await self._adds_up(talk)
            for look in (self._completes, self._goes_on, self._drifts):
                if (found := await look(talk)) is not None:
                    return strictest([found, passed])
            return passed
        return Verdict(allowed=True, layer=self.name, rules_version=self.version)

    async def _completes(self, talk: "_Talk") -> Verdict | None:
        """Read together with the child's unfinished line before it, it is refused."""
        if talk.direction is not Direction.CHILD or not talk.earlier:
            return None
        before = talk.earlier[-1]
        if not self._book.unfinished(_plain(before)) or len(talk.words) > FRAGMENT_WORDS:
            return None
        verdict = (await self._line(f"{before} {talk.text}", talk)).verdict
        if verdict.allowed or not (await self._line(before, talk)).verdict.allowed:
            return None
        return self._like(verdict, marked("together with the line before it"))

    async def _goes_on(self, talk: "_Talk") -> Verdict | None:
        """It asks again for what was just refused, or is about what was refused lately.

        Not where the child told of a hurt: going on with that is what it should do, and what it
        says then is judged by itself.
        """
        book = self._book
        if talk.direction is not Direction.CHILD or book.lets_go.search(talk.reading):
            return None
        lately = [(text, (await self._line(text, talk)).verdict) for text in talk.earlier]
        refused = [
            (text, verdict)
            for text, verdict in lately[-REMEMBERED_LINES:]
            if not verdict.allowed
            and verdict.severity >= SERIOUS_SEVERITY
            and verdict.category not in DISCLOSURES
        ]
        if not refused:
            return None
        last = refused[-1][1]
        known = frozenset().union(*(book.telling(_plain(text).split()) for text, _ in refused))
        shared = book.telling(talk.words) & known
        again = bool(book.asks_again.search(talk.reading)) and (
            bool(shared) or not book.is_new_subject(talk.reading)
        )
        just_refused = lately[-1][1] is last
        if not (len(shared) >= SHARED_WORDS or (again and (just_refused or shared))):
            return None
        # They were told of what was refused; that it is asked again is no news, until it is too often.
        alert = AlertLevel.WARNING if len(refused) >= PROBES else None
        return replace(self._like(last, marked("goes on with what was refused")), alert=alert)

    async def _drifts(self, talk: "_Talk") -> Verdict | None:
        """What leads up to the line, and the line itself, weigh more together than harmless talk."""
        book = self._book
        if not talk.earlier or book.lets_go.search(talk.reading):
            return None
        alone, likeness = self._leaning(talk.text, talk.direction, talk.policy.level)
        if alone < CALM_ODDS and not self._has_sign(talk):
            return None
        together = max(self._together(talk, lines) for lines in (1, 2))
        if alone < HARMLESS_ODDS and together < HARMLESS_TOGETHER:
            return None
        warned = self._warned(talk)
        points, category, goes_on = self._signs(talk)
        if alone < LEANING_ODDS and not (warned or goes_on):
            return None
        tension = (
            (alone + together) / 2
            + book.before_weight * await self._before(talk)
            + book.warned_points * warned
            + book.sign_weight * points
        )
        if tension < book.limit:
            return None
        return self._refusal(category or likeness, tension)

    async def _adds_up(self, talk: "_Talk") -> Verdict:
        """Passes, and tells parents at once where the child's lines together say more than each alone."""
        line = (await self._line(talk.text, talk)).verdict
        lately = talk.earlier[-REMEMBERED_LINES:]
        before = [(await self._line(text, talk)).verdict for text in lately]
        found = None
        if talk.direction is Direction.CHILD and line.alert is not AlertLevel.URGENT:
            found = await self._sure(line, talk, before) if line.look else None
            if not found and self._book.tells_more.search(talk.reading):
                found = next((v for v in before[-1:] if v.alert is AlertLevel.URGENT), None)
        return Verdict(
            allowed=True,
            category=found.category if found else Category.NONE,
            reason=marked("with the lines before it, it is more than a hint") if found else "",
            layer=self.name,
            rules_version=self.version,
            alert=found.alert if found else None,
        )

    async def _sure(
        self, line: Verdict, talk: "_Talk", before: Sequence[Verdict]
    ) -> Verdict | None:
        """What a hint is with the last one or two lines, or as the third of its kind; None: a hint still."""
        for lines in (1, 2):
            if not any(verdict.alert for verdict in before[-lines:]):
                text = " ".join([*talk.earlier[-lines:], talk.text])
                joined = (await self._line(text, talk)).verdict
                if joined.alert:
                    return joined
        hints = sum(v.look and v.category is line.category for v in before)
        return replace(line, alert=AlertLevel.WARNING) if hints >= HINTS else None

    def _has_sign(self, talk: "_Talk") -> bool:
        signs = self._book.signs_for(talk.direction)
        return any(sign.pattern.search(talk.reading) for sign in signs)

    def _together(self, talk: "_Talk", lines: int) -> float:
        """The odds of the line read together with as many before it."""
        text = " ".join([*talk.earlier[-lines:], talk.text])
        return self._leaning(text, talk.direction, talk.policy.level)[0]

    async def _before(self, talk: "_Talk") -> float:
        """How far the earlier lines leaned, the older ones counting less."""
        total, weight = 0.0, 1.0
        for text in reversed(talk.earlier):
            line = await self._line(text, talk)
            above = max(0.0, line.odds - EARLIER_FROM) + (not line.verdict.allowed)
            total += weight * min(EARLIER_MOST, above)
            weight *= self._book.before_decay
        return total

    def _warned(self, talk: "_Talk") -> bool:
        """Whether the child goes on with what the toy advised against."""
        return (
            talk.direction is Direction.CHILD
            and any(self._book.warns.search(_plain(line)) for line in talk.answers)
            and self._book.insists.search(talk.reading) is not None
        )

    def _signs(self, talk: "_Talk") -> tuple[float, Category | None, bool]:
        """The points of the kind of signs that the talk has most of, if the line has one too; and whether an
        earlier line has one of that kind."""
        lines = [talk.reading, *(_plain(line) for line in reversed(talk.earlier))]
        totals: dict[Category, float] = {}
        here, before = set(), set()
        for sign in self._book.signs_for(talk.direction):
            ages = [n for n, line in enumerate(lines) if sign.pattern.search(line)]
            if not ages:
                continue
            points = sign.points * self._book.sign_decay ** ages[0]
            totals[sign.category] = totals.get(sign.category, 0.0) + points
            if ages[0] == 0:
                here.add(sign.category)
            if ages[-1] > 0:
                before.add(sign.category)
        points, kind = max(((totals[kind], kind) for kind in here), default=(0.0, None))
        return points, kind, kind in before

    def _refusal(self, category: Category, tension: float) -> Verdict:
        return Verdict(
            allowed=False,
            category=category,
            severity=DRIFT_SEVERITY,
            reason=f"the talk drifted there in small steps ({tension:.1f} of {self._book.limit:g})",
            layer=self.name,
            rules_version=self.version,
            alert=self._book.alerts.get(category),
        )

    def _like(self, verdict: Verdict, why: str) -> Verdict:
        return replace(
            verdict,
            layer=self.name,
            rules_version=self.version,
            reason=f"{verdict.reason} ({why})",
        )

    async def _line(self, text: str, talk: "_Talk") -> _Line:
        """What there is to know of a line of its own; kept for the next time."""
        key = (text, talk.direction, talk.policy)
        line = self._cache.get(key)
        if line is None:
            await asyncio.sleep(0)  # a long history must not hold up everything else
            request = CheckRequest(text, talk.direction, talk.policy)
            verdicts = [await check.check(request) for check in self._checks]
            verdict = told(strictest(verdicts), talk.direction)
            line = _Line(verdict, *self._leaning(text, talk.direction, talk.policy.level))
            self._cache[key] = line
            if len(self._cache) > CACHED_LINES:
                self._cache.popitem(last=False)
        return line


class _Talk:
    """A request, seen as a talk."""

    def __init__(self, request: CheckRequest) -> None:
        self.text = request.text
        self.direction = request.direction
        self.policy = request.policy
        self.reading = _plain(request.text)
        self.words = self.reading.split()
        history = request.history
        self.earlier = [line.text for line in history if line.direction is self.direction]
        """What the same side said before, the oldest first."""
        others = [line.text for line in history if line.direction is not self.direction]
        self.answers = others[-2:]
        """The last two lines of the other side."""


def _plain(text: str) -> str:
    return readings(text)[0]
