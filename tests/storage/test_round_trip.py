"""Whatever a turn holds comes back the same, for a thousand turns that nobody thought of."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest

from hub.domain.safety import AlertLevel, Category, Verdict
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.talks.trace import SoundCheck, Span, Work
from hub.domain.toys import Toy
from hub.storage.store import Store

# NUL and lone surrogates are no text that a database holds; another test has them.
PLANES = [(0x01, 0x7F), (0x80, 0x2FF), (0xB80, 0xBFF), (0x2000, 0x206F), (0xE000, 0x10FFFF)]

SEEN = [state for state in TurnState if state is not TurnState.DRAFT]
"""A draft is read by nobody."""


class Dice:
    """Random values of the kinds that turns are made of."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def text(self) -> str:
        planes = self.random.choices(PLANES, k=self.random.choice([0, 1, 5, 200]))
        return "".join(chr(self.random.randint(*plane)) for plane in planes)

    def number(self) -> float:
        return self.random.choice([0.0, -0.0, 1e-300, 1.7e308, self.random.gauss(0, 1e4)])

    def moment(self, last: datetime) -> datetime:
        """Often soon after the last, at times long after or before; in any zone."""
        zone = timezone(timedelta(minutes=self.random.randint(-14 * 60, 14 * 60)))
        step = self.random.choice([1, 599.999999, 600, -599.999999, -600, 1e6, -1e6])
        return (last + timedelta(seconds=step)).astimezone(zone)

    def verdict(self) -> Verdict:
        return Verdict(
            allowed=self.random.random() < 0.5,
            category=self.random.choice(list(Category)),
            severity=self.random.randint(0, 7),
            reason=self.text(),
            layer=self.text(),
            rules_version=self.text(),
            matched=tuple(self.text() for _ in range(self.random.randint(0, 3))),
            alert=self.random.choice([None, *AlertLevel]),
        )

    def span(self) -> Span:
        return Span(
            work=self.random.choice(list(Work)),
            start_ms=self.number(),
            provider=self.text(),
            clause=self.random.randint(0, 9),
            first_ms=self.random.choice([None, self.number()]),
            end_ms=self.random.choice([None, self.number()]),
            failed=self.random.random() < 0.5,
        )

    def sound(self) -> SoundCheck:
        return SoundCheck(
            duration_ms=self.number(),
            level_dbfs=self.number(),
            noise_dbfs=self.number(),
            clipped_ratio=self.random.random(),
            gaps=self.random.randint(0, 99),
            missing_ms=self.number(),
        )

    def turn(self, toy_id: str, last: datetime) -> Turn:
        few = range(self.random.randint(0, 3))
        return Turn(
            id=uuid.UUID(int=self.random.getrandbits(128)).hex,
            toy_id=toy_id,
            source=self.random.choice(["satellite", "say", "page", "homeassistant"]),
            started_at=self.moment(last),
            satellite_key=self.random.choice([None, self.text()]),
            state=self.random.choice(SEEN),
            heard=self.text(),
            confidence=self.random.choice([None, 0.0, self.random.random()]),
            said=[self.text() for _ in few],
            refused=[self.text() for _ in few],
            verdicts=[self.verdict() for _ in few],
            providers={self.text(): self.text() for _ in few},
            timings_ms={self.text(): self.number() for _ in few},
            spans=[self.span() for _ in few],
            sound=self.random.choice([None, self.sound()]),
            tokens_in=self.random.randint(0, 2**31 - 1),
            tokens_out=self.random.randint(0, 2**31 - 1),
            audio_in_ms=self.number(),
            audio_out_ms=self.number(),
            error=self.text(),
        )


@pytest.mark.parametrize("seed", range(4))
async def test_a_thousand_random_turns_come_back_the_same(
    store: Store, toy: Toy, seed: int
) -> None:
    dice = Dice(seed)
    moment = datetime(2026, 2, 28, 23, 59, tzinfo=UTC)
    talk = []
    for _ in range(250):
        turn = await store.turns.begin(dice.turn(toy.id, moment))
        moment = turn.started_at
        talk.append(turn)

    found = await store.turns.recent(250)
    assert found == talk[::-1]
    assert all(turn.started_at.tzinfo is UTC for turn in found)
    assert await store.turns.since(0, 250) == talk
    for tried in (False, True):
        apart = [turn for turn in talk if turn.tried is tried]
        for earlier, later in itertools.pairwise(apart):
            near = abs(later.started_at - earlier.started_at) < timedelta(minutes=10)
            assert (earlier.conversation_id == later.conversation_id) is near
