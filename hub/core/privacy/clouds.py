"""All services outside the home at once: which the family chose, and the switch that turns them off.

The switch holds for toys, judges, voices and report cards. Alerts and digests go on, both without anybody's words: they
reach the grown-ups whom a guardian entered, and a child who tells of being hurt must be heard by somebody.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from hub.domain.clock import Clock
from hub.domain.household import CloudAccess
from hub.domain.network_services import SERVICE_PREFIX, provider_label
from hub.domain.toys import ProviderKind, Toy
from hub.egress.places import Place, place_of_provider
from hub.egress.remote_checks import RemoteLayer
from hub.egress.remote_embedder import RemoteEmbedder
from hub.errors import PommaiError, RefusedError
from hub.providers.base import ProviderSetup
from hub.providers.pool import Providers
from hub.providers.registry import load
from hub.storage.store import Store
from hub.translation import gettext as _
from hub.translation import marked

__all__ = ["CloudService", "CloudSwitchboard", "Place", "StandIn"]

log = structlog.get_logger()

TURN_KINDS: Final = (ProviderKind.STT, ProviderKind.LLM, ProviderKind.TTS)


KIND_SENDS: Final = {
    ProviderKind.STT: marked("your child's voice"),
    ProviderKind.LLM: marked("what your child says"),
    ProviderKind.TTS: marked("what the toy says"),
    ProviderKind.SAFETY: marked("what is said, to be checked"),
    ProviderKind.EMBEDDING: marked(
        "what you let it read of what toys know, and what is said to these toys"
    ),
}


@dataclass(frozen=True, slots=True)
class CloudService:
    """One service outside the home that the family chose."""

    kind: ProviderKind
    name: str
    place: Place
    toys: tuple[str, ...]
    """Names of the toys that it serves; none for a judge or what reads documents, which serve all."""
    required: bool = False
    """A judge without which the guard lets nothing pass."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """What serves a toy while all clouds are off."""

    toy: str
    kind: ProviderKind
    what: str
    """For people, such as "Whisper base.en"."""
    embedded: bool
    """The last resort, which is a demonstration."""


class CloudSwitchboard:
    """One for the hub."""

    def __init__(
        self,
        store: Store,
        setup: ProviderSetup,
        providers: Providers,
        layers: Sequence[RemoteLayer],
        embedder: RemoteEmbedder | None,
        clock: Clock,
    ) -> None:
        self._store = store
        self._setup = setup
        self._switch = setup.clouds
        self._providers = providers
        self._layers = layers
        self._embedder = embedder
        self._clock = clock
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        """The family's choice holds from now on; until then all is off."""
        self._switch.set_off((await self._store.clouds.get()).off_since is not None)

    @property
    def off(self) -> bool:
        return self._switch.off

    async def access(self) -> CloudAccess:
        """As it is kept on the disk."""
        return await self._store.clouds.get()

    async def turn_off(self) -> CloudAccess:
        """At once, also for what is under way. Where the disk can't keep it, it holds all the same until the hub ends,
        and DataError says so."""
        self._switch.set_off(True)
        async with self._changing:
            self._switch.set_off(True)  # what allowed them meanwhile came first
            await self._providers.close_clouds()
            for layer in self._layers:
                if not layer.local:
                    await layer.aclose()
            if self._embedder and not self._embedder.local:
                await self._embedder.aclose()
            kept = await self._store.clouds.get()
            if kept.off_since is None:
                kept = await self._store.clouds.save(replace(kept, off_since=self._clock.now()))
                log.info("all cloud services were turned off")
        return kept

    async def allow(self, agreed: Sequence[str]) -> CloudAccess:
        """They may be asked again. `agreed` is what the guardian read and agreed to, as `lines` gives it.

        Raises RefusedError where other services are chosen by now.
        """
        async with self._changing:
            services = await self.services()
            if list(agreed) != self.lines(services):
                raise RefusedError(
                    _(
                        "what would leave your home has changed in the meantime: please read it again"
                    )
                )
            now = self._clock.now()
            kept = await self._store.clouds.save(CloudAccess(None, now, tuple(agreed)))
            self._switch.set_off(False)
            log.info("cloud services are allowed again")
        return kept

    async def services(self) -> list[CloudService]:
        """All that are outside the home and would be asked, were they allowed; by kind."""
        served: dict[tuple[ProviderKind, str], list[str]] = {}
        for toy in await self._store.toys.list():
            for kind in TURN_KINDS:
                for name in await self._providers.names(kind, toy):
                    served.setdefault((kind, name), []).append(toy.name)
        found = []
        for (kind, name), toys in served.items():
            place = await asyncio.to_thread(place_of_provider, kind, name, self._setup)
            if place is not None:
                found.append(CloudService(kind, name, place, tuple(toys)))
        for layer in self._layers:
            kind = ProviderKind.SAFETY
            place = await asyncio.to_thread(place_of_provider, kind, layer.name, self._setup)
            if place is not None:
                found.append(CloudService(kind, layer.name, place, (), not layer.added))
        if self._embedder and (place := self._embedder.place):
            found.append(CloudService(ProviderKind.EMBEDDING, self._embedder.name, place, ()))
        return found

    def lines(self, services: Sequence[CloudService]) -> list[str]:
        """What a guardian agrees to by allowing them, a line for each service."""
        return [
            f"{service.place.company} ({service.place.country}) gets {KIND_SENDS[service.kind]}"
            for service in services
        ]

    async def stand_ins(self) -> list[StandIn]:
        """Who would listen, answer and speak for each toy with all clouds off."""
        toys = await self._store.toys.list()
        return [await self._stand_in(toy, kind) for toy in toys for kind in TURN_KINDS]

    async def _stand_in(self, toy: Toy, kind: ProviderKind) -> StandIn:
        *chosen, embedded = await self._providers.names(kind, toy)
        for name in chosen:
            if name.startswith(SERVICE_PREFIX):
                return StandIn(toy.name, kind, provider_label(name), embedded=False)
            if what := await asyncio.to_thread(_at_home, kind, name, self._setup):
                return StandIn(toy.name, kind, what, embedded=False)
        what = await asyncio.to_thread(_at_home, kind, embedded, self._setup)
        return StandIn(toy.name, kind, what or embedded, embedded=True)


def _at_home(kind: ProviderKind, name: str, setup: ProviderSetup) -> str:
    """What it is, for people; "" where it is outside the home or can't be taken."""
    try:
        provider = load(kind, name, setup)
    except PommaiError:
        return ""
    return provider.what if provider.local and not provider.problem() else ""
