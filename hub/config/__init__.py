"""The household's settings: one `pommai.toml`, each key also as `POMMAI_SECTION__KEY`.

`hub.config.loading` reads them.
Secrets (`OPENAI_API_KEY`, `ELEVENLABS_API_KEY` …) come from the environment alone and are never kept here.
"""

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork

from hub.domain.talks.kept import DEFAULT_KEEP_DAYS, MAX_KEEP_DAYS

Port = Annotated[int, Field(ge=0, le=65535)]
Silence = Annotated[int, Field(ge=200, le=5000)]
Limit = Annotated[int, Field(ge=50, le=10_000)]
"""Milliseconds, like `Silence`."""


class Section(BaseModel):
    """What stands below each setting is its description, for the documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class WhisperSection(Section):
    model: str = "base.en"
    """Model name, as in `pommai-hub models list`."""
    device: str = "auto"
    """cpu, cuda or auto."""
    compute_type: str = "int8"
    """CTranslate2 compute type."""


class SphinxSection(Section):
    model: Path | None = None
    """Folder of another acoustic model and dictionary; default: the wheel's own."""


class OpenAiSttSection(Section):
    base_url: str = "https://api.openai.com/v1"
    """Any server with OpenAI's transcription API."""
    model: str = "whisper-1"
    """Model name."""


class DeepgramSection(Section):
    model: str = "nova-3"
    """Model name; nova-2 knows more languages."""
    base_url: str = ""
    """Another server that speaks the same API."""


class WyomingSttSection(Section):
    address: str = ""
    """host:port of a Wyoming recogniser, or the name that it announces."""
    model: str = ""
    """One of its models; empty takes its own choice."""


class SttSection(Section):
    use: tuple[str, ...] = ("auto",)
    """Recognisers in order of preference."""
    drafts: tuple[str, ...] = ("local",)
    """Those that may guess at the words at each short pause; local is all that run at home."""
    whisper: WhisperSection = WhisperSection()
    sphinx: SphinxSection = SphinxSection()
    openai: OpenAiSttSection = OpenAiSttSection()
    deepgram: DeepgramSection = DeepgramSection()
    wyoming: WyomingSttSection = WyomingSttSection()


class OpenAiLlmSection(Section):
    preset: Literal["", "openrouter", "ollama", "openai", "dashscope"] = ""
    """Fills in base_url, model and which environment variable holds the key."""
    base_url: str = ""
    """Any OpenAI-compatible server; overrides the preset's."""
    model: str = ""
    """Model name; overrides the preset's."""
    timeout_s: float = Field(20.0, gt=0, le=120)
    """Time for one request to connect and answer."""


class LlmSection(Section):
    use: tuple[str, ...] = ("auto",)
    """Language models in order of preference."""
    drafts: tuple[str, ...] = ("local",)
    """Those that may think about a guess, which may be thrown away; local is all that run at home."""
    openai: OpenAiLlmSection = OpenAiLlmSection()


class PiperSection(Section):
    voice: str = "en_US-amy-low"
    """Voice name, as in `pommai-hub models list`."""


class ElevenLabsSection(Section):
    voice: str = "21m00Tcm4TlvDq8ikWAM"
    """Voice id."""
    model: str = "eleven_turbo_v2_5"
    """Model id."""
    base_url: str = ""
    """Another server that speaks the same API."""
    format: Literal["pcm_16000", "pcm_22050", "pcm_24000", "mp3_22050_32", "mp3_44100_128"] = (
        "pcm_22050"
    )
    """Sound as it is sent; mp3_22050_32 takes a tenth of the line, mp3_44100_128 a third."""
    optimize_streaming_latency: int = Field(0, ge=0, le=4)
    """0 to 4: sooner for less quality; 4 also reads numbers as they come."""


class MinimaxSection(Section):
    model: str = "speech-01-turbo"
    """Model name."""
    voice: str = "Wise_Woman"
    """Voice id."""
    base_url: str = "https://api.minimax.io/v1"
    """Address of the API; accounts of mainland China have https://api.minimaxi.com/v1."""


