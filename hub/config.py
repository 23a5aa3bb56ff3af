"""The household's settings: one `pommai.toml`, each key also as `POMMAI_SECTION__KEY`.

`load(path, environ)` gives a `Config`; a misspelt key is a ConfigError that says which was meant.
Secrets (`OPENAI_API_KEY`, `ELEVENLABS_API_KEY` …) come from the environment alone and are never kept here.
"""

import difflib
import inspect
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from hub.errors import ConfigError

ENV_PREFIX = "POMMAI_"
ENV_OUTSIDE_CONFIG = {"POMMAI_DATA", "POMMAI_CONFIG"}


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


class LogSection(Section):
    format: Literal["auto", "text", "json"] = Field(
        "auto", description="auto is text on a terminal, json elsewhere."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level shown."
    )


class TurnSection(Section):
    silence_ms: int = Field(1200, ge=200, le=5000, description="Silence that ends a child's turn.")
    max_s: float = Field(30.0, gt=1, le=120, description="Longest utterance listened to.")
    no_speech_s: float = Field(10.0, gt=1, le=60, description="How long to wait for a first word.")
    stt_timeout_s: float = Field(15.0, gt=0, le=60, description="Time for the final transcript.")
    llm_timeout_s: float = Field(
        20.0, gt=0, le=120, description="Time for the model's first words, and between pieces."
    )
    tts_timeout_s: float = Field(
        15.0, gt=0, le=60, description="Time for a clause's first sound, and between pieces."
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


class SttSection(Section):
    use: tuple[str, ...] = Field(("auto",), description="Recognisers in order of preference.")
    whisper: WhisperSection = WhisperSection()
    sphinx: SphinxSection = SphinxSection()


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
    openai: OpenAiLlmSection = OpenAiLlmSection()


class PiperSection(Section):
    voice: str = Field("en_US-amy-low", description="Voice name, as in `pommai-hub models list`.")


class ElevenLabsSection(Section):
    voice: str = Field("21m00Tcm4TlvDq8ikWAM", description="Voice id.")
    model: str = Field("eleven_turbo_v2_5", description="Model id.")
    base_url: str = Field("", description="Another server that speaks the same API.")


class EspeakSection(Section):
    voice: str = Field("en-gb", description="espeak-ng voice name.")
    words_per_minute: int = Field(150, ge=80, le=450, description="Speed.")
    pitch: int = Field(65, ge=0, le=99, description="Pitch, 0 to 99.")


class TtsSection(Section):
    use: tuple[str, ...] = Field(("auto",), description="Voices in order of preference.")
    piper: PiperSection = PiperSection()
    elevenlabs: ElevenLabsSection = ElevenLabsSection()
    espeak: EspeakSection = EspeakSection()


class SafetySection(Section):
    timeout_ms: int = Field(
        1500, ge=50, le=10_000, description="Time for a check; past it the text is refused."
    )


class Config(Section):
    hub: HubSection = Field(default_factory=HubSection)
    guardian: GuardianSection = GuardianSection()
    log: LogSection = LogSection()
    turn: TurnSection = TurnSection()
    stt: SttSection = SttSection()
    llm: LlmSection = LlmSection()
    tts: TtsSection = TtsSection()
    safety: SafetySection = SafetySection()


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Defaults, then the file, then the environment.

    `path` None means `pommai.toml` in the working folder where there is one. Raises ConfigError.
    """
    values: dict[str, Any] = {}
    source = "the environment"
    if path is None and Path("pommai.toml").is_file():
        path = Path("pommai.toml")
    if path is not None:
        source = str(path)
        try:
            values = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise ConfigError(f"{path}: can't read it: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: not valid TOML: {error}") from error
    for name in sorted(environ):
        if name.startswith(ENV_PREFIX) and name not in ENV_OUTSIDE_CONFIG:
            _put(values, name, environ[name])
    if "POMMAI_DATA" in environ:
        values.setdefault("hub", {})["data"] = environ["POMMAI_DATA"]
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError("; ".join(_explain(source, e) for e in error.errors())) from error


def _put(values: dict[str, Any], name: str, text: str) -> None:
    """POMMAI_STT__WHISPER__MODEL=x becomes values["stt"]["whisper"]["model"] = x."""
    *sections, key = name.removeprefix(ENV_PREFIX).lower().split("__")
    if not sections:
        raise ConfigError(f"{name}: environment keys are {ENV_PREFIX}SECTION__KEY")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ConfigError(f"{name}: {section} is a value, not a section")
    values[key] = text.split(",") if _is_list(sections, key) else text


def _is_list(sections: list[str], key: str) -> bool:
    section = _section(sections)
    field = section.model_fields.get(key) if section else None
    return field is not None and getattr(field.annotation, "__origin__", None) is tuple


def _section(path: list[str]) -> type[Section] | None:
    model: type[Section] = Config
    for name in path:
        field = model.model_fields.get(name)
        if field is None or not inspect.isclass(field.annotation):
            return None
        if not issubclass(field.annotation, Section):
            return None
        model = field.annotation
    return model


def _explain(source: str, error: ErrorDetails) -> str:
    """One line for one of pydantic's errors: where, what, and what was likely meant."""
    *sections, key = [str(part) for part in error["loc"]]
    where = f"{source}: " + (f"[{'.'.join(sections)}] " if sections else "")
    if error["type"] != "extra_forbidden":
        message = error["msg"]
        section = _section(sections)
        field = section.model_fields.get(key) if section else None
        if error["type"] == "literal_error" and field is not None:
            message = "must be one of " + ", ".join(repr(a) for a in get_args(field.annotation))
        return f"{where}{key}: {message}"
    section = _section(sections)
    known = list(section.model_fields) if section else []
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; known are {', '.join(known)}"
    return f"{where}{key}: unknown key{hint}"


def keys() -> list[tuple[str, str, Any, str]]:
    """Every key as (section, key, default, description), for the documentation and its test."""

    def walk(model: type[Section], path: list[str]) -> list[tuple[str, str, Any, str]]:
        rows: list[tuple[str, str, Any, str]] = []
        for name, field in model.model_fields.items():
            inner = _section([*path, name])
            if inner is not None:
                rows += walk(inner, [*path, name])
            else:
                default = None if field.default_factory is not None else field.default
                rows.append((".".join(path), name, default, field.description or ""))
        return rows

    return walk(Config, [])
