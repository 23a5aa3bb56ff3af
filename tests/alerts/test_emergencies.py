"""What a child says in an emergency: each thing is an alert of its own, named by its kind, and sent."""

import pytest

from bench.guard.family import emergency_pairs
from hub.alerts.maker import EMERGENCIES, AlertMaker, alert_for
from hub.config.programs import SafetySection
from hub.domain.household import DeliveryState
from hub.domain.safety import ContextLine, Direction, SafetyLevel, Verdict
from hub.domain.talks.talk import Turn
from hub.safety.build import build_guard
from hub.safety.guard import Guard
from hub.safety.rules.rulebook import Rulebook
from tests.alerts.far_side import WebHook
from tests.alerts.home import Home
from tests.clock import FakeClock
from tests.devices.scripted import until

PAIRS = emergency_pairs()
CLOCK = FakeClock()
KINDS = {rule.kind: rule for rule in Rulebook.load().rules if rule.kind}


@pytest.fixture(scope="module")
def guard() -> Guard:
    return build_guard(SafetySection(), CLOCK)


async def judged(guard: Guard, text: str, *before: str) -> Verdict:
    said = [ContextLine(Direction.CHILD, line) for line in before]
    return await guard.check_child(text, guard.policy(SafetyLevel.MODERATE), said)


async def test_sixty_pairs_of_emergencies_are_two_alerts_each_and_each_arrives(
    home: Home, hook: WebHook, guard: Guard
) -> None:
    await home.adult("Mum", hook.url)
    home.begin()
    maker = AlertMaker(home.store, home.clock)
    assert len(PAIRS) == 60
    for number, (first, second) in enumerate(PAIRS):
        for text, before in ((first, ()), (second, (first,))):
            turn = Turn(f"{number} {text}", home.toy.id, "say", home.clock.now(), heard=text)
            await home.store.turns.begin(turn)
            await maker.tell_of(await judged(guard, text, *before), turn, guard)
    alerts = await home.store.alerts.list(200)
    told = {alert.turn_id for alert in alerts}
    silent = [p for n, p in enumerate(PAIRS) if not {f"{n} {text}" for text in p} <= told]
    assert silent == []
    await until(lambda: len(hook.got) >= 120, 120)
    for alert in alerts:
        assert (await home.arrives(alert)).state is DeliveryState.DELIVERED


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_an_emergency_is_named_by_its_kind_without_the_childs_words(
    kind: str, guard: Guard
) -> None:
    for text in KINDS[kind].match:
        verdict = await judged(guard, text)
        assert (verdict.allowed, verdict.kind) == (False, kind), text
        turn = Turn("t", "b", "say", CLOCK.now(), heard=text)
        if alert := alert_for(verdict, turn, CLOCK):
            assert alert.title == EMERGENCIES[kind]


def test_every_kind_has_a_title() -> None:
    assert set(EMERGENCIES) == set(KINDS)
