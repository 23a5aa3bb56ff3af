"""The satellites of the household: those that the family adopted, and those that are seen on the network.

A `name` is what the satellite is announced as, its host:port, its key, or, for an adopted one, the
name of the toy that lives in it.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from uuid import uuid4

from hub.activities.bedtime.activity import Lulling
from hub.devices.device import Device
from hub.devices.fleet import Fleet
from hub.devices.watch import Watch
from hub.domain.toys import MAX_CALLABLE, Satellite, SatelliteSettings, Toy
from hub.errors import LinkError, NotFoundError, RefusedError
from hub.pipeline.pipeline import Pipeline
from hub.storage.store import Store
from hub.translation import gettext as _


class Devices:
    """Those of one household. NotFoundError says that none is called so."""

    def __init__(self, fleet: Fleet, pipeline: Pipeline, store: Store, lulling: Lulling) -> None:
        self._fleet = fleet
        self._pipeline = pipeline
        self._toys = store.toys
        self._household = store.household
        self._lulling = lulling

    def list(self) -> Sequence[Satellite]:
        """Adopted ones with their state of now, then those that are only seen, each by name."""
        return self._fleet.satellites()

    async def adopt(self, name: str, toy: str | None = None) -> Satellite:
        """Take one that has no key of ours; `toy` names the character that moves in."""
        chosen = await self._toys.by_name(toy) if toy else None
        return await self._fleet.adopt(name, chosen)

    async def pair(self, name: str, code: str, toy: str | None = None) -> Satellite:
        """Take a toy of ours, by the code that it says; `name` and `toy` as for `adopt`."""
        chosen = await self._toys.by_name(toy) if toy else None
        return await self._fleet.pair(name, code, chosen)

    async def release(self, name: str) -> Satellite:
        """It belongs to the family no more."""
        return await self._fleet.release(name)

    async def release_all(self, toy_id: str) -> Sequence[Satellite]:
        """The same of each that this toy lives in."""
        homes = [one for one in self.list() if one.adopted and one.toy_id == toy_id]
        return [await self.release(home.key) for home in homes]

    async def settle(
        self, name: str, change: Callable[[SatelliteSettings], SatelliteSettings]
    ) -> Satellite:
        """Change what holds for good on a paired one; at once, where it is there."""
        return await (await self._device(name)).settle(change)

    async def command(self, name: str, do: str) -> Satellite:
        """Make a linked one do one of `satellite.wire.commands.COMMANDS`."""
        return await (await self._device(name)).command(do)

    async def update(self, name: str) -> Satellite:
        """Begin to bring a linked one this hub's version of its software. Raises RefusedError, LinkError."""
        return (await self._device(name)).update()

    async def announce(self, name: str, text: str) -> Satellite:
        """It begins to say a parent's own words. Raises RefusedError for what the guard lets no toy say."""
        self._pipeline.emergency_stop.check()
        device = await self._device(name)
        return device.say(await self._pipeline.checked(await device.toy(), text))

    async def begin_bedtime(self, toy: Toy) -> Satellite:
        """It tells its child a calm story that fades out. Raises RefusedError, LinkError, BusyError, StoppedError."""
        self._pipeline.emergency_stop.check()
        if (await self._household.get()).silences(toy):
            raise RefusedError(_("%(name)s is paused, or it is quiet time", name=toy.name))
        homes = [each for each in self._fleet.values() if each.satellite.toy_id == toy.id]
        if not homes:
            raise LinkError(_("%(name)s lives in no device: adopt one for it", name=toy.name))
        home = next((each for each in homes if each.session), homes[0])
        return home.play(self._lulling.bedtime(toy, seed=uuid4().hex))

    async def move(self, name: str, toy: str) -> Satellite:
        """Another toy lives in it from now on."""
        chosen = await self._toys.by_name(toy)
        return await (await self._device(name)).move(chosen)

    async def let_call(self, name: str, toys: Sequence[str]) -> Satellite:
        """A child may call these into it, and the one that lives there now back; without any, no toy moves.

        Raises RefusedError too for more than MAX_CALLABLE.
        """
        device = await self._device(name)
        own = {toy_id} if (toy_id := device.satellite.toy_id) else set()
        others = {(await self._toys.by_name(toy)).id for toy in toys} - own
        called = tuple(sorted(others | own)) if others else ()
        if len(called) > MAX_CALLABLE:
            raise RefusedError(_("at most %(most)s toys: choose fewer", most=MAX_CALLABLE))
        await device.keep(replace(device.satellite, callable_toys=called))
        return device.status()

    async def hear_room(self, name: str, by: str) -> Satellite:
        """Who listens to a plain one that sends its room's sound all the time, as `Satellite.room_heard_by`."""
        return await (await self._device(name)).hear_room(by)

    async def watch(self, name: str) -> AbstractContextManager[Watch]:
        """What passes between the hub and an adopted one."""
        return (await self._device(name)).watch()

    async def toy_named(self, name: str) -> Toy:
        """The toy of that name, or the one that lives in the device of that name. Raises NotFoundError."""
        try:
            return await self._toys.by_name(name)
        except NotFoundError:
            with suppress(NotFoundError):
                device = self._fleet.find(name)
                if toy := await self._toys.get(device.satellite.toy_id or ""):
                    return toy
            raise

    async def _device(self, name: str) -> Device:
        """The one that the toy of that name lives in, or that is called so itself."""
        toys = await self._toys.list(archived=True)
        named = {toy.id for toy in toys if toy.name.casefold() == name.casefold()}
        homes = [device for device in self._fleet.values() if device.satellite.toy_id in named]
        return homes[0] if len(homes) == 1 else self._fleet.find(name)
