"""What "auto" takes on this machine, and what the line at start says of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer

from hub.config import Config
from hub.domain.toys import ProviderKind
from hub.providers.auto import Selection, explain, resolve
from hub.providers.base import ProviderSetup
from hub.providers.llm import ollama
from hub.providers.pool import Providers
from hub.providers.slot import RETRY_AFTER_S
from tests.clock import FakeClock
from tests.providers.openai_server import Server
from tests.providers.rig import TOY, Rig, household, rig
from tests.providers.setups import BARE


@pytest.fixture(autouse=True)
def rigged(monkeypatch: pytest.MonkeyPatch) -> None:
    rig(monkeypatch)


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
