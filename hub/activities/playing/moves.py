"""One move of a game: from how far it is and what the child said to what the toy says and how far it is then.

Whatever a child says of a game that is on leads somewhere: to a way, to the question once more, and the second time
to a way that the toy picks. What is about something else gets None, and is left to others.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from hub.activities.playing.saying import Move, Saying, filled
from hub.activities.playing.script import Meaning, Plot, Script, Step, Way, way_said
from hub.domain.play.games import MAX_CARRIED, MAX_TOLD, Asks, Game, GameKind
from hub.providers.llm.storyteller.facts import asks
from hub.providers.llm.storyteller.script import Script as StorytellerScript
from hub.providers.llm.storyteller.stories import wish_in

EPISODES: Final = 3
"""In one part of a story, some four minutes."""
FEW_WAYS: Final = 2
"""For the youngest, who forget a third."""
OFFERED_PLOTS: Final = 3
NAMING_WORDS: Final = 4
"""Whoever names a game by itself says no more, such as "a trip into space"."""
_PROPOSES: Final = re.compile(
    r"^(?:(?:can|could|shall|should|may|do|will) (?:they|we|he|she|it|i|you)|what (?:about|if)|how about|maybe)\b"
)
"""A question that is an answer."""


class Moves(Saying):
    """Those of one turn. `few`: the child is one of the youngest."""

    def __init__(
        self,
        script: Script,
        words: StorytellerScript,
        chance: random.Random,
        *,
        few: bool = False,
        lately: str = "",
    ) -> None:
        super().__init__(script, chance, lately)
        self._words = words
        self._few = few

    def begin_story(self, heard: str, last: Game | None) -> Move:
        """`heard` may name whom it is about."""
        parts = {
            part: self._chance.choice(options)
            for part, options in (
                ("name", self._script.names),
                ("hero", self._script.heroes),
                ("friend", self._script.friends),
                ("other", self._script.others),
                ("place", self._script.places),
            )
        }
        wish = wish_in(heard, self._words.words)
        parts |= {
            part: wish[wanted]
            for part, wanted in (("hero", "hero"), ("other", "friend"))
            if wanted in wish
        }
        told = last.told if last else ()
        game = Game(GameKind.STORY, parts=parts, told=told)
        return replace(self._part(game, self._say("begin_story")), begins=True)

    def begin_pretend(self, heard: str) -> Move | None:
        """A plot that is named, or the question which; None where another one is wanted than there is."""
        if way := way_said(heard, _plots(self._script)):
            return self._begin_plot(way)
        if not self._means("pretend", heard):
            return None
        return self._which_plot(Game(GameKind.PRETEND), self._say("pretend_ask"))

    def resume(self, game: Game) -> Move:
        """Another time, from where it stopped."""
        return replace(self._resumed(game), begins=True)

    def _resumed(self, game: Game) -> Move:
        if game.asks is Asks.PART:
            return self._go_on(game)
        if game.kind is GameKind.PRETEND:
            return self._asked_again(game, self._say("pretend_again"), whole=True)
        carry = [self._say("carry", found=_listed(game.found, "and"))] if game.found else []
        return self._asked_again(game, self._in(game, self._say("resume")), *carry, whole=True)

    def answer(self, heard: str, game: Game, said: Sequence[str]) -> Move | None:
        """To what the toy said last, `said`."""
        if self._means("stop", heard) or (
            game.asks is Asks.PART and self._means("no", heard) and len(heard.split()) <= 3
        ):
            story = game.kind is GameKind.STORY
            return Move(self._in(game, self._say("kept" if story else "ended")), game, waits=False)
        if self._means("else", heard):
            return Move(self._say("change"), game, waits=False)
        if self._means("again", heard):
            return Move(self._repeated(said), game)
        if game.asks is Asks.PART:
            goes_on = self._means("yes", heard) or self._means("any", heard)
            return self._go_on(game) if goes_on else self._named(heard, game)
        if move := self.takes(heard, game):
            return move
        if self._means("other", heard) and game.before:
            return self._turn_back(game.before, game.took)
        if self._means("any", heard):
            return self._picks(game)
        if self._means("why", heard):
            return self._asked_again(game, self._say("why"))
        return self._else(heard, game)

    def takes(self, heard: str, game: Game) -> Move | None:
        """Where `heard` names one of the ways; a question about something in them is none."""
        if asks(heard) and game.kind is GameKind.STORY and not _PROPOSES.search(heard):
            return None
        ways = self._ways(game)
        way = way_said(heard, ways) or self._by_place(heard, game, ways)
        return self._take(game, way) if way else None

    def _else(self, heard: str, game: Game) -> Move | None:
        """Nothing that was offered."""
        goes_on = (
            self._means("then", heard) or self._means("yes", heard) or self._means("no", heard)
        )
        if not goes_on and (self._means("elsewhere", heard) or asks(heard)):
            return None
        step = self._step(game)
        if step and step.otherwise and not goes_on:
            named = [word for word in heard.split() if word in self._words.words.nouns]
            after = game
            if named and any(way.finds for way in step.ways):
                after = replace(game, parts={**game.parts, "thing": f"the {named[-1]}"})
            return self._after(after, self._chance.choice(step.otherwise), game)
        if game.missed:
            return self._picks(game)
        return self._asked_again(replace(game, missed=1), self._say("again_offer"))

    def _named(self, heard: str, game: Game) -> Move | None:
        """Another game to pretend, where little else is said."""
        if game.kind is not GameKind.PRETEND or len(heard.split()) > NAMING_WORDS:
            return None
        way = way_said(heard, _plots(self._script))
        return self._begin_plot(way) if way else None

    def _go_on(self, game: Game) -> Move:
        if game.kind is GameKind.PRETEND:
            return self._which_plot(game, self._say("pretend_ask"))
        return self._part(game, self._say("next_part"))

    def _part(self, game: Game, before: str) -> Move:
        """The next part of a story begins."""
        openings = _fresh([each.name for each in self._script.openings], game.told)
        opening = self._script.opening(self._chance.choice(openings))
        episodes = [each.name for each in self._script.episodes]
        steps = tuple(self._chance.sample(_fresh(episodes, game.told), EPISODES))
        told = (*game.told, opening.name, *steps)[-MAX_TOLD:]
        game = replace(game, plot=opening.name, steps=steps, at=0, told=told, before=None, took="")
        game = replace(
            game, parts={**game.parts, "goal": self._in(game, opening.goal, start=False)}
        )
        return self._told(game, before, self._in(game, opening.say))

    def _which_plot(self, game: Game, says: str) -> Move:
        others = [plot.called for plot in self._script.plots if plot.name != game.plot]
        offers = self._chance.sample(others, OFFERED_PLOTS)
        game = replace(game, asks=Asks.PLOT, offers=tuple(offers), before=None, missed=0)
        return Move(f"{says} {_listed(offers)[:1].upper()}{_listed(offers)[1:]}?", game)

    def _begin_plot(self, way: Way) -> Move:
        plot = next(each for each in self._script.plots if each.called == way.offer)
        game = Game(GameKind.PRETEND, plot.name, took=way.offer, parts={"thing": plot.thing})
        return self._told(game, way.say)

    def _take(self, game: Game, way: Way) -> Move:
        if game.asks is Asks.PLOT:
            return self._begin_plot(way)
        parts = {**game.parts, "thing": way.finds} if way.finds else game.parts
        after = replace(
            game,
            took=way.offer,
            parts=parts,
            found=_carried(game.found, way.finds),
            met=_carried(game.met, way.meets),
        )
        return self._after(after, way.say, game)

    def _picks(self, game: Game) -> Move:
        way = self._chance.choice([way for way in self._ways(game) if way.offer in game.offers])
        move = self._take(game, way)
        if game.kind is GameKind.PRETEND:
            return move
        return replace(move, says=f"{self._say('choose', way=way.offer)} {move.says}")

    def _turn_back(self, game: Game, took: str) -> Move:
        others = [way for way in self._ways(game) if way.offer != took]
        move = self._take(game, self._chance.choice(others))
        return replace(move, says=f"{self._say('instead')} {move.says}")

    def _after(self, game: Game, says: str, before: Game) -> Move:
        """A step is over: the next one, or the end."""
        game = replace(game, at=game.at + 1, missed=0, before=replace(before, before=None))
        says = self._in(game, says)
        if self._step(game):
            onward = [self._say("onward")] if game.kind is GameKind.STORY else []
            return self._told(game, says, *onward)
        game = replace(game, asks=Asks.PART, offers=(), before=None)
        if plot := self._plot(game):
            return Move(f"{says} {plot.end} {self._say('pretend_end')}", game)
        ends = [self._in(game, self._script.opening(game.plot).ending), self._say("chapter_end")]
        return Move(" ".join((says, *self._returns(game), *ends)), game)

    def _returns(self, game: Game) -> list[str]:
        """Somebody or something of before, as the end comes near."""
        if game.met:
            met = self._chance.choice(game.met)
            return [self._in(game, self._chance.choice(self._script.helped), met=met)]
        if game.found:
            found = self._chance.choice(game.found)
            return [self._in(game, self._chance.choice(self._script.used), found=found)]
        return []

    def _told(self, game: Game, *before: str) -> Move:
        """What happens at the step that it is at, and the question."""
        step = self._step(game)
        assert step
        offers = [way.offer for way in self._offered(game)]
        game = replace(game, asks=Asks.WAY, offers=tuple(offers), missed=0)
        says = self._in(game, f"{step.say} {step.ask} {_listed(offers)}?")
        return Move(" ".join((*before, says)), game)

    def _asked_again(self, game: Game, *before: str, whole: bool = False) -> Move:
        """`whole`: with what happened, as it is another time."""
        step = self._step(game)
        if step is None:
            return self._which_plot(game, self._say("pretend_ask"))
        happened = [step.say] if whole else []
        asked = self._in(game, " ".join((*happened, f"{step.ask} {_listed(game.offers)}?")))
        return Move(" ".join((*before, asked)), game)

    def _offered(self, game: Game) -> Sequence[Way]:
        ways = sorted(self._ways(game), key=lambda way: not way.needs)
        return ways[: FEW_WAYS if self._few else len(ways)]

    def _ways(self, game: Game) -> Sequence[Way]:
        if game.asks is Asks.PLOT:
            return _plots(self._script)
        step = self._step(game)
        return [
            way for way in (step.ways if step else ()) if not way.needs or way.needs in game.found
        ]

    def _by_place(self, heard: str, game: Game, ways: Sequence[Way]) -> Way | None:
        """ "The second one"."""
        places: tuple[Meaning, ...] = ("first", "second", "third")
        for place, offer in zip(places, game.offers, strict=False):
            if self._means(place, heard):
                return next(way for way in ways if way.offer == offer)
        if game.offers and self._means("last", heard):
            return next(way for way in ways if way.offer == game.offers[-1])
        return None

    def _step(self, game: Game) -> Step | None:
        if plot := self._plot(game):
            return plot.steps[game.at] if game.at < len(plot.steps) else None
        if game.at >= len(game.steps):
            return None
        return next(each for each in self._script.episodes if each.name == game.steps[game.at])

    def _plot(self, game: Game) -> Plot | None:
        return self._script.plot(game.plot) if game.kind is GameKind.PRETEND else None

    def _in(self, game: Game, line: str, *, start: bool = True, **words: str) -> str:
        """`line` with who and what is in that game."""
        return filled(line, {**game.parts, **words}, start=start)


def _plots(script: Script) -> list[Way]:
    return [Way(offer=plot.called, words=plot.words, say=plot.begin) for plot in script.plots]


def _listed(words: Sequence[str], last: str = "or") -> str:
    """ "a, b or c"."""
    return f" {last} ".join(", ".join(words).rsplit(", ", 1))


def _carried(so_far: tuple[str, ...], more: str) -> tuple[str, ...]:
    return (*(each for each in so_far if each != more), more)[-MAX_CARRIED:] if more else so_far


def _fresh(names: Sequence[str], told: Sequence[str]) -> Sequence[str]:
    """The third of them that was told longest ago, or never; at least EPISODES."""
    last = {name: number for number, name in enumerate(told)}
    oldest = sorted(names, key=lambda name: last.get(name, -1))
    untold = len(names) - len(last.keys() & {*names})
    return oldest[: max(EPISODES, len(names) // 3, untold)]
