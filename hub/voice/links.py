"""A lasting link to each adopted satellite, and the session that talks over it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from hub.domain.clock import Clock
from hub.domain.house_services import HouseService
from hub.domain.toys import Satellite
from hub.errors import RefusedError
from hub.voice.adopted import Adopted
from hub.voice.connection import Send
from hub.voice.credentials import Credentials
from hub.voice.identity import Address, Identity
from hub.voice.link import Link, Show
from hub.voice.session import Session
from hub.voice.told import Told
from hub.voice.turn import Turns
from hub.voice.watch import Watch


class Links:
    def __init__(
        self,
        adopted: Adopted,
        turns: Turns,
        credentials: Credentials,
        clock: Clock,
        *,
        heard_by: Callable[[str], HouseService | str],
        told: Callable[[str], Told],
        parted: Callable[[str], None],
        met_another: Callable[[str, Address], None],
        met_copy: Callable[[str, Address], None],
        changed: Callable[[], None],
    ) -> None:
        """`heard_by` is a `Session`'s, by key; `told` gives who hears what a satellite of ours tells, `parted` is told
        of each session's end, `met_another` where a paired satellite should be and something else was; `met_copy`
        and `changed` as for `Link`."""
        self.sessions: dict[str, Session] = {}
        """Of those that are linked."""
        self._adopted = adopted
        self._turns = turns
        self._credentials = credentials
        self._clock = clock
        self._heard_by = heard_by
        self._told = told
        self._parted = parted
        self._met_another = met_another
        self._met_copy = met_copy
        self._changed = changed
        self._links: dict[str, Link] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def get(self, key: str) -> Link | None:
        return self._links.get(key)

    def watch(self, satellite: Satellite) -> AbstractContextManager[Watch]:
        """Its messages. Raises RefusedError."""
        link = self._links.get(satellite.key)
        if link is None:
            raise RefusedError(f"the hub has no link to {satellite.name} yet")
        return link.watched()

    def start(self, satellite: Satellite, group: asyncio.TaskGroup) -> None:
        key = satellite.key
        is_ours = False

        def talk(send: Send, show: Show) -> Session:
            told = self._told(key) if is_ours and satellite.certificate else None
            session = Session(
                key,
                lambda: self._adopted.toy_of(key),
                self._turns,
                send,
                show,
                self._clock,
                told,
                heard_by=lambda: self._heard_by(key),
            )
            self.sessions[key] = session
            return session

        async def connected(address: Address, identity: Identity) -> None:
            nonlocal is_ours
            is_ours = identity.is_ours
            await self._adopted.note(identity.introduce(self._adopted.by_key[key], address))

        async def parted() -> None:
            self._forget_session(key)
            await self._adopted.note(self._adopted.by_key[key])

        self._links[key] = Link(
            key,
            satellite.addresses,
            objection=lambda identity: identity.objection(self._adopted.by_key[key]),
            talk=talk,
            connected=connected,
            parted=parted,
            changed=self._changed,
            clock=self._clock,
            secured=self._credentials.for_toy(
                satellite.certificate, lambda address: self._met_another(key, address)
            )
            if satellite.certificate
            else None,
            met_copy=lambda address: self._met_copy(key, address),
        )
        self._tasks[key] = group.create_task(self._links[key].run(), name=f"link to {key}")

    async def end(self, key: str) -> None:
        self._links.pop(key, None)
        self._forget_session(key)
        if task := self._tasks.pop(key, None):
            task.cancel()
            await asyncio.wait((task,))

    def _forget_session(self, key: str) -> None:
        self.sessions.pop(key, None)
        self._parted(key)
