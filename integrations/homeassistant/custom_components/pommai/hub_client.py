"""The hub's `/api/v1` over HTTPS with a pinned certificate, or plain HTTP on this computer only.

A hub signs its own certificate, so no authority can vouch for it: the SHA-256 fingerprint that a
parent compared when adding the hub is what every connection is held to, before the token is sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, TypeVar

import aiohttp
from yarl import URL

from .errors import (
    FingerprintChangedError,
    HubAwayError,
    HubError,
    HubOddError,
    NotEncryptedError,
    UnauthorizedError,
)
from .models import Household, Hub, Reply, Toy, revision_from_json, toys_from_json

MAX_ANSWER_BYTES: Final = 1024 * 1024
MAX_EVENT_BYTES: Final = 1024 * 1024
MAX_ANSWER_S: Final = 15.0
MAX_CONNECT_S: Final = 10.0
MAX_CONVERSE_S: Final = 125.0
"""A hub gives a turn up after two minutes at most."""
MAX_SILENCE_S: Final = 45.0
"""The hub's stream beats every 15 s; after three that did not come it is gone."""

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Event:
    kind: str
    data: str
    id: str


class EventReader:
    """Server-sent events from bytes: feed it what comes; it gives what is whole."""

    def __init__(self) -> None:
        self._held = b""
        self._kind = ""
        self._data: list[str] = []
        self._id = ""
        self._size = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes. HubOddError for one above a mebibyte, or not UTF-8."""
        *lines, self._held = (self._held + chunk).split(b"\n")
        found = [event for line in lines if (event := self._line(line.removesuffix(b"\r")))]
        if self._size + len(self._held) > MAX_EVENT_BYTES:
            raise HubOddError("an event that is too long")
        return found

    def _line(self, raw: bytes) -> Event | None:
        if not raw:
            return self._whole()
        self._size += len(raw)
        if self._size > MAX_EVENT_BYTES:
            raise HubOddError("an event that is too long")
        try:
            name, _, value = raw.decode("utf-8").partition(":")
        except UnicodeDecodeError as error:
            raise HubOddError("an event that is not UTF-8") from error
        value = value.removeprefix(" ")
        if name == "event":
            self._kind = value
        elif name == "data":
            self._data.append(value)
        elif name == "id":
            self._id = value
        return None

    def _whole(self) -> Event | None:
        event = Event(self._kind, "\n".join(self._data), self._id) if self._data else None
        self._kind, self._data, self._size = "", [], 0
        return event


class HubClient:
    """One hub at one address. `fingerprint` None is plain HTTP, and wants a loopback address."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int,
        token: str,
        fingerprint: str | None,
    ) -> None:
        if fingerprint is None and not is_loopback(host):
            raise NotEncryptedError(f"{host}: plain HTTP is for this computer only")
        scheme = "http" if fingerprint is None else "https"
        self._session = session
        self._base = URL.build(scheme=scheme, host=host, port=port) / "api" / "v1"
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        self._ssl = True if fingerprint is None else aiohttp.Fingerprint(bytes.fromhex(fingerprint))

    async def hub(self) -> Hub:
        return await self._ask(Hub.from_json, "GET", "hub")

    async def household(self) -> Household:
        return await self._ask(Household.from_json, "GET", "household")

    async def stop(self, reason: str) -> Household:
        asked = {"reason": reason}
        return await self._ask(Household.from_json, "POST", "household", "stop", body=asked)

    async def set_quiet(self, on: bool) -> Household:
        return await self._ask(Household.from_json, "PUT", "household", "quiet", body={"on": on})

    async def toys(self) -> dict[str, Toy]:
        return await self._ask(toys_from_json, "GET", "toys")

    async def change_toy(self, toy_id: str, **changes: bool | int) -> Toy:
        """`paused`, `muted` or `volume`."""
        return await self._ask(Toy.from_json, "PATCH", "toys", toy_id, body=changes)

    async def say(self, toy_id: str, text: str) -> None:
        await self._ask(Toy.from_json, "POST", "toys", toy_id, "say", body={"text": text})

    async def converse(self, toy_id: str, text: str) -> Reply:
        asked = {"text": text}
        path = ("toys", toy_id, "converse")
        return await self._ask(Reply.from_json, "POST", *path, body=asked, within_s=MAX_CONVERSE_S)

    async def alerts_revision(self) -> int:
        """The newest alert's revision: what comes after it is new."""
        return await self._ask(revision_from_json, "GET", "alerts", query={"limit": "1"})

    async def follow(self, after: int | None, on_event: Callable[[Event], Awaitable[None]]) -> None:
        """Give each event of the hub's stream to `on_event` until it ends.

        Of alerts come those after revision `after`, or those from now on. Raises HubError.
        """
        timeout = aiohttp.ClientTimeout(total=None, connect=MAX_CONNECT_S, sock_read=MAX_SILENCE_S)
        query = {} if after is None else {"after": str(after)}
        reader = EventReader()
        async with self._opened("GET", ("events",), query, None, timeout) as answer:
            async for chunk in answer.content.iter_any():
                for event in reader.feed(chunk):
                    await on_event(event)

    async def _ask(
        self,
        read: Callable[[object], _Value],
        method: str,
        *path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        within_s: float = MAX_ANSWER_S,
    ) -> _Value:
        timeout = aiohttp.ClientTimeout(total=within_s, connect=MAX_CONNECT_S)
        async with self._opened(method, path, query or {}, body, timeout) as answer:
            content = await _bounded(answer)
        return parsed(read, content)

    @asynccontextmanager
    async def _opened(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, str],
        body: object,
        timeout: aiohttp.ClientTimeout,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A good answer's head; what is wrong is raised as a HubError, also while it is read."""
        try:
            async with self._session.request(
                method,
                self._base.joinpath(*path).with_query(query),
                json=body,
                headers=self._headers,
                ssl=self._ssl,
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                if answer.status >= 300:
                    raise _refusal(answer.status, await _bounded(answer))
                yield answer
        except aiohttp.ServerFingerprintMismatch as error:
            raise FingerprintChangedError(
                "another certificate than ours", error.got.hex()
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise HubAwayError(type(error).__name__) from error


async def fingerprint_of(host: str, port: int) -> str | None:
    """The SHA-256 of the certificate that is shown there; None where plain HTTP is fit to be used.

    Nothing is sent. Raises NotEncryptedError for an address elsewhere without TLS, HubAwayError for nobody.
    """
    try:
        return await _shown_fingerprint(host, port)
    except ssl.SSLError as error:
        if is_loopback(host):
            return None
        raise NotEncryptedError(f"{host}: no TLS") from error
    except (TimeoutError, OSError, UnicodeError) as error:  # the last for what can be no name
        raise HubAwayError(type(error).__name__) from error


async def _shown_fingerprint(host: str, port: int) -> str:
    # What is shown is compared by a person, and by every connection after that; no name or
    # authority could say more of a certificate that a hub made for itself.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    async with asyncio.timeout(MAX_CONNECT_S):
        _, writer = await asyncio.open_connection(host, port, ssl=context)
        try:
            shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        finally:
            writer.transport.abort()
    return hashlib.sha256(shown).hexdigest()


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def spaced(fingerprint: str) -> str:
    """As the Guardian pages show it, so that two people's eyes can compare it."""
    shown = fingerprint.upper()
    return ":".join(shown[at : at + 2] for at in range(0, len(shown), 2))


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise HubOddError("an answer that is too long")
    return body


def parsed(read: Callable[[object], _Value], content: str | bytes) -> _Value:
    """JSON as one of the values in `models`; HubOddError where it is not."""
    try:
        return read(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise HubOddError(f"an answer that is not understood: {error}") from error


def _refusal(status: int, body: bytes) -> HubError:
    code, message = "failed", f"status {status}"
    try:
        content = json.loads(body)["error"]
        code, message = str(content["code"]), str(content["message"])
    except (ValueError, RecursionError, KeyError, TypeError):
        if status == 404:
            return HubOddError("no /api/v1 there")
    if status == 401:
        return UnauthorizedError(message)
    return HubError(message[:200], code)
