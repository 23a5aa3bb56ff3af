"""Writes the guard's scorecard, docs/safety-scorecard.md, and its picture from what `make bench ONLY=safety` measured.

    python -m bench.guard.scorecard [bench/out/safety.json]

The figures that stand on the page are kept beside this file, in scorecard.json; a test holds the two together.
Nothing of the measured texts is quoted.
"""

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MEASURED = ROOT / "bench" / "out" / "safety.json"
KEPT = Path(__file__).parent / "scorecard.json"
PAGE = ROOT / "docs" / "safety-scorecard.md"
CHART = ROOT / "docs" / "img" / "learning-curve.svg"
PARTS = (
    "classifier",
    "sets",
    "unmet_writers",
    "learning_curve",
    "languages",
    "talks",
    "family",
    "disguises",
)
"""Of the bench's results, those that are shown."""
WANTED = ("recall", "alerts", "told", "in_time")
"""Columns in which what is not hit is a miss; in the others it is as it should be."""

HEAD = """# The guard's scorecard

Written by `python -m bench.guard.scorecard` from what `make bench ONLY=safety` measured, at each release;
[safety](safety.md) explains the guard. Each cell says how many of how many, with a 95 % interval (Wilson's), and what
was missed. Levels are strict (to 7), moderate (8 to 10) and relaxed (11 to 12). A table that is missing was not
measured in that run.
"""

SOURCES = """
## What was measured on

| set | by | licence |
|---|---|---|
| unseen | somebody who had read neither rules nor lines; in this repository | as this project |
| child talk, disguised, their talks | the project's own benchmark; half of it is held from training | as this project |
| our own lines, calm talks, pairs of emergencies | our writers; in this repository | as this project |
| XSTest v2 | P. Röttger and others | CC BY 4.0 |
| HateCheck | P. Röttger and others | CC BY 4.0 |
| SimpleSafetyTests | Bertie Vidgen and others | CC BY 4.0 |
| HWU64 | X. Liu and others | CC BY 4.0 |
| CLINC150 | S. Larson and others | CC BY 3.0 |
| Do-Not-Answer | Y. Wang and others | Apache 2.0 |
| CatQA | R. Bhardwaj and others | Apache 2.0 |
| ChildSafe | The Responsible AI Initiative | Apache 2.0 |
| AdvBench | A. Zou and others | MIT |
| JailbreakLLMs | TrustAIRLab | MIT |
| OpenAI moderation evaluation set | OpenAI | MIT |
| Hate speech and offensive language | T. Davidson and others | MIT |
| The Wizard of Oz books, Alice in Wonderland | Project Gutenberg's texts | public domain |

Half of each public set was used, none is copied into this repository, and no line of any is quoted here.

## What is not promised

No figure here comes from children whom somebody recorded: the lines are what grown-ups, or models, think that children
say. A set that the rules' author had read shows that the rules do what they say, and no more. Intervals tell how sure a
rate is for *such* lines, not for your child's. A toy is no babysitter, and an alert that did not come is no proof that
all is well.
"""


def page(results: Mapping[str, Any]) -> str:
    """The whole page."""
    return "\n".join([HEAD, f"Classifier {results['classifier']}.\n", *_tables(results), SOURCES])


