"""All clouds off: whatever a toy's settings say, nothing that leads out of the home is even looked up."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from hub.app import App
from hub.config import Config
from hub.domain.clock import SystemClock
from hub.domain.consent import Consent
from hub.domain.household import ContentKind, LedgerKind
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import ProviderChoice, ProviderKind
from hub.egress.gate import EgressGate
from hub.egress.spending import Prices, Spending
from hub.errors import CloudsOffError, PommaiError, RefusedError
from hub.providers.base import ProviderSetup
from hub.providers.clouds import CloudSwitch
from hub.providers.registry import REGISTRY, load
from tests.egress.talks import say
from tests.outgoing import tried
from tests.pipeline.scripted import UNHURRIED, ScriptedStt, house

AWAY = "https://{name}.cloud.invalid/v1"
KEYS = dict.fromkeys(
    (
        "OPENAI_API_KEY",
        "DEEPGRAM_API_KEY",
        "ELEVENLABS_API_KEY",
        "RIME_API_KEY",
        "MINIMAX_API_KEY",
        "MINIMAX_GROUP_ID",
        "AZURE_CONTENT_SAFETY_API_KEY",
        "SAFETY_LLM_API_KEY",
    ),
    "key-of-a-test",
)
CLOUDS = {
    ProviderKind.STT: ("deepgram", "openai"),
    ProviderKind.LLM: ("openai",),
    ProviderKind.TTS: ("elevenlabs", "openai", "rime", "minimax"),
    ProviderKind.SAFETY: ("openai", "azure", "llm"),
    ProviderKind.EMBEDDING: ("openai",),
}


def settings(folder: Path, *, judges: str = "added") -> Config:
    """Every cloud that there is, each at an address that leads nowhere."""

    def section(kind: ProviderKind) -> dict[str, dict[str, str]]:
        return {name: {"base_url": AWAY.format(name=f"{kind}-{name}")} for name in CLOUDS[kind]}

    safety = section(ProviderKind.SAFETY)
    safety["azure"] = {"endpoint": AWAY.format(name="azure")}
    safety["llm"]["model"] = "llama-guard3"
    llm = section(ProviderKind.LLM)
    llm["openai"]["model"] = "some-model"
    return Config.model_validate(
        {
            "hub": {"data": folder},
            "stt": {"use": CLOUDS[ProviderKind.STT], **section(ProviderKind.STT)},
            "llm": {"use": CLOUDS[ProviderKind.LLM], **llm},
            "tts": {"use": CLOUDS[ProviderKind.TTS], **section(ProviderKind.TTS)},
            "safety": {judges: ["openai"], **safety},
            "embedding": {"base_url": AWAY.format(name="embedding"), "model": "some-model"},
            "turn": UNHURRIED.model_dump(),
        }
    )


async def use_everything(app: App) -> Turn:
    """All that a hub asks of providers, one after the other."""
    await app.warm_up()
    turn = await say(app, "tell me a story")
    toy = (await app.hub.toys.list())[0]
    with suppress(PommaiError):
        await app.hub.voices.of(toy)
    with suppress(PommaiError):
        consent = Consent("Ada", SystemClock().now(), "I agree.")
        await app.hub.voices.clone(toy.id, "Ada", [b"RIFF\x24\x00\x00\x00WAVEfmt "], consent)
    async for _ in app.hub.voices.sample(toy):
        break
    return turn


async def test_no_socket_leads_out_of_the_home_and_the_toy_goes_on(tmp_path: Path) -> None:
    async with App(settings(tmp_path), KEYS) as app:
        toy = (await app.hub.toys.list())[0]
        choice = ProviderChoice(stt=("openai",), llm=("openai",), tts=("elevenlabs",))
        await app.hub.toys.save(replace(toy, providers=choice))
        await app.hub.privacy.clouds.turn_off()
        with tried() as hosts:
            turn = await use_everything(app)
        assert hosts == []
        assert turn.state is TurnState.DONE
        assert turn.said
        assert await app.hub.ledger.recent(9) == []


async def test_the_same_asks_clouds_while_they_are_allowed(tmp_path: Path) -> None:
    async with App(settings(tmp_path), KEYS) as app:
        with tried() as hosts:
            await use_everything(app)
    assert {"llm-openai.cloud.invalid", "safety-openai.cloud.invalid"} <= set(hosts)
    assert "tts-elevenlabs.cloud.invalid" in hosts


async def test_it_holds_when_the_hub_starts_again(tmp_path: Path) -> None:
    async with App(settings(tmp_path), KEYS) as app:
        await app.hub.privacy.clouds.turn_off()
    async with App(settings(tmp_path), KEYS) as app:
        with tried() as hosts:
            line = await app.warm_up()
            await say(app, "hello")
    assert hosts == []
    assert line.endswith("All cloud services are turned off.")


async def test_where_a_cloud_judge_must_agree_nothing_passes_unchecked(tmp_path: Path) -> None:
    async with App(settings(tmp_path, judges="use"), KEYS) as app:
        await app.hub.privacy.clouds.turn_off()
        with tried() as hosts:
            turn = await say(app, "hello")
        services = await app.hub.privacy.clouds.services()
    assert hosts == []
    assert turn.state is TurnState.REFUSED
    assert [one.name for one in services if one.required] == ["openai"]


async def test_allowing_again_takes_what_was_read_and_keeps_it_with_its_date(
    tmp_path: Path,
) -> None:
    async with App(settings(tmp_path), KEYS) as app:
        clouds = app.hub.privacy.clouds
        await clouds.turn_off()
        with pytest.raises(RefusedError, match="read it again"):
            await clouds.allow(["OpenAI gets nothing"])
        assert clouds.off
        agreed = clouds.lines(await clouds.services())
        await clouds.allow(agreed)
        kept = await clouds.access()
    assert not clouds.off
    assert list(kept.allowed) == agreed
    assert kept.allowed_at is not None
    assert any("your child's voice" in line for line in agreed)


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in CLOUDS.items() for name in names]
)
async def test_no_provider_opens_a_connection_out_of_the_home(
    kind: ProviderKind, name: str, tmp_path: Path
) -> None:
    """Each by itself, below the gate and the pool: one that is added must ask the switch, too."""
    setup = ProviderSetup(settings(tmp_path), KEYS, clouds=CloudSwitch(off=True))
    provider = load(kind, name, setup)
    assert not provider.local
    with tried() as hosts, pytest.raises(CloudsOffError, match="turned off"):
        await provider.warm_up()
    await provider.aclose()
    assert hosts == []


def test_every_provider_that_can_be_a_cloud_is_tried_here() -> None:
    at_home = {"sphinx", "whisper", "wyoming", "storyteller", "ollama", "espeak", "piper", "chat"}
    assert {
        (kind, name) for kind, names in REGISTRY.items() for name in names if name not in at_home
    } == {(kind, name) for kind, names in CLOUDS.items() for name in names}


def test_a_new_switch_is_off_until_the_family_s_choice_was_read() -> None:
    with pytest.raises(CloudsOffError):
        CloudSwitch().require("openai")


class CloudStt(ScriptedStt):
    local = False


async def test_sound_that_is_on_its_way_is_cut_when_the_clouds_go_off(tmp_path: Path) -> None:
    switch = CloudSwitch(off=False)
    async with house(tmp_path) as home:
        spending = Spending(home.store, Prices.load(Config()), home.clock, home.services.alerts)
        outgoing = EgressGate(home.store, home.clock, spending, clouds=switch)

        async def send() -> None:
            async with outgoing.sending(
                CloudStt("never"), LedgerKind.STT, ContentKind.AUDIO, 0
            ) as sent:
                await sent.carry(3200)
                switch.set_off(True)
                await sent.carry(3200)

        with pytest.raises(CloudsOffError):
            await send()
        assert [row.amount for row in await home.store.ledger.recent(9)] == [3200]


async def test_the_gate_by_itself_lets_nothing_out_and_notes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        spending = Spending(home.store, Prices.load(Config()), home.clock, home.services.alerts)
        outgoing = EgressGate(home.store, home.clock, spending, clouds=CloudSwitch())

        async def send(stt: ScriptedStt) -> int:
            async with outgoing.sending(stt, LedgerKind.STT, ContentKind.AUDIO, 9) as sent:
                return sent.amount

        with pytest.raises(CloudsOffError):
            await send(CloudStt("never"))
        assert await send(ScriptedStt("at home")) == 9
        assert await home.store.ledger.recent(9) == []
