"""How much severity passes: by level, tightened by parents, loosened by nobody."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.safety import (
    SEVERITY_MAX,
    Category,
    SafetyLevel,
    SafetyPolicy,
    Verdict,
    strictest,
)
from hub.domain.toys import Toy
from hub.errors import UnsafeSpeechError
from hub.safety.guard import Guard
from tests.clock import FakeClock
from tests.safety.checks import Says, Yes


def mild(category: Category, severity: int) -> Verdict:
    """A layer's view that something may pass."""
    return Verdict(allowed=True, category=category, severity=severity, reason="a bit rough")


def guard_that_says(verdict: Verdict) -> Guard:
    return Guard([Yes(), Says(verdict)], FakeClock(), timeout_s=1)


async def passes(verdict: Verdict, toy: Toy) -> bool:
    guard = guard_that_says(verdict)
    policy = guard.policy_for(toy)
    checked, safe = await guard.check_toy("hello", policy)
    assert (safe is not None) is checked.allowed
    assert (await guard.check_child("hello", policy)).allowed is checked.allowed
    return checked.allowed


@pytest.mark.parametrize(
    ("category", "most"),
    [
        (Category.VIOLENCE, (2, 4, 6)),
        (Category.CRIME, (2, 4, 6)),
        (Category.SEXUAL, (1, 3, 5)),
        (Category.SCARY, (1, 3, 5)),
        (Category.BLOCKED_TOPIC, (0, 0, 0)),
        (Category.UNCHECKED, (0, 0, 0)),
    ],
)
async def test_what_a_layer_lets_pass_is_refused_above_the_levels_floor(
    category: Category, most: tuple[int, int, int]
) -> None:
    for level, floor in zip(SafetyLevel, most, strict=True):
        toy = Toy("t", "Bear", safety_level=level)
        found = [await passes(mild(category, severity), toy) for severity in range(8)]
        assert found == [severity <= floor for severity in range(8)]


async def test_a_refusal_says_what_would_have_passed() -> None:
    guard = guard_that_says(mild(Category.SCARY, 3))
    verdict = await guard.check_child("boo", guard.policy_for(Toy("t", "Bear")))

    assert verdict.reason == "a bit rough (severity 3; at most 1 passes)"


async def test_a_parent_tightens_one_category_and_no_other() -> None:
    toy = Toy("t", "Bear", safety_level=SafetyLevel.RELAXED, thresholds={Category.SCARY: 0})
    assert not await passes(mild(Category.SCARY, 1), toy)
    assert await passes(mild(Category.PROFANITY, 5), toy)


async def test_a_layers_refusal_stays_one_whatever_the_threshold() -> None:
    toy = Toy("t", "Bear", safety_level=SafetyLevel.RELAXED)
    assert not await passes(Verdict(allowed=False, category=Category.CRIME, severity=1), toy)


@given(
    st.sampled_from(SafetyLevel),
    st.dictionaries(st.sampled_from(Category), st.integers(0, SEVERITY_MAX)),
)
def test_no_setting_of_a_parent_lets_more_pass(
    level: SafetyLevel, thresholds: dict[Category, int]
) -> None:
    guard = guard_that_says(Verdict(allowed=True))
    policy = guard.policy_for(Toy("t", "Bear", safety_level=level, thresholds=thresholds))
    for category in Category:
        floor = strictest(level, category)
        assert policy.threshold(category) == min(floor, thresholds.get(category, floor))
    assert hash(policy) == hash(guard.policy(level, (), thresholds))


def test_a_level_never_lets_more_pass_than_a_looser_one() -> None:
    for category in Category:
        for tighter, looser in itertools.pairwise(SafetyLevel):
            assert strictest(tighter, category) <= strictest(looser, category)


def test_a_policy_made_by_hand_cant_loosen_either() -> None:
    policy = SafetyPolicy(tightened=frozenset({(Category.VIOLENCE, 7)}))
    assert policy.threshold(Category.VIOLENCE) == 2


async def test_what_passed_before_a_parent_tightened_is_not_spoken_after() -> None:
    guard = guard_that_says(mild(Category.SCARY, 1))
    before = guard.policy_for(Toy("t", "Bear"))
    _, safe = await guard.check_toy("boo", before)
    assert safe is not None

    assert before == guard.policy_for(Toy("t", "Bear", thresholds={Category.SCARY: 5}))
    after = guard.policy_for(Toy("t", "Bear", thresholds={Category.SCARY: 0}))
    with pytest.raises(UnsafeSpeechError):
        safe.words_for(after)


async def test_severity_without_a_category_is_nonsense() -> None:
    guard = guard_that_says(Verdict(allowed=True, severity=3))
    verdict = await guard.check_child("hello", guard.policy_for(Toy("t", "Bear")))

    assert (verdict.allowed, verdict.category) == (False, Category.UNCHECKED)
