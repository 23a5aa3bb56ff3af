"""Families with random limits in whole turns of the real pipeline; its database is closed and opened anew meanwhile."""

import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hub.domain.audio import PcmChunk, silence
from hub.domain.family.children import Child
from hub.domain.household import Household
from hub.domain.play.limits import Grant, GrantKind, Kind, Whose
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.toys import Toy, Voice
from hub.knowledge.so_far import LIMITS
from hub.pipeline.events import Said
from hub.safety.lines import Line
from tests.clock import FakeClock
from tests.domain.play.model import PlainSubject
from tests.domain.play.schedules import DAYS, FIRST, ZONES, random_limits
from tests.pipeline.scripted import House, ScriptedLlm, ScriptedTts, house
from tests.safety.shipped import PHRASES

LIVES = 3
"""Of the hub, one after the other, in each of which there are …"""
TURNS = 8
SURE_S = 8
"""The plain model and a turn agree on a moment to within so much: a clause is timed by its length before it sounds."""
MAX_WAIT_S = 8 * 3600
CHARACTERS_A_SECOND = 14
ASKED = {
    Kind.CHAT: "what do bears eat",
    Kind.STORY: "tell me a story",
    Kind.GAME: "let's play a riddle",
}
SENTENCE = ("Once upon a time, ", "there was a very small bear, ", "who lived in a big tree. ")
LIMIT_LINES = {
    text for line in (*LIMITS, Line.WHO_SPEAKS) for text in PHRASES.lines(line, "en", {})
}


@dataclass
class Talked:
    turns: int = 0
    refusals: int = 0
    sentences: int = 0
    overruns: int = 0
    """Clauses that began when the model allows none."""
    wrongly_refused: int = 0
    cut_sentences: int = 0
    silent_refusals: int = 0


class SteadyTts(ScriptedTts):
    """Speaks CHARACTERS_A_SECOND, in whole seconds."""

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        for _ in range(spoken_s(text.words_for(policy))):
            yield silence(1000)


def spoken_s(text: str) -> int:
    return max(1, round(len(text) / CHARACTERS_A_SECOND))


class TalkingFamily:
    """Two children, a toy of each and one that they share."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._chance = chance = random.Random(seed)
        self._folder = folder
        self._zone = chance.choice(ZONES)
        self._clock = FakeClock()
        self._toys = {"one": ["mia"], "two": ["tom"], "both": ["mia", "tom"]}
        names = ("mia", "tom", *self._toys)
        self._limits = {name: random_limits(chance) for name in names}
        self._plain = {name: PlainSubject(self._limits[name], self._zone) for name in names}
        self._found = Talked()

    async def play(self) -> Talked:
        start = FIRST + timedelta(seconds=self._chance.randrange(DAYS * 24 * 3600))
        await self._clock.advance((start - self._clock.now()).total_seconds())
        for life in range(LIVES):
            llm = ScriptedLlm(*SENTENCE * self._chance.choice((1, 6, 20)))
            async with house(
                self._folder, llms=[llm], ttses=[SteadyTts()], clock=self._clock
            ) as home:
                if life == 0:
                    await self._move_in(home)
                for _ in range(TURNS):
                    await self._turn(home, llm)
        return self._found

    async def _move_in(self, home: House) -> None:
        store = home.store
        await store.household.save(Household(time_zone=self._zone.key, break_after_minutes=0))
        for child in ("mia", "tom"):
            await store.children.save(Child(child, child))
            await store.play.save(Whose(child_id=child), self._limits[child])
        for toy, children in self._toys.items():
            await store.toys.save(Toy(toy, toy, child_ids=frozenset(children)))
            await store.play.save(Whose(toy_id=toy), self._limits[toy])

    async def _turn(self, home: House, llm: ScriptedLlm) -> None:
        chance, clock, found = self._chance, self._clock, self._found
        await clock.advance(chance.choice((5, 60, 110, 130, 700, 3600, 5 * 3600)))
        if chance.random() < 0.15:
            await self._give(home)
        toy, kind = chance.choice([*self._toys]), chance.choice([*Kind])
        await clock.advance(self._shortly_before_the_end((toy, *self._toys[toy]), kind))
        second, asked = int(clock.now().timestamp()), len(llm.requests)
        home.toy = await home.store.toys.by_name(toy)
        said = [event.text.text for event in await home.say(ASKED[kind]) if isinstance(event, Said)]
        found.turns += 1
        names = (toy, *self._toys[toy])
        if len(llm.requests) == asked:
            found.refusals += 1
            found.silent_refusals += len(said) != 1 or said[0] not in LIMIT_LINES
            found.wrongly_refused += self._surely(names, kind, second, allowed=True)
        else:
            self._judge(names, kind, second, said)
        await clock.advance(self._plays(names, second, said) - second)

    def _shortly_before_the_end(self, names: tuple[str, ...], kind: Kind) -> int:
        """In how many seconds, mostly, that is; 0 where nothing ends within some hours."""
        now = int(self._clock.now().timestamp())
        allowed = [
            all(self._plain[name].allows(kind, second) for name in names)
            for second in range(now, now + MAX_WAIT_S, 60)
        ]
        if not allowed[0] or all(allowed) or self._chance.random() < 0.2:
            return 0
        return max(0, 60 * allowed.index(False) - self._chance.randint(15, 100))

    def _judge(self, names: tuple[str, ...], kind: Kind, second: int, said: list[str]) -> None:
        """An answer: no clause began when none may, and none of its sentences was cut."""
        story = [text for text in said if text not in LIMIT_LINES]
        self._found.sentences += sum(text.endswith(".") for text in story)
        self._found.cut_sentences += bool(story) and not story[-1].endswith(".")
        for number, text in enumerate(story):
            begins = number == 0 or story[number - 1].endswith(".")
            self._found.overruns += begins and self._surely(names, kind, second, allowed=False)
            second = self._plays(names, second, [text])

    def _surely(self, names: tuple[str, ...], kind: Kind, second: int, *, allowed: bool) -> bool:
        """Whether the plain model says so, shortly before and after as well."""
        moments = range(second - SURE_S, second + SURE_S + 1, SURE_S)
        return all(
            all(self._plain[name].allows(kind, moment) for name in names) is allowed
            for moment in moments
        )

    def _plays(self, names: tuple[str, ...], second: int, said: list[str]) -> int:
        """Gives when it is over."""
        over = second + sum(map(spoken_s, said))
        for name in names:
            self._plain[name].plays(range(second, over))
        return over

    async def _give(self, home: House) -> None:
        kind = self._chance.choice((GrantKind.MORE_MINUTES, GrantKind.ONLY_TONIGHT))
        minutes = 10 if kind is GrantKind.MORE_MINUTES else self._chance.choice((0, 60))
        child = self._chance.choice(("mia", "tom"))
        grant = Grant(f"{self._clock.now()}", kind, self._clock.now(), minutes)
        await home.store.play.give(Whose(child_id=child), grant)
        self._plain[child].grants.append(grant)
