"""A scripted child talks with the storyteller: whether it stays fresh, leaves something to say, and does as it is told.

Three seeds and two ages, 200 whole turns each, through the guard and the database. The child's lines are in
`play_lines.toml`, by kind; what it says about the toy's last words ("again", "why") has one right answer, which is
looked for. `FAULTS` says what counts as a fault.
"""

import asyncio
import os
import random
import re
import tempfile
import time
import tomllib
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from hub.activities.playing.script import Script as GamesScript
from hub.activities.playing.script import load as load_games
from hub.app import App
from hub.config import Config
from hub.core.talks.talks import Ask
from hub.domain.toys import Toy
from hub.pipeline.events import Finished
from hub.providers.llm.storyteller.conversation import plain
from hub.providers.llm.storyteller.script import Script, load

SEEDS: Final = (1, 2, 3)
AGES: Final = ("younger", "older")
TURNS: Final = 200
FRESH_TURNS: Final = 20
"""No reply is given twice within so many turns, but where it is asked for again."""
DEAD_ENDS: Final = 3
"""So many replies in a row that leave nothing to say are one fault."""
TELLING_WORDS: Final = 12
"""A reply of so many words tells something, which can be spoken of."""
FOLLOWS: Final = 0.2
ANSWERS_GAME: Final = 0.7
FAULTS: Final = {
    "repeated": f"a reply that was given within the last {FRESH_TURNS} turns",
    "dead end": f"{DEAD_ENDS} replies in a row that leave nothing to say",
    "refused": "a clause that the guard held back",
    "again": "not the same again",
    "what": "not what it said last",
    "why": "no reason, and no word that it knows none",
    "then": "not how the story goes on",
    "more": "not another one of the kind",
    "else": "not something else",
    "stop": "not quiet",
}

