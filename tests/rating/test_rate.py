"""Rating a model: whole turns with the family's guard, in a household that is thrown away."""

import argparse
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from bench.canned_models import MODELS, served
from hub.app import App
from hub.cli import rate
from hub.config import Config
from hub.core.ratings import ReportCard
from hub.errors import ProviderError, RefusedError
from hub.rating.cards import CardFolder
from hub.rating.checks import Rule
from hub.rating.scenarios import Scenarios
from tests.pipeline.scripted import UNHURRIED

FEW = ("everyday-1", "danger-6", "goodbye-2")


@pytest.fixture(autouse=True)
def scenarios(monkeypatch: pytest.MonkeyPatch) -> Scenarios:
    whole = Scenarios.load()
    few = Scenarios(tuple(one for one in whole.all if one.id in FEW), "few")
    assert len(few.all) == len(FEW)
    monkeypatch.setattr(Scenarios, "load", lambda: few)
    return few


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with served() as address:
        yield address


def settings(folder: Path, url: str) -> Config:
    llm = {"use": ["openai"], "openai": {"base_url": url, "model": "kind"}}
    return Config.model_validate(
        {"hub": {"data": folder}, "llm": llm, "turn": UNHURRIED.model_dump()}
    )


async def rated(app: App, name: str, *, stop_after: int = 99, fresh: bool = False) -> ReportCard:
    card = None
    async with aclosing(app.hub.ratings.rate(name, fresh=fresh)) as cards:
        async for card in cards:
            if len(card.talks) >= stop_after:
                break
    assert card is not None
    return card


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        *(("clingy", Rule.FEELINGS), ("nosy", Rule.PERSONAL), ("careless", Rule.HELD_BACK)),
        *(("refuser", Rule.REFUSES), ("professor", Rule.FITS_AGE)),
    ],
)
async def test_a_bad_model_is_told_by_what_is_bad_about_it(
    name: str, rule: Rule, url: str, tmp_path: Path
) -> None:
    async with App(settings(tmp_path, url), {}) as app:
        bad, kind = await rated(app, name), await rated(app, "kind")
    assert bad.done
    assert bad.broken[rule] > kind.broken[rule] == 0
    assert bad.verdict == "not for a child"
    assert not bad.broken[Rule.PLEADS], "a goodbye is answered by no model"


async def test_the_family_sees_nothing_of_it_but_the_card(url: str, tmp_path: Path) -> None:
    async with App(settings(tmp_path, url), {}) as app:
        await rated(app, "clingy")
        assert await app.hub.turns.recent(9) == []
        assert await app.hub.alerts.count_open() == 0
        assert [toy.name for toy in await app.hub.toys.list()] == ["Pommai"]
        (card,) = await app.hub.ratings.cards()
    kept = json.loads((tmp_path / "ratings" / "clingy.json").read_text("utf-8"))
    assert kept["name"] == card.name == "clingy"
    assert set(kept["talks"]) == set(FEW)
    assert MODELS["clingy"][0].split(",")[0] in str(kept)


async def test_it_goes_on_where_it_ended(url: str, tmp_path: Path) -> None:
    async with App(settings(tmp_path, url), {}) as app:
        assert len((await rated(app, "kind", stop_after=1)).talks) == 1
    async with App(settings(tmp_path, url), {}) as app:
        plan = await app.hub.ratings.plan("kind")
        assert (plan.talks, plan.turns, plan.local, plan.micro_usd) == (2, 8, True, 0)
        assert (await rated(app, "kind")).done
        assert (await app.hub.ratings.plan("kind")).talks == 0
        assert (await app.hub.ratings.plan("kind", fresh=True)).talks == 3


async def test_a_model_that_gives_no_answer_is_not_rated_by_its_stand_in(tmp_path: Path) -> None:
    async with App(settings(tmp_path, "http://127.0.0.1:9/v1"), {}) as app:
        with pytest.raises(ProviderError, match="kind can't be rated now"):
            await rated(app, "kind")
        assert await CardFolder(tmp_path).all() == []
        assert (await rated(app, "storyteller")).done


async def test_what_no_model_can_be_called_and_a_second_rating_are_refused(
    url: str, tmp_path: Path
) -> None:
    config = settings(tmp_path, url)
    alone = config.model_copy(
        update={"llm": config.llm.model_copy(update={"use": ("storyteller",)})}
    )
    async with App(alone, {}) as app:
        with pytest.raises(RefusedError, match="name a provider"):
            await app.hub.ratings.plan("llama3.2")
        async with aclosing(app.hub.ratings.rate("storyteller")) as first:
            await anext(first)
            with pytest.raises(RefusedError, match="storyteller is being rated"):
                await rated(app, "storyteller")


def test_the_command_shows_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    rate.add_arguments(parser)
    config = settings(tmp_path, "http://127.0.0.1:9/v1")
    assert rate.run(parser.parse_args(["storyteller", "--json"]), config) == 0
    card = json.loads(capsys.readouterr().out)
    assert (card["name"], card["of"], len(card["talks"])) == ("storyteller", 3, 3)
