"""The providers in use: each created and warmed once, whoever asks first.

`Providers.stt(toy)` (llm, tts) gives what may serve a toy now, best first. Only names that a
parent approved are in it, and the embedded provider, which ends every list. Left out is what can't
be made ready, what failed again and again and is left alone for a while, and what costs money once
the household's budget is spent. An embedded one that only stands by is made ready when it is needed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from hub.domain.network_services import SERVICE_PREFIX, NetworkService, ServiceKind
from hub.domain.toys import AUTO, ProviderKind, Toy
from hub.errors import PommaiError
from hub.providers.auto import Selection, resolve
from hub.providers.base import (
    AsksServer,
    HearsSome,
    Llm,
    Provider,
    ProviderSetup,
    Stt,
    Tts,
    VoiceCatalogue,
    VoiceCloning,
    VoiceInfo,
)
from hub.providers.registry import EMBEDDED, check_names, load
from hub.providers.slot import RETRY_AFTER_S, Slot, pooled

MayCost = Callable[[ProviderKind, str, str], Awaitable[bool]]
"""Whether the household may spend money on the provider of that kind and name now, with a toy's own model or ""."""


async def _no_limit(kind: ProviderKind, name: str, model: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Outage:
    """A provider that was chosen and can't be used now."""

    kind: ProviderKind
    name: str
    seconds: float
    """How long it has been so."""
    problem: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Who was chosen first for one kind of work, and who does it now."""

    kind: ProviderKind
    chosen: str
    problem: str
    """Why that one can't be used now; "" where it can."""
    answers: str
    """Who is asked first now: the same one, or the next that can be used."""


class Providers:
    """Safe to ask from many turns at once. `aclose` it when the hub ends."""

    def __init__(self, setup: ProviderSetup, may_cost: MayCost = _no_limit) -> None:
        self._setup = setup
        self._clock = setup.clock
        self._may_cost = may_cost
        self._slots: dict[tuple[ProviderKind, str], Slot] = {}
        self._approved: dict[tuple[ProviderKind, str], NetworkService] = {}
        self._selections: dict[ProviderKind, tuple[Selection, float]] = {}
        self._selecting = asyncio.Lock()
        self._importing = ThreadPoolExecutor(1, thread_name_prefix="provider-import")
        for kind, use in self._household().items():
            check_names(kind, use)

    async def take_in(self, services: Iterable[NetworkService]) -> None:
        """These are the services on the home network that the family approved; no other one is asked from now on."""
        approved = {
            (ProviderKind(service.kind), service.name): service
            for service in services
            if service.kind is not ServiceKind.WAKE
        }
        changed = {key for key, service in self._approved.items() if approved.get(key) != service}
        self._approved = approved
        for slot in [self._slots.pop(key) for key in changed & self._slots.keys()]:
            await slot.aclose()

    async def stt(self, toy: Toy) -> list[Stt]:
        return cast(list[Stt], await self._ready(ProviderKind.STT, toy.providers.stt))

    async def heard(self, toy: Toy, languages: Iterable[str]) -> frozenset[str]:
        """Of these languages those that a recogniser of the toy's list knows, and nothing speaks against that one."""
        names = await self.names(ProviderKind.STT, toy)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._importing, self._heard, names, [*languages])

    def _heard(self, names: Iterable[str], languages: Sequence[str]) -> frozenset[str]:
        found: set[str] = set()
        for name in names:
            try:
                stt = load(ProviderKind.STT, name, self._setup_of(ProviderKind.STT, name))
            except PommaiError:
                continue
            if not stt.problem():
                some = stt if isinstance(stt, HearsSome) else None
                found.update(each for each in languages if some is None or some.hears(each))
        return frozenset(found)

    async def llm(self, toy: Toy) -> list[Llm]:
        return cast(list[Llm], await self._ready(ProviderKind.LLM, toy.providers.llm, toy.model))

    async def tts(self, toy: Toy) -> list[Tts]:
        return cast(list[Tts], await self._ready(ProviderKind.TTS, toy.providers.tts))

    async def tts_names(self, toy: Toy) -> tuple[str, ...]:
        """Whose voices this toy may have, best first, whether they can be asked now or not."""
        return await self.names(ProviderKind.TTS, toy)

    async def voices(self, toy: Toy) -> list[VoiceInfo]:
        """Of the provider that speaks first for this toy; empty where it doesn't tell. Raises ProviderError."""
        provider = await self.voice_provider((await self.tts_names(toy))[0])
        return await provider.voices() if isinstance(provider, VoiceCatalogue) else []

    async def voice_provider(self, name: str) -> Tts:
        """The one of that name, ready. Raises ProviderError."""
        return cast(Tts, await self._slot(ProviderKind.TTS, name).warm())

    async def cloner_name(self, toy: Toy) -> str:
        """The provider that speaks first for this toy, where it can copy a voice now; else ""."""
        name = (await self.tts_names(toy))[0]
        if name.startswith(SERVICE_PREFIX):
            return ""
        loop = asyncio.get_running_loop()
        made = partial(load, ProviderKind.TTS, name, self._setup)
        found = await loop.run_in_executor(self._importing, made)
        return name if isinstance(found, VoiceCloning) and not found.problem() else ""

    async def cloner(self, name: str) -> VoiceCloning:
        """The one that `cloner_name` gave, ready."""
        return cast(VoiceCloning, await self._slot(ProviderKind.TTS, name).warm())

    async def standing(self, toy: Toy) -> list[Standing]:
        """Looks now, for each kind: makes ready what isn't, and asks servers at home whether they are there."""
        own = {
            ProviderKind.STT: toy.providers.stt,
            ProviderKind.LLM: toy.providers.llm,
            ProviderKind.TTS: toy.providers.tts,
        }
        return [
            await self._stands(kind, approved, toy.model if kind is ProviderKind.LLM else "")
            for kind, approved in own.items()
        ]

    async def _stands(self, kind: ProviderKind, approved: tuple[str, ...], model: str) -> Standing:
        use = approved or self._household()[kind]
        names = (await self._expand(kind, use)).names
        problems: list[str] = []
        for name in names:
            problem = await self._problem(self._slot(kind, name), model)
            problems.append(problem)
            if not problem:
                break
        answers = names[len(problems) - 1]
        return Standing(kind, names[0], problems[0], "" if problems[-1] else answers)

    async def _problem(self, slot: Slot, model: str) -> str:
        """Why it can't be used now, in one line."""
        if not await self._warm(slot):
            return slot.problem
        assert slot.provider is not None
        if not slot.breaker.ready:
            return slot.problem
        if isinstance(slot.provider, AsksServer) and (absent := await slot.provider.absent()):
            return absent
        if not slot.provider.local and not await self._may_cost(slot.kind, slot.name, model):
            return f"{slot.name}: this month's budget for services outside the home is used up"
        return ""

    async def selections(self) -> dict[ProviderKind, Selection]:
        """What the household's lists come to, for the line at start and for `doctor`."""
        return {kind: await self._household_list(kind) for kind in self._household()}

    def problems(self) -> dict[str, str]:
        """Provider name to one line on why it can't be used now, for `/health`."""
        return {slot.name: slot.problem for slot in self._slots.values() if slot.problem}

    def states(self) -> dict[tuple[ProviderKind, str], str]:
        """Of each provider that was asked for: how its circuit breaker stands."""
        return {key: slot.breaker.state for key, slot in self._slots.items()}

    def outages(self) -> list[Outage]:
        """Those that a parent chose and that can't be used now."""
        now_s = self._clock.monotonic()
        return [
            Outage(kind, name, now_s - slot.out_since_s, slot.problem)
            for (kind, name), slot in self._slots.items()
            if slot.out_since_s is not None and name != EMBEDDED[kind]
        ]

    async def look_again(self) -> None:
        """Something new may be at hand: what "auto" is, and what failed before, is tried anew."""
        self._selections.clear()
        failed = [
            key for key, slot in self._slots.items() if slot.provider is None and slot.problem
        ]
        for slot in [self._slots.pop(key) for key in failed]:
            await slot.aclose()

    async def close_clouds(self) -> None:
        """End every connection that leads out of the home; what is under way there breaks off."""
        away = [
            key for key, slot in self._slots.items() if slot.provider and not slot.provider.local
        ]
        for slot in [self._slots.pop(key) for key in away]:
            await slot.aclose()

    async def names(self, kind: ProviderKind, toy: Toy) -> tuple[str, ...]:
        """What this toy is to be served by, best first, the embedded one last; whether it can be asked or not."""
        own = {
            ProviderKind.STT: toy.providers.stt,
            ProviderKind.LLM: toy.providers.llm,
            ProviderKind.TTS: toy.providers.tts,
        }[kind]
        return (await self._expand(kind, own or self._household()[kind])).names

    async def aclose(self) -> None:
        slots, self._slots = self._slots, {}
        for slot in slots.values():
            await slot.aclose()
        self._importing.shutdown(wait=False, cancel_futures=True)

    def _household(self) -> dict[ProviderKind, tuple[str, ...]]:
        config = self._setup.config
        return {
            ProviderKind.STT: config.stt.use,
            ProviderKind.LLM: config.llm.use,
            ProviderKind.TTS: config.tts.use,
        }

    async def _household_list(self, kind: ProviderKind) -> Selection:
        return await self._expand(kind, self._household()[kind])

    async def _expand(self, kind: ProviderKind, use: tuple[str, ...]) -> Selection:
        """`use` with "auto" filled in, each name once, the embedded provider last.

        What is no longer approved is left out.
        """
        names: list[str] = []
        why = "chosen"
        for name in use:
            if name.startswith(SERVICE_PREFIX) and (kind, name) not in self._approved:
                continue
            if name != AUTO:
                names.append(name)
                continue
            selection = await self._auto(kind)
            names += selection.names
            why = selection.why
        embedded = EMBEDDED[kind]
        unique = dict.fromkeys(name for name in names if name != embedded)
        return Selection((*unique, embedded), why)

    async def _auto(self, kind: ProviderKind) -> Selection:
        """What "auto" is now: something better may come, e.g. an Ollama that starts after us."""
        async with self._selecting:
            kept, look_again_at = self._selections.get(kind, (None, 0.0))
            if kept is not None and (
                kept.names[0] != EMBEDDED[kind] or self._clock.monotonic() < look_again_at
            ):
                return kept
            selection = await resolve(kind, self._setup)
            self._selections[kind] = (selection, self._clock.monotonic() + RETRY_AFTER_S)
            return selection

    async def _ready(
        self, kind: ProviderKind, approved: tuple[str, ...], model: str = ""
    ) -> list[Provider]:
        selection = await self._expand(kind, approved or self._household()[kind])
        *chosen, embedded = [self._slot(kind, name) for name in selection.names]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._usable(slot, model)) for slot in chosen]
        ready = [slot for slot, task in zip(chosen, tasks, strict=True) if task.result()]
        if not ready and not await self._warm(embedded):
            return []
        return [pooled(slot) for slot in [*ready, embedded]]

    async def _usable(self, slot: Slot, model: str) -> bool:
        if not slot.breaker.ready or not await self._warm(slot, again=False):
            return False
        assert slot.provider is not None
        return slot.provider.local or await self._may_cost(slot.kind, slot.name, model)

    async def _warm(self, slot: Slot, *, again: bool = True) -> bool:
        try:
            await slot.warm(again=again)
        except PommaiError:
            return False
        return True

    def _slot(self, kind: ProviderKind, name: str) -> Slot:
        slot = self._slots.get((kind, name))
        if slot is None:
            setup = self._setup_of(kind, name)
            slot = self._slots[kind, name] = Slot(kind, name, setup, self._importing)
        return slot

    def _setup_of(self, kind: ProviderKind, name: str) -> ProviderSetup:
        return replace(self._setup, service=self._approved.get((kind, name)))
