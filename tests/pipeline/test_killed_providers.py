"""Every provider on the network is killed in every phase of a whole turn.

Each runs through its vendor's client and the hub's own pool against a local server that speaks its wire format.
Whatever happens, the child hears something kind, in order and nothing twice, and the stored turn says what it was.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from aiohttp.test_utils import TestServer, unused_port

from hub.config import Config, TurnSection
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import ProviderKind
from hub.pipeline.events import Audio, Finished, Said, TurnEvent
from hub.pipeline.pipeline import Pipeline
from hub.providers import registry
from hub.providers.base import ProviderSetup
from hub.providers.pool import Providers
from hub.safety.guard import Line
from tests.pipeline.mixed import Mixed
from tests.pipeline.scripted import UNHURRIED, House, ScriptedLlm, ScriptedStt, house
from tests.providers import openai_server
from tests.providers.elevenlabs_server import ElevenLabsServer
from tests.providers.minimax_server import MinimaxServer
from tests.providers.recogniser_servers import KEY, DeepgramServer, TranscriptionServer
from tests.providers.rime_server import RimeServer
from tests.providers.voice_servers import OpenAiVoices
from tests.providers.wyoming_server import WyomingPeer

STT, LLM, TTS = ProviderKind.STT, ProviderKind.LLM, ProviderKind.TTS
STORY = ["Once there was a little bear.", "He liked honey very much."]
SPEECH = (("voice", 600.0), ("silence", 3000.0))
QUICK = {"stt_timeout_s": 2.5, "llm_timeout_s": 2.5, "tts_timeout_s": 2.5} | {
    "filler_s": UNHURRIED.filler_s
}
"""What hangs is given up after so much real time; all else takes milliseconds, or more on a busy machine."""
STAND_INS = {STT: "sphinx", LLM: "storyteller", TTS: "espeak"}


# Language models: what the server writes.


async def tell(send: openai_server.Send, *clauses: str) -> None:
    for clause in clauses:
        await send(openai_server.piece({"content": f"{clause} "}))


async def cut_before(send: openai_server.Send) -> None:
    raise openai_server.LostLineError


async def cut_amid(send: openai_server.Send) -> None:
    await tell(send, STORY[0], "He")
    raise openai_server.LostLineError


async def cut_after(send: openai_server.Send) -> None:
    await tell(send, *STORY)
    await send(openai_server.piece({}, "stop"))
    raise openai_server.LostLineError


async def garbage_amid(send: openai_server.Send) -> None:
    await tell(send, STORY[0], "He")
    await send(b"data: {[(\n\n")


async def silence_amid(send: openai_server.Send) -> None:
    await tell(send, STORY[0], "He")
    await openai_server.hang(send)


async def silence_after(send: openai_server.Send) -> None:
    await tell(send, *STORY)
    await send(openai_server.piece({}, "stop"))
    await openai_server.hang(send)


async def drip_amid(send: openai_server.Send) -> None:
    await tell(send, STORY[0], "He")
    for _ in range(10_000):
        await send(b":\n")
        await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Case:
    kind: ProviderKind
    name: str
    fault: Any
    """A server's mode, an HTTP status or a script; "down": nobody listens."""
    phase: str

    def __str__(self) -> str:
        fault = getattr(self.fault, "__name__", self.fault)
        return f"{self.kind}-{self.name}-{self.phase}-{fault}"


def cases(kind: ProviderKind, name: str, **phases: Sequence[Any]) -> list[Case]:
    return [Case(kind, name, fault, phase) for phase in phases for fault in phases[phase]]


REFUSALS = ("down", 401, 429, 500)
VOICE = {"amid": ("cut", "hang"), "after": ("late",)}
CASES = [
    *cases(
        LLM,
        "openai",
        before=(*REFUSALS, cut_before, openai_server.a_page, openai_server.hang),
        amid=(cut_amid, garbage_amid, silence_amid, drip_amid),
        after=(cut_after, silence_after),
    ),
    *cases(
        STT,
        "openai",
        before=(*REFUSALS, "silent"),
        amid=("cut", "garbage", "drip"),
        after=("late",),
    ),
    *cases(
        STT,
        "deepgram",
        before=(*REFUSALS, "silent", "mute"),
        amid=("cut", "closed", "garbage", "odd", "error"),
        after=("late",),
    ),
    *cases(STT, "wyoming", before=("down", "error"), amid=("cut", "hang", "drip")),
    *cases(TTS, "openai", before=(*REFUSALS, "html", "empty", "silent"), **VOICE),
    *cases(TTS, "elevenlabs", before=(*REFUSALS, "html", "empty", "silent"), **VOICE),
    *cases(TTS, "rime", before=(*REFUSALS, "html", "empty", "silent"), **VOICE),
    *cases(
        TTS,
        "minimax",
        before=(*REFUSALS, "html", "garbage", "silent"),
        amid=VOICE["amid"],
        after=("unfinished",),
    ),
    *cases(TTS, "wyoming", before=("down", "error"), amid=("cut", "hang", "drip"), after=("late",)),
]
SERVERS: dict[tuple[ProviderKind, str], Any] = {
    (STT, "openai"): TranscriptionServer,
    (STT, "deepgram"): DeepgramServer,
    (TTS, "openai"): OpenAiVoices,
    (TTS, "elevenlabs"): ElevenLabsServer,
    (TTS, "minimax"): MinimaxServer,
    (TTS, "rime"): RimeServer,
}


