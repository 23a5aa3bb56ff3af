"""How the hub is: whether the guard, the providers and the disk work, and what was counted."""

from typing import Any

from hub.devices.device import TALKS
from hub.devices.fleet import Fleet
from hub.domain.toys import SatelliteState
from hub.domain.version import VERSION
from hub.metrics import CONTENT_TYPE, Metrics
from hub.pipeline.pipeline import Pipeline
from hub.providers.pool import Providers
from hub.safety.guard import Guard
from hub.safety.layers import GuardHealth, Impairment
from hub.storage.store import Store

__all__ = ["CONTENT_TYPE", "GuardHealth", "Health", "Impairment"]

CIRCUIT_UP = {"closed": 1.0, "half-open": 0.5, "open": 0.0}
"""A circuit breaker's state as a number."""


class Health:
    """Asks each part as it is now."""

    def __init__(
        self,
        guard: Guard,
        providers: Providers,
        pipeline: Pipeline,
        fleet: Fleet,
        metrics: Metrics,
        store: Store,
    ) -> None:
        self._guard = guard
        self._providers = providers
        self._pipeline = pipeline
        self._fleet = fleet
        self._metrics = metrics
        self._store = store

    @property
    def guard(self) -> GuardHealth:
        """Which layers of the guard work."""
        return self._guard.health

    @property
    def disk_is_full(self) -> bool:
        """Nothing but alerts can be kept."""
        return self._store.database.disk_is_full

    def metrics(self, pages: int) -> bytes:
        """Counts and times over all turns, in Prometheus's text format; `pages` are open now."""
        linked = {*TALKS, SatelliteState.STOPPED}
        toys = sum(satellite.state in linked for satellite in self._fleet.satellites())
        for (kind, name), state in self._providers.states().items():
            self._metrics.circuit(kind.value, name, CIRCUIT_UP[state])
        return self._metrics.text(toy=toys, page=pages)

    def report(self) -> dict[str, Any]:
        """What works; `status` ("ok", or "impaired" when a guard layer or a provider fails or the
        disk is full) and `version` are for anybody, the rest is for guardians."""
        guard = self.guard
        problems = self._providers.problems()
        satellites = self._fleet.satellites()
        ok = guard.ok and not problems and not self.disk_is_full
        return {
            "status": "ok" if ok else "impaired",
            "version": VERSION,
            "stopped": self._pipeline.stopped,
            "disk": {"full": self.disk_is_full},
            "guard": {
                "ok": guard.ok,
                "rules_version": self._guard.rules_version,
                "impaired": sorted(layer.layer for layer in guard.impaired),
            },
            "providers": {
                "problems": problems,
                "circuits": {
                    f"{kind.value} {name}": state
                    for (kind, name), state in self._providers.states().items()
                },
            },
            "satellites": {
                "adopted": sum(satellite.adopted for satellite in satellites),
                "found": len(satellites),
            },
        }
