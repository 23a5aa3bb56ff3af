"""The household's settings: one `pommai.toml`, each key also as `POMMAI_SECTION__KEY`.

`hub.config.loading` reads them.
Secrets (`OPENAI_API_KEY`, `ELEVENLABS_API_KEY` …) come from the environment alone and are never kept here.
"""

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HubSection(Section):
    data: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("pommai"),
        description="The data folder: database, models, certificates.",
    )
    interfaces: tuple[str, ...] = Field(
        (), description="Addresses to look for toys on; empty means every interface."
    )
    satellites: tuple[str, ...] = Field(
        (),
        description="host:port of adopted satellites where zeroconf can't reach, e.g. from a container.",
    )


class GuardianSection(Section):
    host: str = Field("127.0.0.1", description="Address that the Guardian pages listen on.")
    port: int = Field(
        8770, ge=0, le=65535, description="Port of the Guardian pages; 0 takes a free one."
    )


class WyomingSection(Section):
    port: int = Field(
        10600,
        ge=0,
        le=65535,
        description="Port of the hub's services for Home Assistant, which a parent turns on; 0 takes a free one.",
    )


class ApiSection(Section):
    port: int = Field(
        8771,
        ge=0,
        le=65535,
        description="Port of the API for other machines (HTTPS), which a parent turns on; 0 takes a free one.",
    )


class HomeAssistantSection(Section):
    url: str = Field(
        "",
        description="Home Assistant's address on your home network, such as http://192.168.1.10:8123, for what toys "
        "may ask of it; its token is POMMAI_HOME_ASSISTANT_TOKEN.",
    )


class LogSection(Section):
    format: Literal["auto", "text", "json"] = Field(
        "auto", description="auto is text on a terminal, json elsewhere."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level shown."
    )


class TurnSection(Section):
    silence_ms: int = Field(
        1800, ge=200, le=5000, description="Silence that ends a turn whose words may be complete."
    )
    finished_ms: int = Field(
        300, ge=200, le=5000, description="The same after a sentence that sounds finished."
    )
    unfinished_ms: int = Field(
        2000, ge=200, le=5000, description="The same after one that does not, such as “and then”."
    )
    audio_model: str = Field(
        "",
        description="A model that hears whether a child has finished, as in `pommai-hub models list`; "
        "empty: the words alone say so.",
    )
    max_s: float = Field(30.0, gt=1, le=120, description="Longest utterance listened to.")
    no_speech_s: float = Field(10.0, gt=1, le=60, description="How long to wait for a first word.")
    stt_timeout_s: float = Field(8.0, gt=0, le=60, description="Time for the final transcript.")
    llm_timeout_s: float = Field(
        10.0, gt=0, le=120, description="Time for the model's first words, and between pieces."
    )
    tts_timeout_s: float = Field(
        8.0, gt=0, le=60, description="Time for a clause's first sound, and between pieces."
    )
    filler_s: float = Field(
        1.5, gt=0, le=120, description="Silence after which a slow answer gets a “let me think”."
    )
    give_up_s: float = Field(
        12.0,
        gt=1,
        le=300,
        description="Silence after which an answer is given up, with a kind line; at half of it "
        "comes a second “let me think”.",
    )


class WhisperSection(Section):
    model: str = Field("base.en", description="Model name, as in `pommai-hub models list`.")
    device: str = Field("auto", description="cpu, cuda or auto.")
    compute_type: str = Field("int8", description="CTranslate2 compute type.")


class SphinxSection(Section):
    model: Path | None = Field(
        None,
        description="Folder of another acoustic model and dictionary; default: the wheel's own.",
    )


class OpenAiSttSection(Section):
    base_url: str = Field(
        "https://api.openai.com/v1", description="Any server with OpenAI's transcription API."
    )
    model: str = Field("whisper-1", description="Model name.")


class DeepgramSection(Section):
    model: str = Field("nova-3", description="Model name; nova-2 knows more languages.")
    base_url: str = Field("", description="Another server that speaks the same API.")


