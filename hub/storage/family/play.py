"""How long and when children may play: what parents set, what they gave for once, and what was played."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, and_, delete, false, insert, or_, select, update

from hub.domain.play.judge import Subject
from hub.domain.play.limits import MAX_MINUTES, Grant, PlayLimits, Use, Whose, suggested
from hub.domain.talks.talk import WITHOUT_CHILD, TurnState
from hub.domain.toys import Toy
from hub.errors import DataError, NotFoundError, RefusedError
from hub.events import ToysChanged
from hub.storage.database import Repository
from hub.storage.rows import from_row, to_row, upsert
from hub.storage.schema import play_grants, play_limits, toy_children, turns
from hub.translation import gettext as _

KEEP_GRANTS: Final = timedelta(days=3)
"""What was given for a day or a night counts no longer."""
MAX_GRANTS: Final = 200
"""That are kept of one toy or child: more taps than anybody makes in three days."""
MAX_USES: Final = 5000
"""The newest turns of a day that are counted: one every ten seconds, for fourteen hours."""

_LIMITS: Final = TypeAdapter(PlayLimits)


class PlayRepository(Repository):
    async def limits(self, whose: Whose) -> PlayLimits:
        """Those of nobody who has none."""
        return await self._database.read(lambda connection: _limits(connection, whose.id))

    async def save(self, whose: Whose, limits: PlayLimits) -> PlayLimits:
        """Raises DataError for what can be no limit, and where there is no such toy or child."""
        _check(limits)
        row = {
            "id": whose.id,
            "toy_id": whose.toy_id,
            "child_id": whose.child_id,
            "limits": _LIMITS.dump_python(limits, mode="json"),
        }
        await self._write(
            lambda connection: upsert(connection, play_limits.c.id, row), ToysChanged()
        )
        return limits

    async def give(self, whose: Whose, grant: Grant) -> Grant:
        """Raises RefusedError where far too much was given already."""
        row = to_row(grant, play_grants, toy_id=whose.toy_id, child_id=whose.child_id)
        old = play_grants.c.at < grant.at - KEEP_GRANTS

        def work(connection: Connection) -> None:
            connection.execute(delete(play_grants).where(old))
            same = select(play_grants.c.id).where(
                or_(play_grants.c.toy_id == whose.id, play_grants.c.child_id == whose.id)
            )
            if len(connection.scalars(same).all()) >= MAX_GRANTS:
                raise RefusedError(
                    _("%(most)s times was enough: change the limits instead", most=MAX_GRANTS)
                )
            connection.execute(insert(play_grants), row)

        await self._write(work, ToysChanged())
        return grant

    async def begin_story(self, grant_id: str, at: datetime) -> None:
        """The one more story is begun, unless it was before. Raises NotFoundError."""
        unused = and_(play_grants.c.id == grant_id, play_grants.c.used_at.is_(None))
        query = select(play_grants.c.id).where(play_grants.c.id == grant_id)

        def work(connection: Connection) -> None:
            connection.execute(update(play_grants).where(unused).values(used_at=at))
            if connection.scalar(query) is None:
                raise NotFoundError(_("what was given for once is gone"))

        await self._write(work, ToysChanged())

    async def subjects(self, toy: Toy, since: datetime) -> list[Subject]:
        """The toy, each child whose it is, and a visitor: all that limits a talk with it. `uses` from `since` on."""
        return await self._database.read(partial(_subjects, toy=toy, since=since))

    async def child(self, child_id: str, since: datetime) -> Subject:
        """One child, whichever toy it is about to take."""

        def work(connection: Connection) -> Subject:
            grants = play_grants.c.child_id == child_id
            return _subject(connection, child_id, grants, _said_by(connection, child_id), since)

        return await self._database.read(work)


def _subjects(connection: Connection, toy: Toy, since: datetime) -> list[Subject]:
    given_toy = play_grants.c.toy_id == toy.id
    subjects = [_subject(connection, toy.id, given_toy, turns.c.toy_id == toy.id, since)]
    for child_id in sorted(toy.child_ids):
        given = or_(given_toy, play_grants.c.child_id == child_id)
        said = _said_by(connection, child_id)
        subject = _subject(connection, child_id, given, said, since)
        subjects.append(replace(subject, child_id=child_id))
    if toy.visit:
        said, limits = turns.c.visit_id == toy.visit.id, suggested(toy.visit.age)
        subjects.append(_subject(connection, toy.visit.id, given_toy, said, since, limits))
    return subjects


def _subject(
    connection: Connection,
    subject_id: str,
    given: ColumnElement[bool],
    said: ColumnElement[bool],
    since: datetime,
    limits: PlayLimits | None = None,
) -> Subject:
    """`limits`: where they are no parent's."""
    limits = limits or _limits(connection, subject_id)
    if not limits.any:
        return Subject(limits)  # nothing of it can end, so nobody need count
    grants = connection.execute(select(play_grants).where(given)).mappings()
    return Subject(limits, [from_row(Grant, row) for row in grants], _uses(connection, said, since))


def _limits(connection: Connection, subject_id: str) -> PlayLimits:
    kept = connection.scalar(select(play_limits.c.limits).where(play_limits.c.id == subject_id))
    return PlayLimits() if kept is None else _LIMITS.validate_python(kept)


def _said_by(connection: Connection, child_id: str) -> ColumnElement[bool]:
    """Turns that are the child's, or may be: where a toy has several, nobody knows who spoke."""
    toys: Iterable[str] = connection.scalars(
        select(toy_children.c.toy_id).where(toy_children.c.child_id == child_id)
    ).all()
    anybodys = and_(turns.c.child_id.is_(None), turns.c.toy_id.in_(toys) if toys else false())
    return or_(turns.c.child_id == child_id, anybodys)


def _uses(connection: Connection, said: ColumnElement[bool], since: datetime) -> list[Use]:
    query = (
        select(turns.c.started_at, turns.c.audio_in_ms, turns.c.audio_out_ms)
        .where(said, turns.c.started_at >= since)
        .where(turns.c.source.not_in(WITHOUT_CHILD), turns.c.state != TurnState.DRAFT)
        .order_by(turns.c.started_at.desc())
        .limit(MAX_USES)
    )
    return [
        Use(
            row.started_at,
            row.started_at + timedelta(milliseconds=row.audio_in_ms + row.audio_out_ms),
        )
        for row in connection.execute(query)
    ]


def _check(limits: PlayLimits) -> None:
    talk = limits.talk_minutes
    if talk is not None and not 1 <= talk <= MAX_MINUTES:
        raise DataError(
            _(
                "a talk of %(talk)s minutes can't be: give 1 to %(most)s",
                talk=talk,
                most=MAX_MINUTES,
            )
        )
    hours = limits.switches.hours
    if limits.switches.at_hours and not hours:
        raise DataError(_("say from when until when it may be played"))
    if hours and hours.begins == hours.ends:
        raise DataError(_("the hours for playing must end at another time than they begin"))
    for day in (limits.weekday, limits.weekend):
        if day.minutes is not None and not 0 <= day.minutes <= MAX_MINUTES:
            raise DataError(
                _(
                    "%(minutes)s minutes a day can't be: give 0 to %(most)s",
                    minutes=day.minutes,
                    most=MAX_MINUTES,
                )
            )
        for window in (day.bedtime, day.rest):
            if window and window.begins == window.ends:
                raise DataError(_("a bedtime or rest must end at another time than it begins"))
