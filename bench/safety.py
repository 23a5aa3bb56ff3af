"""Measures the guard: what it stops and what it stops wrongly, beside what others would use.

Nothing is reported on texts that the learned layer was trained on without saying so: it judges the
half that it was trained on, and the public sets, by cross-validation. The rules have no such guard:
their author read `child_talk.jsonl` while writing them.
"""

import asyncio
import random
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.guard import baselines, family, languages
from bench.guard.disguise import disguised
from bench.guard.judges import Judge, Judges
from bench.guard.lines import Example, read_lines
from bench.guard.score import Outcome, Rate, Score, grouped, recall_at, score
from bench.guard.sources import (
    DISGUISED,
    OURS,
    PUBLIC,
    SHARED,
    TALK,
    TALKS,
    UNSEEN,
    UNSEEN_TALKS,
    is_held,
    read_records,
    read_texts,
)
from bench.guard.speed import measure_speed
from bench.guard.talks import guards, stops
from bench.guard.writers import by_unmet_writers, learning_curve
from hub.domain.safety import Direction, SafetyLevel

OBFUSCATIONS = 200
SEED = 20261120
RULES_SEEN = "rules: written with it in sight"
HELD = "classifier: never seen"
FOLDED = "classifier: by cross-validation"
UNSEEN_NAME = (
    "unseen (written by somebody who had read neither rules nor lines; nothing was written from it)"
)
FALSE_SHARES = (0.0, 0.005, 0.01, 0.02, 0.04, 0.08)


async def run(console: Console) -> dict[str, object]:
    """All tables; the results for `bench/out/safety.json`."""
    sets = _sets()
    if not sets:
        console.print(
            f"[yellow]{SHARED} is missing: measuring on our own lines only, by cross-validation.[/]"
        )
    own = read_lines()
    console.print("Fitting the classifier without each fold in turn; this takes some minutes ...")
    judges = await asyncio.to_thread(Judges.make)
    results: dict[str, object] = {"complete": bool(sets), "classifier": judges.classifier.version}
    texts = sets or {f"our own lines ({FOLDED})": _sample(own)}
    texts[UNSEEN_NAME] = read_texts(UNSEEN, OURS)
    outcomes = {name: await judges.full(examples) for name, examples in texts.items()}
    results["sets"] = {name: _breakdown(console, name, found) for name, found in outcomes.items()}
    results["baselines"] = await _against_baselines(console, texts, judges)
    results["ablation"] = await _ablation(console, texts, judges)
    results["unmet_writers"] = _unmet(console, await by_unmet_writers(judges))
    results["learning_curve"] = _curve(console, judges.learned_from)
    results["languages"] = await _languages(console)
    results["talks"] = await _talks(console)
    results["family"] = await family.run(console)
    results["trade_off"] = _trade_off(console, outcomes)
    results["disguises"] = await _disguises(console, texts, judges)
    results["speed"] = await measure_speed(console, texts)
    return results


def _sets() -> dict[str, list[Example]]:
    """What is measured, by a name that says who has seen it."""
    talk, dressed, public = (read_texts(name) for name in (TALK, DISGUISED, PUBLIC))
    found = {
        f"child talk, held half ({HELD}; {RULES_SEEN})": [e for e in talk if is_held(e.id)],
        f"child talk, other half ({FOLDED}; {RULES_SEEN})": [e for e in talk if not is_held(e.id)],
        f"disguised, held half ({HELD})": [e for e in dressed if is_held(e.id)],
        f"disguised, other half ({FOLDED})": [e for e in dressed if not is_held(e.id)],
        f"public ({FOLDED})": public,
    }
    return {name: examples for name, examples in found.items() if examples}


async def _talks(console: Console) -> dict[str, object]:
    """Conversations, by who has seen them and which layers listen."""
    records = read_records(TALKS)
    sets = {
        "held half (the signs of drift: never seen)": [t for t in records if is_held(t["id"])],
        "other half (the signs: chosen on it)": [t for t in records if not is_held(t["id"])],
        UNSEEN_NAME: read_records(UNSEEN_TALKS, OURS),
    }
    table = Table("talks", "layers", "stopped in time", "false stops", title="whole talks")
    found: dict[str, object] = {}
    for name, talks in sets.items():
        rows = {layers: await stops(guard, talks) for layers, guard in guards().items() if talks}
        for layers, one in rows.items():
            table.add_row(name, layers, str(one.in_time), str(one.early))
        found[name] = {layers: one.to_json() for layers, one in rows.items()}
    console.print(table)
    return found


