"""What parents should know of."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, select, update

from hub.domain.clock import Clock
from hub.domain.limits import MAX_NAME_CHARS, MAX_NOTE_CHARS
from hub.domain.safety import Alert, AlertFilter, AlertLevel, AlertState
from hub.errors import DiskFullError, NotFoundError, RefusedError
from hub.events import AlertChanged, Bus
from hub.storage.database import Database, Repository
from hub.storage.rows import MAX_DETAIL_CHARS, Row, cut, entered, from_row, next_revision, to_row
from hub.storage.schema import alerts, turns
from hub.translation import Message, kept, restored
from hub.translation import gettext as _

SAME_WITHIN = timedelta(minutes=10)
MAX_SEARCHED = 500
"""Of the newest alerts, for one that tells of the same."""

TITLE = "title"
"""Its name among `messages`; no detail is called so."""

MAX_UNKEPT = 100
"""Alerts in memory alone."""

Alerts = list[Alert]

ANY = AlertFilter()
_OPEN = alerts.c.acknowledged_at.is_(None)


class AlertRepository(Repository):
    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        super().__init__(database, bus, clock)
        self._unkept: dict[str, Alert] = {}

    @property
    def unkept(self) -> Alerts:
        """Those that the full disk did not take, the oldest first; adding one again succeeds when there is room."""
        return [*self._unkept.values()]

    async def add(self, alert: Alert) -> Alert:
        """Put an alert on the disk; it comes back with its revision.

        What happens again with the same toy within minutes is counted on the earlier alert, which
        comes back then, unless that was less pressing, a parent has acknowledged it, or only one of
        the two came up while a grown-up tried the toy. Something urgent is the same only where nothing
        new was said. What one turn asks for again was told already.

        Raises DiskFullError where even the room kept for alerts is used up; it is in `unkept` then.
        """
        row = to_row(
            alert,
            alerts,
            title=cut(alert.title, MAX_DETAIL_CHARS),
            messages=_messages(alert),
            acknowledged_by=entered(alert.acknowledged_by, _("the name"), MAX_NAME_CHARS),
            done_by=entered(alert.done_by, _("the name"), MAX_NAME_CHARS),
            note=entered(alert.note, _("the note"), MAX_NOTE_CHARS),
        )

        def work(connection: Connection) -> Alert:
            earlier = _earlier(connection, alert)
            if earlier is not None and _is_of_turn(earlier, alert.turn_id):
                return earlier
            revision = next_revision(connection)
            if earlier is None:
                added = row | {"revision": revision, "addressed": False}
                if not _is_kept(connection, alert.turn_id):
                    added["turn_id"] = None
                connection.execute(insert(alerts).values(added))
                return replace(alert, revision=revision)
            again = {
                "count": earlier.count + 1,
                "last_at": alert.at,
                "last_turn_id": alert.turn_id,
                "revision": revision,
            }
            change = update(alerts).where(alerts.c.id == earlier.id).values(again)
            row_now = connection.execute(change.returning(alerts)).mappings().one()
            return _alert(row_now)

        try:
            kept = await self._database.write(
                work, lambda kept: self._changed(kept.id), urgent=True
            )
        except DiskFullError:
            if alert.id not in self._unkept and len(self._unkept) < MAX_UNKEPT:
                self._unkept[alert.id] = alert
                self._changed(alert.id)
            raise
        self._unkept.pop(alert.id, None)
        return kept

    async def get(self, alert_id: str) -> Alert:
        """Raises NotFoundError."""
        found = await self._read(select(alerts).where(alerts.c.id == alert_id))
        if not found:
            raise _unknown(alert_id)
        return found[0]

    async def unaddressed(self) -> Alerts:
        """Those of which nobody has decided yet to whom they are sent, the oldest first."""
        return await self._read(
            select(alerts).where(alerts.c.addressed.is_(False)).order_by(alerts.c.number)
        )

    async def list(self, limit: int, which: AlertFilter = ANY) -> Alerts:
        """The last of these alerts; the newest first."""
        query = select(alerts).order_by(alerts.c.number.desc()).limit(limit)
        return await self._read(query.where(*_conditions(which)))

    async def count_open(self, level: AlertLevel | None = None) -> int:
        """How many nobody has acknowledged, of that level."""
        which = _conditions(AlertFilter(AlertState.OPEN, level))
        query = select(func.count()).select_from(alerts).where(*which)
        return await self._database.read(lambda connection: connection.scalar(query) or 0)

    async def since(self, revision: int, limit: int) -> Alerts:
        """Alerts that changed after `revision`, in the order of their changes."""
        return await self._read(
            select(alerts)
            .where(alerts.c.revision > revision)
            .order_by(alerts.c.revision)
            .limit(limit)
        )

    async def acknowledge(self, alert_id: str, note: str = "", by: str = "") -> Alert:
        """A parent, called `by`, has seen it. The first one's note stays: another is refused.

        Raises NotFoundError, RefusedError.
        """
        seen = {
            "acknowledged_by": entered(" ".join(by.split()), _("the name"), MAX_NAME_CHARS),
            "note": entered(note, _("the note"), MAX_NOTE_CHARS),
        }

        def work(connection: Connection) -> Alert:
            change = (
                update(alerts)
                .where(alerts.c.id == alert_id, _OPEN)
                .values(
                    seen
                    | {
                        "acknowledged_at": self._clock.now(),
                        "revision": next_revision(connection),
                    }
                )
                .returning(alerts)
            )
            row = connection.execute(change).mappings().first()
            return _seen_before(connection, alert_id, seen) if row is None else _alert(row)

        return await self._database.write(work, lambda alert: self._changed(alert.id))

    async def finish(self, alert_id: str, note: str = "", by: str = "") -> Alert:
        """A grown-up, called `by`, is done with it, and has seen it with that; `note` is added to earlier ones.

        Raises NotFoundError, and DataError for a note that is too long.
        """
        name = entered(" ".join(by.split()), _("the name"), MAX_NAME_CHARS)

        def change(alert: Alert) -> Mapping[str, object]:
            now = self._clock.now()
            noted = "\n".join(filter(None, [alert.note, note.strip()]))
            seen = (
                {} if alert.acknowledged_at else {"acknowledged_at": now, "acknowledged_by": name}
            )
            done = {} if alert.done_at else {"done_at": now, "done_by": name}
            return {**seen, **done, "note": entered(noted, _("the note"), MAX_NOTE_CHARS)}

        return await self._change(alert_id, change)

    async def reopen(self, alert_id: str) -> Alert:
        """There is something left to do after all. Raises NotFoundError."""
        return await self._change(alert_id, lambda _: {"done_at": None, "done_by": ""})

    async def _change(
        self, alert_id: str, change: Callable[[Alert], Mapping[str, object]]
    ) -> Alert:
        def work(connection: Connection) -> Alert:
            found = connection.execute(select(alerts).where(alerts.c.id == alert_id)).mappings()
            row = found.first()
            if row is None:
                raise _unknown(alert_id)
            values = {**change(_alert(row)), "revision": next_revision(connection)}
            changed = update(alerts).where(alerts.c.id == alert_id).values(values)
            return _alert(connection.execute(changed.returning(alerts)).mappings().one())

        return await self._database.write(work, lambda alert: self._changed(alert.id))

    def _changed(self, alert_id: str) -> None:
        self._bus.publish(AlertChanged(alert_id))

    async def _read(self, query: Select[*tuple[object, ...]]) -> Alerts:
        return await self._database.rows(query, _alert)


def _conditions(which: AlertFilter) -> Sequence[ColumnElement[bool]]:
    is_state = {
        AlertState.OPEN: _OPEN,
        AlertState.SEEN: and_(~_OPEN, alerts.c.done_at.is_(None)),
        AlertState.DONE: alerts.c.done_at.is_not(None),
    }
    conditions = []
    if which.state is not None:
        conditions.append(is_state[which.state])
    if which.level is not None:
        conditions.append(alerts.c.level == which.level)
    if which.toy_id is not None:
        conditions.append(alerts.c.toy_id == which.toy_id)
    return conditions


def _is_kept(connection: Connection, turn_id: str | None) -> bool:
    """A turn that came when the disk was full may not be there, but its alert must."""
    query = select(turns.c.id).where(turns.c.id == turn_id)
    return turn_id is not None and connection.scalar(query) is not None


def _earlier(connection: Connection, alert: Alert) -> Alert | None:
    """The alert that tells of the same already: the one of the same turn, else one that is still open."""
    if alert.toy_id is None:
        return None
    newest = select(func.max(alerts.c.number)).scalar_subquery()
    query = (
        select(alerts)
        .where(alerts.c.number > newest - MAX_SEARCHED, alerts.c.toy_id == alert.toy_id)
        .where(alerts.c.category == alert.category, alerts.c.title == alert.title)
        .where(alerts.c.at.between(alert.at - SAME_WITHIN, alert.at + SAME_WITHIN))
        .order_by(alerts.c.number.desc())
    )
    found = [
        earlier
        for earlier in map(_alert, connection.execute(query).mappings())
        if earlier.level.rank >= alert.level.rank and earlier.tried == alert.tried
    ]
    of_turn = (earlier for earlier in found if _is_of_turn(earlier, alert.turn_id))
    still_open = (
        earlier
        for earlier in found
        if earlier.acknowledged_at is None
        and (alert.level is not AlertLevel.URGENT or _says_the_same(connection, earlier, alert))
    )
    return next(of_turn, None) or next(still_open, None)


def _says_the_same(connection: Connection, earlier: Alert, alert: Alert) -> bool:
    """Whether all words that `alert` was made for stand in what one of the earlier turns heard."""
    said = _words(connection, alert.turn_id)
    before = (_words(connection, turn) for turn in (earlier.turn_id, earlier.last_turn_id))
    return bool(said) and any(said <= words for words in before)


def _words(connection: Connection, turn_id: str | None) -> set[str]:
    heard = connection.scalar(select(turns.c.heard).where(turns.c.id == turn_id)) or ""
    return set(re.findall(r"\w+", heard.lower()))


def _is_of_turn(alert: Alert, turn_id: str | None) -> bool:
    return turn_id is not None and turn_id in (alert.turn_id, alert.last_turn_id)


def _seen_before(connection: Connection, alert_id: str, seen: Mapping[str, str]) -> Alert:
    """The alert, where the same was entered before: a second click. Raises NotFoundError, RefusedError."""
    row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).mappings().first()
    if row is None:
        raise _unknown(alert_id)
    if any(row[column] != entry for column, entry in seen.items()):
        who = row["acknowledged_by"] or "somebody"
        raise RefusedError(
            _("%(who)s has acknowledged this alert already; what was noted then stays", who=who)
        )
    return _alert(row)


def _unknown(alert_id: str) -> NotFoundError:
    return NotFoundError(_("there is no alert with the id %(alert_id)s", alert_id=alert_id))


def _messages(alert: Alert) -> dict[str, object]:
    texts = {TITLE: alert.title, **alert.details}
    return {name: kept(text) for name, text in texts.items() if isinstance(text, Message)}


def _alert(row: Row) -> Alert:
    alert, messages = from_row(Alert, row), row["messages"]
    texts = {TITLE: alert.title, **alert.details}
    texts |= {name: restored(messages[name]) for name in texts if name in messages}
    title = texts.pop(TITLE)
    return replace(alert, title=title, details=texts)
