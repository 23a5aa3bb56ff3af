"""The hub as others see it: what the pages, the command line and the integrations may ask for."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from hub.domain.safety import Alert
from hub.domain.talk import Turn
from hub.domain.toys import Satellite, Toy
from hub.events import Bus
from hub.pipeline.services import Ask
from hub.pipeline.turn import Pipeline, RunningTurn
from hub.providers.pool import Providers
from hub.safety.guard import Guard
from hub.storage.guardian import GuardianRepository
from hub.storage.store import Store
from hub.voice.fleet import Fleet


class Hub:
    """Errors are `PommaiError`s with one line for a person."""

    def __init__(
        self,
        *,
        bus: Bus,
        store: Store,
        guard: Guard,
        providers: Providers,
        pipeline: Pipeline,
        fleet: Fleet,
    ) -> None:
        self.bus = bus
        self._store = store
        self._guard = guard
        self._providers = providers
        self._pipeline = pipeline
        self._fleet = fleet

    @property
    def guardian(self) -> GuardianRepository:
        """The parents' password and their signed-in browsers."""
        return self._store.guardian

    async def toys(self) -> Sequence[Toy]:
        return await self._store.toys.list()

    async def satellites(self) -> Sequence[Satellite]:
        """Those that the family adopted and those that are seen on the network."""
        return self._fleet.satellites()

    async def adopt(self, name: str, toy: str | None = None) -> Satellite:
        """`name` is an announced name or host:port; `toy` names the character that moves in."""
        chosen = await self._store.toys.by_name(toy) if toy else None
        return await self._fleet.adopt(name, chosen)

    async def release(self, name: str) -> Satellite:
        return await self._fleet.release(name)

    async def say(self, toy: str, text: str, source: str = "say") -> RunningTurn:
        """A whole turn from typed text; enter it and read its events."""
        return self._pipeline.turn(Ask(await self._store.toys.by_name(toy), source, text=text))

    async def turn(self, turn_id: str) -> Turn | None:
        """None where nothing was heard, so that nothing is stored."""
        return await self._store.turns.get(turn_id)

    async def recent_turns(self, limit: int) -> Sequence[Turn]:
        """The newest first."""
        return await self._store.turns.recent(limit)

    async def turns_since(self, revision: int, limit: int) -> Sequence[Turn]:
        """Turns changed after `revision`, in the order of their changes."""
        return await self._store.turns.since(revision, limit)

    async def alerts(self, limit: int) -> Sequence[Alert]:
        """The newest first."""
        return await self._store.alerts.list(limit)

    async def alerts_since(self, revision: int, limit: int) -> Sequence[Alert]:
        return await self._store.alerts.since(revision, limit)

    async def revision(self) -> int:
        """Of the last change to any turn or alert."""
        return await self._store.revision()

    async def health(self) -> dict[str, Any]:
        """What works; `status` is "ok", or "impaired" when a guard layer or a provider fails."""
        guard = self._guard.health
        problems = self._providers.problems()
        satellites = self._fleet.satellites()
        return {
            "status": "ok" if guard.ok and not problems else "impaired",
            "version": version("pommai"),
            "guard": {
                "ok": guard.ok,
                "rules_version": self._guard.rules_version,
                "impaired": sorted(guard.impaired),
            },
            "providers": {"problems": problems},
            "satellites": {
                "adopted": sum(satellite.adopted for satellite in satellites),
                "found": len(satellites),
            },
        }
