"""What was said, in figures, without anybody's words."""

from datetime import date
from typing import Final

from aiohttp import web

from guardian_web.api import models
from guardian_web.api.call import RouteTable, number
from guardian_web.api.errors import Code
from guardian_web.keys import HUB
from hub.core.alerts.insight import MAX_DAYS
from hub.domain.api import Scope

DAYS: Final = ("days", 1, MAX_DAYS, "how many days, today being the last; else 7")
DAYS_SHOWN: Final = 7

ROUTES: Final = RouteTable()


class DayAnswer(models.Answer):
    day: date
    minutes: float
    questions: int
    refused: int
    mistakes: int


class TopicAnswer(models.Answer):
    topic: str
    questions: int


class FeelingAnswer(models.Answer):
    feeling: str
    times: int


class ProviderAnswer(models.Answer):
    kind: str
    name: str
    times: int
    failed: int
    median_ms: float | None
    slow_ms: float | None
    cost_micro_usd: int


class InsightAnswer(models.Answer):
    days: list[DayAnswer]
    topics: list[TopicAnswer]
    feelings: list[FeelingAnswer]
    providers: list[ProviderAnswer]
    all_counted: bool
    """False where there was too much to count: the oldest is left out."""


@ROUTES.call("GET", "/insight", Scope.ALERTS, query=(DAYS,), codes=(Code.INVALID,))
async def show(request: web.Request) -> InsightAnswer:
    """Minutes, questions, subjects and feelings in the large, and how well providers worked, over some days."""
    days = number(request, "days", 1, MAX_DAYS) or DAYS_SHOWN
    figures = await request.config_dict[HUB].figures.last_days(days)
    return InsightAnswer.model_validate(figures, from_attributes=True)
