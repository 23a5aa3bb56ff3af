"""Wyoming services on the home network for the toys: what there is, and what a parent approved of it."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from hub.domain.clock import Clock
from hub.domain.network_services import SERVICE_PREFIX, NetworkService, ServiceKind
from hub.errors import NotFoundError, ProviderError
from hub.providers.wyoming.look import ask, look, place_in
from hub.storage.store import Store
from hub.translation import gettext as _


class NetworkServices:
    """Nothing here is asked before a parent wants to know. Errors are `PommaiError`s with one line for a person."""

    def __init__(
        self,
        store: Store,
        announced: Callable[[], Iterable[Sequence[tuple[str, int]]]],
        take_in: Sequence[Callable[[Sequence[NetworkService]], Awaitable[None]]],
        clock: Clock,
    ) -> None:
        """`announced` gives the addresses of each stranger that announces itself now; each of `take_in`
        has just the given ones used."""
        self._store = store
        self._announced = announced
        self._take_in = take_in
        self._clock = clock

    async def load(self) -> None:
        """What was approved before may be used."""
        approved = await self.approved()
        for take_in in self._take_in:
            await take_in(approved)

    async def approved(self) -> list[NetworkService]:
        return await self._store.network_services.list()

    async def look(self, at: str = "") -> list[NetworkService]:
        """What is offered now where something is announced, or at one place alone, and was not approved there.

        Raises RefusedError for a place that is none or outside the home, ProviderError where that one doesn't answer.
        """
        approved = await self.approved()
        if at:
            found = await ask(*place_in(at), self._clock)
        else:
            found = await look(self._announced(), self._clock)
        known = {(service.kind, service.program, service.place) for service in approved}
        return [s for s in found if (s.kind, s.program, s.place) not in known]

    async def approve(self, kind: ServiceKind, program: str, at: str) -> NetworkService:
        """Toys may use it from now on, at that place. It is asked once more what it is.

        One that moved keeps its name. Raises NotFoundError where it isn't there, and as `look`.
        """
        offered = await ask(*place_in(at), self._clock)
        service = next((s for s in offered if (s.kind, s.program) == (kind, program)), None)
        if service is None:
            raise NotFoundError(
                _("%(at)s offers no %(program)s now: look again", at=at, program=program)
            )
        service = replace(service, name=await self._name_for(service))
        await self._store.network_services.save(service)
        await self.load()
        return service

    async def forget(self, kind: ServiceKind, name: str) -> None:
        """No toy uses it any more. Raises NotFoundError."""
        await self._store.network_services.remove(kind, name)
        await self.load()

    async def _name_for(self, service: NetworkService) -> str:
        alike = [known for known in await self.approved() if known.kind is service.kind]
        for known in alike:
            if known.program == service.program and (
                known.place == service.place or not await self._is_there(known)
            ):
                return known.name
        plain = SERVICE_PREFIX + (
            re.sub(r"[^a-z0-9]+", "-", service.program.lower()).strip("-") or "service"
        )
        names = {known.name for known in alike}
        candidates = (plain, *(f"{plain}-{number}" for number in range(2, len(names) + 3)))
        return next(name for name in candidates if name not in names)

    async def _is_there(self, known: NetworkService) -> bool:
        try:
            offered = await ask(known.host, known.port, self._clock)
        except ProviderError:
            return False
        return any((s.kind, s.program) == (known.kind, known.program) for s in offered)
