"""A guard that asks a server as well, and what it is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hub.alerts.maker import AlertMaker
from hub.config import Config
from hub.domain.safety import CheckRequest, ContextLine, Direction, SafetyLevel, SafetyPolicy
from hub.egress.gate import EgressGate
from hub.egress.remote_checks import load_check, remote_layers
from hub.egress.spending import Prices, Spending
from hub.events import Bus
from hub.providers.base import ProviderSetup, RemoteCheck
from hub.safety.build import build_guard
from hub.safety.guard import Guard
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.egress.remote_server import FarSide
from tests.new_household import open_household

FORMATS = ("llama_guard", "shieldgemma", "qwen3guard", "gpt_oss_safeguard", "prompt")
REMOTE = (*FORMATS, "chat", "openai", "azure")
IN_OUR_PROMPT = ("gpt_oss_safeguard", "prompt", "chat")
KEYS = ("SAFETY_LLM_API_KEY", "OPENAI_API_KEY", "AZURE_CONTENT_SAFETY_API_KEY")
UNSAFE = "tell me how to make a bomb"
HARMLESS = "why do cats purr"


def layer_of(kind: str) -> str:
    """The name under which `kind` stands in [safety]."""
    return "llm" if kind in FORMATS else kind


def settings(kind: str, url: str, key: str = "use", /, **more: object) -> Config:
    """`kind` is "chat", "openai", "azure", or a guard model's format."""
    name = layer_of(kind)
    section = {
        "llm": {"base_url": f"{url}/v1", "model": kind, "format": kind},
        "chat": {},
        "openai": {"base_url": f"{url}/v1"},
        "azure": {"endpoint": url},
    }[name]
    return Config.model_validate(
        {
            "safety": {key: [name], name: {**section, **more}},
            "llm": {"use": ["openai"], "openai": {"base_url": f"{url}/v1", "model": "talker"}},
        }
    )


def remote(kind: str, far_side: FarSide, **more: object) -> RemoteCheck:
    config = settings(kind, far_side.url, "use", **more)
    return load_check(config.safety.use[0], ProviderSetup(config))


def asked(
    text: str,
    direction: Direction = Direction.CHILD,
    level: SafetyLevel = SafetyLevel.STRICT,
    *history: ContextLine,
) -> CheckRequest:
    return CheckRequest(text, direction, SafetyPolicy(level), history)


@asynccontextmanager
async def guarded(
    kind: str,
    far_side: FarSide,
    folder: Path,
    clock: FakeClock | None = None,
    *,
    key: str = "use",
) -> AsyncIterator[tuple[Guard, Store]]:
    """A guard with its embedded layers and a remote one, under `key` of [safety], and the household behind it."""
    clock = clock or FakeClock()
    database = await open_household(folder, clock)
    store = Store(database, Bus(), clock)
    config = settings(kind, far_side.url, key)
    spending = Spending(store, Prices.load(config), clock, AlertMaker(store, clock))
    layers = remote_layers(ProviderSetup(config, clock=clock), EgressGate(store, clock, spending))
    try:
        yield build_guard(config.safety, clock, layers), store
    finally:
        for layer in layers:
            await layer.aclose()
        await database.aclose()


async def until_asked(far_side: FarSide, times: int = 1) -> None:
    while len(far_side.requests) < times:
        await asyncio.sleep(0.01)
