"""Shows why the guard judged so: an `Account` for a person's eyes, or as JSON."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hub.domain.safety import Category, Verdict
from hub.safety.explain import Account, LayerOpinion

Json = dict[str, Any]

WORDS_SHOWN = 6
MIN_EFFECT = 0.005
"""Words that change the odds by less than half a percent say nothing."""


def as_json(account: Account) -> Json:
    return {
        **verdict_json(account.verdict),
        "readings": list(account.readings),
        "layers": [_layer_json(opinion) for opinion in account.layers],
        "levels": {level.value: verdict_json(v) for level, v in account.levels.items()},
        "changes": list(account.changes),
    }


def verdict_json(verdict: Verdict) -> Json:
    return {
        "allowed": verdict.allowed,
        "category": verdict.category.value,
        "severity": verdict.severity,
        "alert": verdict.alert.value if verdict.alert else None,
        "layer": verdict.layer,
        "reason": verdict.reason,
        "words": list(verdict.matched),
    }


def _layer_json(opinion: LayerOpinion) -> Json:
    found = {
        **verdict_json(opinion.verdict),
        "layer": opinion.layer,
        "version": opinion.version,
        "at_most": opinion.at_most,
        "rules": [
            {
                "id": met.rule.id,
                "comment": met.rule.comment,
                "category": met.rule.category.value,
                "severity": met.rule.severity,
                "words": met.words,
                "reading": met.reading,
            }
            for met in opinion.rules
        ],
    }
    if learned := opinion.learned:
        found |= {
            "probability": round(learned.probability, 4),
            "refuses_from": round(learned.needed, 4),
            "effects": {word: round(effect, 4) for word, effect in learned.words},
        }
    return found


def explained(account: Account) -> RenderableType:
    """All that a terminal shows of it, below the verdict."""
    if not account.layers:
        return Text("No layer was asked.")
    layers = _table()
    for opinion in account.layers:
        layers.add_row(opinion.layer, Group(_says(opinion), *_grounds(opinion)))
    levels = _table()
    for level, verdict in account.levels.items():
        levels.add_row(level.value, _in_short(verdict))
    return Group(
        _heading("Read as"),
        *(Text(f"  {reading}") for reading in account.readings),
        _heading("Layers"),
        layers,
        _heading("Levels"),
        levels,
        _heading("What would change it"),
        *(Text(f"  {change}") for change in account.changes),
    )


def _heading(text: str) -> Text:
    return Text(f"\n{text}", "bold")


def _table() -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=True)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    return table


def _in_short(verdict: Verdict) -> Text:
    text = Text("allowed", "green") if verdict.allowed else Text("refused", "red")
    if verdict.category is not Category.NONE:
        text.append(f" {verdict.category} {verdict.severity} ({verdict.layer})", "default")
    return text


def _says(opinion: LayerOpinion) -> Text:
    verdict = opinion.verdict
    text = Text("allowed", "green") if verdict.allowed else Text("refused", "red")
    if verdict.category is not Category.NONE:
        text.append(f" {verdict.category}", "default")
        text.append(f", severity {verdict.severity}, at most {opinion.at_most} passes", "default")
    return text


def _grounds(opinion: LayerOpinion) -> list[Text]:
    lines = [
        f"{met.rule.id} (severity {met.rule.severity}): {met.rule.comment}; on “{met.words}”"
        for met in opinion.rules
    ]
    if learned := opinion.learned:
        lines.append(f"{learned.probability:.0%} to be stopped; refuses from {learned.needed:.0%}")
        telling = [(w, e) for w, e in learned.words[:WORDS_SHOWN] if abs(e) >= MIN_EFFECT]
        if telling:
            lines.append(", ".join(f"{word} {effect:+.0%}" for word, effect in telling))
    if not lines and opinion.verdict.reason:
        lines.append(opinion.verdict.reason)
    return [Text(line, "dim") for line in lines]
