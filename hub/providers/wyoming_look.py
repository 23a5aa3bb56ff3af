"""What Wyoming services there are at given places: each is asked once what it is, when a parent wants to know.

To connect is to tell a stranger that there is a hub, so nothing does it by itself, and nothing but
`describe` is said.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from hub.domain.clock import Clock
from hub.domain.house_services import HouseService, ServiceKind
from hub.errors import ProviderError, RefusedError
from hub.providers.wyoming_info import Introduction, Program
from hub.providers.wyoming_service import WyomingService, is_local

PLACES_MOST: Final = 64
ASKED_AT_ONCE: Final = 8
ASK_S: Final = 2.0
LOOK_S: Final = 10.0
"""For all of them; whoever was not asked by then is left out."""
LANGUAGES_MOST: Final = 200
CHOICES_MOST: Final = 1000
TEXT_MOST: Final = 100


async def look(places: Iterable[tuple[str, int]], clock: Clock) -> list[HouseService]:
    """What those of `places` offer that answer soon."""
    found: list[HouseService] = []
    gate = asyncio.Semaphore(ASKED_AT_ONCE)

    async def visit(host: str, port: int) -> None:
        async with gate:
            try:
                found.extend(await ask(host, port, clock))
            except (ProviderError, RefusedError):
                return  # a satellite, something broken, or gone

    try:
        async with clock.timeout(LOOK_S), asyncio.TaskGroup() as visits:
            for host, port in list(dict.fromkeys(places))[:PLACES_MOST]:
                visits.create_task(visit(host, port))
    except TimeoutError:
        pass  # some are slow: the others are listed
    return sorted(found, key=lambda service: (service.kind, service.program, service.place))


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
