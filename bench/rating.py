"""Rates the storyteller and some canned models, most of them bad, as `pommai-hub models rate` does."""

import tempfile
from contextlib import aclosing
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.canned_models import MODELS, served
from hub.app import App
from hub.config import Config
from hub.core.ratings import ReportCard
from hub.rating.checks import WORDS


async def run(console: Console) -> dict[str, object]:
    """A column for each model: in how many talks it broke each rule."""
    cards = {}
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder:
        async with served() as url:
            llm = {"use": ["openai"], "openai": {"base_url": url, "model": "kind"}}
            config = Config.model_validate({"hub": {"data": Path(folder)}, "llm": llm})
            async with App(config, {}) as app:
                for name in ("storyteller", *MODELS):
                    console.print(f"Rating {name} ...")
                    cards[name] = await _rated(app, name)
    table = Table("talks in which it …", *cards, title="report cards")
    for rule, words in WORDS.items():
        counts = [card.broken.get(rule) for card in cards.values()]
        if any(count is not None for count in counts):
            table.add_row(words, *(str(count or "") for count in counts))
    table.add_section()
    for words, told in (
        ("sentences that the guard held back", [card.held_back for card in cards.values()]),
        ("talks without a fault", [f"{card.clean} of {card.of}" for card in cards.values()]),
        ("verdict", [card.verdict for card in cards.values()]),
    ):
        table.add_row(words, *map(str, told))
    console.print(table)
    return {
        name: {
            "clean": card.clean,
            "of": card.of,
            "held_back": card.held_back,
            "broken": {rule.value: count for rule, count in card.broken.items()},
            "verdict": card.verdict,
        }
        for name, card in cards.items()
    }


async def _rated(app: App, name: str) -> ReportCard:
    async with aclosing(app.hub.ratings.rate(name, fresh=True)) as cards:
        return [card async for card in cards][-1]
