"""A parent's limits in one turn: why not now, when to stop, and how long is left.

All of it is decided here, before a model is asked and before each further sentence, and comes after the guard: what
is refused or told to parents is so at any hour.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hub.activities.activity import Part
from hub.domain.lulling import Sound
from hub.domain.play.judge import permission, strictest
from hub.domain.play.limits import Kind, Pastime, Permission, Reason
from hub.domain.safety import SafeText
from hub.domain.talks.talk import Turn
from hub.pipeline.answer.background import Background
from hub.pipeline.answer.wish import Wish, asks_what_is_left, pastime_asked, wish_of
from hub.pipeline.context import TurnContext
from hub.safety.guard import Line
from hub.safety.lines import GOODBYES

WARN_BEFORE: Final = timedelta(minutes=5)
WARN_AGAIN: Final = timedelta(minutes=10)
PLENTY: Final = timedelta(hours=2)
"""From here on nobody counts minutes."""
FEW: Final = timedelta(minutes=2)
SPOKEN_CHARACTERS_A_SECOND: Final = 14.0
"""English at 150 words a minute, five and a half characters a word: so long is what was put to be spoken."""
_SENTENCE_ENDS: Final = re.compile(r"[.!?…।。？！][\"'”’»)\]]*\s*$")
_LINES: Final = {
    Reason.MINUTES: Line.LIMIT_MINUTES,
    Reason.BEDTIME: Line.LIMIT_BEDTIME,
    Reason.REST: Line.LIMIT_REST,
    Reason.TALK: Line.LIMIT_TALK,
}


class TurnLimits:
    """Those of the toy, and of the child who speaks; where that isn't known the strictest of its children's count."""

    def __init__(
        self, context: TurnContext, background: Background, part: Part | None = None
    ) -> None:
        """Of what kind the words are, `part` says, or where it says nothing the words of the talk."""
        self._context = context
        self._background = background
        self._clock = context.services.clock
        before = [turn for turn in background.so_far.turns if turn.id != context.record.id]
        self._before = before
        talk = [self._without_warning(turn) for turn in before]
        self._wish = (
            Wish(part.kind, begins=part.begins)
            if part and part.kind
            else wish_of(context.words, self._clock.now(), talk, self._was_refused)
        )
        who = context.record.child_id
        self._subjects = [
            each for each in background.subjects if who is None or each.child_id in (None, who)
        ]
        self._allowed = self._permission(self._wish.kind, begins=self._wish.begins)
        self._spoken_until = self._clock.now()
        self._amid_sentence = False
        self.refused = False
        """`instead` gave what is said in the answer's place."""
        self.hang_on_speaker = False
        """And what that is hangs on which of the toy's children speaks."""

    def switched_off(self, part: Part | None) -> bool:
        """Whether a parent doesn't want that played, or not at this hour; None: what the words ask a model for."""
        name = part.name if part else pastime_asked(self._context.words)
        return name in self.off

    @property
    def off(self) -> frozenset[Pastime]:
        """All that a parent doesn't want, or not at this hour."""
        at = self._background.household.local(self._clock.now()).time()
        return frozenset(
            name
            for name in Pastime
            if not all(each.limits.switches.allow(name, at) for each in self._subjects)
        )

    def may_begin(self, name: str, kind: Kind | None) -> bool:
        """Whether a model may begin what is called so."""
        return name not in self.off and not self._permission(kind or self._wish.kind).refused

    def may_follow(self, part: Part) -> bool:
        """Whether it may be played after other words of this answer, and from here on as long as its kind may be."""
        self._allowed = self._permission(part.kind or self._wish.kind)
        return not (self._allowed.refused or self.switched_off(part))

    @property
    def granted_story(self) -> str:
        """The id of the one more story that this turn begins or goes on with; "" where it needs none."""
        return self._allowed.story

    @property
    def is_over(self) -> bool:
        """Whether no further sentence may begin; never amid one."""
        return not self._amid_sentence and self._left() == timedelta()

    def speaks(self, clause: str) -> None:
        """That is said next."""
        self._amid_sentence = not _SENTENCE_ENDS.search(clause)
        if self._context.ask.aloud:
            seconds = len(clause) / SPOKEN_CHARACTERS_A_SECOND
            self._spoken_until = self._free_at() + timedelta(seconds=seconds)

    def within(self, sound: Sound) -> Sound | None:
        """As much of it as there is time for, which is played next."""
        left = self._left()
        seconds = sound.seconds if left is None else min(sound.seconds, left.total_seconds())
        if not seconds:
            return None
        if self._context.ask.aloud:
            self._spoken_until = self._free_at() + timedelta(seconds=seconds)
        return replace(sound, seconds=seconds)

    async def instead(self) -> SafeText | None:
        """What is said in the answer's place; None: the child may have its answer.

        A goodbye is always answered; and so is a child who said something serious a moment ago.
        """
        services, heard = self._context.services, self._context.words
        if self._background.so_far.calm or services.guard.asked(heard) in GOODBYES:
            self._allowed = Permission()
            return None
        found = self._allowed
        asks = asks_what_is_left(heard) and not self._context.record.tried
        if not (found.refused or asks):
            return None
        self.refused = True
        alone = {
            child_id: self._permission(self._wish.kind, begins=self._wish.begins, child_id=child_id)
            for child_id in (each.child_id for each in self._subjects)
            if child_id is not None
        }
        answers = {(each.refused, each.ends_at if asks else None) for each in alone.values()}
        self.hang_on_speaker = len(answers) > 1
        if not found.refused:
            return await self._what_is_left()
        return await self._refusal(found.refused, offers=not asks)

    async def last_word(self) -> SafeText | None:
        """After the answer: a goodbye where the time is over, a word of warning where it soon is."""
        left = self._left()
        if left is None or left > WARN_BEFORE:
            return None
        if not left and self._allowed.ends_for:
            return await self._context.line(_LINES[self._allowed.ends_for])
        return None if self._was_warned() else await self._context.line(Line.LIMIT_SOON)

    def _permission(
        self, kind: Kind, *, begins: bool = True, child_id: str | None = None
    ) -> Permission:
        """`child_id`: if it is this child who speaks."""
        now, zone = self._clock.now(), self._background.household.zone
        return strictest(
            permission(subject, kind, now, zone, begins=begins)
            for subject in self._subjects
            if child_id is None or subject.child_id in (None, child_id)
        )

    def _left(self) -> timedelta | None:
        return self._allowed.left(self._free_at())

    def _free_at(self) -> datetime:
        """When a further clause would begin to sound."""
        return max(self._spoken_until, self._clock.now())

    async def _refusal(self, reason: Reason, *, offers: bool) -> SafeText:
        """`offers`: what may be had all the same; who asks how long is left is told why nothing is."""
        if (
            offers
            and self._wish.kind is not Kind.STORY
            and not self._permission(Kind.STORY).refused
        ):
            return await self._context.line(Line.LIMIT_STORIES)
        return await self._context.line(_LINES[reason])

    async def _what_is_left(self) -> SafeText:
        context, left = self._context, self._left()
        if left is None or left > PLENTY:
            return await context.line(Line.LIMIT_PLENTY)
        if left < FEW:
            return await context.line(Line.LIMIT_SOON)
        return await context.services.guard.line(
            Line.LIMIT_LEFT,
            context.policy,
            context.ask.toy.language,
            seed=context.record.id,
            minutes=str(round(left.total_seconds() / 60)),
        )

    def _without_warning(self, turn: Turn) -> Turn:
        """Its question, such as what to do with the last minutes, is none of a game's."""
        guard, language = self._context.services.guard, self._context.ask.toy.language
        said = [text for text in turn.said if not guard.is_line(Line.LIMIT_SOON, text, language)]
        return replace(turn, said=said)

    def _was_refused(self, turn: Turn) -> bool:
        guard, language = self._context.services.guard, self._context.ask.toy.language
        lines = (*_LINES.values(), Line.LIMIT_STORIES)
        return any(guard.is_line(line, text, language) for line in lines for text in turn.said[:1])

    def _was_warned(self) -> bool:
        guard, language = self._context.services.guard, self._context.ask.toy.language
        since = self._clock.now() - WARN_AGAIN
        return any(
            guard.is_line(Line.LIMIT_SOON, line, language)
            for turn in self._before
            if turn.started_at >= since
            for line in turn.said
        )
