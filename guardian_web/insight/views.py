"""What was said, in figures and charts."""

from typing import Final

from aiohttp import web

from guardian_web.insight.bars import bar_chart
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page
from guardian_web.talks.cards import KIND_WORDS, money
from hub.domain.network_services import provider_label
from hub.domain.words import SHORT_WEEKDAYS, short_day_words
from hub.translation import gettext as _

CHOICES: Final = (7, 30)


async def show(request: web.Request) -> web.StreamResponse:
    """`?days=` is one of `CHOICES`."""
    asked = request.query.get("days", "")
    days = int(asked) if asked in map(str, CHOICES) else CHOICES[0]
    insight = await request.app[HUB].figures.last_days(days)
    by_day = [
        (
            _(SHORT_WEEKDAYS[figures.day.weekday()] if days <= 7 else short_day_words(figures.day)),
            figures,
        )
        for figures in insight.days
    ]
    return await guardian_page(
        request,
        "insight.html",
        "home",
        choices=CHOICES,
        days=days,
        insight=insight,
        minutes=bar_chart(
            "minutes",
            _("Minutes of talking"),
            [(day, each.minutes, 0) for day, each in by_day],
        ),
        questions=bar_chart(
            "questions",
            _("Questions and answers"),
            [(day, each.questions, each.refused) for day, each in by_day],
        ),
        topics=[(each.topic, each.questions) for each in insight.topics],
        feelings=[(each.feeling, each.times) for each in insight.feelings],
        providers=[
            (
                KIND_WORDS.get(each.kind, each.kind),
                provider_label(each.name),
                each,
                money(each.cost_micro_usd) if each.cost_micro_usd else "",
            )
            for each in insight.providers
        ],
    )
