"""What the household's page tells of a second judge: what it takes, how often it misses, or which one to get."""

import pytest

from hub.config import Config
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.talks.trace import Span, Work
from hub.egress.remote_checks import RemoteLayer, load_check
from hub.providers.base import ProviderSetup
from hub.providers.moderation.advice import advise
from tests.guardian.conftest import Site


async def test_what_a_judge_takes_is_told_as_it_was_measured(site: Site) -> None:
    browser = await site.guardian()
    judge = load_check("llm", ProviderSetup(Config()))
    layer = RemoteLayer(judge, None, site.clock, 0.4, added=True)  # type: ignore[arg-type]  # it is asked nothing
    site.home.judge_layers.append(layer)
    assert "we can't tell yet" in await browser.see("/household/safety")

    turn = await site.home.hear("t1", "hello")
    took_ms = [100.0] * 18 + [300.0, 380.0]
    turn.spans += [Span(Work.JUDGE, 10.0, "llm", end_ms=10.0 + ms) for ms in took_ms]
    turn.spans += [Span(Work.JUDGE, 10.0, "llm", end_ms=410.0, failed=True)]
    turn.spans += [
        Span(Work.JUDGE, 10.0, "openai", end_ms=900.0),
        Span(Work.CHECK, 0.0, end_ms=9e3),
    ]
    await site.home.turns.save(turn)
    entry = LedgerEntry(
        site.clock.now(), LedgerKind.SAFETY, "llm", ContentKind.TEXT, 9, cost_micro_usd=20_000
    )
    await site.home.ledger.open(entry)
    page = await browser.see("/household/safety")
    assert "looked at 21 lines and clauses" in page
    assert "up to 0.10 s, and nineteen of twenty up to 0.30 s; it may take 0.40 s" in page
    assert "1 times it gave no answer" in page
    assert "It cost $0.02 this month" in page


async def test_where_there_is_none_the_page_says_which_one_suits(site: Site) -> None:
    browser = await site.guardian()
    advice = await site.home.judges.advice()
    assert advice.text.split("(")[0] in (page := await browser.see("/household/safety"))
    assert not any(command in page for command in advice.commands)


@pytest.mark.parametrize(
    ("memory_gb", "installed", "model"),
    [
        (32.0, ["llama3.2"], "ollama pull llama-guard3:8b"),
        (8.0, ["llama3.2"], "ollama pull llama-guard3:1b"),
        (8.0, None, "ollama pull llama-guard3:1b"),
        (2.0, ["llama3.2", "shieldgemma:2b"], "MODEL=shieldgemma:2b"),
        (2.0, None, ""),
    ],
)
def test_the_advice_fits_the_machine(
    memory_gb: float, installed: list[str] | None, model: str
) -> None:
    advice = advise(memory_gb, installed)
    assert model in " ".join(advice.commands)
    assert bool(model) is bool(advice.commands)
