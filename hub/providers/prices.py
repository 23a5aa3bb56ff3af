"""What a provider outside the house asks for, from `prices.toml` and the parent's own file before it."""

import tomllib
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.config import Config
from hub.domain.toys import ProviderKind
from hub.errors import ConfigError

SECONDS_AN_HOUR = 3600
MICRO = 1_000_000
CHARACTERS_A_TOKEN = 3
"""Where a model's answer broke off before it told its tokens; English has about 4, many languages fewer."""


@dataclass(frozen=True, slots=True)
class Use:
    """What one request took. Tokens that were not told are 0."""

    tokens_in: int = 0
    tokens_out: int = 0
    characters: int = 0
    """Sent."""
    answered: int = 0
    """Characters that came back."""
    seconds: float = 0.0
    """Of sound that was sent."""


class Price(BaseModel):
    """One row: US dollars for a million tokens or characters, for an hour of sound, and for a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str
    """The provider's name; of those behind OpenAI's wire format the host."""
    model: str
    tokens_in: float = Field(0.0, ge=0)
    tokens_out: float = Field(0.0, ge=0)
    characters: float = Field(0.0, ge=0)
    hour: float = Field(0.0, ge=0)
    request: float = Field(0.0, ge=0)
    source: str = ""
    checked: date | None = None

    @property
    def free(self) -> bool:
        return not (
            self.tokens_in or self.tokens_out or self.characters or self.hour or self.request
        )

    def micro_usd(self, use: Use) -> int:
        """The cost in millionths of a dollar."""
        told = use.tokens_in or use.tokens_out
        tokens_in = use.tokens_in if told else use.characters / CHARACTERS_A_TOKEN
        tokens_out = use.tokens_out if told else use.answered / CHARACTERS_A_TOKEN
        return round(
            self.tokens_in * tokens_in
            + self.tokens_out * tokens_out
            + self.characters * use.characters
            + self.hour * MICRO * use.seconds / SECONDS_AN_HOUR
            + self.request * MICRO
        )


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    stt: tuple[Price, ...] = ()
    llm: tuple[Price, ...] = ()
    tts: tuple[Price, ...] = ()
    safety: tuple[Price, ...] = ()

    def of(self, kind: ProviderKind) -> tuple[Price, ...]:
        rows: tuple[Price, ...] = getattr(self, kind.value, ())
        return rows


class Prices:
    """Of the providers as `config` sets them up."""

    def __init__(self, config: Config, *tables: _Table) -> None:
        self._config = config
        self._tables = tables

    @classmethod
    def load(cls, config: Config) -> Self:
        """Raises ConfigError for a parent's file that can't be read."""
        ours = _parsed(files("hub.providers").joinpath("prices.toml").read_text("utf-8"), "ours")
        own = config.costs.prices
        if own is None:
            return cls(config, ours)
        try:
            text = own.read_text("utf-8")
        except OSError as error:
            raise ConfigError(f"[costs] prices: can't read {own}: {error.strerror}") from error
        return cls(config, _parsed(text, f"[costs] prices: {own}"), ours)

    def of(self, kind: ProviderKind, name: str, model: str = "") -> Price:
        """`model` is a toy's own; "" the configured one. What is not known counts as dear."""
        service, configured = _billed(kind, name, self._config)
        return next(
            row
            for table in self._tables
            for row in table.of(kind)
            if fnmatchcase(service, row.service) and fnmatchcase(model or configured, row.model)
        )


def _parsed(text: str, where: str) -> _Table:
    try:
        return _Table.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{where}: {place}: {first['msg'].lower()}") from error


def _billed(kind: ProviderKind, name: str, config: Config) -> tuple[str, str]:
    """Who sends the bill, and for which model."""
    section = getattr(getattr(config, kind.value, None), name, None)
    base_url: str = getattr(section, "base_url", "")
    model = str(getattr(section, "model", ""))  # a recogniser's may be a folder
    if name not in ("openai", "llm"):
        return name, model
    if kind is ProviderKind.LLM:
        from hub.providers.openai_llm import NO_PRESET, PRESETS  # no sooner than it is needed

        preset = PRESETS.get(config.llm.openai.preset, NO_PRESET)
        base_url, model = base_url or preset.base_url, model or preset.model
    return urlsplit(base_url or "https://api.openai.com").hostname or "", model
