"""What left the home by day: of today as it is, of days gone by without reading each request again."""

from datetime import timedelta
from pathlib import Path

from hub.config import Config
from hub.core.privacy.left_home import DAYS, LedgerTotals
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.household import Household as Settings
from hub.events import Bus
from hub.providers.base import ProviderSetup
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.new_household import open_household


async def test_today_grows_and_days_go_by(tmp_path: Path) -> None:
    clock = FakeClock()
    database = await open_household(tmp_path, clock)
    store = Store(database, Bus(), clock)
    totals = LedgerTotals(store, ProviderSetup(Config(), {}), clock)

    async def by_day() -> dict[str, int]:
        """Days ago to characters."""
        today = (await store.household.get()).local(clock.now()).date()
        left = await totals.recent()
        return {str((today - day.day).days): day.amounts.characters for day in left.days}

    async def send(characters: int, days_ago: int = 0) -> None:
        at = clock.now() - timedelta(days=days_ago)
        await store.ledger.add(
            LedgerEntry(at, LedgerKind.LLM, "openai", ContentKind.TEXT, characters)
        )

    try:
        await send(100, days_ago=DAYS - 1)
        await send(20, days_ago=1)
        await send(3)
        assert await by_day() == {"0": 3, "1": 20, str(DAYS - 1): 100}
        await send(4)
        assert await by_day() == {"0": 7, "1": 20, str(DAYS - 1): 100}
        await clock.advance(24 * 3600)
        await send(5)
        assert await by_day() == {"0": 5, "1": 7, "2": 20}
        await send(6, days_ago=2)  # as where the clock was wrong
        assert await by_day() == {"0": 5, "1": 7, "2": 26}
        await store.household.save(Settings(time_zone="Pacific/Kiritimati"))
        assert sum((await by_day()).values()) == 38, "other midnights, the same sums"
    finally:
        await database.aclose()
