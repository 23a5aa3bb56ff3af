"""Asks the hub that runs on a data folder, if one does, through its control socket.

async with running_hub(data) as remote:
    if remote is not None: ...
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, cast

import aiohttp

from hub import errors
from hub.control_socket import socket_path
from hub.errors import LinkError, PommaiError
from hub.house_requests import Json, SettleRequest

ANSWER_S = 30.0
BETWEEN_EVENTS_S = 60.0
CONNECT_S = 2.0


class RemoteHub:
    """The running hub. What it refuses is raised here as it was there; LinkError when it is silent."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def status(self) -> Json:
        return await self._ask("GET", "/status")

    async def toys(self) -> Json:
        return await self._ask("GET", "/toys")

    async def adopt(self, satellite: str, toy: str | None) -> Json:
        return await self._ask("POST", "/adopt", satellite=satellite, toy=toy)

    async def pair(self, satellite: str, code: str, toy: str | None) -> Json:
        return await self._ask("POST", "/pair", satellite=satellite, code=code, toy=toy)

    async def release(self, satellite: str) -> Json:
        return await self._ask("POST", "/release", satellite=satellite)

    async def settle(self, ask: SettleRequest) -> Json:
        return await self._ask("POST", "/settle", **ask.model_dump(exclude_none=True))

    async def order(self, satellite: str, do: str) -> Json:
        return await self._ask("POST", "/order", satellite=satellite, do=do)

    async def update(self, satellite: str) -> Json:
        """Begins; `toys` then says how far it is."""
        return await self._ask("POST", "/update", satellite=satellite)

    async def announce(self, satellite: str, text: str) -> Json:
        return await self._ask("POST", "/announce", satellite=satellite, text=text)

    async def hear_room(self, satellite: str, by: str) -> Json:
        return await self._ask("POST", "/room", satellite=satellite, by=by)

    async def pause(self, toy: str, paused: bool) -> Json:
        return await self._ask("POST", "/pause", toy=toy, paused=paused)

    async def set_quiet(self, quiet: bool) -> None:
        await self._ask("POST", "/quiet", on=quiet)

    async def move(self, satellite: str, toy: str) -> Json:
        return await self._ask("POST", "/move", satellite=satellite, toy=toy)

    async def trace(self, turn: str) -> Json:
        """As `hub.tracing.trace_of` says it."""
        return await self._ask("POST", "/trace", turn=turn)

    async def stop(self, reason: str) -> None:
        await self._ask("POST", "/stop", reason=reason)

    async def resume(self) -> None:
        await self._ask("POST", "/resume")

    async def say(self, toy: str, text: str, *, audio: bool) -> AsyncGenerator[Json, None]:
        """The turn's events, as `hub.control.describe` says them."""
        async with aclosing(self._lines("/say", toy=toy, text=text, audio=audio)) as events:
            async for event in events:
                if event["event"] == "error":
                    _raise_told(event)
                yield event

    async def watch(self, toy: str) -> AsyncGenerator[Json, None]:
        """`hub.voice.watch.Passed` as JSON; `way` is "quiet" where nothing passed for a while."""
        async with aclosing(self._lines("/watch", toy=toy)) as messages:
            async for message in messages:
                yield message

    async def _lines(self, path: str, **body: Any) -> AsyncGenerator[Json, None]:  # noqa: ANN401 - JSON
        timeout = aiohttp.ClientTimeout(total=None, sock_read=BETWEEN_EVENTS_S)
        try:
            async with self._session.post(path, json=body, timeout=timeout) as response:
                await _raise_refusal(response)
                async for line in response.content:
                    yield json.loads(line)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _silent(error) from error

    async def _ask(self, method: str, path: str, **body: Any) -> Json:  # noqa: ANN401 - JSON
        try:
            async with self._session.request(method, path, json=body or None) as response:
                await _raise_refusal(response)
                return cast(Json, await response.json())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _silent(error) from error


@asynccontextmanager
async def running_hub(data: Path) -> AsyncIterator[RemoteHub | None]:
    """The hub of this data folder; None when none runs."""
    path = socket_path(data)
    async with aiohttp.ClientSession(
        base_url="http://hub",
        connector=aiohttp.UnixConnector(path=str(path)),
        timeout=aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S),
        raise_for_status=False,
    ) as session:
        remote: RemoteHub | None = RemoteHub(session)
        try:
            async with session.get("/status"):
                pass
        except (FileNotFoundError, aiohttp.ClientConnectorError):
            remote = None  # no socket, or one that a killed hub left
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _silent(error) from error
        yield remote


async def _raise_refusal(response: aiohttp.ClientResponse) -> None:
    if response.ok:
        return
    if response.status != 422:
        raise LinkError(f"the running hub failed ({response.status}); its log says why")
    _raise_told(await response.json())


def _raise_told(told: Json) -> NoReturn:
    kind = getattr(errors, told["error"], PommaiError)
    raise kind(told["message"])


def _silent(error: Exception) -> LinkError:
    return LinkError(
        f"the running hub doesn't answer ({str(error) or type(error).__name__}); restart it"
    )