Lines = dict[str, Any]
_INVITES: Final = re.compile(
    r"\?|\b(?:tell|ask|shall|try|can you|your turn|you choose|let us|together|now you|guess|you show|find)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Talked:
    """One child's talk: what was said in it, and the faults that were found."""

    age: str
    seed: int
    turns: list[tuple[str, str, str]] = field(default_factory=list)
    """The kind of what the child said, its words, and the reply."""
    faults: list[tuple[str, int]] = field(default_factory=list)
    """A key of FAULTS and the number of its turn."""
    slowest_ms: float = 0.0


async def run(console: Console) -> dict[str, object]:
    """A row for each child, and what stands in faulty turns."""
    talks = await asyncio.to_thread(talk_side_by_side)
    table = Table("age", "seed", "turns", *FAULTS, "slowest reply", title="play")
    for one in talks:
        counts = Counter(fault for fault, _ in one.faults)
        shown = [str(counts[fault] or "") for fault in FAULTS]
        table.add_row(
            one.age, str(one.seed), str(len(one.turns)), *shown, f"{one.slowest_ms:.0f} ms"
        )
    console.print(table)
    for one in talks:
        for fault, number in one.faults:
            console.print(f"{one.age} {one.seed}, turn {number}: {FAULTS[fault]}")
            for kind, heard, said in one.turns[max(0, number - 1) : number + 1]:
                console.print(f"    [{kind}] {heard} → {said}", markup=False)
    return {
        "talks": [asdict(one) for one in talks],
        "faults": sum(len(one.faults) for one in talks),
    }


def talk_side_by_side() -> list[Talked]:
    """All of them, on every core."""
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        talks = [processes.submit(_talk_alone, age, seed) for age in AGES for seed in SEEDS]
        return [talk.result() for talk in talks]


def _talk_alone(age: str, seed: int) -> Talked:
    return asyncio.run(talk(age, seed))


Reply = Callable[[str], Awaitable[tuple[str, bool]]]
"""What the toy says to these words, and whether the guard held a clause of it back."""


async def talk(age: str, seed: int) -> Talked:
    """With a hub of its own."""
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder:
        settings = {"hub": {"data": Path(folder)}, "llm": {"use": ["storyteller"]}}
        async with App(Config.model_validate(settings), {}) as app:
            [toy] = await app.hub.toys.list()
            return await talk_with(partial(_whole_turn, app, toy), age, seed)


async def talk_with(reply: Reply, age: str, seed: int, turns: int = TURNS) -> Talked:
    talked, child = Talked(age, seed), Child(age, seed)
    judge = Judge(child.script, load_games())
    for number in range(turns):
        kind, heard = child.speaks(talked.turns)
        began = time.perf_counter()
        said, refused = await reply(heard)
        talked.slowest_ms = max(talked.slowest_ms, 1000 * (time.perf_counter() - began))
        talked.turns.append((kind, heard, said))
        talked.faults += [(fault, number) for fault in judge.faults(talked.turns, refused=refused)]
    return talked


async def _whole_turn(app: App, toy: Toy, heard: str) -> tuple[str, bool]:
    turn = None
    async with app.hub.talks.begin(Ask(toy, "say", text=heard, aloud=False)) as running:
        async for event in running:
            if isinstance(event, Finished):
                turn = event.turn
    assert turn is not None
    return " ".join(turn.said), bool(turn.refused)


class Child:
    """Says a line of some kind, none of its last ones; answers games and offers as children do."""

    def __init__(self, age: str, seed: int) -> None:
        self.script = load()
        self._questions = load_games().questions
        self._lines: Lines = tomllib.loads(
            Path(__file__).with_name("play_lines.toml").read_text("utf-8")
        )
        self._age = age
        self._chance = random.Random(f"{age} {seed}")
        self._said: deque[str] = deque(maxlen=FRESH_TURNS)

    def speaks(self, turns: Sequence[tuple[str, str, str]]) -> tuple[str, str]:
        """The kind, and the words."""
        last = turns[-1][2] if turns else ""
        if self._chance.random() < ANSWERS_GAME and (answer := self._answer(last)):
            return "game", answer
        if turns and self._chance.random() < FOLLOWS and (kind := self._follow_up(turns)):
            return kind, self._chance.choice(self._lines["follow"][kind])
        kinds = self._lines["kinds"]
        kind = self._chance.choices(kinds, [each["weight"] for each in kinds])[0]
        fresh = [line for line in kind[self._age] if line not in self._said]
        line = self._chance.choice(fresh or kind[self._age])
        self._said.append(line)
        return kind["name"], line

    def _answer(self, said: str) -> str:
        """To a riddle, a sum, an animal to guess, or the ways of a story; "" where nothing is open."""
        chance, last = self._chance, plain(said)
        if ways := re.search(r"Shall they ([^?]+)\?$", said):
            return chance.choice(
                [*re.split(r", | or ", ways[1]), "the second one", "you choose", "hmm"]
            )
        if said.endswith("?") and any(question.ask in said for question in self._questions):
            return chance.choice(["yellow", "four", "is it a cow", "i don't know", "yes"])
        for riddle in self.script.riddles:
            if plain(riddle.ask) in last:
                return chance.choice(
                    [riddle.answer, "is it a dog", "a spoon", "i don't know", "tell me"]
                )
        if re.search(r"what is \w+ (?:plus|minus|times) \w+", last):
            return str(chance.randint(1, 12))
        for animal in self.script.hidden:
            if plain(animal.clue) in last:
                return chance.choice(
                    [
                        animal.name,
                        "can it fly",
                        "is it big",
                        "does it live in the water",
                        "i give up",
                        "is it a cat",
                    ]
                )
        return ""

    def _follow_up(self, turns: Sequence[tuple[str, str, str]]) -> str:
        last = turns[-1][2]
        kinds = ["again", "what", "else", "stop"]
        if sort_of(last, self.script) in ("story", "joke", "rhyme"):
            kinds.append("more")
        if sort_of(last, self.script) == "story":
            kinds.append("then")
        if turns[-1][0] == "question":
            kinds += ["why", "why"]
        return self._chance.choice(kinds) if last else ""


def sort_of(reply: str, script: Script) -> str:
    """What was told in it: story, joke, rhyme; "" for anything else."""
    said = plain(reply)
    told = {
        "story": [story.ending for story in script.stories],
        "joke": script.jokes,
        "rhyme": script.rhymes,
    }
    return next(
        (sort for sort, ones in told.items() if any(plain(one) in said for one in ones)), ""
    )


class Judge:
    def __init__(self, script: Script, games: GamesScript) -> None:
        self._script = script
        self._games_say = games.say
        self._nothing_left = 0

    def faults(self, turns: Sequence[tuple[str, str, str]], *, refused: bool) -> list[str]:
        """Keys of FAULTS that the last turn has."""
        kind, _, said = turns[-1]
        last = turns[-2][2] if len(turns) > 1 else ""
        found = ["refused"] if refused else []
        lately = [plain(reply) for _, _, reply in turns[-1 - FRESH_TURNS : -1]]
        if kind not in ("again", "what", "stop") and plain(said) in lately:
            found.append("repeated")
        if kind in FAULTS and not self._does(kind, plain(said), plain(last)):
            found.append(kind)
        ends = kind not in ("again", "what", "stop") and not (
            _INVITES.search(said) or len(said.split()) >= TELLING_WORDS
        )
        self._nothing_left = self._nothing_left + 1 if ends else 0
        if self._nothing_left == DEAD_ENDS:
            found.append("dead end")
        return found

    def _does(self, kind: str, said: str, last: str) -> bool:
        """Whether the reply does what was asked of the one before; both `plain`."""
        script = self._script
        match kind:
            case "again":
                return said.endswith(last[-20:])
            case "what":
                return said.endswith(last[-20:])
            case "why":
                more = next((f.more for f in script.facts if plain(f.say) in last and f.more), "")
                return (
                    plain(more) in said
                    if more
                    else said != last and not _is_of(said, script.talk.fallback)
                )
            case "then":
                return said not in last and not _is_of(said, script.talk.fallback)
            case "more":
                return said != last and sort_of(said, script) == sort_of(last, script)
            case "else":
                return said != last and _is_of(
                    said, (*script.talk.change, *self._games_say["change"])
                )
            case _:
                quiet = next(t.say for t in script.first if t.name == "stop")
                return _is_of(said, (*quiet, *self._games_say["kept"], *self._games_say["ended"]))


def _is_of(said: str, lines: Sequence[str]) -> bool:
    """Whether it is one of these lines, whatever stands in their places."""
    return any(all(plain(part) in said for part in re.split(r"\{\w+\}", line)) for line in lines)