async def _languages(console: Console) -> dict[str, object]:
    """Other languages than English, by the rules alone, level moderate."""
    table = Table("lines", "recall", "false alarms", title="other languages; the rules alone")
    found = await languages.scores()
    for name, one in found.items():
        table.add_row(name, str(one.caught), str(one.false_alarms))
    console.print(table)
    return {name: one.to_json() for name, one in found.items()}


def _sample(own: Sequence[Example], count: int = 2000) -> list[Example]:
    return random.Random(SEED).sample(list(own), min(count, len(own)))


def _breakdown(console: Console, name: str, outcomes: Sequence[Outcome]) -> dict[str, object]:
    keys = {
        "level": lambda one: one.level.value,
        "direction": lambda one: one.example.direction.value,
        "category": lambda one: one.example.category.value,
        "source": lambda one: one.example.source,
    }
    table = Table(
        "", "recall", "false alarms", "alerts", "false alerts", "named rightly", title=name
    )
    whole = score(outcomes)
    found: dict[str, object] = {"all": whole.to_json()}
    _row(table, "all", whole)
    for kind, key in keys.items():
        groups = {group: score(members) for group, members in grouped(outcomes, key).items()}
        found[kind] = {group: one.to_json() for group, one in groups.items()}
        if len(groups) > 1:
            table.add_section()
            for group, one in groups.items():
                _row(table, group, one)
    console.print(table)
    return found


def _row(table: Table, name: str, one: Score) -> None:
    rates = (one.recall, one.false_alarms, one.alerts, one.false_alerts, one.same_category)
    table.add_row(name, *(str(rate) for rate in rates))


async def _against_baselines(
    console: Console, texts: dict[str, list[Example]], judges: Judges
) -> dict[str, object]:
    """Level moderate. Ours is given the same share of false alarms as each baseline made."""
    level = SafetyLevel.MODERATE
    table = Table("set", "baseline", "its recall", "its false alarms", "ours at as many", "",
                  title="beside others, level moderate")  # fmt: skip
    found: dict[str, object] = {}
    for name, examples in texts.items():
        ours = [one for one in await judges.full(examples) if one.level is level]
        lines = [one.text for one in examples]
        scores = {
            "word list": baselines.word_list(lines),
            "better-profanity": baselines.better_profanity(lines),
            "alt-profanity-check": baselines.alt_profanity_check(lines),
            "letters + logistic regression": baselines.letters_unseen(examples, level),
        }
        rows: dict[str, object] = {}
        for baseline, values in scores.items():
            outcomes = [
                Outcome(one, level, bool(value >= baselines.STOPS_FROM), score=float(value))
                for one, value in zip(examples, values, strict=True)
            ]
            theirs = score(outcomes)
            # Where a baseline stops everything, both are compared at as many false alarms as ours has.
            everything = theirs.false_alarms.share >= 1
            share = (score(ours) if everything else theirs).false_alarms.share
            equal = recall_at(ours, share)
            met = recall_at(outcomes, share) if everything else theirs.recall
            ahead = equal.share > met.share
            table.add_row(
                name, baseline, str(met), f"{share:.1%}" if everything else str(theirs.false_alarms),
                str(equal),
                "ahead" if ahead else "[red]behind[/]",
            )  # fmt: skip
            rows[baseline] = {
                **theirs.to_json(),
                "compared_at_false_alarms": round(share, 4),
                "theirs_at_as_many": met.to_json(),
                "ours_at_as_many": equal.to_json(),
                "ahead": ahead,
            }
        found[name] = rows
    console.print(table)
    return found


async def _ablation(
    console: Console, texts: dict[str, list[Example]], judges: Judges
) -> dict[str, object]:
    layers: dict[str, Judge] = {
        "rules, no normalising": judges.bare_rules,
        "rules": judges.rules,
        "classifier, no normalising": judges.bare_classifier,
        "classifier": judges.learned,
        "both": judges.full,
    }
    table = Table("set", "layers", "recall", "false alarms", title="layer by layer")
    found: dict[str, object] = {}
    for name, examples in texts.items():
        rows = {layer: score(await judge(examples)) for layer, judge in layers.items()}
        for layer, one in rows.items():
            table.add_row(name, layer, str(one.recall), str(one.false_alarms))
        table.add_section()
        found[name] = {layer: one.to_json() for layer, one in rows.items()}
    console.print(table)
    return found


