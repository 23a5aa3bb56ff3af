"""What the pool gives a turn: approved providers, warm, made once, the embedded one last."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace
from types import ModuleType

import pytest
from aiohttp.test_utils import TestServer

from hub.config import Config
from hub.domain.clock import Clock, SystemClock
from hub.domain.toys import ProviderChoice, ProviderKind, Toy
from hub.errors import ConfigError, ProviderError, ProviderUnavailableError
from hub.providers import auto, registry
from hub.providers.auto import Selection, explain, resolve
from hub.providers.base import LlmDelta, LlmRequest, ProviderSetup
from hub.providers.llm import ollama
from hub.providers.network.breaker import FAILURES, FIRST_PAUSE_S, TRIAL_S
from hub.providers.pool import Providers
from hub.providers.slot import MAX_WARM_UP_S, RETRY_AFTER_S
from tests.clock import FakeClock
from tests.providers.openai_server import Server
from tests.providers.setups import BARE

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


@pytest.fixture(autouse=True)
def rigged(monkeypatch: pytest.MonkeyPatch) -> None:
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


async def test_the_embedded_provider_ends_every_list() -> None:
    providers = Providers(household("rig"))
    assert await names(providers) == ["rig", "spare"]
    await providers.aclose()


async def heard(providers: Providers) -> str:
    """The answer of the first that gives one, as a turn asks for it."""
    for llm in await providers.llm(TOY):
        with suppress(ProviderError):
            async with aclosing(llm.reply(LlmRequest([]))) as deltas:
                return (await anext(deltas)).text
    return ""


async def test_the_embedded_provider_takes_memory_only_when_it_is_needed() -> None:
    providers = Providers(household("rig"))
    assert await heard(providers) == "rig speaks"
    assert Spare.stood_in == 0
    Rig.down = ProviderError("rig: down")
    assert await heard(providers) == "spare speaks"
    assert Spare.stood_in == 1
    await providers.aclose()


async def test_a_household_without_another_gets_the_embedded_one_ready() -> None:
    providers = Providers(household("spare"))
    assert await names(providers) == ["spare"]
    assert Spare.stood_in == 1
    await providers.aclose()


async def test_one_that_keeps_failing_is_left_out_until_it_is_tried_again() -> None:
    clock = FakeClock()
    providers = Providers(household("rig", clock))
    Rig.down = ProviderError("rig: down")
    for _ in range(FAILURES):
        assert await heard(providers) == "spare speaks"
    assert await names(providers) == ["spare"]
    assert providers.problems() == {"rig": "rig: down"}
    assert providers.states()[ProviderKind.LLM, "rig"] == "open"
    await clock.advance(FIRST_PAUSE_S)
    assert await names(providers) == ["rig", "spare"]
    [outage] = providers.outages()
    assert (outage.name, outage.seconds) == ("rig", FIRST_PAUSE_S)
    Rig.down = None
    assert await heard(providers) == "rig speaks"
    assert (providers.problems(), providers.outages()) == ({}, [])
    await providers.aclose()


async def test_a_child_does_not_wait_long_for_one_that_is_only_tried_again() -> None:
    clock = FakeClock()
    providers = Providers(household("rig", clock))
    Rig.down = ProviderError("rig: down")
    for _ in range(FAILURES):
        await heard(providers)
    await clock.advance(FIRST_PAUSE_S)
    Rig.hangs = asyncio.Event()
    hearing = asyncio.create_task(heard(providers))
    await Rig.hangs.wait()
    await clock.advance(TRIAL_S)
    assert await hearing == "spare speaks"
    assert providers.states()[ProviderKind.LLM, "rig"] == "open"
    await providers.aclose()


async def test_what_costs_is_left_out_when_nothing_may_be_spent() -> None:
    async def broke(kind: ProviderKind, name: str, model: str) -> bool:
        return False

    providers = Providers(household("rig"), may_cost=broke)
    assert await names(providers) == ["rig", "spare"]
    Rig.local = False
    assert await names(providers) == ["spare"]
    assert providers.outages() == []
    await providers.aclose()


async def test_a_toys_own_model_is_asked_what_it_costs() -> None:
    async def free_but_the_best(kind: ProviderKind, name: str, model: str) -> bool:
        return model != "best"

    Rig.local = False
    providers = Providers(household("rig"), may_cost=free_but_the_best)
    assert await names(providers) == ["rig", "spare"]
    assert await names(providers, replace(TOY, model="best")) == ["spare"]
    await providers.aclose()


async def test_a_toys_own_list_goes_before_the_households() -> None:
    providers = Providers(household("rig"))
    toy = replace(TOY, providers=ProviderChoice(llm=("spare",)))
    assert await names(providers, toy) == ["spare"]
    assert Rig.made == 0
    await providers.aclose()


async def test_a_name_that_no_longer_exists_in_a_toys_list_costs_only_that_name() -> None:
    providers = Providers(household("auto"))
    toy = replace(TOY, providers=ProviderChoice(llm=("gone", "rig")))
    assert await names(providers, toy) == ["rig", "spare"]
    assert "there is no provider 'gone'" in providers.problems()["gone"]
    await providers.aclose()


async def test_many_turns_at_once_make_and_warm_one_provider() -> None:
    Rig.gate = asyncio.Event()
    providers = Providers(household("rig"))
    async with asyncio.TaskGroup() as group:
        turns = [group.create_task(names(providers)) for _ in range(8)]
        while not Rig.warmed:
            await asyncio.sleep(0.001)
        Rig.gate.set()
    assert all(turn.result() == ["rig", "spare"] for turn in turns)
    assert (Rig.made, Rig.warmed) == (1, 1)
    await providers.aclose()
    assert Rig.closed == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ProviderUnavailableError("rig: no model on disk"), "rig: no model on disk"),
        (RuntimeError("boom\nsecond line"), "rig: can't start: RuntimeError: boom"),
        (
            ModuleNotFoundError("No module named 'rig'", name="rig"),
            "rig: the Python package rig isn't installed; install it with: pip install 'pommai[hub]'",
        ),
    ],
)
async def test_a_provider_that_fails_is_left_out_with_its_reason_and_tried_later(
    error: Exception, reason: str
) -> None:
    Rig.error = error
    clock = FakeClock()
    providers = Providers(household("rig", clock))
    assert await names(providers) == ["spare"]
    assert providers.problems() == {"rig": reason}
    assert Rig.closed == 1
    Rig.error = None
    assert await names(providers) == ["spare"]
    await clock.advance(RETRY_AFTER_S)
    await names(providers)
    while providers.problems():
        await asyncio.sleep(0.001)
    assert await names(providers) == ["rig", "spare"]
    await providers.aclose()


async def test_nobody_waits_for_one_that_failed_before_while_it_is_made_ready() -> None:
    Rig.error = ProviderUnavailableError("rig: no server")
    clock = FakeClock()
    providers = Providers(household("rig", clock))
    assert await names(providers) == ["spare"]
    Rig.error, Rig.gate = None, asyncio.Event()
    await clock.advance(RETRY_AFTER_S)
    async with asyncio.timeout(60):
        assert await names(providers) == ["spare"]
        assert await names(providers) == ["spare"], "while it is still being made ready, too"
    Rig.gate.set()
    while providers.problems():
        await asyncio.sleep(0.001)
    assert await names(providers) == ["rig", "spare"]
    assert Rig.made == 2
    await providers.aclose()


async def test_a_package_that_breaks_while_it_is_imported_costs_only_its_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(cls: type[Rig], config: Config) -> Rig:
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(Rig, "create", classmethod(broken))
    providers = Providers(household("rig"))
    assert await names(providers) == ["spare"]
    assert providers.problems() == {
        "rig": "rig: can't start: OSError: libgomp.so.1: cannot open shared object file"
    }
    await providers.aclose()


async def test_a_warm_up_that_hangs_is_given_up() -> None:
    Rig.gate = asyncio.Event()
    clock = FakeClock()
    providers = Providers(household("rig", clock))
    asking = asyncio.create_task(names(providers))
    while not Rig.warmed:
        await asyncio.sleep(0.001)
    await clock.advance(MAX_WARM_UP_S)
    assert await asking == ["spare"]
    assert "not ready after 60 s" in providers.problems()["rig"]
    await providers.aclose()


async def test_a_cancelled_turn_leaves_the_provider_to_the_next() -> None:
    Rig.gate = asyncio.Event()
    providers = Providers(household("rig"))
    asking = asyncio.create_task(names(providers))
    while not Rig.warmed:
        await asyncio.sleep(0.001)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    Rig.gate.set()
    assert await names(providers) == ["rig", "spare"]
    assert Rig.made == 1
    await providers.aclose()


def test_a_misspelt_name_in_the_settings_is_told_at_start() -> None:
    with pytest.raises(ConfigError, match="did you mean spare"):
        Providers(household("spair"))


async def test_auto_takes_what_is_on_disk_and_says_why() -> None:
    assert await resolve(ProviderKind.STT, BARE) == Selection(
        ("rig", "spare"), "the rig's model is on disk"
    )
    Rig.ok = False
    assert await resolve(ProviderKind.TTS, BARE) == Selection(("spare",), "rig isn't set up")


@pytest.fixture
async def ollama_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    server = Server(models=["nomic-embed-text", "mistral:7b", "llama3.2:3b"])
    listening = TestServer(server.application())
    await listening.start_server()
    address = str(listening.make_url("")).rstrip("/")
    real_probe = ollama.probe
    monkeypatch.setattr(ollama, "probe", lambda: real_probe(address))
    yield server
    await listening.close()


async def test_auto_takes_an_ollama_that_answers(ollama_server: Server) -> None:
    assert await resolve(ProviderKind.LLM, BARE) == Selection(
        ("ollama", "spare"), "Ollama answers with llama3.2:3b"
    )


@pytest.mark.parametrize("models", [[], ["nomic-embed-text"], ["gpt-oss:120b-cloud", "x:cloud"]])
async def test_auto_takes_no_ollama_without_a_model_that_runs_here(
    ollama_server: Server, models: list[str]
) -> None:
    ollama_server.models = models
    assert (await resolve(ProviderKind.LLM, BARE)).names == ("spare",)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n{", b"hello", b"", b"hang"])
async def test_auto_survives_whatever_answers_on_ollamas_port(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        if answer != b"hang":
            writer.write(answer)
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await ollama.probe(f"http://127.0.0.1:{port}") is None
    server.close()


async def test_a_key_in_the_environment_is_no_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing() -> None:
        return None

    monkeypatch.setattr(ollama, "probe", nothing)
    keys = {"OPENAI_API_KEY": "x", "OPENROUTER_API_KEY": "x", "ELEVENLABS_API_KEY": "x"}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    assert (await resolve(ProviderKind.LLM, ProviderSetup(Config(), keys))).names == ("spare",)


async def test_something_better_is_taken_when_it_comes_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Rig.ok = False
    clock = FakeClock()
    providers = Providers(household("auto", clock))
    assert [p.name for p in await providers.stt(TOY)] == ["spare"]
    Rig.ok = True
    assert [p.name for p in await providers.stt(TOY)] == ["spare"]
    await clock.advance(RETRY_AFTER_S)
    assert [p.name for p in await providers.stt(TOY)] == ["rig", "spare"]
    await providers.aclose()


def test_the_line_at_start_says_what_a_demonstration_is_and_how_to_do_better() -> None:
    kinds = (ProviderKind.STT, ProviderKind.LLM, ProviderKind.TTS)
    demonstration = explain({kind: Selection(("spare",), "none") for kind in kinds})
    assert "stt spare (none); llm spare (none); tts spare (none)" in demonstration
    assert "PocketSphinx and the storyteller are a demonstration" in demonstration
    assert "pommai-hub models get base.en && ollama pull" in demonstration
    assert "\n" not in demonstration
    fit = explain({kind: Selection(("rig", "spare"), "on disk") for kind in kinds})
    assert "demonstration" not in fit
