"""The providers in use: each created and warmed once, whoever asks first.

`Providers.stt(toy)` (llm, tts) gives what may serve a toy now, best first. Only names that a
parent approved are in it, and the embedded provider, which ends every list.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import cast

from hub.config import Config
from hub.domain.clock import Clock, SystemClock
from hub.domain.toys import ProviderKind, Toy
from hub.errors import PommaiError, ProviderTimeoutError, ProviderUnavailableError
from hub.providers.auto import Selection, resolve
from hub.providers.base import Llm, Provider, Stt, Tts
from hub.providers.registry import AUTO, EMBEDDED, check_names, load, missing_package

WARM_UP_LIMIT_S = 60.0
RETRY_AFTER_S = 30.0
"""How long a failed warm-up, or finding nothing better, is remembered before a turn tries again."""


@dataclass(slots=True)
class _Slot:
    """One provider: not tried, warm, or failed for the reason in `problem`."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    provider: Provider | None = None
    problem: str = ""
    retry_at: float = 0.0


class Providers:
    """Safe to ask from many turns at once. `aclose` it when the hub ends."""

    def __init__(
        self, config: Config, environ: Mapping[str, str], clock: Clock | None = None
    ) -> None:
        self._config = config
        self._environ = environ
        self._clock = clock or SystemClock()
        self._slots: dict[tuple[ProviderKind, str], _Slot] = {}
        self._selections: dict[ProviderKind, tuple[Selection, float]] = {}
        self._selecting = asyncio.Lock()
        self._importing = ThreadPoolExecutor(1, thread_name_prefix="provider-import")
        for kind, use in self._household().items():
            check_names(kind, use)

    async def stt(self, toy: Toy) -> list[Stt]:
        return cast(list[Stt], await self._ready(ProviderKind.STT, toy.providers.stt))

    async def llm(self, toy: Toy) -> list[Llm]:
        return cast(list[Llm], await self._ready(ProviderKind.LLM, toy.providers.llm))

    async def tts(self, toy: Toy) -> list[Tts]:
        return cast(list[Tts], await self._ready(ProviderKind.TTS, toy.providers.tts))

    async def selections(self) -> dict[ProviderKind, Selection]:
        """What the household's lists come to, for the line at start and for `doctor`."""
        return {kind: await self._household_list(kind) for kind in self._household()}

    def problems(self) -> dict[str, str]:
        """Provider name to one line on why it could not be warmed up, for `/health`."""
        return {name: slot.problem for (_, name), slot in self._slots.items() if slot.problem}

    async def aclose(self) -> None:
        slots, self._slots = self._slots, {}
        for slot in slots.values():
            async with slot.lock:
                if slot.provider is not None:
                    await slot.provider.aclose()
        self._importing.shutdown(wait=False, cancel_futures=True)

    def _household(self) -> dict[ProviderKind, tuple[str, ...]]:
        config = self._config
        return {
            ProviderKind.STT: config.stt.use,
            ProviderKind.LLM: config.llm.use,
            ProviderKind.TTS: config.tts.use,
        }

    async def _household_list(self, kind: ProviderKind) -> Selection:
        return await self._expand(kind, self._household()[kind])

    async def _expand(self, kind: ProviderKind, use: tuple[str, ...]) -> Selection:
        """`use` with "auto" filled in, each name once, the embedded provider last."""
        names: list[str] = []
        why = "chosen"
        for name in use:
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
            selection = await resolve(kind, self._config, self._environ)
            self._selections[kind] = (selection, self._clock.monotonic() + RETRY_AFTER_S)
            return selection

    async def _ready(self, kind: ProviderKind, approved: tuple[str, ...]) -> list[Provider]:
        selection = await self._expand(kind, approved or self._household()[kind])
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._warm(kind, name)) for name in selection.names]
        return [provider for task in tasks if (provider := task.result()) is not None]

    async def _warm(self, kind: ProviderKind, name: str) -> Provider | None:
        slot = self._slots.setdefault((kind, name), _Slot())
        async with slot.lock:
            if slot.provider is not None:
                return slot.provider
            if slot.problem and self._clock.monotonic() < slot.retry_at:
                return None
            try:
                slot.provider = await self._create(kind, name)
                slot.problem = ""
            except PommaiError as error:
                slot.problem = str(error)
                slot.retry_at = self._clock.monotonic() + RETRY_AFTER_S
            return slot.provider

    async def _create(self, kind: ProviderKind, name: str) -> Provider:
        """A warm provider. Raises PommaiError whatever went wrong: the next in the list serves."""
        loop = asyncio.get_running_loop()
        provider = await loop.run_in_executor(self._importing, load, kind, name, self._config)
        async with AsyncExitStack() as undo:
            undo.push_async_callback(provider.aclose)
            try:
                async with self._clock.timeout(WARM_UP_LIMIT_S):
                    await provider.warm_up()
            except PommaiError:
                raise
            except ModuleNotFoundError as error:
                raise missing_package(name, error) from error
            except TimeoutError as error:
                raise ProviderTimeoutError(
                    f"{name}: not ready after {WARM_UP_LIMIT_S:.0f} s; it is tried again later"
                ) from error
            except Exception as error:
                why = f"{type(error).__name__}: {error}".partition("\n")[0]
                raise ProviderUnavailableError(f"{name}: can't start: {why}") from error
            undo.pop_all()
        return provider
