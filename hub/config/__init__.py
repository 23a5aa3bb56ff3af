"""The household's settings: one `pommai.toml`, each key also as `POMMAI_SECTION__KEY`.

`hub.config.loading` reads them.
Secrets (`OPENAI_API_KEY`, `ELEVENLABS_API_KEY` …) come from the environment alone and are never kept here.
"""

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, IPvAnyNetwork

from hub.config.programs import LlmSection, SafetySection, SttSection, TtsSection
from hub.config.section import Section
from hub.domain.talks.kept import DEFAULT_KEEP_DAYS, MAX_KEEP_DAYS

Port = Annotated[int, Field(ge=0, le=65535)]
Silence = Annotated[int, Field(ge=200, le=5000)]
"""Milliseconds."""


class HubSection(Section):
    data: Path = Field(default_factory=lambda: platformdirs.user_data_path("pommai"))
    """The data folder: database, models, certificates."""
    interfaces: tuple[str, ...] = ()
    """Addresses to look for toys on; empty means every interface."""
    satellites: tuple[str, ...] = ()
    """host:port of adopted satellites where zeroconf can't reach, e.g. from a container."""


class LinkSection(Section):
    probe_s: float = Field(3.0, ge=2, le=9)
    """Silence after which a toy is asked for a sign of life."""
    silent_s: float = Field(10.0, ge=10, le=300)
    """Silence after which it counts as gone, although it was asked; a stock one is late while it runs a command."""
    longest_wait_s: float = Field(30.0, ge=2, le=600)
    """Longest pause between two attempts to reach it; the first is one second, each next one twice as long."""


class GuardianSection(Section):
    host: str = "127.0.0.1"
    """Address that the Guardian pages listen on."""
    port: Port = 8770
    """Port of the Guardian pages; 0 takes a free one."""
    lan: bool = False
    """Whether phones and other computers at home may open the pages, over HTTPS.

    A parent can also turn it on there, and choose the networks."""
    lan_port: Port = 8772
    """Port of the pages for phones; 0 takes a free one."""
    names: tuple[str, ...] = ()
    """Names and addresses to open the pages by, besides this machine's own, such as a container's
    host, or what a reverse proxy is called."""
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """Addresses or networks of reverse proxies, whose X-Forwarded-For, -Proto, -Host and -Prefix and
    X-Ingress-Path are believed."""
    certificate: Path | None = None
    """A certificate of your own (PEM, with those in between) for phones, in place of the hub's."""
    key: Path | None = None
    """Its private key (PEM, without a password)."""


class WyomingSection(Section):
    port: Port = 10600
    """Port of the hub's services for Home Assistant, which a parent turns on; 0 takes a free one."""


class ApiSection(Section):
    port: Port = 8771
    """Port of the API for other machines (HTTPS), which a parent turns on; 0 takes a free one."""


class HomeAssistantSection(Section):
    url: str = ""
    """Home Assistant's address on your home network, such as http://192.168.1.10:8123, for what toys may ask of
    it; its token is POMMAI_HOME_ASSISTANT_TOKEN."""


class LogSection(Section):
    format: Literal["auto", "text", "json"] = "auto"
    """auto is text on a terminal, json elsewhere."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level shown."""
    traces: str = ""
    """An OpenTelemetry collector on your home network, such as http://127.0.0.1:4318, for each turn's times."""


class TalksSection(Section):
    keep_days: int = Field(DEFAULT_KEEP_DAYS, ge=0, le=MAX_KEEP_DAYS)
    """How many days what was said is kept until a parent chooses on the pages; 0 is for ever."""


class TurnSection(Section):
    silence_ms: Silence = 1800
    """Silence that ends a turn whose words may be complete."""
    finished_ms: Silence = 300
    """The same after a sentence that sounds finished."""
    unfinished_ms: Silence = 2000
    """The same after one that does not, such as “and then”."""
    audio_model: str = ""
    """A model that hears whether a child has finished, as in `pommai-hub models list`; empty: the words alone
    say so."""
    max_s: float = Field(30.0, gt=1, le=120)
    """Longest utterance listened to."""
    no_speech_s: float = Field(10.0, gt=1, le=60)
    """How long to wait for a first word."""
    stt_timeout_s: float = Field(8.0, gt=0, le=60)
    """Time for the final transcript."""
    llm_timeout_s: float = Field(10.0, gt=0, le=120)
    """Time for the model's first words, and between pieces."""
    tts_timeout_s: float = Field(8.0, gt=0, le=60)
    """Time for a clause's first sound, and between pieces."""
    filler_s: float = Field(1.5, gt=0, le=120)
    """Silence after which a slow answer gets a “let me think”."""
    give_up_s: float = Field(12.0, gt=1, le=300)
    """Silence after which an answer is given up, with a kind line; at half of it comes a second “let me think”."""


class EmbeddingSection(Section):
    base_url: str = ""
    """A server with OpenAI's embeddings API, such as http://127.0.0.1:11434/v1; without, words alone count. One outside
    your home reads, masked, the documents that you let models outside read, and what is said to toys that know them."""
    model: str = Field("", max_length=80)
    """Model name; with another one all that toys know is read anew."""
    timeout_s: float = Field(60.0, gt=0, le=600)
    """Time for 32 parts of passages; a child's question has a second."""

    @property
    def use(self) -> tuple[str, ...]:
        """Whom the family chose, as in the sections of the other kinds."""
        return ("openai",) if self.base_url else ()


class CostsSection(Section):
    prices: Path | None = None
    """A file with prices of your own, in the form of `hub/egress/prices.toml`."""


class BackupSection(Section):
    folder: Path | None = None
    """Where a backup of the household is put each night at two, such as a stick; unset: nowhere."""
    keep: int = Field(14, ge=1, le=1000)
    """How many of them stay there."""


class Config(Section):
    hub: HubSection = Field(default_factory=HubSection)
    link: LinkSection = LinkSection()
    guardian: GuardianSection = GuardianSection()
    wyoming: WyomingSection = WyomingSection()
    api: ApiSection = ApiSection()
    home_assistant: HomeAssistantSection = HomeAssistantSection()
    log: LogSection = LogSection()
    talks: TalksSection = TalksSection()
    turn: TurnSection = TurnSection()
    stt: SttSection = SttSection()
    llm: LlmSection = LlmSection()
    tts: TtsSection = TtsSection()
    safety: SafetySection = SafetySection()
    embedding: EmbeddingSection = EmbeddingSection()
    costs: CostsSection = CostsSection()
    backup: BackupSection = BackupSection()
