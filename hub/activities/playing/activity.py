"""A child plays over many turns: "an adventure where I choose", "let's play shop", "go on with our story"."""

import random
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from hub.activities.activity import Part
from hub.activities.playing.moves import Moves
from hub.activities.playing.quiz import ALL, TOPICS, Quiz
from hub.activities.playing.saying import Move
from hub.activities.playing.script import Script, load
from hub.activities.tools import Offer
from hub.activities.words import base_language, plain_words, without
from hub.domain.clock import Clock
from hub.domain.lulling import Played
from hub.domain.play.games import Asks, Game, GameKind
from hub.domain.play.limits import Kind
from hub.domain.talks.talk import Turn
from hub.domain.tools import Arguments, Choice, Tool
from hub.domain.toys import Toy
from hub.providers.llm.storyteller import script as storyteller
from hub.providers.llm.storyteller.conversation import sentences
from hub.safety.guard import Line
from hub.storage.family.games import Table
from hub.storage.store import Store

LANGUAGE: Final = "en"
MAX_WORDS_CHARS: Final = 200
"""Whoever answers in a game needs no more."""
LATELY_TURNS: Final = 20
"""In so many turns the toy says nothing twice where it has a choice."""
AWAY_TURNS: Final = 3
"""For so many turns a child may talk of something else, and then still name a way."""
YOUNGEST: Final = 5
"""Years up to which a child is offered fewer ways."""
TOLD_WORDS: Final = 40
"""A reply of so many words may be another story, which "go on" is about."""
_PLAYS: Final = re.compile(
    r"^(?:(?:please|can we|could we|lets|let us|i want to|i wanna|do you want to|shall we|will you) )*"
    r"(?:play|pretend|be)\b(?! with)"
)
_OFFERS: Final = re.compile(
    r"\b(?:shall we|would you like)\b.*?\b(an adventure|pretend\b.*|a quiz)"
)
"""As in the storyteller's lines; what stands in the group may also be said by a child."""
_MORE: Final = re.compile(r"^(?:(?:some )?more|again|go on|(?:the )?next)\b")
"""Of what was told, where something else was offered after it."""
_THANKS: Final = ("thank you", "thanks")
"""Which may be said with a "yes"."""
ANYONE: Final = "anyone"
STEERS: Final = "Begin a story whose way the child chooses, told by the toy."
PRETENDS: Final = "Begin a game of let's pretend, led by the toy."
ASKS: Final = "Begin a quiz for the child's age."
GOES_ON: Final = "Go on with the child's own story from where it stopped."
CHOOSES: Final = "The child has just chosen this in the game that is on, in other words."
"""What a model reads of each tool."""
CAREFUL_BUT: Final = frozenset({"stop", "goodnight"})
"""Topics of the storyteller's that a game has its own answer to, or that stand in its stories."""