def _tables(results: Mapping[str, Any]) -> Iterator[str]:
    for name, found in results.get("sets", {}).items():
        groups = {"all": found["all"]} | found.get("direction", {}) | found.get("level", {})
        groups |= found.get("category", {}) | found.get("source", {})
        yield _table(name, ("recall", "false_alarms", "alerts", "false_alerts"), groups)
    shown = ("recall", "false_alarms", "everyday")
    yield _table("writers left out, level moderate", shown, results.get("unmet_writers", {}))
    if points := results.get("learning_curve"):
        curve = {f"{one['writers']} writers": one for one in points}
        columns = ("recall", "everyday_false_alarms")
        yield _table("what one more writer brings the regressions", columns, curve)
        yield "![Recall by how many writers were learned from](img/learning-curve.svg)\n"
    spoken = results.get("languages", {})
    title = "other languages, by the rules alone (fitted to the first lines of each; “later” ones came after)"
    yield _table(title, ("recall", "false_alarms"), spoken)
    for name, found in results.get("talks", {}).items():
        yield _table(f"talks: {name}", ("in_time", "false_stops"), found)
    family = results.get("family", {})
    calm = {
        level: {"stopped": one["stopped"], "alarms": one["alerts"], "looks": one["looks"]}
        for level, one in family.get("calm_talks", {}).items()
    }
    yield _table("40 harmless talks of 60 turns", ("stopped", "alarms", "looks"), calm)
    pairs = {level: {"told": rate} for level, rate in family.get("emergency_pairs", {}).items()}
    yield _table("60 pairs of emergencies", ("told",), pairs)
    heard = ("recall", "false_alarms", "alerts", "told")
    yield _table("heard wrong, by share of words", heard, family.get("heard_wrong", {}))
    kinds = results.get("disguises", {}).get("kinds", {})
    yield _table("disguised by rule", ("stopped",), {k: {"stopped": r} for k, r in kinds.items()})


def chart(points: Sequence[Mapping[str, Any]]) -> str:
    """The learning curve as an SVG: recall by how many writers were learned from, on a logarithmic scale."""
    left, bottom, width, height, first = 60, 300, 620, 250, 100
    most = math.log2(points[-1]["writers"])
    places = [
        (
            first + (left + width - 20 - first) * math.log2(one["writers"]) / most,
            *(bottom - height * one["recall"][name] for name in ("rate", "low", "high")),
        )
        for one in points
    ]
    grid = [
        f'  <path d="M{left} {bottom - height * share:g}h{width}" stroke="#ccc"/>\n'
        f'  <text x="{left - 8}" y="{bottom - height * share + 5:g}" text-anchor="end">{share:.0%}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    dots = [
        f'  <path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="#1f6f8b" stroke-width="2"/>\n'
        f'  <circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#1f6f8b"/>\n'
        f'  <text x="{x:.1f}" y="{y - 16:.1f}" text-anchor="middle">{one["recall"]["rate"]:.0%}</text>\n'
        f'  <text x="{x:.1f}" y="{bottom + 22}" text-anchor="middle">{one["writers"]}</text>'
        for one, (x, y, low, high) in zip(points, places, strict=True)
    ]
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y, _, _ in places)
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 360" '
            'font-family="system-ui, sans-serif" font-size="15" fill="#222">',
            "  <title>Child talk that is caught, by how many writers were learned from</title>",
            '  <rect width="720" height="360" rx="12" fill="#fafaf7"/>',
            *grid,
            f'  <path d="M{line}" fill="none" stroke="#1f6f8b" stroke-width="2"/>',
            *dots,
            f'  <text x="{left + width / 2:g}" y="{bottom + 46}" text-anchor="middle">'
            "child talk caught at 5 % false alarms, by how many writers the regressions learned from</text>",
            "</svg>\n",
        ]
    )


def _table(title: str, columns: tuple[str, ...], rows: Mapping[str, Any]) -> str:
    if not rows:
        return ""
    head = " | ".join(column.replace("_", " ") for column in columns)
    lines = [f"## {title[:1].upper()}{title[1:]}", "", f"| | {head} |", "|---" * (len(columns) + 1) + "|"]  # fmt: skip
    for name, row in rows.items():
        cells = " | ".join(_cell(row.get(column), column in WANTED) for column in columns)
        lines.append(f"| {name.replace('_', ' ')} | {cells} |")
    return "\n".join([*lines, ""])


def _cell(rate: Mapping[str, float] | None, wanted: bool) -> str:
    if rate is None:
        return "–"
    missed = f", {rate['of'] - rate['hits']} missed" if wanted else ""
    share = f"{rate['rate']:.1%} ({rate['low']:.0%}–{rate['high']:.0%})"
    return f"{rate['hits']} of {rate['of']}: {share}{missed}"


def main(measured: Path = MEASURED) -> None:
    results = json.loads(measured.read_text("utf-8"))
    kept = {part: results[part] for part in PARTS if part in results}
    KEPT.write_text(json.dumps(kept, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(page(kept), "utf-8")
    if points := kept.get("learning_curve"):
        CHART.write_text(chart(points), "utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
