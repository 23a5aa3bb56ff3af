"""Helplines: the file is sound, the numbers are speakable, and only older children are told one."""

from collections import Counter

import pytest

from hub.alerts.maker import alert_for
from hub.domain.clock import SystemClock
from hub.domain.safety import DISCLOSURES, AlertLevel, Category, SafetyLevel, Verdict
from hub.domain.talks.talk import Turn
from hub.safety.guard import Guard
from hub.safety.helplines import DIGITS, Helpline, Helplines
from tests.safety.checks import Yes, refusal
from tests.safety.shipped import PHRASES

HELPLINES = Helplines.load()
GUARD = Guard([Yes()], SystemClock(), 1.0)


@pytest.mark.parametrize("line", HELPLINES.lines, ids=str)
def test_each_line_says_where_whose_and_from_which_source(line: Helpline) -> None:
    assert len(line.country) == 2
    assert line.country.isupper()
    assert line.name
    assert line.source
    assert line.about
    assert line.about <= DISCLOSURES
    assert 2 < sum(char.isdigit() for char in line.number) <= 11


def test_no_country_has_two_lines_for_the_same_but_for_its_languages() -> None:
    found = Counter((line.country, about) for line in HELPLINES.lines for about in line.about)
    assert {country for (country, _), times in found.items() if times > 1} == {"BE"}
    assert len({line.country for line in HELPLINES.lines}) >= 25


def test_the_file_says_when_it_was_reviewed() -> None:
    assert HELPLINES.reviewed == "2026-11"


@pytest.mark.parametrize(
    ("country", "spoken"),
    [
        ("IN", "one zero nine eight"),
        ("GB", "zero eight zero zero, one one one one"),
        ("DE", "one one six, one one one"),
        ("CA", "one, eight zero zero, six six eight, six eight six eight"),
    ],
)
def test_a_number_is_spoken_digit_by_digit(country: str, spoken: str) -> None:
    (line,) = HELPLINES.find(country, Category.SELF_HARM)
    assert line.spoken("en") == spoken


def test_every_language_of_ours_has_names_for_the_ten_digits() -> None:
    assert set(DIGITS) == set(PHRASES.languages())
    assert all(len(set(names.split())) == 10 for names in DIGITS.values())


@pytest.mark.parametrize("level", [SafetyLevel.MODERATE, SafetyLevel.RELAXED])
async def test_an_older_child_in_need_hears_the_number_in_its_own_language(
    level: SafetyLevel,
) -> None:
    policy = GUARD.policy(level)
    told = refusal(Category.SELF_HARM, 7)
    said = await GUARD.helpline(told, policy, "en", "IN", seed=1)
    assert said is not None
    assert "one zero nine eight" in said.words_for(policy)
    said = await GUARD.helpline(told, policy, "de", "DE", seed=1)
    assert said is not None
    assert "eins eins sechs, eins eins eins" in said.text


@pytest.mark.parametrize(
    ("category", "level", "country"),
    [
        (Category.SELF_HARM, SafetyLevel.STRICT, "IN"),
        (Category.VIOLENCE, SafetyLevel.RELAXED, "IN"),
        (Category.SELF_HARM, SafetyLevel.RELAXED, ""),
        (Category.SELF_HARM, SafetyLevel.RELAXED, "AQ"),
    ],
)
async def test_no_number_is_spoken_to_the_young_for_other_things_or_where_none_is_known(
    category: Category, level: SafetyLevel, country: str
) -> None:
    policy = GUARD.policy(level)
    assert await GUARD.helpline(refusal(category, 7), policy, "en", country, seed=1) is None


def test_the_parent_sees_the_helpline_at_any_age() -> None:
    clock = SystemClock()
    told = Verdict(False, Category.CHILD_DISCLOSURE, 7, alert=AlertLevel.URGENT)
    turn = Turn("t", "toy", "say", clock.now())
    alert = alert_for(told, turn, clock, GUARD.helplines(told, "us"))
    assert alert is not None
    assert alert.details["helpline"] == "Childhelp National Child Abuse Hotline: 1-800-422-4453"
    alert = alert_for(told, turn, clock)
    assert alert is not None
    assert "helpline" not in alert.details
