"""The scripted child of the benchmark `play`, in short: it finds no fault with the storyteller, and would find one."""

from bench.play import FAULTS, talk_with
from hub.domain.safety import CheckRequest, Direction, SafetyLevel, SafetyPolicy
from hub.safety.rules.rules import RulesCheck
from tests.providers.llm.storyteller_talk import Talk

TURNS = 60


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
