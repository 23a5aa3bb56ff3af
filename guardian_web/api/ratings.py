"""Rating a language model before it is let in."""

from contextlib import aclosing
from typing import Final

from aiohttp import web
from pydantic import Field

from guardian_web.api import models
from guardian_web.api.call import RouteTable, Stream, begin_lines, line
from guardian_web.api.errors import Code, fault
from guardian_web.keys import HUB
from hub.domain.api import Scope
from hub.errors import PommaiError

ROUTES: Final = RouteTable()


class RatingAsk(models.Request):
    name: str = Field(min_length=1, max_length=200)
    """A provider of language models, or a model of the one that answers in this household."""
    judge: str = Field("", max_length=50)
    """A judge model that looks at each answer as well: a name that [safety] use knows."""
    fresh: bool = False
    """Begin anew, where an earlier try would be gone on with."""


class RatingPlanAnswer(models.Answer):
    name: str
    provider: str
    model: str
    local: bool
    talks: int
    turns: int
    """What is left to do."""
    minutes: float
    cost_usd: float


@ROUTES.call("POST", "/ratings/plan", Scope.OWNER, codes=(Code.REFUSED,))
async def plan(request: web.Request, asked: RatingAsk) -> RatingPlanAnswer:
    """What rating a language model would take, and cost."""
    ratings = request.config_dict[HUB].ratings
    made = await ratings.plan(asked.name, judge=asked.judge, fresh=asked.fresh)
    return RatingPlanAnswer(
        name=made.name,
        provider=made.provider,
        model=made.model,
        local=made.local,
        talks=made.talks,
        turns=made.turns,
        minutes=made.minutes,
        cost_usd=made.micro_usd / 1e6,
    )


@ROUTES.call(
    "POST", "/ratings", Scope.OWNER, codes=(Code.REFUSED,), stream=Stream.LINES, cut_short=True
)
async def rate(request: web.Request, asked: RatingAsk) -> web.StreamResponse:
    """Rate a language model: how far it is after each talk, one JSON object a line, and its report card at last."""
    ratings = request.config_dict[HUB].ratings
    await ratings.plan(asked.name, judge=asked.judge)
    response = await begin_lines(request)
    card = None
    try:
        async with aclosing(
            ratings.rate(asked.name, judge=asked.judge, fresh=asked.fresh)
        ) as cards:
            async for card in cards:
                await response.write(
                    line(
                        {
                            "event": "rated",
                            "done": len(card.talks),
                            "of": card.of,
                            "clean": card.clean,
                        }
                    )
                )
    except PommaiError as error:
        await response.write(line({"event": "error", **fault(Code.REFUSED, str(error))}))
        return response
    if card is not None:
        told = card.model_dump(mode="json")
        counts = {rule.value: count for rule, count in card.broken.items()}
        await response.write(
            line({"event": "card", "verdict": card.verdict, "broken": counts, **told})
        )
    return response
