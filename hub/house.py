"""What the command line asks about toys, and answers in JSON: of a running hub, or where none runs."""

from collections.abc import Sequence
from dataclasses import asdict

from hub.core import Hub
from hub.domain.toys import Satellite, Toy
from hub.errors import NotFoundError
from hub.house_requests import Json, SettleRequest
from hub.voice.names import is_meant


class House:
    """What `pommai-hub toys` asks of a hub, in JSON: over the socket, or where no hub runs."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def toys(self) -> Json:
        toys = await self._hub.toys()
        return {
            "toys": [
                {"name": toy.name, "language": toy.language, "level": toy.safety_level}
                for toy in toys
            ],
            "satellites": [_satellite(found, toys) for found in await self._hub.satellites()],
        }

    async def adopt(self, satellite: str, toy: str | None) -> Json:
        return _satellite(await self._hub.adopt(satellite, toy), await self._hub.toys())

    async def pair(self, satellite: str, code: str, toy: str | None) -> Json:
        return _satellite(await self._hub.pair(satellite, code, toy), await self._hub.toys())

    async def release(self, satellite: str) -> Json:
        return _satellite(await self._hub.release(satellite), await self._hub.toys())

    async def settle(self, ask: SettleRequest) -> Json:
        settled = await self._hub.settle(ask.satellite, ask.change)
        return _satellite(settled, await self._hub.toys())

    async def order(self, satellite: str, do: str) -> Json:
        return _satellite(await self._hub.order(satellite, do), await self._hub.toys())

    async def pause(self, toy: str, paused: bool) -> Json:
        """`toy` is its name, or the name of the satellite that it lives in."""
        chosen = await self._hub.pause(await self._toy_id(toy), paused)
        return {"toy": chosen.name, "paused": chosen.paused}

    async def _toy_id(self, name: str) -> str:
        try:
            return (await self._hub.toy_named(name)).id
        except NotFoundError:
            for satellite in await self._hub.satellites():
                if satellite.toy_id is not None and is_meant(name, satellite):
                    return satellite.toy_id
            raise

    async def update(self, satellite: str) -> Json:
        return _satellite(await self._hub.update(satellite), await self._hub.toys())

    async def announce(self, satellite: str, text: str) -> Json:
        return _satellite(await self._hub.announce(satellite, text), await self._hub.toys())

    async def hear_room(self, satellite: str, by: str) -> Json:
        return _satellite(await self._hub.hear_room(satellite, by), await self._hub.toys())

    async def move(self, satellite: str, toy: str) -> Json:
        return _satellite(await self._hub.move(satellite, toy), await self._hub.toys())


def _satellite(satellite: Satellite, toys: Sequence[Toy]) -> Json:
    names = {toy.id: toy.name for toy in toys}
    return {
        "key": satellite.key,
        "name": satellite.name,
        "state": satellite.state,
        "state_detail": satellite.state_detail,
        "adopted": satellite.adopted,
        "pairing": satellite.pairing,
        "toy": names.get(satellite.toy_id or ""),
        "addresses": [f"{host}:{port}" for host, port in satellite.addresses],
        "hardware": satellite.hardware,
        "firmware": satellite.firmware,
        "settings": asdict(satellite.settings),
        "room_heard_by": satellite.room_heard_by,
        "vitals": asdict(satellite.vitals) if satellite.vitals else None,
        "software": satellite.software,
        "update": asdict(satellite.update) if satellite.update else None,
        "interruptible": satellite.interruptible,
    }
