"""Which providers there are: the one place to add one. Nothing is imported until it is chosen.

`load` gives a provider that is ready to warm up. A provider's module holds a class that is a
`RegisteredProvider`; see docs/providers.md.
"""

import difflib
import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import cast

from hub.domain.toys import AUTO, ProviderKind
from hub.errors import ConfigError, ProviderUnavailableError
from hub.providers.base import ProviderSetup, RegisteredProvider, missing_package

GROUP = "pommai.providers"
"""Of entry points, by which another package offers providers: `"tts.hum" = "pommai_hum:Hum"`."""

OWN: Mapping[ProviderKind, Mapping[str, str]] = {
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
    ProviderKind.EMBEDDING: {"openai": "hub.providers.embedding.openai:OpenAiEmbedder"},
}


def with_others(
    own: Mapping[ProviderKind, Mapping[str, str]],
) -> dict[ProviderKind, dict[str, str]]:
    """`own`, and what the packages offer that the family installed; none takes the place of one of ours."""
    offered: dict[ProviderKind, dict[str, str]] = {kind: {} for kind in own}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.value):
        kind, _, name = point.name.partition(".")
        if kind in own and name.isidentifier():
            offered[ProviderKind(kind)][name] = point.value
    return {kind: {**offered[kind], **own[kind]} for kind in own}


REGISTRY: Mapping[ProviderKind, Mapping[str, str]] = with_others(OWN)

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


def find(kind: ProviderKind, name: str) -> type[RegisteredProvider]:
    """The class behind a name. Raises ConfigError for an unknown one."""
    if name not in REGISTRY.get(kind, {}):
        check_names(kind, (name,))
        raise ConfigError(f"[{kind}] {name!r} is not the name of one provider")
    module, _, attribute = REGISTRY[kind][name].partition(":")
    try:
        return cast(type[RegisteredProvider], getattr(importlib.import_module(module), attribute))
    except ModuleNotFoundError as error:
        raise missing_extra(name, error) from error


def load(kind: ProviderKind, name: str, setup: ProviderSetup) -> RegisteredProvider:
    """A provider, not yet warm. Raises ConfigError or ProviderUnavailableError."""
    return find(kind, "wyoming" if setup.service else name)(setup)


def missing_extra(name: str, error: ModuleNotFoundError) -> ProviderUnavailableError:
    """What to say, and what to install, when a provider's package isn't there."""
    why = missing_package(str(error.name), EXTRAS.get(name, "hub"))
    return ProviderUnavailableError(f"{name}: {why}")