def _unmet(console: Console, outcomes: dict[str, list[Outcome]]) -> dict[str, object]:
    """Each writer's lines by a classifier that learned from all others', level moderate."""
    table = Table("left out", "", "recall", "false alarms, sounds unsafe", "false alarms, everyday",
                  title="writers that the classifier never met; rules and classifier")  # fmt: skip
    found: dict[str, object] = {}
    for writer, members in outcomes.items():
        level = [one for one in members if one.level is SafetyLevel.MODERATE]
        for direction, said in grouped(level, lambda one: one.example.direction.value).items():
            everyday = [one for one in said if one.example.like == "everyday"]
            rates = {
                "recall": score(said).recall,
                "false_alarms": score(
                    [one for one in said if one.example.like != "everyday"]
                ).false_alarms,
                "everyday": score(everyday).false_alarms,
            }
            table.add_row(writer, direction, *map(str, rates.values()))
            found[f"{writer}, {direction}"] = {key: one.to_json() for key, one in rates.items()}
    console.print(table)
    return found


def _curve(console: Console, examples: Sequence[Example]) -> list[dict[str, object]]:
    """What one more writer brings."""
    table = Table("learned from", "recall", "of everyday lines",
                  title="child talk by a writer left out, at 5 % false alarms; the regressions alone")  # fmt: skip
    points = learning_curve(examples)
    for one in points:
        table.add_row(f"{one.writers} writers", str(one.recall), str(one.everyday))
    console.print(table)
    return [
        {
            "writers": one.writers,
            "recall": one.recall.to_json(),
            "everyday_false_alarms": one.everyday.to_json(),
        }
        for one in points
    ]


def _trade_off(console: Console, outcomes: dict[str, list[Outcome]]) -> dict[str, object]:
    """Recall where thresholds were set for other shares of false alarms, level moderate."""
    table = Table(
        "set", *(f"at {share:.1%} false" for share in FALSE_SHARES), title="the trade-off"
    )
    found: dict[str, object] = {}
    for name, members in outcomes.items():
        level = [one for one in members if one.level is SafetyLevel.MODERATE]
        rates = {f"{share}": recall_at(level, share) for share in FALSE_SHARES}
        table.add_row(name, *(f"{rate.share:.1%}" for rate in rates.values()))
        found[name] = {share: rate.to_json() for share, rate in rates.items()}
    console.print(table)
    return found


async def _disguises(
    console: Console, texts: dict[str, list[Example]], judges: Judges
) -> dict[str, object]:
    """Of lines that are stopped as they are, dressed up by rule: how many get through."""
    held = [
        one
        for name, examples in texts.items()
        if name.startswith("child talk, held")
        for one in examples
    ]
    pool = [
        one
        for one in held or next(iter(texts.values()))
        if len(one.levels) == len(SafetyLevel) and one.direction is Direction.CHILD
    ]
    stopped = [one.text for one in pool if await judges.stops(one.text, SafetyLevel.MODERATE)]
    kinds: dict[str, list[bool]] = {}
    for kind, text, _ in disguised(stopped, OBFUSCATIONS, SEED):
        kinds.setdefault(kind, []).append(await judges.stops(text, SafetyLevel.MODERATE))
    rates = {kind: Rate(sum(hits), len(hits)) for kind, hits in sorted(kinds.items())}
    caught = sum(rate.hits for rate in rates.values())
    table = Table(
        "disguise",
        "still stopped",
        title=f"{OBFUSCATIONS} disguises, {OBFUSCATIONS - caught} get through",
    )
    for kind, rate in rates.items():
        table.add_row(kind, str(rate))
    table.add_section()
    table.add_row("all", str(Rate(caught, OBFUSCATIONS)))
    console.print(table)
    return {
        "through": OBFUSCATIONS - caught,
        "of": OBFUSCATIONS,
        "kinds": {kind: rate.to_json() for kind, rate in rates.items()},
    }
