"""The digest: what was said in a day or a week, in figures, sent to each grown-up who wants one by their own way.

It goes out at seven in the evening by the household's clock, a weekly one on Sundays, and once each time, also
where the hub was off meanwhile. No words of a child are in it unless that grown-up chose so, as others may see a
locked phone and a message passes through servers that are not the family's; while all clouds are off, none is.
"""

from datetime import date, datetime, time, timedelta
from typing import Final

import structlog

from hub.alerts.dispatcher import Dispatcher
from hub.alerts.post import AlertMessage
from hub.alerts.routing import wait_after
from hub.core.alerts.insight import Figures
from hub.domain.clock import Clock
from hub.domain.household import Adult, DigestEvery, Household
from hub.domain.safety import AlertLevel
from hub.domain.talks.insight import Insight
from hub.domain.talks.talk import Turn
from hub.domain.words import day_words
from hub.egress.masking import Masker
from hub.errors import DataError, DeliveryError
from hub.storage.store import Store
from hub.translation import joined, marked, marked_number

log = structlog.get_logger()

HOUR: Final = time(19)
"""When children are in bed, or nearly."""
LOOKED_EVERY_S: Final = 60.0
MAX_TRIES: Final = 8
"""Over an hour and a half; after that there is the next digest."""
MAX_QUOTES: Final = 5
MAX_QUOTE_CHARS: Final = 120
TOPICS_TOLD: Final = 3
DAYS: Final = {DigestEvery.DAILY: 1, DigestEvery.WEEKLY: 7}


class Digests:
    def __init__(
        self, store: Store, figures: Figures, dispatcher: Dispatcher, clock: Clock
    ) -> None:
        self._store = store
        self._figures = figures
        self._dispatcher = dispatcher
        self._clock = clock
        self._failed: dict[str, tuple[int, datetime]] = {}
        """By adult: how often in a row it failed, and when it is tried again."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.send_due()
            except DataError as error:
                log.error("digests can't be sent", error=str(error))
            await self._clock.sleep(LOOKED_EVERY_S)

    async def send_due(self) -> None:
        """To each whose time has come. Raises DataError."""
        household = await self._store.household.get()
        now = self._clock.now()
        if household.quiet_ends(now):
            return
        for adult in await self._store.adults.list():
            if adult.digest is DigestEvery.NEVER:
                continue
            last = await self._store.adults.digest_sent_at(adult.id)
            if last is None:  # they have just chosen it: the next one is the first
                await self._store.adults.keep_digest_sent(adult.id, now)
            elif last < (due := last_due(adult.digest, household, now)):
                await self._send(adult, household, due)

    async def _send(self, adult: Adult, household: Household, due: datetime) -> None:
        now = self._clock.now()
        tries, again_at = self._failed.get(adult.id, (0, now))
        if now < again_at:
            return
        try:
            message = await self._message(adult, household, due)
            if message is not None:
                await self._dispatcher.send(adult, message)
        except DeliveryError as error:
            log.warning("a digest did not arrive", adult=adult.id, error=str(error))
            if tries + 1 < MAX_TRIES:
                self._failed[adult.id] = (tries + 1, now + wait_after(tries + 1))
                return
        self._failed.pop(adult.id, None)
        await self._store.adults.keep_digest_sent(adult.id, now)

    async def _message(
        self, adult: Adult, household: Household, due: datetime
    ) -> AlertMessage | None:
        """None where there is nothing to tell."""
        days = DAYS[adult.digest]
        insight = await self._figures.last_days(days, household.local(due).date())
        open_alerts = await self._store.alerts.count_open()
        first = insight.days[0].day
        look = await self._store.turns.worth_a_look(due - timedelta(days=days), due)
        if not open_alerts and not any(day.questions for day in insight.days):
            return None
        with_words = adult.digest_words and not (await self._store.clouds.get()).off_since
        lines = [
            *_figures_told(insight),
            marked("Worth a look: %(number)s", number=len(look)),
            marked("Open alerts: %(number)s", number=open_alerts),
            *(await self._words_told(insight, look) if with_words else []),
            "",
            marked("Open your hub's Guardian pages to read more."),
        ]
        since = day_words(first, weekday=True, year=False)
        title = (
            marked("Pommai: today")
            if days == 1
            else marked("Pommai: the week since %(day)s", day=since)
        )
        return AlertMessage(title, joined(lines), AlertLevel.INFO)

    async def _words_told(self, insight: Insight, look: list[Turn]) -> list[str]:
        """What it was about, and what is worth a look in the child's own words, without names and places."""
        children = await self._store.children.list()
        masker = Masker([child.name for child in children])
        topics = joined([marked(one.topic) for one in insight.topics[:TOPICS_TOLD]], ", ")
        quotes = [masker.mask(turn.heard)[:MAX_QUOTE_CHARS] for turn in look[:MAX_QUOTES]]
        return [
            *([marked("Mostly about: %(topics)s", topics=topics)] if topics else []),
            *(f"“{each}”" for each in quotes),
        ]


def last_due(every: DigestEvery, household: Household, now: datetime) -> datetime:
    """When a digest was due last, at `now` or before."""
    today = household.local(now).date()
    day = today if now >= _at_hour(household, today) else today - timedelta(days=1)
    if every is DigestEvery.WEEKLY:
        day -= timedelta(days=(day.weekday() + 1) % 7)  # back to a Sunday
    return _at_hour(household, day)


def _at_hour(household: Household, day: date) -> datetime:
    return datetime.combine(day, HOUR, household.zone).astimezone()


def _figures_told(insight: Insight) -> list[str]:
    minutes = sum(day.minutes for day in insight.days)
    questions = sum(day.questions for day in insight.days)
    refused = sum(day.refused for day in insight.days)
    mistakes = sum(day.mistakes for day in insight.days)
    return [
        marked("Minutes of talking: %(number)s", number=round(minutes)),
        marked_number(
            "Questions: %(questions)s, of which %(num)s was redirected",
            "Questions: %(questions)s, of which %(num)s were redirected",
            refused,
            questions=questions,
        ),
        *([marked("Went wrong: %(number)s", number=mistakes)] if mistakes else []),
    ]
