"""What a household is told of a provider that isn't in the house."""

import sys
from types import ModuleType

import pytest

from hub.config import Config
from hub.domain.toys import ProviderKind
from hub.providers import registry
from hub.providers.auto import warnings
from hub.providers.base import ProviderSetup
from hub.providers.registry import REGISTRY
from tests.providers.setups import BARE


class CloudEar:
    """A recogniser somewhere else; nothing is asked of it but where it is."""

    local = False

    def __init__(self, setup: ProviderSetup) -> None: ...


def test_of_a_cloud_recogniser_it_is_said_that_sound_cannot_be_masked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ear", ear := ModuleType("ear"))
    ear.CloudEar = CloudEar  # type: ignore[attr-defined]  # a module of the test's own
    recognisers = {**REGISTRY[ProviderKind.STT], "ear": "ear:CloudEar"}
    monkeypatch.setattr(registry, "REGISTRY", {**REGISTRY, ProviderKind.STT: recognisers})
    (warning,) = warnings({ProviderKind.STT: ["ear", "auto", "sphinx"]}, BARE)
    assert warning == "stt ear: your child's voice itself leaves your home: sound can't be masked."


def test_of_cloud_models_voices_and_checks_it_is_said_what_is_masked() -> None:
    names = {
        ProviderKind.STT: ["sphinx"],
        ProviderKind.LLM: ["openai", "storyteller"],
        ProviderKind.TTS: ["elevenlabs", "espeak"],
        ProviderKind.SAFETY: ["llm", "azure", "openai"],
    }
    config = Config.model_validate({"llm": {"openai": {"preset": "openrouter"}}})
    assert [
        warning.partition(": ")[0] for warning in warnings(names, ProviderSetup(config, {}))
    ] == [
        "llm openai",
        "tts elevenlabs",
        "safety azure and openai",
    ]


def test_of_what_is_in_the_house_nothing_is_said() -> None:
    names = {ProviderKind.LLM: ["openai", "ollama"], ProviderKind.SAFETY: ["llm"]}
    config = Config.model_validate({"llm": {"openai": {"base_url": "http://192.168.1.9/v1"}}})
    assert warnings(names, ProviderSetup(config, {})) == []
