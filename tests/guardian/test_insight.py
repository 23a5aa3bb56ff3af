"""Figures of what was said: counted by the household's days, drawn without scripts, told in tables too."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources

import pytest
from playwright.async_api import Page, expect

from guardian_web.insight.bars import HEIGHT_PX, bar_chart
from hub.core.alerts import insight
from hub.core.alerts.insight import Figures
from hub.domain.household import Household as Settings
from hub.domain.talks.insight import DayFigures, ProviderFigures, TopicFigures
from hub.domain.talks.kept import RemovalScope
from hub.domain.talks.talk import TurnState
from hub.knowledge.topics import FEELINGS, SUBJECTS, feelings_of, topics_of
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


async def test_a_day_is_counted_again_when_its_turns_change_come_and_go(site: Site) -> None:
    home = site.home
    await some_days(home, site.clock.now())

    async def today() -> DayFigures:
        return (await home.figures.last_days(7)).days[-1]

    before = await today()
    changed = (await home.store.turns.some(["my dog"]))["my dog"]
    changed.state = TurnState.FAILED
    await home.store.turns.save(changed)
    assert await today() == replace(before, refused=0, mistakes=1)
    removal = await home.removals.ask(RemovalScope.TURN, "my dog")
    assert await today() == replace(before, questions=1, refused=0)
    await home.removals.undo(removal.id)
    await home.hear("t1", "hello again")
    assert await today() == replace(before, refused=0, mistakes=1), "the new one is not over yet"
    await home.answer((await home.store.turns.some(["t1"]))["t1"], "Hello!")
    assert (await today()).questions == 3
    await home.store.household.save(Settings(time_zone="UTC"))
    assert (await today()).questions == 4, "this day began earlier"


async def test_what_is_too_much_for_a_day_is_said(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await some_days(site.home, site.clock.now())
    assert (await site.home.figures.last_days(2)).all_counted
    monkeypatch.setattr(insight, "MAX_TURNS_A_DAY", 1)
    figures = await Figures(site.home.store, site.clock).last_days(2)
    assert [day.questions for day in figures.days] == [1, 1]
    assert not figures.all_counted


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


@pytest.mark.parametrize(
    ("text", "feelings"),
    [
        ("I’m so sad, and I was a bit scared", {"sad", "afraid"}),
        ("im really mad", {"angry"}),
        ("I'm not sad", set()),
        ("is the wolf sad", set()),
        ("", set()),
    ],
)
def test_a_feeling_is_the_childs_own_and_not_of_whom_it_speaks(
    text: str, feelings: set[str]
) -> None:
    assert feelings_of(text) == feelings


@pytest.mark.parametrize(("file", "messages"), [("topics", SUBJECTS), ("feelings", FEELINGS)])
def test_each_subject_and_feeling_can_be_translated(file: str, messages: Sequence[str]) -> None:
    found = resources.files("hub.knowledge") / "data" / f"{file}.toml"
    assert sorted(tomllib.loads(found.read_text("utf-8"))) == sorted(messages)


def test_bars_fill_the_chart_and_never_leave_it() -> None:
    chart = bar_chart("x", "Questions", [(f"d{n}", n, n / 2) for n in range(31)])
    highest = chart.bars[-1]
    assert (highest.y, highest.height, highest.part_height) == (0, HEIGHT_PX, HEIGHT_PX / 2)
    assert all(bar.x >= 0 and bar.x + bar.width <= 100 for bar in chart.bars)
    assert [bar.label for bar in chart.bars if bar.label][-1] == "d30"
    assert len([bar for bar in chart.bars if bar.label]) <= 7
    nothing = bar_chart("x", "Questions", [("d", 0, 0)])
    assert nothing.bars[0].height == 0
    assert nothing.summary == "Questions: 0 in all, at most 0 on one day."


async def test_a_parent_reads_the_week_in_figures_on_a_phone(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await some_days(home, hub.clock.now())
        await home.answer(await home.hear("t1", "I am so sad"), "Oh dear.")
        await page.goto(hub.url)
        await page.get_by_role("link", name="The week in figures").click()
        await is_live(page)
        await expect(page.get_by_role("img", name="Questions and answers: 4")).to_be_visible()
        assert await page.locator("rect.whole").count() >= 2
        await page.get_by_text("The same as a table").click()
        await expect(page.locator("#days-table tbody tr")).to_have_count(7)
        await expect(page.locator(".topics").first).to_contain_text("Animals")
        await expect(page.locator(".topics").last).to_contain_text("Sad")
        await expect(page.locator(".providers")).to_contain_text("1 (25 %)")
        await reads_well(page)
        await page.get_by_role("link", name="30 days").click()
        await is_live(page)
        await reads_well(page)


async def test_a_household_where_nobody_spoke_has_a_page_too(site: Site) -> None:
    html = await (await site.guardian()).see("/insight?days=nonsense")
    assert "Nothing yet: too little was said to tell." in html
    assert '<a href="/insight?days=7" aria-current="true">' in html
