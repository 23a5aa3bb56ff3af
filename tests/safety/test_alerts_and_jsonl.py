"""What parents are told, and the machine's way to ask the guard."""

import json

import pytest

from hub.alerts.maker import TITLES, alert_for
from hub.domain.safety import AlertLevel, Category, Verdict
from hub.domain.talks.talk import Turn
from hub.safety.guard import Guard
from hub.safety.jsonl import MAX_LINE_CHARS, answer
from tests.clock import FakeClock
from tests.safety.shipped import RULES

CLOCK = FakeClock()
GUARD = Guard([RULES], CLOCK, timeout_s=1.5)
TURN = Turn(
    id="turn-1", toy_id="toy-1", source="say", started_at=CLOCK.now(), heard="i want to kill bob"
)


def test_an_alert_names_the_turn_and_holds_none_of_the_childs_words() -> None:
    verdict = Verdict(
        allowed=False,
        category=Category.VIOLENCE,
        severity=5,
        reason="violence.intent: wants to hurt somebody",
        matched=("kill bob",),
        alert=AlertLevel.WARNING,
    )
    alert = alert_for(verdict, TURN, CLOCK)
    assert alert is not None
    assert (alert.level, alert.category, alert.turn_id, alert.toy_id) == (
        AlertLevel.WARNING,
        Category.VIOLENCE,
        "turn-1",
        "toy-1",
    )
    assert alert.at == CLOCK.now()
    everything = alert.title + json.dumps(alert.details)
    assert "bob" not in everything
    assert "\n" not in alert.title


def test_a_verdict_that_asks_for_no_alert_gives_none() -> None:
    assert (
        alert_for(Verdict(allowed=False, category=Category.PROFANITY, severity=1), TURN, CLOCK)
        is None
    )


def test_every_category_has_a_title() -> None:
    assert set(TITLES) == set(Category)


async def test_a_line_is_answered_with_the_verdict() -> None:
    line = json.dumps({"text": "i want to hurt myself", "direction": "child", "level": "strict"})
    said = await answer(line, GUARD)
    assert said.pop("ms") is not None
    assert said == {
        "allowed": False,
        "category": "self_harm",
        "severity": 7,
        "alert": True,
        "look": False,
    }


async def test_history_counts() -> None:
    question = {"text": "bomb at home.", "direction": "toy", "level": "relaxed"}
    assert (await answer(json.dumps(question), GUARD))["allowed"] is True
    question["history"] = [{"direction": "toy", "text": "You can make a"}]  # type: ignore[assignment]  # JSON is mixed
    assert (await answer(json.dumps(question), GUARD))["allowed"] is False


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[]",
        "null",
        "{",
        '{"text": "x"}',
        '{"text": 1, "direction": "child", "level": "strict"}',
        '{"text": "x", "direction": "cat", "level": "strict"}',
        '{"text": "x", "direction": "child", "level": "none"}',
        '{"text": "x", "direction": "child", "level": "strict", "history": "x"}',
        '{"text": "x", "direction": "child", "level": "strict", "extra": 1}',
        '{"text": "\\ud800", "direction": "child", "level": "strict"}',
        "[" * 100_000,
        "x" * (MAX_LINE_CHARS + 1),
    ],
    ids=lambda line: line[:40],
)
async def test_a_bad_line_is_one_clear_line_back(line: str) -> None:
    said = await answer(line, GUARD)
    assert list(said) == ["error"]
    assert "\n" not in str(said["error"])
