"""The devices that toys live in, for the owner: adopting them, their settings, and what they are made to do.

A device is called by its key, the name that it announces, its host:port, or the name of the toy in it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from guardian_web.api import models
from guardian_web.api.call import Call, RouteTable, Stream, begin_lines, line
from guardian_web.api.errors import Code
from guardian_web.api.models import DeviceAnswer, DevicesAnswer
from guardian_web.keys import HUB
from hub.core.devices import Devices
from hub.domain.api import Scope
from hub.domain.toys import MAX_CALLABLE, Satellite, SatelliteSettings, Wake

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
FAULTS: Final = (Code.NOT_FOUND, Code.REFUSED, Code.AWAY, Code.CONFLICT, Code.STOPPED)


class AdoptAsk(models.Request):
    toy: Name | None = None
    """The character that moves in; else the first one without a device."""


class PairAsk(AdoptAsk):
    code: Annotated[str, StringConstraints(max_length=40)]
    """The six digits that it says."""


class SettingsAsk(models.Request):
    """What is left out stays as it is."""

    volume: int | None = None
    volume_cap: int | None = None
    led: int | None = None
    mute: bool | None = None
    wake: Literal["", "button", "voice", "word"] | None = None
    word: Annotated[str, StringConstraints(max_length=40)] | None = None
    follow_up_s: int | None = None
    silent_offline: bool | None = None
    next_child: bool | None = None

    def change(self, settings: SatelliteSettings) -> SatelliteSettings:
        given = self.model_dump(exclude_none=True)
        if "wake" in given:
            given["wake"] = Wake(given["wake"])
        return SatelliteSettings(**(asdict(settings) | given))


class CommandAsk(models.Request):
    do: Name
    """One of `satellite.wire.commands.COMMANDS`."""


class MoveAsk(models.Request):
    toy: Name


class RoomAsk(models.Request):
    by: Annotated[str, StringConstraints(max_length=200)]
    """Who listens to one that sends its room's sound all the time, as `Satellite.room_heard_by`."""


class CallableAsk(models.Request):
    toys: Annotated[list[Name], Field(max_length=MAX_CALLABLE)]
    """The names of toys that a child may call into it; that which lives there now may be called back."""


ROUTES: Final = RouteTable()


def _call(method: str, path: str) -> Callable[[Call], Call]:
    """For one that does something with the device of the path, and answers how it is afterwards."""
    return ROUTES.call(method, f"/devices/{{device}}{path}", Scope.OWNER, codes=FAULTS)


@ROUTES.call("GET", "/devices", Scope.OWNER)
async def show_all(request: web.Request) -> DevicesAnswer:
    """Adopted devices and those that are seen on the network."""
    hub = request.config_dict[HUB]
    toys = await hub.toys.list()
    return DevicesAnswer(devices=[DeviceAnswer.of(s, toys) for s in hub.devices.list()])


@_call("POST", "/adopt")
async def adopt(request: web.Request, asked: AdoptAsk) -> DeviceAnswer:
    """Make a found plain satellite the family's."""
    return await _done(request, lambda devices, name: devices.adopt(name, asked.toy))


@_call("POST", "/pair")
async def pair(request: web.Request, asked: PairAsk) -> DeviceAnswer:
    """Pair with a toy by the code that it says."""
    return await _done(request, lambda devices, name: devices.pair(name, asked.code, asked.toy))


@_call("POST", "/release")
async def release(request: web.Request) -> DeviceAnswer:
    """Let go of an adopted device."""
    return await _done(request, lambda devices, name: devices.release(name))


@_call("PATCH", "/settings")
async def settle(request: web.Request, asked: SettingsAsk) -> DeviceAnswer:
    """Change what holds on a paired device."""
    return await _done(request, lambda devices, name: devices.settle(name, asked.change))


@_call("POST", "/command")
async def command(request: web.Request, asked: CommandAsk) -> DeviceAnswer:
    """Make a paired device do something at once."""
    return await _done(request, lambda devices, name: devices.command(name, asked.do))


@_call("POST", "/update")
async def update(request: web.Request) -> DeviceAnswer:
    """Begin to send it the hub's version of its software."""
    return await _done(request, lambda devices, name: devices.update(name))


@_call("POST", "/announce")
async def announce(request: web.Request, asked: models.SayAsk) -> DeviceAnswer:
    """Let it say your words, if the guard does."""
    return await _done(request, lambda devices, name: devices.announce(name, asked.text))


@_call("PUT", "/toy")
async def move(request: web.Request, asked: MoveAsk) -> DeviceAnswer:
    """Let another toy live in it."""
    return await _done(request, lambda devices, name: devices.move(name, asked.toy))


@_call("PUT", "/room")
async def hear_room(request: web.Request, asked: RoomAsk) -> DeviceAnswer:
    """Say who listens to one that sends its room's sound."""
    return await _done(request, lambda devices, name: devices.hear_room(name, asked.by))


@_call("PUT", "/callable")
async def let_call(request: web.Request, asked: CallableAsk) -> DeviceAnswer:
    """Say which toys a child may call into it."""
    return await _done(request, lambda devices, name: devices.let_call(name, asked.toys))


@ROUTES.call("GET", "/devices/{device}/messages", Scope.OWNER, codes=FAULTS, stream=Stream.LINES)
async def watch(request: web.Request) -> web.StreamResponse:
    """What passes between it and the hub, as it does, without the words; one JSON object a line."""
    with await request.config_dict[HUB].devices.watch(request.match_info["device"]) as messages:
        response = await begin_lines(request)
        async for passed in messages:
            await response.write(line(asdict(passed) if passed else {"way": "quiet"}))
    return response


async def _done(
    request: web.Request, do: Callable[[Devices, str], Awaitable[Satellite]]
) -> DeviceAnswer:
    """The device of the path, after `do`."""
    hub = request.config_dict[HUB]
    satellite = await do(hub.devices, request.match_info["device"])
    return DeviceAnswer.of(satellite, await hub.toys.list())