@asynccontextmanager
async def far_side(case: Case) -> AsyncIterator[dict[str, Any]]:
    """The provider's settings, with a server behind them that has the case's fault."""
    if case.name == "wyoming":
        if case.fault == "down":
            yield {"address": f"127.0.0.1:{unused_port()}"}
            return
        async with WyomingPeer(mode=case.fault).running() as address:
            yield {"address": address}
        return
    own: dict[str, Any] = {}
    if case.kind is LLM:
        server = openai_server.Server()
        if isinstance(case.fault, int):
            server.status = case.fault
        elif case.fault != "down":
            server.script = case.fault
        app = server.application()
        own = {"model": openai_server.GOOD_MODEL, "timeout_s": 2.5}
    else:
        app = SERVERS[case.kind, case.name](mode=case.fault).app()
    async with AsyncExitStack() as stack:
        url = f"http://127.0.0.1:{unused_port()}"
        if case.fault != "down":
            url = str((await stack.enter_async_context(TestServer(app))).make_url("")).rstrip("/")
        versioned = case.name in ("openai", "minimax")
        yield own | {"base_url": f"{url}/v1" if versioned else url}


class StandIn(ScriptedStt):
    """For PocketSphinx, whose process takes seconds to begin."""

    name = "sphinx"

    def __init__(self, setup: ProviderSetup) -> None:
        super().__init__("tell me a story")
        self.name = "sphinx"


@pytest.fixture(autouse=True)
def keys_and_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "DEEPGRAM", "ELEVENLABS", "MINIMAX", "RIME"):
        monkeypatch.setenv(f"{name}_API_KEY", KEY)
    module = ModuleType("stand_in")
    module.__dict__["StandIn"] = StandIn
    monkeypatch.setitem(sys.modules, "stand_in", module)
    recognisers = {**registry.REGISTRY[STT], "sphinx": "stand_in:StandIn"}
    monkeypatch.setattr("hub.providers.registry.REGISTRY", {**registry.REGISTRY, STT: recognisers})


@asynccontextmanager
async def family(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    if case.kind is LLM:
        monkeypatch.setenv("OPENAI_API_KEY", openai_server.KEY)
    settings = TurnSection.model_validate(QUICK)
    async with (
        far_side(case) as own,
        house(folder, llms=[ScriptedLlm(*[f"{c} " for c in STORY])], settings=settings) as home,
    ):
        config = Config.model_validate(
            {"turn": QUICK, case.kind.value: {"use": [case.name], case.name: own}}
        )
        pool = Providers(ProviderSetup(config))
        try:
            for ready in await getattr(pool, case.kind.value)(home.toy):
                await ready.warm_up()
            providers = cast(Providers, Mixed(case.kind, pool, home.providers))
            services = replace(home.services, providers=providers)
            yield replace(home, services=services, pipeline=Pipeline(services))
        finally:
            await pool.aclose()


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_child_hears_something_kind_in_order_and_nothing_twice(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with family(case, tmp_path, monkeypatch) as home:
        if case.kind is STT:
            events = await home.hear(*SPEECH)
        else:
            events = await home.say("please talk to me")
        turn = finished(events)
        sorry = {
            line.text
            for line in await home.guard.lines(
                Line.PROVIDER_FAILED, home.guard.policy_for(home.toy), home.toy.language
            )
        }
        stored = await home.store.turns.get(turn.id)
    said = [event.text.text for event in events if isinstance(event, Said)]
    assert said
    assert all(sounds(events)), "a line without sound"
    assert len(set(said)) == len(said), "something was said twice"

    assert stored is not None
    assert stored.said == said
    assert stored.state is turn.state
    stood_in = stored.providers[case.kind.value] == STAND_INS[case.kind]
    if turn.state is TurnState.DONE:
        assert stored.error == ""
        whole = case.phase == "after" or (case.kind, case.name, case.phase) == (
            STT,
            "deepgram",
            "amid",
        )
        assert stood_in or whole
        assert said == STORY or (case.kind is LLM and stood_in and STORY[0] not in said)
    else:
        assert turn.state is TurnState.FAILED
        assert case.phase != "before", "the next provider could have answered"
        assert said[:-1] == STORY[: len(said) - 1]
        assert said[-1] in sorry
        assert case.name in stored.error
    was_ready = case.fault != "down" or case.name != "wyoming"
    if was_ready and (stood_in or turn.state is TurnState.FAILED):
        assert any(span.failed and span.provider == case.name for span in stored.spans)


def finished(events: Sequence[TurnEvent]) -> Turn:
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.turn is not None
    return end.turn


def sounds(events: Sequence[TurnEvent]) -> list[bool]:
    """For each line that was said, whether sound came with it."""
    found: list[bool] = []
    for event in events:
        if isinstance(event, Said):
            found.append(False)
        elif isinstance(event, Audio):
            found[-1] = True
    return found
