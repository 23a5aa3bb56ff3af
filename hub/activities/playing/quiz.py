"""A quiz: a question, a hint after a wrong guess, and after the next the answer. No wrong guess ends it.

It goes at the child's pace: three right answers in a row make the questions harder, and one that had to be told
makes them easier.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from hub.activities.playing.saying import Move, Saying, filled
from hub.activities.words import plain_words
from hub.domain.play.games import MAX_TOLD, Asks, Game, GameKind
from hub.providers.llm.storyteller.facts import asks
from hub.providers.llm.storyteller.numbers import NUMBER, number_in, spoken, value

ROUND: Final = 5
"""Questions."""
HARDER_AFTER: Final = 3
"""Right answers in a row."""
TOPICS: Final = {
    "tables": re.compile(r"\b(?:tables?|times)\b"),
    "sums": re.compile(r"\b(?:sums?|maths?|plus|adding)\b"),
    "spelling": re.compile(r"\bspell(?:ing)?\b"),
    "numbers": re.compile(r"\b(?:count(?:ing)?|numbers?)\b"),
}
ALL: Final = "all"
TOP: Final = (5, 10, 20, 50, 99)
"""The greatest sum, by level."""
TABLES: Final = ((1, 2, 10), (2, 5, 10), (3, 4, 5), (6, 7, 8), (7, 8, 9))
"""Times tables by level."""
STEPS: Final = (1, 1, 2, 5, 10)
"""What is counted in, by level."""
FIRST_LEVELS: Final = ((5, 1), (7, 2), (99, 3))
"""Up to which age in years, and which level."""


class Quiz(Saying):
    def begin(self, heard: str, age: int | None, last: Game | None) -> Move:
        """About what `heard` names, where it names something."""
        topic = next((name for name, words in TOPICS.items() if words.search(heard)), ALL)
        level = next(level for oldest, level in FIRST_LEVELS if (age or 6) <= oldest)
        told = last.told if last else ()
        game = Game(GameKind.QUIZ, topic, told=told, level=level)
        return replace(self._next(game, self._say("quiz_begin")), begins=True)

    def resume(self, game: Game) -> Move:
        return replace(
            self._next(replace(game, at=0, right=0), self._say("quiz_begin")), begins=True
        )

    def answer(self, heard: str, game: Game, said: Sequence[str]) -> Move | None:
        """To what the toy said last, `said`; None where it is about something else."""
        if game.asks is Asks.PART:
            return self._on(heard, game, said)
        if move := self.solves(heard, game):
            return move
        if move := self._left(heard, game, said):
            return move
        if self._means("skip", heard):
            return self._tells(game)
        if self._means("why", heard):
            return Move(f"{self._say('quiz_why')} {game.question[0]}", game)
        gives_up = self._means("any", heard)
        if not gives_up and (asks(heard) or self._means("elsewhere", heard)):
            return None
        if game.missed:
            return self._tells(game)
        kind = self._say("quiz_hint" if gives_up else "quiz_wrong")
        return Move(f"{kind} {game.question[1]} {game.question[0]}", replace(game, missed=1))

    def solves(self, heard: str, game: Game) -> Move | None:
        """Where `heard` has the answer."""
        return self._right(game) if self._is_right(heard, game.question) else None

    def _on(self, heard: str, game: Game, said: Sequence[str]) -> Move | None:
        """After a round."""
        if move := self._left(heard, game, said):
            return move
        if self._means("no", heard):
            return Move(self._say("ended"), game, waits=False)
        goes_on = self._means("yes", heard) or self._means("any", heard)
        return self.resume(game) if goes_on else None

    def _left(self, heard: str, game: Game, said: Sequence[str]) -> Move | None:
        if self._means("stop", heard):
            return Move(self._say("ended"), game, waits=False)
        if self._means("else", heard):
            return Move(self._say("change"), game, waits=False)
        return Move(self._repeated(said), game) if self._means("again", heard) else None

    def _is_right(self, heard: str, question: Sequence[str]) -> bool:
        answers = [re.sub(r"^(?:in )?(?:an?|the) ", "", plain_words(each)) for each in question[3:]]
        if answers[0] in ("yes", "no"):
            says = self._means("yes" if answers[0] == "yes" else "no", heard)
            return says and not self._means("stop", heard)
        if re.fullmatch(NUMBER, answers[0]):
            return number_in(heard) == value(answers[0])
        guess = f" {heard} "
        return any(f" {answer}{ending} " in guess for answer in answers for ending in ("", "s"))

    def _right(self, game: Game) -> Move:
        answer, more = game.question[3], game.question[2]
        row = game.row + 1
        harder = row % HARDER_AFTER == 0
        level = min(game.level + harder, len(TOP))
        game = replace(game, right=game.right + 1, row=row, level=level)
        return self._next(
            game, " ".join(filter(None, (self._say("quiz_right", answer=answer), more))), 1
        )

    def _tells(self, game: Game) -> Move:
        game, answer = replace(game, row=0, level=max(1, game.level - 1)), game.question[3]
        return self._next(game, self._say("quiz_told", answer=answer), 1)

    def _next(self, game: Game, says: str, answered: int = 0) -> Move:
        """The next question, or after a round whether to go on."""
        at = game.at + answered
        if at == ROUND:
            right = spoken(game.right)
            after = (
                self._say("quiz_round", right=right) if game.right > 1 else self._say("quiz_played")
            )
            return Move(f"{says} {after}", replace(game, asks=Asks.PART, missed=0))
        question = self._question(game)
        told = (*game.told, question[0])[-MAX_TOLD:]
        game = replace(game, at=at, asks=Asks.WAY, missed=0, question=question, told=told)
        if answered:
            says = f"{says} {self._say('quiz_next')}"
        return Move(f"{says} {question[0]}", game)

    def _question(self, game: Game) -> tuple[str, ...]:
        """Of its topic and level, and none of the last ones where it can be helped."""
        made = [self._made(game) for _ in range(20)]
        return next((each for each in made if each[0] not in game.told), made[-1])

    def _made(self, game: Game) -> tuple[str, ...]:
        match game.plot:
            case "sums":
                return self._sum(game.level)
            case "tables":
                return self._times(game.level)
            case "numbers":
                return self._counted(game.level)
            case "spelling":
                return self._spelled(game.level)
            case _:
                return self._written(game)

    def _sum(self, level: int) -> tuple[str, ...]:
        whole = self._chance.randint(2, TOP[level - 1])
        part = self._chance.randint(1, whole - 1)
        if level > 1 and self._chance.random() < 1 / 3:
            return _reckoned(f"{spoken(whole)} minus {spoken(part)}", whole - part)
        return _reckoned(f"{spoken(part)} plus {spoken(whole - part)}", whole)

    def _times(self, level: int) -> tuple[str, ...]:
        one, other = self._chance.choice(TABLES[level - 1]), self._chance.randint(2, 10)
        less = f"{spoken(other - 1)} times {spoken(one)} is {spoken(one * (other - 1))}"
        hint = f"{less}, and {spoken(one)} more."
        return _reckoned(f"{spoken(other)} times {spoken(one)}", one * other, hint)

    def _spelled(self, level: int) -> tuple[str, ...]:
        word = self._chance.choice(self._script.spell[level])
        hint = "Say the letters slowly, one after the other."
        return (f"I spell {', '.join(word.upper())}. Which word is that?", hint, "", word)

    def _written(self, game: Game) -> tuple[str, ...]:
        """Of the level, else one of an easier level that wasn't asked lately."""
        questions = self._script.questions
        fitting = [each for each in questions if each.level == min(game.level, 3)]
        fresh = [each for each in fitting if each.ask not in game.told]
        easier = [
            each for each in questions if each.level < game.level and each.ask not in game.told
        ]
        asked = self._chance.choice(fresh or easier or fitting)
        others = [each for each in asked.accept.split(", ") if each]
        return (asked.ask, asked.hint, asked.more, asked.answer, *others)

    def _counted(self, level: int) -> tuple[str, ...]:
        """ "Two, four, six: which number comes next?"."""
        step = STEPS[level - 1]
        first = step * self._chance.randint(1, 6)
        row = ", ".join(spoken(first + step * number) for number in range(3))
        ask = filled(f"{row}. Which number comes next?", {})
        hint = "Count along from one." if step == 1 else f"It is {spoken(step)} more each time."
        return (ask, hint, "", spoken(first + 3 * step))


def _reckoned(
    written: str, result: int, hint: str = "Use your fingers and count along."
) -> tuple[str, ...]:
    return (f"What is {written}?", filled(hint, {}), "", spoken(result))
