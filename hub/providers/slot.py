"""The place of one provider: made and warmed once, whoever asks first, and asked through its circuit breaker."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AsyncExitStack

from hub.domain.clock import Clock
from hub.domain.toys import ProviderKind
from hub.errors import PommaiError, ProviderTimeoutError, ProviderUnavailableError
from hub.providers.base import Provider
from hub.providers.breaker import Breaker
from hub.providers.registry import EMBEDDED, missing_package

WARM_UP_LIMIT_S = 60.0
RETRY_AFTER_S = 30.0
"""How long a failed warm-up is remembered before a turn tries again."""


class Slot:
    """`create` makes the provider and may import packages, so `importing` runs it; `patience_s` is how
    long a turn waits for an answer."""

    def __init__(
        self,
        kind: ProviderKind,
        name: str,
        create: Callable[[], Provider],
        importing: Executor,
        clock: Clock,
        patience_s: float,
    ) -> None:
        self.name = name
        self.kind = kind
        self.patience_s = patience_s
        self.breaker = Breaker(kind, name, clock, last_resort=name == EMBEDDED[kind])
        self.provider: Provider | None = None
        """None: not tried yet, or failed for the reason in `problem`."""
        self.problem = ""
        self.failing_since_s: float | None = None
        self._create_now = create
        self._importing = importing
        self._clock = clock
        self._warming: asyncio.Task[Provider] | None = None
        self._retry_at_s = 0.0

    async def warm(self, *, again: bool = True) -> Provider:
        """The provider, ready. Raises PommaiError whatever went wrong, at once for a while.

        What one turn began goes on when that turn is cut: the next one finds it ready. Without `again`
        nobody waits for one that failed before; it is made ready for whoever asks later.
        """
        if self.provider is not None:
            return self.provider
        if self._warming is None:
            if self.problem and self._clock.monotonic() < self._retry_at_s:
                raise ProviderUnavailableError(self.problem)
            self._warming = asyncio.create_task(self._warm_up(), name=f"warm up {self.name}")
            self._warming.add_done_callback(_seen)
        if self.problem and not again:
            raise ProviderUnavailableError(self.problem)
        return await asyncio.shield(self._warming)

    async def aclose(self) -> None:
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)
        provider, self.provider = self.provider, None
        if provider is not None:
            await provider.aclose()

    async def _warm_up(self) -> Provider:
        try:
            self.provider = await self._create()
        except PommaiError as error:
            self.problem = str(error)
            now_s = self._clock.monotonic()
            self._retry_at_s = now_s + RETRY_AFTER_S
            if self.failing_since_s is None:
                self.failing_since_s = now_s
            raise
        finally:
            self._warming = None
        self.problem, self.failing_since_s = "", None
        return self.provider

    async def _create(self) -> Provider:
        name = self.name
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as undo:
            try:
                provider = await loop.run_in_executor(self._importing, self._create_now)
                undo.push_async_callback(provider.aclose)
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


def _seen(warming: asyncio.Task[Provider]) -> None:
    """What went wrong is in `problem`, also where nobody waits for it."""
    if not warming.cancelled():
        warming.exception()
