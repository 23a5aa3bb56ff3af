"""Which of the guard's verdicts parents are told of at once, which they find in the digest, and which neither."""

import json
from dataclasses import replace

import pytest

from hub.domain.safety import AlertLevel, Category, Direction, SafetyLevel, Verdict
from hub.safety.guard import Guard
from hub.safety.jsonl import answer
from hub.safety.rules.rulebook import Rulebook
from hub.safety.telling import TOLD_AT_ONCE, WORTH_A_LOOK, told
from tests.clock import FakeClock
from tests.safety.checks import Says, refusal
from tests.safety.shipped import RULES

GUARD = Guard([RULES], FakeClock(), timeout_s=60.0)


def guard_of(*verdicts: Verdict) -> Guard:
    layers = [Says(verdict, name=f"layer-{place}") for place, verdict in enumerate(verdicts)]
    return Guard(layers, FakeClock(), timeout_s=1.0)


async def child_hears(*verdicts: Verdict) -> Verdict:
    guard = guard_of(*verdicts)
    return await guard.check_child("anything", guard.policy(SafetyLevel.RELAXED))


@pytest.mark.parametrize("category", sorted(TOLD_AT_ONCE))
@pytest.mark.parametrize("alert", [None, AlertLevel.INFO, AlertLevel.WARNING])
@pytest.mark.parametrize("severity", [0, 3, 7])
async def test_a_refused_hurt_is_a_warning_at_least_whichever_layer_refused_it(
    category: Category, alert: AlertLevel | None, severity: int
) -> None:
    refused = replace(refusal(category, severity), alert=alert)
    verdict = await child_hears(Verdict(allowed=True), refused)
    assert (verdict.alert, verdict.look) == (AlertLevel.WARNING, False)


async def test_a_hurt_is_told_of_also_where_another_layer_found_something_graver() -> None:
    graver = refusal(Category.PROFANITY, 7)
    verdict = await child_hears(graver, refusal(Category.CHILD_DISCLOSURE, 5))
    assert (verdict.category, verdict.alert) == (Category.PROFANITY, AlertLevel.WARNING)


async def test_what_a_parents_threshold_refuses_is_told_of_too() -> None:
    guard = guard_of(Verdict(allowed=True, category=Category.SELF_HARM, severity=2))
    strictly = guard.policy(SafetyLevel.RELAXED, thresholds={Category.SELF_HARM: 1})
    assert (await guard.check_child("anything", strictly)).alert is AlertLevel.WARNING
    assert (await guard.check_child("x", guard.policy(SafetyLevel.RELAXED))).alert is None


def test_the_gravest_grade_stays() -> None:
    urgent = replace(refusal(Category.SELF_HARM, 7), alert=AlertLevel.URGENT, look=True)
    assert told(urgent, Direction.CHILD) == replace(urgent, look=False)


@pytest.mark.parametrize("category", list(Category))
def test_what_was_refused_and_may_be_more_than_curiosity_is_worth_a_look(
    category: Category,
) -> None:
    found = told(refusal(category, 4), Direction.CHILD)
    assert found.look is (category in WORTH_A_LOOK)
    assert told(Verdict(allowed=True, category=category), Direction.CHILD).look is False


async def test_what_any_layer_finds_worth_a_look_is_marked_unless_parents_are_told_at_once() -> (
    None
):
    hint = Verdict(allowed=True, category=Category.SELF_HARM, severity=1, look=True)
    assert (await child_hears(Verdict(allowed=True), hint)).look is True
    assert (await child_hears(refusal(Category.SELF_HARM, 7), hint)).look is False


@pytest.mark.parametrize("category", [c for c in Category if c is not Category.UNCHECKED])
async def test_what_a_toy_was_kept_from_saying_raises_no_alarm(category: Category) -> None:
    loud = replace(refusal(category, 7), alert=AlertLevel.URGENT, look=True)
    guard = guard_of(loud)
    verdict, safe = await guard.check_toy("anything", guard.policy(SafetyLevel.STRICT))
    assert safe is None
    if category is not Category.NONE:  # a refusal without a category is nonsense, and that is told
        assert (verdict.alert, verdict.look) == (None, False)


@pytest.mark.parametrize("level", list(SafetyLevel))
async def test_every_rule_on_hurts_and_strangers_tells_parents(level: SafetyLevel) -> None:
    policy = GUARD.policy(level)
    silent = [
        (rule.id, text)
        for rule in Rulebook.load().for_(Direction.CHILD, policy)
        if rule.category in TOLD_AT_ONCE
        for text in rule.match
        if (await GUARD.check_child(text, policy)).alert is None
    ]
    assert silent == []


async def test_the_machine_is_told_of_both() -> None:
    hint = guard_of(Verdict(allowed=True, look=True))
    line = json.dumps({"text": "nobody played with me", "direction": "child", "level": "strict"})
    said = await answer(line, hint)
    assert (said["allowed"], said["alert"], said["look"]) == (True, False, True)
