"""A recogniser or a voice behind the Wyoming protocol: finding it, what it offers, one connection a request.

`address` is host:port, or the name under which a service announces itself. One that merely shows
up on the network is never taken: anybody's device could, and a child's voice would go there.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Final, Literal

from pydantic import ValidationError
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.info import Describe, Info
from zeroconf import InterfaceChoice
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from hub.domain.clock import Clock
from hub.errors import (
    ProviderBusyError,
    ProviderError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from hub.providers.address import in_this_house, is_private
from hub.providers.wyoming_info import Introduction, Program
from satellite.wire import STREAM_LIMIT_BYTES, WireError, WireLimits, WireReader, WireWriter

SERVICE_TYPE: Final = "_wyoming._tcp.local."
RESOLVE_MS: Final = 3000
BROWSE_S: Final = 1.5
MAX_LISTED: Final = 8
CONNECT_S: Final = 5.0
LIMITS: Final = WireLimits(data_bytes=1 << 20, payload_bytes=1 << 20)
"""A voice with hundreds of speakers lists them all; some services send a sentence in one piece."""

_HOST_AND_PORT = re.compile(r"(?:tcp://)?\[?(?P<host>[^\[\]/]+?)\]?:(?P<port>\d{1,5})")

CONFIGURED: Final = "wyoming"
"""The provider whose address is in the settings."""
Kind = Literal["asr", "tts", "wake"]
_OFFERS: Final = {"asr": "speech recognition", "tts": "voice", "wake": "wake words"}


def host_and_port(address: str) -> tuple[str, int] | None:
    """None for a name."""
    given = _HOST_AND_PORT.fullmatch(address)
    return (given["host"], int(given["port"])) if given else None


def is_local(address: str) -> bool:
    """Whether a service at `address` is in this house; announced names are only looked for there."""
    given = host_and_port(address)
    return given is None or in_this_house(f"tcp://{_bracketed(given[0])}")


class WyomingService:
    """`kind` is what is wanted of it, `interfaces` are of the settings."""

    def __init__(
        self,
        kind: Kind,
        address: str,
        interfaces: tuple[str, ...],
        timeout_s: float,
        clock: Clock,
        *,
        name: str = CONFIGURED,
        program: str = "",
    ) -> None:
        """`name` is the provider's; of an approved service `program` must be what runs there."""
        self._kind = kind
        self._address = address
        self._name = name
        self._wanted = program
        self._section = "stt.wyoming" if kind == "asr" else "tts.wyoming"
        self._local = is_local(address)
        self._interfaces = interfaces
        self._timeout_s = timeout_s
        self._clock = clock
        self._program: Program | None = None
        self._found: list[tuple[str, int]] = []
        """Where it was last; looked for again when it isn't there any more."""

    async def describe(self) -> Program:
        """What it offers, asked once. Raises ProviderUnavailableError where that isn't what is wanted."""
        if self._program is None:
            self._program = self._pick(await self.introduction())
        return self._program

    async def introduction(self) -> Introduction:
        """All that it offers now. Raises ProviderError."""
        try:
            async with self._clock.timeout(self._timeout_s), AsyncExitStack() as stack:
                line = await self.connect(stack)
                await line.say(Describe())
                async for event in line.events():
                    if Info.is_type(event.type):
                        return self._understood(event)
        except TimeoutError as error:
            raise self.too_late("no description") from error
        raise self.broken("it closed without saying what it is")

    async def connect(self, stack: AsyncExitStack) -> "Line":
        """A new connection, closed with `stack`: stock services close theirs after a request."""
        problem = self.unreachable()
        self._found = self._found or await self._resolve()
        for host, port in self._found:
            try:
                async with self._clock.timeout(CONNECT_S):
                    streams = await asyncio.open_connection(host, port, limit=STREAM_LIMIT_BYTES)
            except (OSError, ValueError) as error:  # a timeout; a name that can be none
                problem.__cause__ = error
                continue
            line = Line(self, *streams)
            stack.push_async_callback(line.aclose)
            if self._local and not line.stays_in_the_house:
                raise self.unreachable() from ValueError("its name leads out of the house")
            return line
        self._found = []
        raise problem

    def unreachable(self) -> ProviderBusyError:
        configured = self._name == CONFIGURED
        where = f", and is [{self._section}] address right" if configured else ""
        return ProviderBusyError(
            f"{self._name}: can't reach {self._address}; is it running{where}?"
        )

    def broken(self, why: object) -> ProviderError:
        return ProviderError(f"{self._name}: {self._address}: {why}; look at its own log")

    def too_late(self, what: str) -> ProviderTimeoutError:
        return ProviderTimeoutError(
            f"{self._name}: {self._address}: {what} within {self._timeout_s:g} s; is it too slow?"
        )

    def _understood(self, event: Event) -> Introduction:
        try:
            return Introduction.read(event.data)
        except ValidationError as error:
            raise self.broken("it describes itself in a way nobody understands") from error

    def _pick(self, introduction: Introduction) -> Program:
        programs: list[Program] = getattr(introduction, self._kind)
        for program in programs:
            if program.installed and self._wanted in ("", program.name):
                return program
        if self._wanted:
            raise ProviderUnavailableError(
                f"{self._name}: something else answers at {self._address} now; "
                "look at the house's services on the Guardian pages"
            )
        raise ProviderUnavailableError(
            f"wyoming: {self._address} offers no {_OFFERS[self._kind]}; "
            f"set another as [{self._section}] address"
        )

    async def _resolve(self) -> list[tuple[str, int]]:
        if not self._address:
            raise ProviderUnavailableError(await self._what_there_is())
        if given := host_and_port(self._address):
            return [given]
        async with AsyncExitStack() as stack:
            zeroconf = await self._zeroconf(stack)
            found = AsyncServiceInfo(SERVICE_TYPE, f"{self._address}.{SERVICE_TYPE}")
            if not await found.async_request(zeroconf.zeroconf, RESOLVE_MS) or not found.port:
                raise self.unreachable()
            addresses = found.parsed_scoped_addresses()
        return [(address, found.port) for address in addresses if is_private(address)]

    async def _what_there_is(self) -> str:
        """What to do where no address is set, with what announces itself now."""
        names: set[str] = set()
        async with AsyncExitStack() as stack:
            zeroconf = await self._zeroconf(stack)

            def seen(name: str, **_: object) -> None:
                printable = "".join(
                    c for c in name.removesuffix(f".{SERVICE_TYPE}") if c.isprintable()
                )
                if len(names) < MAX_LISTED:
                    names.add(printable[:63])

            browser = AsyncServiceBrowser(zeroconf.zeroconf, SERVICE_TYPE, handlers=[seen])
            stack.push_async_callback(browser.async_cancel)
            await self._clock.sleep(BROWSE_S)
        todo = f"set [{self._section}] address to its host:port or its name"
        if not names:
            return f"wyoming: no service is set and none announces itself; {todo}"
        return f"wyoming: no service is set; {todo}; there are: {', '.join(sorted(names))}"

    async def _zeroconf(self, stack: AsyncExitStack) -> AsyncZeroconf:
        try:
            zeroconf = AsyncZeroconf(interfaces=list(self._interfaces) or InterfaceChoice.All)
        except (OSError, RuntimeError) as error:  # RuntimeError where there is no interface at all
            raise self.unreachable() from error
        stack.push_async_callback(zeroconf.async_close)
        return zeroconf


class Line:
    """One connection; whatever goes wrong on it is a ProviderError."""

    def __init__(
        self, service: WyomingService, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._service = service
        self._peer = str(writer.get_extra_info("peername")[0])
        self._reader = WireReader(reader, LIMITS)
        self._writer = WireWriter(writer, LIMITS)

    @property
    def stays_in_the_house(self) -> bool:
        """Whether the other end is this machine or on the home network."""
        return is_private(self._peer)

    async def say(self, *events: Eventable) -> None:
        try:
            for event in events:
                await self._writer.write(event.event())
        except WireError as error:
            raise self._service.broken(error) from error

    async def hear(self) -> Event | None:
        """The next event; None when the service closed. Its error event is a ProviderError."""
        try:
            event = await self._reader.read()
        except WireError as error:
            raise self._service.broken(error) from error
        if event is not None and Error.is_type(event.type):
            # Not its own text, which may repeat what was said.
            raise self._service.broken("it reported an error")
        return event

    async def events(self) -> AsyncGenerator[Event]:
        """All until the service closes."""
        while (event := await self.hear()) is not None:
            yield event

    async def aclose(self) -> None:
        await self._writer.aclose()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
