"""The scripted child of the benchmark `play`, in short: it finds no fault with the storyteller, and would find one."""

import csv
from pathlib import Path

import pytest

from bench.play import FAULTS, talk_with
from bench.play_sheet import ASKED, count, draw
from bench.play_sheet import TURNS as TURNS_DRAWN
from hub.domain.safety import CheckRequest, Direction, SafetyLevel, SafetyPolicy
from hub.safety.rules.rules import RulesCheck
from tests.providers.llm.storyteller_talk import Talk

TURNS = 60
SHEETS = Path(__file__).parents[2] / "bench" / "play_sheets"


async def test_a_scripted_child_finds_nothing_at_fault() -> None:
    talk, rules = Talk(), RulesCheck.load()
    policy = SafetyPolicy(SafetyLevel.STRICT)

    async def reply(heard: str) -> tuple[str, bool]:
        said = talk.say(heard)
        verdict = await rules.check(CheckRequest(said, Direction.TOY, policy))
        return said, not verdict.allowed

    talked = await talk_with(reply, "older", seed=1, turns=TURNS)
    assert len(talked.turns) == TURNS
    assert {kind for kind, _, _ in talked.turns} >= {"question", "feeling", "wish", "game", "short"}
    assert [(fault, talked.turns[number]) for fault, number in talked.faults] == []


async def test_whoever_says_the_same_all_the_time_is_found_at_fault() -> None:
    async def reply(heard: str) -> tuple[str, bool]:
        return "Mhm.", heard == "tell me a joke"

    talked = await talk_with(reply, "younger", seed=1, turns=TURNS)
    found = {fault for fault, _ in talked.faults}
    assert {"repeated", "dead end", "stop"} <= found <= FAULTS.keys()


def test_a_drawn_sheet_is_counted_once_it_is_filled() -> None:
    turns = [["wish", f"tell me {number}", f"Here is {number}."] for number in range(150)]
    drawn = draw([{"age": "older", "seed": 1, "turns": turns}], "a seed")
    assert len({row["turn"] for row in drawn}) == TURNS_DRAWN
    assert all(row["before"] in (f"Here is {int(row['turn']) - 1}.", "") for row in drawn)
    with pytest.raises(ValueError, match="0 or 1"):
        count(drawn)
    filled = [{**row, **dict.fromkeys(ASKED, "1")} for row in drawn]
    filled[0]["kind"] = "0"
    assert count(filled) == (TURNS_DRAWN - 1, [filled[0]])


@pytest.mark.parametrize("sheet", sorted(SHEETS.glob("*.csv")), ids=lambda file: file.stem)
def test_the_gate_of_85_good_turns_of_100_is_passed(sheet: Path) -> None:
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    good, bad = count(rows)
    assert (len(rows), good >= 85) == (TURNS_DRAWN, True)
    assert all(row["note"] for row in bad)
