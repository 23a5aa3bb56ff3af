"""Figures of what was said: counted by the household's days, drawn without scripts, told in tables too."""

import pytest
from playwright.async_api import Page, expect

from guardian_web.insight.bars import HEIGHT_PX, bar_chart
from hub.domain.insight import DayFigures, ProviderFigures, TopicFigures
from hub.knowledge.topics import topics_of
from tests.guardian.browser import Hub, is_live, reads_well, set_up
from tests.guardian.conftest import Site
from tests.guardian.some_days import some_days


async def test_the_childs_turns_are_counted_by_the_days_of_the_household(site: Site) -> None:
    await some_days(site.home, site.clock.now())
    insight = await site.home.figures.last_days(7)
    assert [day.day.isoformat() for day in insight.days] == [
        f"2026-{day}" for day in ("04-29", "04-30", "05-01", "05-02", "05-03", "05-04", "05-05")
    ]
    yesterday, today = insight.days[-2:]
    assert today == DayFigures(today.day, minutes=1.5, questions=2, refused=1)
    assert yesterday == DayFigures(yesterday.day, questions=1, mistakes=1)
    assert insight.topics == [TopicFigures("animals", 2), TopicFigures("sky and space", 1)]


async def test_a_provider_is_told_by_how_long_others_waited_what_failed_and_what_it_cost(
    site: Site,
) -> None:
    await some_days(site.home, site.clock.now())
    assert (await site.home.figures.last_days(1)).providers == [
        ProviderFigures("stt", "whisper", 1, 0, 240, 240, 0),
        ProviderFigures("llm", "openai", 4, 1, 1000, 1500, 20_000),
    ]


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Do elephants SLEEP at night?", {"animals", "sleep and dreams"}),
        ("the carpet", set()),
        ("", set()),
    ],
)
def test_a_subject_is_known_by_its_words_and_not_by_parts_of_others(
    text: str, topics: set[str]
) -> None:
    assert topics_of(text) == topics


def test_bars_fill_the_chart_and_never_leave_it() -> None:
    chart = bar_chart("x", "Questions", [(f"d{n}", n, n / 2) for n in range(31)], "questions")
    highest = chart.bars[-1]
    assert (highest.y, highest.height, highest.part_height) == (0, HEIGHT_PX, HEIGHT_PX / 2)
    assert all(bar.x >= 0 and bar.x + bar.width <= 100 for bar in chart.bars)
    assert [bar.label for bar in chart.bars if bar.label][-1] == "d30"
    assert len([bar for bar in chart.bars if bar.label]) <= 7
    nothing = bar_chart("x", "Questions", [("d", 0, 0)], "questions")
    assert nothing.bars[0].height == 0
    assert nothing.summary == "Questions: 0 questions in all, at most 0 on one day."


async def test_a_parent_reads_the_week_in_figures_on_a_phone(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await some_days(home, hub.clock.now())
        await page.goto(hub.url)
        await page.get_by_role("link", name="The week in figures").click()
        await is_live(page)
        await expect(page.get_by_role("img", name="Questions and answers: 3")).to_be_visible()
        assert await page.locator("rect.whole").count() >= 2
        await page.get_by_text("The same as a table").click()
        await expect(page.locator("#days-table tbody tr")).to_have_count(7)
        await expect(page.locator(".topics")).to_contain_text("Animals")
        await expect(page.locator(".providers")).to_contain_text("1 (25 %)")
        await reads_well(page)
        await page.get_by_role("link", name="30 days").click()
        await is_live(page)
        await reads_well(page)


async def test_a_household_where_nobody_spoke_has_a_page_too(site: Site) -> None:
    html = await (await site.guardian()).see("/insight?days=nonsense")
    assert "Nothing yet that could be told by its words." in html
    assert '<a href="/insight?days=7" aria-current="true">' in html
