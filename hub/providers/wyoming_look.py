"""What Wyoming services there are at given places: each is asked once what it is, when a parent wants to know.

To connect is to tell a stranger that there is a hub, so nothing does it by itself, and nothing but
`describe` is said.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from hub.domain.clock import Clock
from hub.domain.house_services import HouseService, ServiceKind
from hub.errors import ProviderError, RefusedError
from hub.providers.wyoming_info import Introduction, Program
from hub.providers.wyoming_service import WyomingService, host_and_port, is_local

log = structlog.get_logger()

ANNOUNCED_MOST: Final = 64
ADDRESSES_MOST: Final = 3
ASKED_AT_ONCE: Final = 8
ASK_S: Final = 2.0
LOOK_S: Final = 10.0
"""For all of them; whoever was not asked by then is left out."""
LANGUAGES_MOST: Final = 200
CHOICES_MOST: Final = 1000
TEXT_MOST: Final = 100
PORT_MOST: Final = 65_535


async def look(announced: Iterable[Sequence[tuple[str, int]]], clock: Clock) -> list[HouseService]:
    """What those offer that answer soon; of each, the addresses that it has."""
    found: list[HouseService] = []
    gate = asyncio.Semaphore(ASKED_AT_ONCE)

    async def visit(addresses: Sequence[tuple[str, int]]) -> None:
        for host, port in addresses[:ADDRESSES_MOST]:
            try:
                async with gate:
                    offered = await ask(host, port, clock)
            except (ProviderError, RefusedError):
                continue  # not there, not in this house, or nothing that we know
            found.extend(offered)
            return

    try:
        async with clock.timeout(LOOK_S), asyncio.TaskGroup() as visits:
            for addresses in list(announced)[:ANNOUNCED_MOST]:
                visits.create_task(visit(addresses))
    except TimeoutError:
        log.info("not all services of the house answered in time")
    return sorted(found, key=lambda service: (service.kind, service.program, service.place))


def place_in(text: str) -> tuple[str, int]:
    """The host and port that a person typed. Raises RefusedError."""
    given = host_and_port(text.strip()[:TEXT_MOST])
    if given is None or not 0 < given[1] <= PORT_MOST:
        raise RefusedError("give an address and a port, such as 192.168.1.20:10300")
    return given


async def ask(host: str, port: int, clock: Clock) -> list[HouseService]:
    """What is offered there. Raises ProviderError, and RefusedError for a place outside the house."""
    place = HouseService(ServiceKind.STT, "", host, port).place
    if not is_local(place):
        raise RefusedError(
            f"{place} is no address in this house; a service elsewhere is named in pommai.toml"
        )
    service = WyomingService("asr", place, (), ASK_S, clock, name="house")
    return list(_offers(await service.introduction(), host, port))


def _offers(introduction: Introduction, host: str, port: int) -> Iterable[HouseService]:
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


def _offer(kind: ServiceKind, program: Program, host: str, port: int) -> HouseService:
    choices = program.installed_choices
    languages = {_printable(language): None for choice in choices for language in choice.languages}
    return HouseService(
        kind=kind,
        program=_printable(program.name),
        host=host,
        port=port,
        version=_printable(program.version),
        languages=tuple(sorted(filter(None, languages)))[:LANGUAGES_MOST],
        choices=tuple(filter(None, (_printable(c.name) for c in choices[:CHOICES_MOST]))),
    )


def _printable(text: str) -> str:
    """As what a stranger said may be shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:TEXT_MOST]
