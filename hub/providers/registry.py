"""Which providers there are: the one place to add one. Nothing is imported until it is chosen.

`find` gives a provider's class, `load` one that is ready to warm up. A provider's module holds a
class with `create(config)` and `available(config, environ)`; see docs/providers.md.
"""

import difflib
import importlib
from collections.abc import Mapping
from typing import Protocol, Self, cast

from hub.config import Config
from hub.domain.network_services import NetworkService
from hub.domain.toys import AUTO, ProviderKind
from hub.errors import ConfigError, ProviderUnavailableError
from hub.providers.base import Availability, Provider, missing_package

REGISTRY: Mapping[ProviderKind, Mapping[str, str]] = {
    ProviderKind.STT: {
        "deepgram": "hub.providers.stt.deepgram:Deepgram",
        "openai": "hub.providers.stt.openai:OpenAiStt",
        "sphinx": "hub.providers.stt.sphinx:Sphinx",
        "whisper": "hub.providers.stt.whisper:Whisper",
        "wyoming": "hub.providers.wyoming.stt:WyomingStt",
    },
    ProviderKind.LLM: {
        "ollama": "hub.providers.llm.openai:Ollama",
        "openai": "hub.providers.llm.openai:OpenAiLlm",
        "storyteller": "hub.providers.llm.storyteller:Storyteller",
    },
    ProviderKind.TTS: {
        "elevenlabs": "hub.providers.tts.elevenlabs:ElevenLabs",
        "espeak": "hub.providers.tts.espeak:Espeak",
        "minimax": "hub.providers.tts.minimax:Minimax",
        "openai": "hub.providers.tts.openai:OpenAiTts",
        "piper": "hub.providers.tts.piper:Piper",
        "rime": "hub.providers.tts.rime:Rime",
        "wyoming": "hub.providers.wyoming.tts:WyomingTts",
    },
    ProviderKind.SAFETY: {
        "azure": "hub.providers.moderation.azure:AzureSafety",
        "chat": "hub.providers.moderation.chat_judge:ChatJudge",
        "llm": "hub.providers.moderation.guard_model:GuardModel",
        "openai": "hub.providers.moderation.openai:OpenAiModeration",
    },
}

EMBEDDED: Mapping[ProviderKind, str] = {
    ProviderKind.STT: "sphinx",
    ProviderKind.LLM: "storyteller",
    ProviderKind.TTS: "espeak",
}
"""Needs no key, no download and no server; ends every list. The guard's embedded layers are always on."""

EXTRAS: Mapping[str, str] = {
    "azure": "azure",
    "elevenlabs": "elevenlabs",
    "espeak": "espeak",
    "piper": "piper",
    "sphinx": "sphinx",
}
"""Provider to the extra that brings its package; the others come with `pommai[hub]`."""


class ProviderClass(Protocol):
    """What every provider's class offers beside its kind's Protocol."""

    @classmethod
    def create(cls, config: Config) -> Self:
        """Cheap: loads and opens nothing, that is `warm_up`'s."""
        ...

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        """Cheap: imports no package of another's and asks no server."""
        ...


class WyomingClass(ProviderClass, Protocol):
    """What the providers called "wyoming" offer besides."""

    @classmethod
    def approved(cls, service: NetworkService, config: Config) -> Provider:
        """One that a parent approved on the pages."""
        ...


def check_names(
    kind: ProviderKind, names: tuple[str, ...], *, key: str = "use", word: str = AUTO
) -> None:
    """Raises ConfigError for a name in the setting `key` that is no provider's of `kind`, nor `word`."""
    known = REGISTRY.get(kind, {})
    for name in names:
        if name not in known and name != word:
            close = difflib.get_close_matches(name, [*known, word], n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            raise ConfigError(f"[{kind}] {key}: there is no provider {name!r}; {hint}")


def find(kind: ProviderKind, name: str) -> type[ProviderClass]:
    """The class behind a name. Raises ConfigError for an unknown one."""
    if name not in REGISTRY.get(kind, {}):
        check_names(kind, (name,))
        raise ConfigError(f"[{kind}] {name!r} is not the name of one provider")
    module, _, attribute = REGISTRY[kind][name].partition(":")
    try:
        return cast(type[ProviderClass], getattr(importlib.import_module(module), attribute))
    except ModuleNotFoundError as error:
        raise missing_extra(name, error) from error


def load(kind: ProviderKind, name: str, config: Config) -> Provider:
    """A provider, not yet warm. Raises ConfigError or ProviderUnavailableError."""
    return cast(Provider, find(kind, name).create(config))


def load_approved(kind: ProviderKind, service: NetworkService, config: Config) -> Provider:
    """The same for a Wyoming service that the family approved."""
    return cast(WyomingClass, find(kind, "wyoming")).approved(service, config)


def missing_extra(name: str, error: ModuleNotFoundError) -> ProviderUnavailableError:
    """What to say, and what to install, when a provider's package isn't there."""
    why = missing_package(str(error.name), EXTRAS.get(name, "hub"))
    return ProviderUnavailableError(f"{name}: {why}")
