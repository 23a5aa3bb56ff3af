"""Who listens to the room of a plain satellite that streams all the time, as a parent chose."""

from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from hub.devices.audio.room import RoomListener
from hub.devices.session import Session
from hub.devices.sightings import Sightings
from hub.domain.toys import ANY_VOICE, Satellite
from hub.errors import LinkError, RefusedError
from hub.translation import gettext as _


class RoomOwner(Protocol):
    """What is needed of the room's `Device`."""

    @property
    def satellite(self) -> Satellite: ...

    @property
    def session(self) -> Session | None: ...

    async def keep(self, satellite: Satellite) -> None: ...


class RoomChoice:
    def __init__(self, owner: RoomOwner, sightings: Sightings) -> None:
        self._owner = owner
        self._sightings = sightings

    @property
    def listener(self) -> RoomListener:
        """A service that is approved no more hears nothing."""
        by = self._owner.satellite.room_heard_by
        return by if by == ANY_VOICE else self._sightings.wake_services.get(by, "")

    async def change(self, by: str) -> None:
        """To `by`, as `Satellite.room_heard_by`. Holds at once.

        Raises NotFoundError, RefusedError for a service that isn't approved, DataError.
        """
        satellite = self._owner.satellite
        if satellite.certificate:
            raise RefusedError(
                _("%(name)s is paired, and never streams all the time", name=satellite.name)
            )
        if by not in ("", ANY_VOICE, *self._sightings.wake_services):
            raise RefusedError(
                _("%(by)s is no approved wake word service: look at the services", by=by)
            )
        await self._owner.keep(replace(satellite, room_heard_by=by))
        await self.ask_anew()

    async def ask_anew(self) -> None:
        """Somebody else listens now: what the satellite does ends, and it is to ask again."""
        if self._owner.session is not None:
            with suppress(LinkError):  # it asks anew when it is back
                await self._owner.session.ask_anew()
