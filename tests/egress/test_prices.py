"""What a request costs: our table of prices, and a parent's own before it."""

import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from hub.config import Config
from hub.domain.toys import ProviderKind
from hub.egress.spending import Prices, Use
from hub.errors import ConfigError
from hub.providers.registry import REGISTRY

STT, LLM, TTS = ProviderKind.STT, ProviderKind.LLM, ProviderKind.TTS
EMBEDDING = ProviderKind.EMBEDDING


def prices(**settings: object) -> Prices:
    return Prices.load(Config.model_validate(settings))


def test_tokens_cost_what_the_vendor_asks() -> None:
    price = prices(llm={"openai": {"preset": "openai"}}).of(LLM, "openai")
    assert price.micro_usd(Use(tokens_in=1000, tokens_out=100)) == 400 + 160


def test_a_toys_own_model_has_its_own_price() -> None:
    known = prices(llm={"openai": {"preset": "openai"}})
    assert known.of(LLM, "openai", "gpt-4.1-nano").tokens_in == 0.10


def test_an_answer_that_broke_off_before_its_tokens_were_told_is_reckoned_by_its_length() -> None:
    price = prices(llm={"openai": {"preset": "openai"}}).of(LLM, "openai")
    assert price.micro_usd(Use(characters=3000, answered=300)) == 400 + 160


def test_speech_costs_by_the_character_and_hearing_by_the_second() -> None:
    assert prices().of(TTS, "elevenlabs").micro_usd(Use(characters=20)) == 1000
    assert prices().of(STT, "deepgram").micro_usd(Use(seconds=36.0)) == 2880


def test_a_check_costs_by_the_request() -> None:
    assert prices().of(ProviderKind.SAFETY, "azure").micro_usd(Use(characters=12)) == 380
    assert prices().of(ProviderKind.SAFETY, "openai").free


def test_reading_texts_costs_by_the_token_and_an_unknown_price_is_said() -> None:
    address = {"base_url": "https://api.openai.com/v1", "model": "text-embedding-3-small"}
    known = prices(embedding=address).of(EMBEDDING, "openai")
    assert (known.known, known.micro_usd(Use(characters=3000))) == (True, 20)
    assert not prices(embedding={**address, "model": "new"}).of(EMBEDDING, "openai").known


@pytest.mark.parametrize("kind", [STT, LLM, TTS, ProviderKind.SAFETY, EMBEDDING])
def test_every_provider_has_a_price_and_what_is_unknown_is_never_free(kind: ProviderKind) -> None:
    for name in REGISTRY[kind]:
        assert prices().of(kind, name).micro_usd(Use(1, 1, 1, 1, 1.0)) >= 0
    assert not prices().of(kind, "a-new-service").free


def test_a_parents_own_prices_go_first(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text('[[tts]]\nservice = "rime"\nmodel = "mist*"\ncharacters = 30.0\n')
    known = prices(costs={"prices": own})
    assert known.of(TTS, "rime").characters == 30.0
    assert known.of(TTS, "elevenlabs").characters == 50.0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[tts]\n", "not valid TOML"),
        ('[[tts]]\nservice = "rime"\n', "tts.0.model: field required"),
        ('[[tts]]\nservice = "x"\nmodel = "*"\ncharacters = -1\n', "tts.0.characters"),
        ('[[tts]]\nservice = "x"\nmodel = "*"\nhour = inf\n', "tts.0.hour"),
        ('[[llm]]\nservice = "x"\nmodel = "*"\ntokens_in = nan\n', "llm.0.tokens_in"),
        ("[[voices]]\n", "voices: extra inputs"),
    ],
)
def test_odd_prices_are_told_at_start(tmp_path: Path, text: str, problem: str) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(text)
    with pytest.raises(ConfigError, match=problem):
        prices(costs={"prices": own})
    own.unlink()
    with pytest.raises(ConfigError, match="can't read"):
        prices(costs={"prices": own})


def test_each_of_our_prices_says_where_and_when_it_was_read() -> None:
    ours = tomllib.loads(files("hub.egress").joinpath("prices.toml").read_text("utf-8"))
    for kind in (STT, LLM, TTS, ProviderKind.SAFETY, EMBEDDING):
        *rows, unknown = ours[kind.value]
        assert (unknown["service"], unknown["model"]) == ("*", "*")
        assert all(row["source"].startswith("https://") for row in rows)
        assert all(row["checked"] >= date(2025, 1, 1) for row in rows)