class WyomingSttSection(Section):
    address: str = Field(
        "", description="host:port of a Wyoming recogniser, or the name that it announces."
    )
    model: str = Field("", description="One of its models; empty takes its own choice.")


class SttSection(Section):
    use: tuple[str, ...] = Field(("auto",), description="Recognisers in order of preference.")
    drafts: tuple[str, ...] = Field(
        ("local",),
        description="Those that may guess at the words at each short pause; local is all that run at home.",
    )
    whisper: WhisperSection = WhisperSection()
    sphinx: SphinxSection = SphinxSection()
    openai: OpenAiSttSection = OpenAiSttSection()
    deepgram: DeepgramSection = DeepgramSection()
    wyoming: WyomingSttSection = WyomingSttSection()


class OpenAiLlmSection(Section):
    preset: Literal["", "openrouter", "ollama", "openai", "dashscope"] = Field(
        "", description="Fills in base_url, model and which environment variable holds the key."
    )
    base_url: str = Field("", description="Any OpenAI-compatible server; overrides the preset's.")
    model: str = Field("", description="Model name; overrides the preset's.")
    timeout_s: float = Field(
        20.0, gt=0, le=120, description="Time for one request to connect and answer."
    )


class LlmSection(Section):
    use: tuple[str, ...] = Field(("auto",), description="Language models in order of preference.")
    drafts: tuple[str, ...] = Field(
        ("local",),
        description="Those that may think about a guess, which may be thrown away; local is all that run at home.",
    )
    openai: OpenAiLlmSection = OpenAiLlmSection()


class PiperSection(Section):
    voice: str = Field("en_US-amy-low", description="Voice name, as in `pommai-hub models list`.")


class ElevenLabsSection(Section):
    voice: str = Field("21m00Tcm4TlvDq8ikWAM", description="Voice id.")
    model: str = Field("eleven_turbo_v2_5", description="Model id.")
    base_url: str = Field("", description="Another server that speaks the same API.")
    format: Literal["pcm_16000", "pcm_22050", "pcm_24000", "mp3_22050_32"] = Field(
        "pcm_22050", description="Sound as it is sent; mp3_22050_32 takes a tenth of the line."
    )
    optimize_streaming_latency: int = Field(
        0,
        ge=0,
        le=4,
        description="0 to 4: sooner for less quality; 4 also reads numbers as they come.",
    )


class MinimaxSection(Section):
    model: str = Field("speech-01-turbo", description="Model name.")
    voice: str = Field("Wise_Woman", description="Voice id.")
    base_url: str = Field(
        "https://api.minimax.io/v1",
        description="Address of the API; accounts of mainland China have https://api.minimaxi.com/v1.",
    )


class OpenAiTtsSection(Section):
    base_url: str = Field(
        "https://api.openai.com/v1", description="Any server with OpenAI's speech API."
    )
    model: str = Field("gpt-4o-mini-tts", description="Model name; tts-1 is quick and plain.")
    voice: str = Field("coral", description="Voice name.")
    instructions: str = Field(
        "Speak warmly and clearly, as to a small child.",
        description="How to speak; tts-1 takes none.",
    )


class RimeSection(Section):
    model: str = Field("mist", description="Model name, e.g. mist or mistv2.")
    speaker: str = Field("cove", description="Speaker's name.")
    format: Literal["pcm", "mp3"] = Field(
        "pcm", description="Sound as it is sent; mp3 takes less of the line."
    )
    base_url: str = Field("https://users.rime.ai", description="Address of the API.")


class WyomingTtsSection(Section):
    address: str = Field(
        "", description="host:port of a Wyoming voice, or the name that it announces."
    )
    voice: str = Field("", description="One of its voices; empty takes its own choice.")


class EspeakSection(Section):
    voice: str = Field("en-gb", description="espeak-ng voice name.")
    words_per_minute: int = Field(150, ge=80, le=450, description="Speed.")
    pitch: int = Field(65, ge=0, le=99, description="Pitch, 0 to 99.")


