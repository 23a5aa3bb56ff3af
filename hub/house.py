"""What the command line asks about toys, and answers in JSON: of a running hub, or where none runs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from hub.core import Hub
from hub.domain.toys import Satellite, SatelliteSettings, Toy, Wake
from hub.errors import NotFoundError
from hub.voice.names import is_meant

Json = dict[str, Any]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class AdoptRequest(Request):
    satellite: Name
    toy: Name | None = None


class PairRequest(Request):
    satellite: Name
    code: Annotated[str, StringConstraints(max_length=40)]
    toy: Name | None = None


class ReleaseRequest(Request):
    satellite: Name


class SettleRequest(Request):
    """What is left out stays as it is."""

    satellite: Name
    volume: int | None = None
    volume_cap: int | None = None
    led: int | None = None
    mute: bool | None = None
    wake: Literal["", "button", "voice", "word"] | None = None
    word: Annotated[str, StringConstraints(max_length=40)] | None = None
    follow_up_s: int | None = None

    def change(self, settings: SatelliteSettings) -> SatelliteSettings:
        given = self.model_dump(exclude={"satellite"}, exclude_none=True)
        if "wake" in given:
            given["wake"] = Wake(given["wake"])
        return SatelliteSettings(**(asdict(settings) | given))


class OrderRequest(Request):
    satellite: Name
    do: Name


class UpdateRequest(Request):
    satellite: Name


class AnnounceRequest(Request):
    satellite: Name
    text: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class MoveRequest(Request):
    satellite: Name
    toy: Name


class RoomRequest(Request):
    satellite: Name
    by: Annotated[str, StringConstraints(max_length=200)]


class StopRequest(Request):
    reason: Annotated[str, StringConstraints(max_length=200)] = ""


class PauseRequest(Request):
    toy: Name
    paused: bool


class QuietRequest(Request):
    on: bool


class WatchRequest(Request):
    toy: Name


class TraceRequest(Request):
    turn: Name


class SayRequest(Request):
    toy: Name
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    audio: bool = False
    """Send the spoken reply too."""


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
