"""How the command line asks a running hub: JSON over HTTP on a Unix socket in the data folder.

`ControlServer` answers and `hub.cli.remote` asks; only the user who runs the hub can reach the
socket. `describe` and `outcome` say a turn in JSON, whoever shows it.
"""

import base64
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

from aiohttp import web
from pydantic import ValidationError

from hub.control_socket import socket_path
from hub.core import Hub
from hub.domain.safety import Category
from hub.domain.talk import Turn
from hub.errors import DataError, PommaiError, RefusedError, StoppedError
from hub.house import House
from hub.house_requests import (
    AdoptRequest,
    AnnounceRequest,
    Json,
    MoveRequest,
    OrderRequest,
    PairRequest,
    PauseRequest,
    QuietRequest,
    ReleaseRequest,
    Request,
    RoomRequest,
    SayRequest,
    SettleRequest,
    StopRequest,
    TraceRequest,
    UpdateRequest,
    WatchRequest,
)
from hub.pipeline.events import Audio, Finished, Heard, Refused, Said, TurnEvent
from hub.tracing import trace_of

BODY_BYTES = 16_384

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Asked = TypeVar("Asked", bound=Request)


class ControlServer:
    """Answers the command line while its `async with` block runs; the caller holds the folder's lock."""

    def __init__(self, hub: Hub, data: Path) -> None:
        self._runner = web.AppRunner(_application(hub), access_log=None, shutdown_timeout=1.0)
        self._path = socket_path(data)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.SockSite(self._runner, _listening_place(self._path)).start()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._path.unlink(missing_ok=True)
        await self._runner.cleanup()


def _listening_place(path: Path) -> socket.socket:
    """A bound socket that only its owner may open, in place of what a killed hub left."""
    path.unlink(missing_ok=True)
    place = socket.socket(socket.AF_UNIX)
    try:
        place.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        place.close()
        raise DataError(f"{path}: can't make the control socket: {error.strerror}") from error
    return place


def _application(hub: Hub) -> web.Application:
    application = web.Application(middlewares=[_tell_errors], client_max_size=BODY_BYTES)
    house = House(hub)

    async def status(request: web.Request) -> web.StreamResponse:
        return web.json_response(await hub.health())

    async def toys(request: web.Request) -> web.StreamResponse:
        return web.json_response(await house.toys())

    async def adopt(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, AdoptRequest)
        return web.json_response(await house.adopt(ask.satellite, ask.toy))

    async def pair(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, PairRequest)
        return web.json_response(await house.pair(ask.satellite, ask.code, ask.toy))

    async def release(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, ReleaseRequest)
        return web.json_response(await house.release(ask.satellite))

    async def settle(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, SettleRequest)
        return web.json_response(await house.settle(ask))

    async def order(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, OrderRequest)
        return web.json_response(await house.order(ask.satellite, ask.do))

    async def pause(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, PauseRequest)
        return web.json_response(await house.pause(ask.toy, ask.paused))

    async def quiet(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, QuietRequest)
        await hub.set_quiet(ask.on)
        return web.json_response({})

    async def update(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, UpdateRequest)
        return web.json_response(await house.update(ask.satellite))

    async def announce(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, AnnounceRequest)
        return web.json_response(await house.announce(ask.satellite, ask.text))

    async def hear_room(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, RoomRequest)
        return web.json_response(await house.hear_room(ask.satellite, ask.by))

    async def move(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, MoveRequest)
        return web.json_response(await house.move(ask.satellite, ask.toy))

    async def say(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, SayRequest)
        turn = await hub.say(ask.toy, ask.text)
        response = await _begin_lines(request)
        try:
            async with turn as running:
                async for event in running:
                    if line := describe(event, audio=ask.audio):
                        await response.write(_line(line))
        except StoppedError as error:
            await response.write(_line({"event": "error", **_told(error)}))
        return response

    async def watch(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, WatchRequest)
        with await hub.watch(ask.toy) as messages:
            response = await _begin_lines(request)
            async for passed in messages:
                await response.write(_line(asdict(passed) if passed else {"way": "quiet"}))
        return response

    async def trace(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, TraceRequest)
        turn = await hub.turn_named(ask.turn)
        toys = {toy.id: toy for toy in await hub.toys()}
        return web.json_response(trace_of(turn, toys.get(turn.toy_id)))

    async def stop(request: web.Request) -> web.StreamResponse:
        ask = await _read(request, StopRequest)
        await hub.stop_all(ask.reason)
        return web.json_response({})

    async def resume(request: web.Request) -> web.StreamResponse:
        await hub.resume()
        return web.json_response({})

    application.add_routes(
        [
            web.get("/status", status),
            web.get("/toys", toys),
            web.post("/adopt", adopt),
            web.post("/pair", pair),
            web.post("/release", release),
            web.post("/settle", settle),
            web.post("/order", order),
            web.post("/update", update),
            web.post("/announce", announce),
            web.post("/pause", pause),
            web.post("/quiet", quiet),
            web.post("/move", move),
            web.post("/room", hear_room),
            web.post("/say", say),
            web.post("/trace", trace),
            web.post("/watch", watch),
            web.post("/stop", stop),
            web.post("/resume", resume),
        ]
    )
    return application


@web.middleware
async def _tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except PommaiError as error:
        return web.json_response(_told(error), status=422)


def _told(error: PommaiError) -> Json:
    return {"error": type(error).__name__, "message": str(error)}


async def _begin_lines(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/jsonl"})
    await response.prepare(request)
    return response


def _line(told: Json) -> bytes:
    return json.dumps(told).encode() + b"\n"


async def _read(request: web.Request, model: type[Asked]) -> Asked:
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the request"
        raise RefusedError(f"{where}: {first['msg']}") from error


def describe(event: TurnEvent, *, audio: bool = False) -> Json | None:
    """An event of a turn, for a line of JSON; None for what isn't shown."""
    match event:
        case Heard(transcript, verdict):
            allowed, category = verdict.allowed, verdict.category
            heard = {"text": transcript.text, "allowed": allowed, "category": category}
            return {"event": "heard", **heard}
        case Refused(verdict, direction):
            return {"event": "refused", "direction": direction, "category": verdict.category}
        case Said(line):
            return {"event": "said", "text": line.text}
        case Audio(chunk) if audio:
            pcm = base64.b64encode(chunk.data).decode()
            return {"event": "audio", "rate_hz": chunk.rate_hz, "pcm": pcm}
        case Finished(turn):
            return {"event": "finished", "outcome": outcome(turn)}
    return None


def outcome(turn: Turn | None) -> Json:
    """A whole turn as the one object that `say --json` and `demo --json` print.

    None, or `heard` "", when nothing was said; `alert` tells whether a parent is told of it.
    """
    turn = turn or Turn(id="", toy_id="", source="", started_at=datetime.now(UTC))
    refusals = [verdict for verdict in turn.verdicts if not verdict.allowed]
    return {
        "heard": turn.heard,
        "said": " ".join(turn.said),
        "allowed": not refusals,
        "category": refusals[0].category if refusals else Category.NONE,
        "alert": any(verdict.alert is not None for verdict in turn.verdicts),
        "providers": turn.providers,
        "timings_ms": {step: round(ms, 1) for step, ms in turn.timings_ms.items()},
        "reply_audio_s": round(turn.audio_out_ms / 1000, 2),
    }