class TtsSection(Section):
    use: tuple[str, ...] = Field(("auto",), description="Voices in order of preference.")
    drafts: tuple[str, ...] = Field(
        ("local",),
        description="Those that may speak an answer to a guess, which may be thrown away; local is all at home.",
    )
    piper: PiperSection = PiperSection()
    elevenlabs: ElevenLabsSection = ElevenLabsSection()
    minimax: MinimaxSection = MinimaxSection()
    openai: OpenAiTtsSection = OpenAiTtsSection()
    rime: RimeSection = RimeSection()
    wyoming: WyomingTtsSection = WyomingTtsSection()
    espeak: EspeakSection = EspeakSection()


class GuardModelSection(Section):
    base_url: str = Field(
        "http://127.0.0.1:11434/v1", description="Any OpenAI-compatible server with a guard model."
    )
    model: str = Field(
        "llama-guard3:1b", min_length=1, description="Model name, as the server knows it."
    )
    format: Literal[
        "auto", "llama_guard", "shieldgemma", "qwen3guard", "gpt_oss_safeguard", "prompt"
    ] = Field(
        "auto",
        description="Which family the model is of; auto tells it by its name. "
        "prompt: any other that follows instructions.",
    )
    timeout_ms: int = Field(
        3000, ge=50, le=10_000, description="Time for its answer; past it the text is refused."
    )


class ChatJudgeSection(Section):
    timeout_ms: int = Field(
        3000, ge=50, le=10_000, description="Time for its answer; past it the text is refused."
    )


class OpenAiModerationSection(Section):
    base_url: str = Field("", description="Another server that speaks the same API.")
    model: str = Field("omni-moderation-latest", description="Model name.")
    timeout_ms: int = Field(
        3000, ge=50, le=10_000, description="Time for its answer; past it the text is refused."
    )


class AzureSafetySection(Section):
    endpoint: str = Field(
        "", description="The resource's address: https://NAME.cognitiveservices.azure.com."
    )
    levels: Literal["8", "4"] = Field(
        "8", description="How finely severity is told: 0 to 7, or 0, 2, 4, 6."
    )
    timeout_ms: int = Field(
        3000, ge=50, le=10_000, description="Time for its answer; past it the text is refused."
    )


class SafetySection(Section):
    use: tuple[str, ...] = Field(
        (),
        description="Checks beside the embedded ones: llm, chat, openai, azure. Each must agree.",
    )
    added: tuple[str, ...] = Field(
        (),
        description="The same, but where one is late or fails, the embedded ones judge at their strict level instead.",
    )
    added_ms: int = Field(
        400, ge=50, le=5000, description="Time for the answer of one that is added."
    )
    drafts: tuple[str, ...] = Field(
        ("local",),
        description="Those that may be asked about a guess; with one that may not, no draft is begun.",
    )
    timeout_ms: int = Field(
        1500,
        ge=50,
        le=10_000,
        description="Time for an embedded check; past it the text is refused.",
    )
    llm: GuardModelSection = GuardModelSection()
    chat: ChatJudgeSection = ChatJudgeSection()
    openai: OpenAiModerationSection = OpenAiModerationSection()
    azure: AzureSafetySection = AzureSafetySection()


class CostsSection(Section):
    prices: Path | None = Field(
        None,
        description="A file with prices of your own, in the form of `hub/egress/prices.toml`.",
    )


class Config(Section):
    hub: HubSection = Field(default_factory=HubSection)
    guardian: GuardianSection = GuardianSection()
    wyoming: WyomingSection = WyomingSection()
    api: ApiSection = ApiSection()
    home_assistant: HomeAssistantSection = HomeAssistantSection()
    log: LogSection = LogSection()
    turn: TurnSection = TurnSection()
    stt: SttSection = SttSection()
    llm: LlmSection = LlmSection()
    tts: TtsSection = TtsSection()
    safety: SafetySection = SafetySection()
    costs: CostsSection = CostsSection()
