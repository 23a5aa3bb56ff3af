"""A provider of the tests' own, whose life is up to the test, and an embedded one that is always well."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from types import ModuleType

import pytest

from hub.config import Config
from hub.domain.clock import Clock, SystemClock
from hub.domain.toys import Toy
from hub.providers import auto, registry
from hub.providers.base import LlmDelta, LlmRequest, ProviderSetup
from hub.providers.pool import Providers

TOY = Toy("1", "Pommai")


class Rig:
    """A provider of the test's own; what happens in `warm_up` is up to the test."""

    name = "rig"
    local = True
    made = 0
    warmed = 0
    closed = 0
    error: Exception | None = None
    down: Exception | None = None
    hangs: asyncio.Event | None = None
    """Set once it hangs."""
    gate: asyncio.Event | None = None
    ok = True

    what = "the rig's model is on disk"

    def __init__(self, setup: ProviderSetup) -> None:
        Rig.made += 1

    def problem(self) -> str:
        return "" if Rig.ok else "no rig"

    async def warm_up(self) -> None:
        Rig.warmed += 1
        if Rig.gate is not None:
            await Rig.gate.wait()
        if Rig.error is not None:
            raise Rig.error

    async def aclose(self) -> None:
        Rig.closed += 1

    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
        if Rig.hangs is not None:
            Rig.hangs.set()
            await asyncio.Event().wait()
        if Rig.down is not None:
            raise Rig.down
        yield LlmDelta(f"{self.name} speaks")


class Spare(Rig):
    """The embedded one of the test's own registry; always well."""

    name = "spare"
    stood_in = 0

    def __init__(self, setup: ProviderSetup) -> None:
        """Not counted."""

    async def warm_up(self) -> None:
        Spare.stood_in += 1

    async def aclose(self) -> None:
        pass

    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
        yield LlmDelta("spare speaks")


def rig(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the two in the registry, new."""
    module = ModuleType("rigged_providers")
    module.__dict__.update(Rig=Rig, Spare=Spare)
    monkeypatch.setitem(sys.modules, "rigged_providers", module)
    names = {"rig": "rigged_providers:Rig", "spare": "rigged_providers:Spare"}
    monkeypatch.setattr("hub.providers.registry.REGISTRY", dict.fromkeys(registry.REGISTRY, names))
    for user in ("registry", "auto", "pool", "slot"):
        monkeypatch.setattr(
            f"hub.providers.{user}.EMBEDDED", dict.fromkeys(registry.EMBEDDED, "spare")
        )
    monkeypatch.setattr(auto, "BETTER", dict.fromkeys(auto.BETTER, "rig"))
    Rig.made = Rig.warmed = Rig.closed = 0
    Rig.local = True
    Rig.error, Rig.down, Rig.hangs, Rig.gate, Rig.ok = None, None, None, None, True
    Spare.stood_in = 0


def household(use: str, clock: Clock | None = None) -> ProviderSetup:
    config = Config.model_validate({kind: {"use": [use]} for kind in ("stt", "llm", "tts")})
    return ProviderSetup(config, {}, clock or SystemClock())


async def names(providers: Providers, toy: Toy = TOY) -> list[str]:
    return [provider.name for provider in await providers.llm(toy)]
