"""A rater's sheet for the benchmark `play`: turns drawn by chance from its talks, and what a filled one comes to.

`python -m bench.play_sheet` draws TURNS of `bench/out/play.json` into `bench/out/play_sheet.csv`; somebody who wrote
none of the lines puts a 1 or a 0 under each of ASKED, and a word on what is bad. With a file it counts that one.
"""

import csv
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

TURNS = 100
OUT = Path(__file__).parent / "out"
ASKED = ("clear", "kind", "on_what_was_said", "moves_on")
COLUMNS = ("child", "turn", "before", "heard", "said", *ASKED, "note")


def draw(talks: Sequence[dict[str, object]], seed: str) -> list[dict[str, str]]:
    """`talks` as in `play.json`; `seed` chooses the turns."""
    rows: list[dict[str, str]] = []
    for talk in talks:
        before = ""
        turns = talk["turns"]
        assert isinstance(turns, list)
        for number, (_, heard, said) in enumerate(turns):
            child = f"{talk['age']} {talk['seed']}"
            rows.append(
                dict.fromkeys(COLUMNS, "")
                | {"child": child, "turn": str(number), "before": before}
                | {"heard": heard, "said": said}
            )
            before = said
    drawn = sorted(random.Random(seed).sample(range(len(rows)), min(TURNS, len(rows))))
    return [rows[number] for number in drawn]


def count(rows: Sequence[dict[str, str]]) -> tuple[int, list[dict[str, str]]]:
    """How many are good in all that is asked, and the bad ones. Raises ValueError for one that isn't filled."""
    for row in rows:
        if any(row[asked] not in ("0", "1") for asked in ASKED):
            raise ValueError(f"{row['child']}, turn {row['turn']}: put 0 or 1 under each question")
    bad = [row for row in rows if any(row[asked] == "0" for asked in ASKED)]
    return len(rows) - len(bad), bad


def main(arguments: Sequence[str]) -> None:
    if arguments:
        with Path(arguments[0]).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        good, bad = count(rows)
        print(f"{good} of {len(rows)} are good")
        for row in bad:
            print(f"{row['child']}, turn {row['turn']}: {row['heard']} → {row['said']}")
            print(f"    {row['note']}")
        return
    played = json.loads((OUT / "play.json").read_text("utf-8"))
    with (OUT / "play_sheet.csv").open("w", encoding="utf-8", newline="") as file:
        sheet = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(draw(played["talks"], played["at"]))
    print(f"written to {OUT / 'play_sheet.csv'}")


if __name__ == "__main__":
    main(sys.argv[1:])
