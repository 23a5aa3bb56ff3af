"""The hub as a command knows it: `/api/v1` over the Unix socket of a data folder, whichever process serves it.

    async with any_hub(config) as hub:
        household = await hub.call("POST", "/household/stop", reason="bedtime")

Where no hub runs, the command is one itself for as long as it takes, and asks over the same socket.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar, cast
from urllib.parse import quote

import aiohttp
from yarl import URL

from hub.config import Config
from hub.core.owner_socket import socket_path
from hub.errors import (
    AlreadyRunningError,
    LinkError,
    NotFoundError,
    PommaiError,
    RefusedError,
    StoppedError,
)

Json = dict[str, Any]
T = TypeVar("T")

PREFIX: Final = "http://hub/api/v1"
MAX_ANSWER_S: Final = 30.0
MAX_BETWEEN_LINES_S: Final = 60.0
MAX_CONNECT_S: Final = 2.0
MAX_BEGINNING_S: Final = 30.0
"""How long a hub may hold the data folder without answering: it is starting or ending."""
LOOK_EVERY_S: Final = 0.2
LOOK_FOR_DEVICES_S: Final = 2.0
"""Where no hub runs that knows those on the network already."""

ERRORS: Final[Mapping[str, type[PommaiError]]] = {
    "away": LinkError,
    "impaired": PommaiError,
    "not_found": NotFoundError,
    "stopped": StoppedError,
}
"""By the API's code; all others are RefusedErrors."""


class HubClient:
    """The API's calls by method and path. What the hub refuses is raised here; LinkError when it is silent."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def call(self, method: str, path: str, **body: Any) -> Json:  # noqa: ANN401 - JSON
        """`body` without what is None."""
        sent = {name: value for name, value in body.items() if value is not None}
        try:
            async with self._session.request(method, _url(path), json=sent or None) as response:
                await _raise_fault(response)
                return cast(Json, await response.json())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _silent(error) from error

    async def lines(
        self,
        method: str,
        path: str,
        *,
        within_s: float = MAX_BETWEEN_LINES_S,
        **body: Any,  # noqa: ANN401 - JSON
    ) -> AsyncGenerator[Json, None]:
        """An answer that goes on, object by object, each `within_s` of the one before."""
        timeout = aiohttp.ClientTimeout(total=None, sock_read=within_s)
        try:
            async with self._session.request(
                method, _url(path), json=body or None, timeout=timeout
            ) as response:
                await _raise_fault(response)
                async for text in response.content:
                    content = json.loads(text)
                    if "error" in content:
                        _raise(content["error"])
                    yield content
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _silent(error) from error


def device_path(name: str, what: str) -> str:
    """A call's path for the device that a person calls `name`."""
    return f"/devices/{quote(name, safe='')}/{what}"


def toy_path(name: str) -> str:
    """The path of the toy that a person calls `name`, or that lives in the device of that name."""
    return f"/toys/{quote(name, safe='')}"


@asynccontextmanager
async def running_hub(data: Path) -> AsyncIterator[HubClient | None]:
    """The hub of this data folder; None when none runs."""
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(path=str(socket_path(data))),
        timeout=aiohttp.ClientTimeout(total=MAX_ANSWER_S, sock_connect=MAX_CONNECT_S),
    ) as session:
        hub: HubClient | None = HubClient(session)
        try:
            async with session.get(_url("/hub")):
                pass
        except (FileNotFoundError, aiohttp.ClientConnectorError):
            hub = None  # no socket, or one that a killed hub left
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _silent(error) from error
        yield hub


@asynccontextmanager
async def any_hub(config: Config, *, finds_devices: bool = False) -> AsyncIterator[HubClient]:
    """The hub that runs on the data folder; else one for this command alone. Raises as `running_or`."""
    async with running_or(config.hub.data, partial(_own_hub, config, finds_devices)) as hub:
        yield hub


@asynccontextmanager
async def running_or(
    data: Path, own: Callable[[], AbstractAsyncContextManager[T]]
) -> AsyncIterator[HubClient | T]:
    """The hub that runs on the data folder, waited for while it starts; else `own`, which takes the folder.

    Raises AlreadyRunningError where another process holds the folder and never answers.
    """
    waited_s = 0.0
    while True:
        async with running_hub(data) as hub:
            if hub is not None:
                yield hub
                return
        try:
            async with own() as mine:
                yield mine
                return
        except AlreadyRunningError:
            if waited_s >= MAX_BEGINNING_S:
                raise
        await asyncio.sleep(LOOK_EVERY_S)
        waited_s += LOOK_EVERY_S


@asynccontextmanager
async def _own_hub(config: Config, finds_devices: bool) -> AsyncIterator[HubClient]:
    from hub.app import App  # only here, as it loads everything

    async with App(config, os.environ) as app, app.answering_owner():
        looking = asyncio.create_task(app.fleet.run() if finds_devices else _nothing())
        try:
            await asyncio.wait({looking}, timeout=LOOK_FOR_DEVICES_S)
            if looking.done():
                looking.result()  # the fleet never ends by itself: raise what ended it
            async with running_hub(config.hub.data) as hub:
                assert hub is not None, "this very process answers"
                yield hub
        finally:
            looking.cancel()
            await asyncio.wait({looking})


async def _nothing() -> None:
    return


def _url(path: str) -> URL:
    return URL(PREFIX + path, encoded=True)


async def _raise_fault(response: aiohttp.ClientResponse) -> None:
    if response.ok:
        return
    try:
        fault = (await response.json())["error"]
    except (ValueError, KeyError, TypeError, aiohttp.ContentTypeError) as error:
        raise LinkError(f"the running hub failed ({response.status}); its log says why") from error
    _raise(fault)


def _raise(fault: Json) -> NoReturn:
    raise ERRORS.get(fault["code"], RefusedError)(fault["message"])


def _silent(error: Exception) -> LinkError:
    return LinkError(
        f"the running hub doesn't answer ({str(error) or type(error).__name__}); restart it"
    )
