"""Digests over real HTTP: when each is sent, what stands in it, and that no words leave unless somebody chose so."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.alerts.dispatcher import Dispatcher
from hub.alerts.post import Post
from hub.core.alerts.digests import MAX_TRIES, Digests, last_due
from hub.core.alerts.insight import Figures
from hub.domain.family.children import Child
from hub.domain.household import Adult, CloudAccess, DigestEvery, Household, LedgerKind
from hub.domain.safety import Verdict
from hub.domain.talks.talk import Turn, TurnState
from hub.events import Bus
from hub.storage.store import Store
from hub.translation import Catalogues
from tests.alerts.far_side import WebHook, web_hook
from tests.catalogues import LANGUAGE, unmarked, write_marking_catalogue
from tests.clock import FakeClock
from tests.new_household import open_household

HOUR_S = 3600.0
MUM = Adult("m", "Mum", digest=DigestEvery.DAILY)


class Home:
    """It is Monday, 15:00 UTC, and four hours earlier at home; the next digest is due in eight."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.catalogues = Catalogues()
        self.restart()

    def restart(self) -> None:
        dispatcher = Dispatcher(self.store, Bus(), Post(self.clock), self.clock, self.catalogues)
        figures = Figures(self.store, self.clock)
        self.digests = Digests(self.store, figures, dispatcher, self.clock)

    async def after(self, hours: float) -> None:
        await self.clock.advance(hours * HOUR_S)
        await self.digests.send_due()

    async def say(self, heard: str, *, look: bool = False) -> None:
        [toy] = await self.store.toys.list()
        turn = Turn(heard, toy.id, "satellite", self.clock.now(), state=TurnState.DONE, heard=heard)
        turn.verdicts = [Verdict(allowed=True, look=look)]
        await self.store.turns.begin(turn)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    clock, bus = FakeClock(), Bus()
    database = await open_household(tmp_path / "data", clock)
    store = Store(database, bus, clock)
    await store.household.save(Household(time_zone="America/New_York"))
    yield Home(store, clock)
    await database.aclose()


@pytest.fixture
async def hook() -> AsyncIterator[WebHook]:
    async with web_hook() as hook:
        yield hook


async def test_a_daily_digest_comes_at_seven_in_the_evening_once_and_without_words(
    home: Home, hook: WebHook
) -> None:
    await home.store.adults.save(replace(MUM, url=hook.url))
    await home.say("my secret dog", look=True)
    await home.after(0)
    await home.after(7.9)
    assert hook.got == []
    await home.after(0.2)
    await home.after(0.1)
    home.restart()
    await home.after(1)
    (message,) = hook.got
    assert message["title"] == "Pommai: today"
    assert message["message"].splitlines() == [
        "Minutes of talking: 0",
        "Questions: 1, of which 0 were redirected",
        "Worth a look: 1",
        "Open alerts: 0",
        "",
        "Open your hub's Guardian pages to read more.",
    ]
    (entry,) = await home.store.ledger.recent(5)
    assert (entry.kind, entry.provider) == (LedgerKind.ALERT, "json")


async def test_words_are_in_it_for_who_chose_so_without_the_childs_name_unless_clouds_are_off(
    home: Home, hook: WebHook
) -> None:
    await home.store.children.save(Child("c", "Lucy"))
    await home.store.adults.save(replace(MUM, url=hook.url, digest_words=True))
    await home.after(0)
    await home.say("lucy is scared of the dog", look=True)
    await home.say("a cat")
    await home.after(8.1)
    (message,) = hook.got
    assert "Mostly about: animals, feelings" in message["message"]
    assert "“[name] is scared of the dog”" in message["message"]
    assert "a cat" not in message["message"]

    await home.store.clouds.save(CloudAccess(off_since=home.clock.now()))
    await home.clock.advance(20 * HOUR_S)
    await home.say("lucy is scared", look=True)
    await home.after(4)
    assert "about" not in hook.got[1]["message"]
    assert "scared" not in hook.got[1]["message"]


async def test_it_is_in_the_households_language(home: Home, hook: WebHook, tmp_path: Path) -> None:
    write_marking_catalogue(tmp_path)
    home.catalogues.read(tmp_path)
    await home.store.household.save(Household(language=LANGUAGE))
    await home.store.adults.save(replace(MUM, url=hook.url, digest=DigestEvery.WEEKLY))
    await home.after(0)
    await home.say("hello")
    await home.after(7 * 24)
    (message,) = hook.got
    assert "Monday" in message["title"]
    assert unmarked(message["title"] + message["message"], re.compile("Pommai")) == []


async def test_nothing_is_sent_where_there_is_nothing_to_tell(home: Home, hook: WebHook) -> None:
    await home.store.adults.save(replace(MUM, url=hook.url))
    await home.after(0)
    await home.after(24)
    assert hook.got == []


async def test_a_hub_that_was_off_sends_one_and_do_not_disturb_is_kept(
    home: Home, hook: WebHook
) -> None:
    await home.store.adults.save(replace(MUM, url=hook.url))
    await home.after(0)
    await home.clock.advance(50 * HOUR_S)
    await home.say("hello")  # on Wednesday
    await home.clock.advance(21 * HOUR_S)  # Thursday, ten in the morning
    quiet = datetime(2026, 5, 7, 9, tzinfo=UTC).time()
    household = await home.store.household.get()
    await home.store.household.save(
        replace(household, quiet_from=quiet, quiet_until=quiet.replace(hour=11))
    )
    await home.after(0)
    assert hook.got == []
    await home.after(1.1)
    await home.after(1)
    assert len(hook.got) == 1


async def test_a_digest_that_does_not_arrive_is_tried_again_and_given_up_in_the_end(
    home: Home,
) -> None:
    await home.store.adults.save(replace(MUM, url="json://127.0.0.1:9"))
    await home.after(0)
    await home.say("hello")
    await home.clock.advance(8.1 * HOUR_S)
    for _ in range(MAX_TRIES + 3):
        await home.after(1)
    assert len(await home.store.ledger.recent(100)) == MAX_TRIES


@pytest.mark.parametrize(
    ("every", "now", "due"),
    [
        (DigestEvery.DAILY, "2026-05-04T23:00", "2026-05-04T23:00"),
        (DigestEvery.DAILY, "2026-05-04T22:59", "2026-05-03T23:00"),
        (DigestEvery.WEEKLY, "2026-05-04T15:00", "2026-05-03T23:00"),
        (DigestEvery.WEEKLY, "2026-05-03T22:00", "2026-04-26T23:00"),
        (DigestEvery.WEEKLY, "2026-03-09T15:00", "2026-03-08T23:00"),  # the clocks went forward
    ],
)
def test_when_a_digest_was_due_last(every: DigestEvery, now: str, due: str) -> None:
    """Seven in the evening in New York is eleven at night in summer's UTC."""
    household = Household(time_zone="America/New_York")
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, due)]
    assert last_due(every, household, moments[0]) - moments[1] == timedelta()
