"""Providers are found by name and imported only when chosen."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hub.domain.toys import ProviderKind
from hub.errors import ConfigError, ProviderUnavailableError
from hub.providers import registry
from hub.providers.registry import EMBEDDED, REGISTRY, find, load
from tests.providers.setups import BARE

EVERY = [(kind, name) for kind, names in REGISTRY.items() for name in names]


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_provider_can_be_made_without_a_key_or_a_model(kind: ProviderKind, name: str) -> None:
    provider = load(kind, name, BARE)
    assert provider.name == name
    assert provider.what
    assert "\n" not in provider.what + provider.problem()


def test_each_kind_ends_with_an_embedded_provider_that_is_local() -> None:
    for kind, name in EMBEDDED.items():
        assert load(kind, name, BARE).local


def test_a_misspelt_name_says_which_was_meant() -> None:
    with pytest.raises(ConfigError, match=r"\[stt\] use: .*'whispr'; did you mean whisper\?"):
        find(ProviderKind.STT, "whispr")


def test_a_name_of_another_kind_is_unknown() -> None:
    with pytest.raises(ConfigError, match="known are"):
        find(ProviderKind.TTS, "storyteller")


def test_choosing_and_asking_what_is_there_imports_nothing_heavy() -> None:
    program = """
import sys
import tomllib
from pathlib import Path
from hub.config import Config
from hub.domain.toys import ProviderKind
from hub.providers.base import ProviderSetup
from hub.providers import pool, auto, registry
assert not [m for m in sys.modules if m.startswith("hub.providers.llm.storyteller")], "imported early"
for kind, names in registry.REGISTRY.items():
    for name in names:
        registry.load(kind, name, ProviderSetup(Config(), {})).problem()
heavy = {"openai", "httpx2", "faster_whisper", "ctranslate2", "onnxruntime", "pocketsphinx",
         "piper", "espeakng_loader", "elevenlabs", "soxr", "av"}
print(*sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""


def test_a_missing_package_names_the_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        registry, "REGISTRY", {ProviderKind.TTS: {"piper": "no_such_package:Piper"}}
    )
    with pytest.raises(ProviderUnavailableError, match=r"pip install 'pommai\[piper\]'"):
        find(ProviderKind.TTS, "piper")


def test_every_extra_that_is_named_is_one_of_ours() -> None:

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    assert set(registry.EXTRAS.values()) <= set(extras)