class Playing:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._script: Script = load()
        self._words = storyteller.load()
        self._careful = [
            pattern
            for topic in self._words.first
            if topic.name not in CAREFUL_BUT
            for pattern in topic.when
        ]

    async def take_up(self, turn: Turn, toy: Toy) -> Part | None:
        name = re.escape(plain_words(toy.name))
        heard = re.sub(rf"^(?:hey )?{name} | {name}$", "", plain_words(turn.heard))
        if base_language(toy.language) != LANGUAGE or len(heard) > MAX_WORDS_CHARS:
            return None
        if any(pattern.search(heard) for pattern in self._careful):
            return None
        players = await self._players(turn, toy)
        move = self._move(heard, players)
        return self._part(move, turn) if move else None

    async def offers(self, turn: Turn, toy: Toy) -> Sequence[Offer]:
        if base_language(toy.language) != LANGUAGE:
            return ()
        script = self._script

        def offer(
            kind: GameKind, tool: Tool, make: Callable[[_Players, str], Move | None]
        ) -> Offer:
            async def begin(arguments: Arguments) -> Part | None:
                move = make(await self._players(turn, toy), "".join(map(str, arguments.values())))
                return self._part(move, turn) if move else None

            of_limits = Kind.STORY if kind is GameKind.STORY else Kind.GAME
            return Offer(tool, begin, kind, of_limits, playful=True)

        games = await self._store.games.of(turn)
        about = {"about": Choice((ANYONE, *script.heroes))}
        plots = {"game": Choice(tuple(plot.called for plot in script.plots))}
        topics = {"about": Choice((ALL, *TOPICS))}
        made = [
            offer(GameKind.STORY, Tool("begin_story_with_choices", STEERS, about), _begin_story),
            offer(GameKind.PRETEND, Tool("begin_pretend", PRETENDS, plots), _begin_pretend),
            offer(GameKind.QUIZ, Tool("begin_quiz", ASKS, topics), _begin_quiz),
        ]
        if kept := games.get(GameKind.STORY):
            made.append(offer(kept.kind, Tool("go_on_with_story", GOES_ON), _go_on))
        waiting = [each for each in games.values() if each.turn_id and each.asks is Asks.WAY]
        for game in waiting:
            if game.offers:
                tool = Tool(f"choose_in_{game.kind}", CHOOSES, {"way": Choice(game.offers)})
                made.append(offer(game.kind, tool, partial(_choose, game)))
        return made

    async def _players(self, turn: Turn, toy: Toy) -> "_Players":
        whose = {turn.child_id} if turn.child_id else toy.child_ids
        table = await self._store.games.table(turn, whose, LATELY_TURNS)
        age = self._age(table)
        chance = random.Random(turn.id)  # noqa: S311 - variety, no secret
        lately = " ".join(line for each in table.before for line in each.said)
        young = age is not None and age <= YOUNGEST
        return _Players(
            Moves(self._script, self._words, chance, few=young, lately=lately),
            Quiz(self._script, chance, lately),
            table.games,
            table.before,
            age,
        )

    def _part(self, move: Move, turn: Turn) -> Part:
        return Part(
            move.game.kind,
            partial(self._play, move, turn),
            Line.STORAGE_FAILED,
            Kind.STORY if move.game.kind is GameKind.STORY else Kind.GAME,
            begins=move.begins,
            playful=True,
        )

    def _move(self, heard: str, players: "_Players") -> Move | None:
        moves, quiz, games, before = players.moves, players.quiz, players.games, players.before
        last = before[-1] if before else None
        wanted = self._accepted(heard, last) or heard
        if not self._script.means("tells", wanted):
            wanted = self._script.without("declines", wanted)
            if self._script.means("quiz", wanted):
                return quiz.begin(wanted, players.age, games.get(GameKind.QUIZ))
            if move := self._begun(wanted, moves, games, last):
                return move
        on = next((each for each in games.values() if last and each.turn_id == last.id), None)
        if last and on:
            player = quiz if on.kind is GameKind.QUIZ else moves
            return player.answer(heard, on, last.said)
        for game in games.values():
            if players.is_lately(game) and (move := _still_answered(heard, game, players)):
                return move
        return None

    def _begun(
        self, heard: str, moves: Moves, games: Mapping[GameKind, Game], last: Turn | None
    ) -> Move | None:
        """What is asked for by name."""
        means, story = self._script.means, games.get(GameKind.STORY)
        told = last is not None and _told_something(last)
        if means("go_on", heard) and not told and (kept := _kept(heard, games)):
            return moves.resume(kept)
        if means("story", heard) or (story and means("new", heard)):
            return moves.begin_story(heard, story)
        if means("pretend", heard) or _PLAYS.search(heard):
            return moves.begin_pretend(heard)
        return None

    def _accepted(self, heard: str, last: Turn | None) -> str:
        """What was offered just now, where `heard` is a "yes" to it; else ""."""
        means = self._script.means
        if last is None or not last.asks or not means("yes", heard):
            return ""
        if _MORE.search(heard) or means("elsewhere", without(heard, _THANKS)):
            return ""
        question = sentences(" ".join(last.said))[-1]
        offered = _OFFERS.search(plain_words(question))
        return offered[1] if offered else ""

    def _age(self, table: Table) -> int | None:
        """In years, of whoever speaks, or where nobody knows of the youngest whose toy it is."""
        today = table.household.local(self._clock.now()).date()
        ages = [child.age(today) for child in table.children]
        return min((age for age in ages if age is not None), default=None)

    async def _play(self, move: Move, turn: Turn) -> AsyncGenerator[Played]:
        """How far it is then is on the disk before it is told."""
        turn_id = turn.id if move.waits else ""
        await self._store.games.keep(turn, replace(move.game, turn_id=turn_id))
        for sentence in sentences(move.says):
            yield sentence


@dataclass(frozen=True, slots=True)
class _Players:
    """What one turn is played with."""

    moves: Moves
    quiz: Quiz
    games: Mapping[GameKind, Game]
    before: Sequence[Turn]
    age: int | None

    def is_lately(self, game: Game) -> bool:
        return game.turn_id in {each.id for each in self.before[-AWAY_TURNS:]}


def _still_answered(heard: str, game: Game, players: _Players) -> Move | None:
    """A way, or a right answer, after something else was spoken of."""
    if game.asks is not Asks.WAY:
        return None
    if game.kind is GameKind.QUIZ:
        return players.quiz.solves(heard, game)
    return players.moves.takes(heard, game)


def _begin_story(players: _Players, about: str) -> Move:
    return players.moves.begin_story(about, players.games.get(GameKind.STORY))


def _begin_pretend(players: _Players, plot: str) -> Move | None:
    return players.moves.begin_pretend(plot)


def _begin_quiz(players: _Players, about: str) -> Move:
    return players.quiz.begin(about, players.age, players.games.get(GameKind.QUIZ))


def _go_on(players: _Players, _: str) -> Move:
    return players.moves.resume(players.games[GameKind.STORY])


def _choose(game: Game, players: _Players, way: str) -> Move | None:
    return players.moves.takes(plain_words(way), game) if players.is_lately(game) else None


def _kept(heard: str, games: Mapping[GameKind, Game]) -> Game | None:
    wanted = GameKind.PRETEND if re.search(r"\b(?:game|pretend)", heard) else GameKind.STORY
    return games.get(wanted)


def _told_something(turn: Turn) -> bool:
    """A model may have told a story in it, and that is what goes on."""
    return "activity" not in turn.providers and len(" ".join(turn.said).split()) >= TOLD_WORDS
