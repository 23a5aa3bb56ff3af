"""Ask the house: lights, warmth and music through Home Assistant, as far as a parent allowed this toy."""

from collections.abc import AsyncGenerator
from functools import partial

from hub.activities.activity import Part
from hub.activities.ask_the_house.grammar import Grammar, HouseRequest
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.providers.home_assistant import NAME, HomeAssistant
from hub.safety.guard import Line


class AskTheHouse:
    def __init__(self, house: HomeAssistant) -> None:
        self._house = house
        self._grammar = Grammar.load()

    async def take_up(self, turn: Turn, toy: Toy) -> Part | None:
        request = self._grammar.read(turn.heard, toy.language, toy.home_assistant_rights, toy.name)
        if request is None:
            return None
        return Part(NAME, partial(self._answer, request, toy.language), Line.HOUSE_AWAY)

    async def _answer(self, request: HouseRequest, language: str) -> AsyncGenerator[str]:
        if not request.sentence:
            yield request.instead
            return
        answer = await self._house.ask(request.sentence, language)
        if answer.done and answer.speech:
            yield answer.speech
        else:
            yield self._grammar.answer(language, done=answer.done)
