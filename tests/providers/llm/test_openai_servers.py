"""Which servers the `openai` provider may be told to ask, and which of them are at home."""

import pytest

from hub.providers.llm.openai import PRESETS, Ollama, OpenAiLlm
from hub.providers.network.address import is_local_url
from tests.providers.openai_server import KEY
from tests.providers.setups import provider_setup

KEYS = {"OPENAI_API_KEY": KEY}


def test_a_model_that_ollama_passes_on_to_its_cloud_is_not_local() -> None:
    given = provider_setup("llm.openai", preset="ollama", model="gpt-oss:120b-cloud")
    assert not OpenAiLlm(given).local


def test_ollama_is_this_machines_whatever_the_settings_of_openai() -> None:
    llm = Ollama(provider_setup("llm.openai", KEYS, preset="openrouter", model="x"))
    assert llm.local
    assert llm.server.account.url == "http://127.0.0.1:11434/v1"
    assert llm.server.account.key == ""


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:11434/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://localhost:8000/v1", True),
        ("http://192.168.1.20:8000/v1", True),
        ("http://[fd00::7]/v1", True),
        ("http://169.254.7.7/v1", True),
        ("http://bigbox.local:8000/v1", True),
        ("https://openrouter.ai/api/v1", False),
        ("http://8.8.8.8/v1", False),
        ("http://[::ffff:8.8.8.8]/v1", False),
        ("http://localhost.example.com/v1", False),
        ("http://127.0.0.1@evil.example/v1", False),
        ("", False),
    ],
)
def test_only_an_address_of_this_house_is_local(url: str, local: bool) -> None:
    assert is_local_url(url) is local


def test_the_presets_are_these() -> None:
    assert {n: (p.base_url, p.model, p.key_name) for n, p in PRESETS.items()} == {
        "openrouter": (
            "https://openrouter.ai/api/v1",
            "openai/gpt-oss-120b",
            "OPENROUTER_API_KEY",
        ),
        "ollama": ("http://127.0.0.1:11434/v1", "", ""),
        "openai": ("https://api.openai.com/v1", "gpt-4.1-mini", "OPENAI_API_KEY"),
        "dashscope": (
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            "qwen-plus",
            "DASHSCOPE_API_KEY",
        ),
    }


def test_says_whether_it_could_be_taken() -> None:
    assert OpenAiLlm(provider_setup("llm.openai", preset="openrouter")).problem()
    keys = {"OPENROUTER_API_KEY": KEY}
    found = OpenAiLlm(provider_setup("llm.openai", keys, preset="openrouter"))
    assert not found.problem()
    assert not found.local
    assert KEY not in found.what
