"""What Wyoming services there are at given places: each is asked once what it is, when a parent wants to know.

To connect is to tell a stranger that there is a hub, so nothing does it by itself, and nothing but
`describe` is said.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from hub.domain.clock import Clock
from hub.domain.network_services import NetworkService, ServiceKind
from hub.errors import ProviderError, RefusedError
from hub.providers.wyoming.service import (
    Introduction,
    Program,
    WyomingService,
    host_and_port,
)

log = structlog.get_logger()

MAX_ANNOUNCED: Final = 64
MAX_ADDRESSES: Final = 3
MAX_ASKED_AT_ONCE: Final = 8
MAX_ASK_S: Final = 2.0
MAX_LOOK_S: Final = 10.0
"""For all of them; whoever was not asked by then is left out."""
MAX_LANGUAGES: Final = 200
MAX_CHOICES: Final = 1000
MAX_TEXT_CHARACTERS: Final = 100
MAX_PORT: Final = 65_535


async def look(
    announced: Iterable[Sequence[tuple[str, int]]], clock: Clock
) -> list[NetworkService]:
    """What those offer that answer soon; of each, the addresses that it has."""
    found: list[NetworkService] = []
    gate = asyncio.Semaphore(MAX_ASKED_AT_ONCE)

    async def visit(addresses: Sequence[tuple[str, int]]) -> None:
        for host, port in addresses[:MAX_ADDRESSES]:
            try:
                async with gate:
                    offered = await ask(host, port, clock)
            except (ProviderError, RefusedError):
                continue  # not there, not on the home network, or nothing that we know
            found.extend(offered)
            return

    try:
        async with clock.timeout(MAX_LOOK_S), asyncio.TaskGroup() as visits:
            for addresses in list(announced)[:MAX_ANNOUNCED]:
                visits.create_task(visit(addresses))
    except TimeoutError:
        log.info("not all network services answered in time")
    return sorted(found, key=lambda service: (service.kind, service.program, service.place))


def place_in(text: str) -> tuple[str, int]:
    """The host and port that a person typed. Raises RefusedError."""
    given = host_and_port(text.strip()[:MAX_TEXT_CHARACTERS])
    if given is None or not 0 < given[1] <= MAX_PORT:
        raise RefusedError("give an address and a port, such as 192.168.1.20:10300")
    return given


async def ask(host: str, port: int, clock: Clock) -> list[NetworkService]:
    """What is offered there. Raises ProviderError, and RefusedError for a place elsewhere."""
    somewhere = NetworkService(ServiceKind.STT, "", host, port, name="network service")
    service = WyomingService("asr", somewhere, MAX_ASK_S, clock)
    if not service.local:
        raise RefusedError(
            f"{service.address} is no address on your home network; a service elsewhere is named in pommai.toml"
        )
    return list(_offers(await service.introduction(), host, port))


def _offers(introduction: Introduction, host: str, port: int) -> Iterable[NetworkService]:
    if introduction.satellite is not None:
        return
    programs = {
        ServiceKind.STT: introduction.asr,
        ServiceKind.TTS: introduction.tts,
        ServiceKind.WAKE: introduction.wake,
    }
    for kind, offered in programs.items():
        for program in offered:
            if program.installed and _printable(program.name):
                yield _offer(kind, program, host, port)


def _offer(kind: ServiceKind, program: Program, host: str, port: int) -> NetworkService:
    choices = program.installed_choices
    languages = {_printable(language): None for choice in choices for language in choice.languages}
    return NetworkService(
        kind=kind,
        program=_printable(program.name),
        host=host,
        port=port,
        version=_printable(program.version),
        languages=tuple(sorted(filter(None, languages)))[:MAX_LANGUAGES],
        choices=tuple(filter(None, (_printable(c.name) for c in choices[:MAX_CHOICES]))),
    )


def _printable(text: str) -> str:
    """As what a stranger said may be shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[
        :MAX_TEXT_CHARACTERS
    ]