class OpenAiTtsSection(Section):
    base_url: str = "https://api.openai.com/v1"
    """Any server with OpenAI's speech API."""
    model: str = "gpt-4o-mini-tts"
    """Model name; tts-1 is quick and plain."""
    voice: str = "coral"
    """Voice name."""
    instructions: str = "Speak warmly and clearly, as to a small child."
    """How to speak; tts-1 takes none."""


class RimeSection(Section):
    model: str = "mist"
    """Model name, e.g. mist or mistv2."""
    speaker: str = "cove"
    """Speaker's name."""
    format: Literal["pcm", "mp3"] = "pcm"
    """Sound as it is sent; mp3 takes less of the line."""
    base_url: str = "https://users.rime.ai"
    """Address of the API."""


class WyomingTtsSection(Section):
    address: str = ""
    """host:port of a Wyoming voice, or the name that it announces."""
    voice: str = ""
    """One of its voices; empty takes its own choice."""


class EspeakSection(Section):
    voice: str = "en-gb"
    """espeak-ng voice name."""
    words_per_minute: int = Field(150, ge=80, le=450)
    """Speed."""
    pitch: int = Field(65, ge=0, le=99)
    """Pitch, 0 to 99."""


class TtsSection(Section):
    use: tuple[str, ...] = ("auto",)
    """Voices in order of preference."""
    drafts: tuple[str, ...] = ("local",)
    """Those that may speak an answer to a guess, which may be thrown away; local is all at home."""
    piper: PiperSection = PiperSection()
    elevenlabs: ElevenLabsSection = ElevenLabsSection()
    minimax: MinimaxSection = MinimaxSection()
    openai: OpenAiTtsSection = OpenAiTtsSection()
    rime: RimeSection = RimeSection()
    wyoming: WyomingTtsSection = WyomingTtsSection()
    espeak: EspeakSection = EspeakSection()


class GuardModelSection(Section):
    base_url: str = "http://127.0.0.1:11434/v1"
    """Any OpenAI-compatible server with a guard model."""
    model: str = Field("llama-guard3:1b", min_length=1)
    """Model name, as the server knows it."""
    format: Literal[
        "auto", "llama_guard", "shieldgemma", "qwen3guard", "gpt_oss_safeguard", "prompt"
    ] = "auto"
    """Which family the model is of; auto tells it by its name. prompt: any other that follows instructions."""
    timeout_ms: Limit = 3000
    """Time for its answer; past it the text is refused."""


class ChatJudgeSection(Section):
    timeout_ms: Limit = 3000
    """Time for its answer; past it the text is refused."""


class OpenAiModerationSection(Section):
    base_url: str = ""
    """Another server that speaks the same API."""
    model: str = "omni-moderation-latest"
    """Model name."""
    timeout_ms: Limit = 3000
    """Time for its answer; past it the text is refused."""


class AzureSafetySection(Section):
    endpoint: str = ""
    """The resource's address: https://NAME.cognitiveservices.azure.com."""
    levels: Literal["8", "4"] = "8"
    """How finely severity is told: 0 to 7, or 0, 2, 4, 6."""
    timeout_ms: Limit = 3000
    """Time for its answer; past it the text is refused."""


class SafetySection(Section):
    use: tuple[str, ...] = ()
    """Checks beside the embedded ones: llm, chat, openai, azure. Each must agree."""
    added: tuple[str, ...] = ()
    """The same, but where one is late or fails, the embedded ones judge at their strict level instead."""
    added_ms: int = Field(400, ge=50, le=5000)
    """Time for the answer of one that is added."""
    drafts: tuple[str, ...] = ("local",)
    """Those that may be asked about a guess; with one that may not, no draft is begun."""
    timeout_ms: Limit = 1500
    """Time for an embedded check; past it the text is refused."""
    llm: GuardModelSection = GuardModelSection()
    chat: ChatJudgeSection = ChatJudgeSection()
    openai: OpenAiModerationSection = OpenAiModerationSection()
    azure: AzureSafetySection = AzureSafetySection()


class EmbeddingSection(Section):
    base_url: str = ""
    """A server at home with OpenAI's embeddings API, such as http://127.0.0.1:11434/v1; without, words alone count."""
    model: str = Field("", max_length=80)
    """Model name; with another one all that toys know is read anew."""
    timeout_s: float = Field(60.0, gt=0, le=600)
    """Time for 32 parts of passages; a child's question has a second."""


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
