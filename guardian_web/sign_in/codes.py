"""The second step of a sign-in: who typed the right password and has a second factor types its code.

Between the two steps the hub remembers, for a few minutes and in memory alone, who it was; a ticket in the form says
so, and is good in that browser only. Codes are few, so wrong ones are counted by account, and strictly.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from guardian_web.sign_in.tries import TryLimit
from hub.core.people.second_factor import WRONG_CODE, SecondFactors
from hub.domain.clock import Clock
from hub.domain.family.people import Guardian
from hub.errors import NotFoundError, RefusedError
from hub.translation import gettext as _
from hub.translation import marked

TICKET_S: Final = 300.0
MAX_TICKETS: Final = 64
WRONG_CODES_AN_HOUR: Final = 10
"""For each account: of a million codes three count at a time, so that one guess in 1,400 days of trying hits."""
HOUR_S: Final = 3600.0

TOO_LATE: Final = marked("That took too long. Please type your password again.")


@dataclass(frozen=True, slots=True)
class _Ticket:
    guardian: Guardian
    visitor: str
    """The token of the form that the password came in: a ticket is of no use to another browser."""
    ends_at: float


class SecondSteps:
    """Those under way."""

    def __init__(self, second_factors: SecondFactors, clock: Clock) -> None:
        self._second_factors = second_factors
        self._clock = clock
        self._tickets: OrderedDict[str, _Ticket] = OrderedDict()
        self._limit = TryLimit(clock, WRONG_CODES_AN_HOUR, HOUR_S)

    def begin(self, guardian: Guardian, visitor: str) -> str:
        """A ticket for who typed the right password just now."""
        ticket = secrets.token_urlsafe(32)
        self._tickets[ticket] = _Ticket(guardian, visitor, self._clock.monotonic() + TICKET_S)
        while len(self._tickets) > MAX_TICKETS:
            self._tickets.popitem(last=False)
        return ticket

    def name_of(self, ticket: str) -> str:
        """Whose password was typed; "" for a ticket that is none any more."""
        found = self._tickets.get(ticket)
        return found.guardian.name if found else ""

    async def finish(self, ticket: str, visitor: str, code: str) -> Guardian:
        """Who it is. Raises NotFoundError where they must begin again, RefusedError for a wrong code."""
        found = self._tickets.get(ticket)
        if found is None or found.visitor != visitor or found.ends_at <= self._clock.monotonic():
            self._tickets.pop(ticket, None)
            raise NotFoundError(_(TOO_LATE))
        self._limit.count(found.guardian.id)
        if not await self._second_factors.accepts(found.guardian, code):
            raise RefusedError(WRONG_CODE)
        self._limit.forget(found.guardian.id)
        self._tickets.pop(ticket, None)
        return found.guardian
