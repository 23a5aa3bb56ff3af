"""What hears, answers, speaks and judges: their sections of the household's settings."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hub.config.section import Section

Limit = Annotated[int, Field(ge=50, le=10_000)]
"""Milliseconds."""


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
