"""A recogniser or a voice behind the Wyoming protocol: finding it, what it offers, one connection a request.

`address` is host:port, or the name under which a service announces itself. One that merely shows
up on the network is never taken: anybody's device could, and a child's voice would go there.
"""

import asyncio
import re
from collections.abc import AsyncIterable
from contextlib import AsyncExitStack
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from wyoming.audio import AudioChunk, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.info import Describe, Info
from zeroconf import InterfaceChoice
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.domain.network_services import NetworkService
from hub.errors import (
    ProviderBusyError,
    ProviderError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from hub.providers.network.address import is_local_url, is_private
from hub.providers.stt.utterance import samples
from satellite.wire.stream import MAX_STREAM_BYTES, WireError, WireLimits, WireReader, WireWriter

MAX_PROGRAMS: Final = 100
"""Of one service, of each kind."""


def _text(value: object) -> object:
    """What is left out is null in some services and missing in others."""
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_text)]


class Artifact(BaseModel):
    """A model, a voice or a wake word."""

    name: str
    installed: bool = True
    languages: list[str] = []


class Program(BaseModel):
    """What does one thing for a service, with the models or voices that it has."""

    name: str
    installed: bool = True
    version: Text = ""
    models: list[Artifact] = []
    voices: list[Artifact] = []
    supports_synthesize_streaming: bool = False

    @property
    def installed_choices(self) -> list[Artifact]:
        return [choice for choice in (*self.models, *self.voices) if choice.installed]


class Introduction(BaseModel):
    """Its programs by what they do. One with a satellite in it serves that satellite alone."""

    asr: list[Program] = Field([], max_length=MAX_PROGRAMS)
    tts: list[Program] = Field([], max_length=MAX_PROGRAMS)
    wake: list[Program] = Field([], max_length=MAX_PROGRAMS)
    satellite: dict[str, object] | None = None


SERVICE_TYPE: Final = "_wyoming._tcp.local."
RESOLVE_MS: Final = 3000
BROWSE_S: Final = 1.5
MAX_NAMES: Final = 8
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


class WyomingService:
    """`kind` is what is wanted of it, `where` an address of the settings or a service that a parent approved.

    `name` is the provider's; `interfaces` are of the settings.
    """

    def __init__(
        self,
        kind: Kind,
        where: str | NetworkService,
        timeout_s: float,
        clock: Clock,
        interfaces: tuple[str, ...] = (),
    ) -> None:
        approved = where if isinstance(where, NetworkService) else None
        self.name = approved.name if approved else CONFIGURED
        self.address = address = approved.place if approved else str(where)
        given = host_and_port(address)
        # Announced names are only looked for on the home network.
        self.local = given is None or is_local_url(f"tcp://{_bracketed(given[0])}")
        self.what = f"Wyoming service {address}".rstrip()
        self._kind = kind
        self._label = approved.label if approved else CONFIGURED
        self._wanted = approved.program if approved else ""
        """What must run there, where a parent approved just that."""
        self._section = "stt.wyoming" if kind == "asr" else "tts.wyoming"
        self._interfaces = interfaces
        self._timeout_s = timeout_s
        self._clock = clock
        self._program: Program | None = None
        self._found: list[tuple[str, int]] = []
        """Where it was last; looked for again when it isn't there any more."""

    def problem(self) -> str:
        """What to do where the settings name none; "" where they do."""
        return (
            ""
            if self.address
            else f"no address; set [{self._section}] address to a service's host:port or name"
        )

    async def open(self) -> Program:
        """What it offers, asked once. Raises ProviderUnavailableError where that isn't what is wanted."""
        if self._program is None:
            self._program = self._pick(await self.introduction())
        return self._program

    async def aclose(self) -> None:
        """Nothing is held between two requests."""

    async def introduction(self) -> Introduction:
        """All that it offers now. Raises ProviderError."""
        try:
            async with self._clock.timeout(self._timeout_s), AsyncExitStack() as stack:
                line = await self.connect(stack)
                await line.say(Describe())
                while (event := await line.hear()) is not None:
                    if Info.is_type(event.type):
                        return self._understood(event)
        except TimeoutError as error:
            raise self.too_late("no description") from error
        raise self.broken("it closed without saying what it is")

    async def connect(self, stack: AsyncExitStack) -> "ServiceConnection":
        """A new connection, closed with `stack`: stock services close theirs after a request."""
        problem = self.unreachable()
        self._found = self._found or await self._resolve()
        for host, port in self._found:
            try:
                async with self._clock.timeout(CONNECT_S):
                    streams = await asyncio.open_connection(host, port, limit=MAX_STREAM_BYTES)
            except (OSError, ValueError) as error:  # a timeout; a name that can be none
                problem.__cause__ = error
                continue
            line = ServiceConnection(self, *streams)
            stack.push_async_callback(line.aclose)
            if self.local and not line.stays_local:
                raise self.unreachable() from ValueError("its name leads out of the home")
            return line
        self._found = []
        raise problem

    def unreachable(self) -> ProviderBusyError:
        where = f", and is [{self._section}] address right" if self._label == CONFIGURED else ""
        return ProviderBusyError(
            f"{self._label}: can't reach {self.address}; is it running{where}?"
        )

    def broken(self, why: object) -> ProviderError:
        return ProviderError(f"{self._label}: {self.address}: {why}; look at its own log")

    def too_late(self, what: str) -> ProviderTimeoutError:
        return ProviderTimeoutError(
            f"{self._label}: {self.address}: {what} within {self._timeout_s:g} s; is it too slow?"
        )

    def _understood(self, event: Event) -> Introduction:
        try:
            return Introduction.model_validate(event.data)
        except ValidationError as error:
            raise self.broken("it describes itself in a way nobody understands") from error

    def _pick(self, introduction: Introduction) -> Program:
        programs: list[Program] = getattr(introduction, self._kind)
        for program in programs:
            if program.installed and self._wanted in ("", program.name):
                return program
        if self._wanted:
            raise ProviderUnavailableError(
                f"{self._label}: something else answers at {self.address} now; "
                "look at the services on the Guardian pages"
            )
        raise ProviderUnavailableError(
            f"wyoming: {self.address} offers no {_OFFERS[self._kind]}; "
            f"set another as [{self._section}] address"
        )

    async def _resolve(self) -> list[tuple[str, int]]:
        if not self.address:
            raise ProviderUnavailableError(await self._what_there_is())
        if given := host_and_port(self.address):
            return [given]
        async with AsyncExitStack() as stack:
            zeroconf = await self._zeroconf(stack)
            found = AsyncServiceInfo(SERVICE_TYPE, f"{self.address}.{SERVICE_TYPE}")
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
                if len(names) < MAX_NAMES:
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


class ServiceConnection:
    """One connection; whatever goes wrong on it is a ProviderError."""

    def __init__(
        self, service: WyomingService, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._service = service
        self.stays_local = is_private(str(writer.get_extra_info("peername")[0]))
        """Whether the other end is this machine or on the home network."""
        self._reader = WireReader(reader, LIMITS)
        self._writer = WireWriter(writer, LIMITS)

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

    async def send(self, audio: AsyncIterable[PcmChunk]) -> None:
        """The sound as it comes, and its end. Where the connection is lost, `hear` says so."""
        try:
            async for data in samples(audio):
                await self.say(AudioChunk(SPEECH_RATE_HZ, SAMPLE_BYTES, 1, data))
            await self.say(AudioStop())
        except ProviderError:
            return

    async def aclose(self) -> None:
        await self._writer.aclose()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
