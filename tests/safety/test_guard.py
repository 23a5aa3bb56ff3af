"""The guard from outside: what it lets through, what it says instead, and what it does when a check fails."""

import asyncio
import dataclasses
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.safety import (
    AlertLevel,
    Category,
    ContextLine,
    Direction,
    SafetyCheck,
    SafetyLevel,
    SafetyPolicy,
    Verdict,
)
from hub.domain.toys import Toy
from hub.errors import UnsafeSpeechError
from hub.safety.guard import LAST_WORD, MAX_TEXT_CHARS, Guard, Line
from tests.clock import FakeClock, settle
from tests.safety.checks import CancelsItself, Hangs, Says, Throws, Yes, refusal
from tests.safety.shipped import PHRASES, RULES


def guard_of(*checks: SafetyCheck, clock: FakeClock | None = None) -> Guard:
    return Guard(checks, clock or FakeClock(), 1.5, PHRASES)


def odd(**changes: object) -> Verdict:
    """A verdict with a field that no honest layer would give."""
    verdict = Verdict(allowed=True)
    for name, value in changes.items():
        object.__setattr__(verdict, name, value)
    return verdict


async def test_words_that_pass_come_back_as_they_were_and_name_what_they_passed() -> None:
    guard = guard_of(RULES)
    toy = Toy(
        "t1", "Pommai", safety_level=SafetyLevel.MODERATE, blocked_topics=frozenset({"santa"})
    )
    policy = guard.policy_for(toy)
    verdict, safe = await guard.check_toy("Elephants  love MUD!", policy)
    assert verdict.allowed
    assert safe is not None
    assert safe.words_for(policy) == "Elephants  love MUD!"
    assert policy.rules_version == guard.rules_version
    with pytest.raises(UnsafeSpeechError):
        safe.words_for(guard.policy(SafetyLevel.STRICT, ["santa"]))


async def test_refused_words_never_become_speakable() -> None:
    guard = guard_of(RULES)
    verdict, safe = await guard.check_toy(
        "Let's keep this secret from your mom.", guard.policy(SafetyLevel.RELAXED)
    )
    assert not verdict.allowed
    assert safe is None


async def test_the_strictest_layer_wins_and_the_loudest_alert_is_kept() -> None:
    guard = guard_of(
        Yes(),
        Says(refusal(Category.PROFANITY, 2), name="a"),
        Says(refusal(Category.VIOLENCE, 6), name="b"),
        Says(Verdict(allowed=True, alert=AlertLevel.URGENT), name="c"),
    )
    verdict = await guard.check_child("hello", guard.policy(SafetyLevel.STRICT))
    assert (verdict.allowed, verdict.category, verdict.severity) == (False, Category.VIOLENCE, 6)
    assert verdict.alert is AlertLevel.URGENT


async def test_a_known_danger_is_named_even_while_another_layer_fails() -> None:
    guard = guard_of(Throws(OSError("x")), Says(refusal(Category.SELF_HARM, 7)))
    verdict = await guard.check_child("hello", guard.policy(SafetyLevel.STRICT))
    assert verdict.category is Category.SELF_HARM
    assert verdict.alert is AlertLevel.WARNING


@pytest.mark.parametrize(
    "check",
    [
        Throws(ValueError("secret words")),
        Throws(TimeoutError()),
        Throws(asyncio.CancelledError()),
        CancelsItself(),
        Throws(RecursionError()),
        Says(None),
        Says(True),
        Says({"allowed": True}),
        Says(odd(allowed=1)),
        Says(odd(allowed="yes")),
        Says(odd(category="none")),
        Says(odd(severity=99)),
        Says(odd(severity=True)),
        Says(odd(severity=float("nan"))),
        Says(odd(alert="loud")),
        Says(odd(reason=None)),
        Says(odd(matched=["x"])),
        Says(odd(matched=(1,))),
        Says(Verdict(allowed=False)),
    ],
    ids=repr,
)
async def test_a_layer_that_fails_or_answers_nonsense_is_a_refusal(check: SafetyCheck) -> None:
    guard = guard_of(Yes(), check)
    policy = guard.policy(SafetyLevel.RELAXED)
    verdict, safe = await guard.check_toy("The cow says moo.", policy)
    assert safe is None
    assert verdict.category is Category.UNCHECKED
    assert verdict.alert is AlertLevel.WARNING
    assert [broken.layer for broken in guard.health.impaired] == [check.name]
    assert not guard.health.ok


async def test_a_layer_that_hangs_is_a_refusal_when_its_time_is_up() -> None:
    clock = FakeClock()
    guard = guard_of(Yes(), Hangs(), clock=clock)
    asked = asyncio.create_task(guard.check_child("hello", guard.policy(SafetyLevel.STRICT)))
    await clock.advance(1.4)
    assert not asked.done()
    await clock.advance(0.2)
    verdict = await asked
    assert verdict.category is Category.UNCHECKED
    assert "in time" in verdict.reason


async def test_a_cancelled_question_ends_as_cancelled() -> None:
    guard = guard_of(Hangs())
    asked = asyncio.create_task(guard.check_child("hello", guard.policy(SafetyLevel.STRICT)))
    await settle()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert guard.health.ok


async def test_health_names_the_layer_and_since_when_and_forgets_it_once_it_works() -> None:
    clock = FakeClock()
    flaky = Says("nonsense")
    guard = guard_of(flaky, clock=clock)
    policy = guard.policy(SafetyLevel.STRICT)
    began = clock.now()
    await guard.check_child("one", policy)
    await clock.advance(60)
    await guard.check_child("two", policy)
    (broken,) = guard.health.impaired
    assert (broken.layer, broken.since) == ("says", began)
    flaky.answer = Verdict(allowed=True)
    assert (await guard.check_child("three", policy)).allowed
    assert guard.health.ok


async def test_a_failing_layer_is_logged_without_anybodys_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    guard = guard_of(Throws(ValueError("i live at green street")))
    await guard.check_child("i live at green street", guard.policy(SafetyLevel.STRICT))
    out = "".join(capsys.readouterr())
    assert "throws" in out
    assert "green" not in out
    assert all("green" not in broken.problem for broken in guard.health.impaired)


async def test_a_text_too_long_to_be_speech_is_refused_unread() -> None:
    guard = guard_of(Yes())
    policy = guard.policy(SafetyLevel.RELAXED)
    assert (await guard.check_toy("a" * MAX_TEXT_CHARS, policy))[1] is not None
    verdict, safe = await guard.check_toy("a" * (MAX_TEXT_CHARS + 1), policy)
    assert (verdict.category, safe) == (Category.UNCHECKED, None)


async def test_a_policy_made_for_other_rules_is_refused() -> None:
    guard = guard_of(Yes())
    verdict, safe = await guard.check_toy("hello", SafetyPolicy(rules_version="older"))
    assert (verdict.category, safe) == (Category.UNCHECKED, None)


async def test_layers_get_only_the_end_of_a_long_talk() -> None:
    layer = Yes()
    guard = guard_of(layer)
    talk = [ContextLine(Direction.CHILD, f"{n} " + "x" * 5000 + " end") for n in range(100)]
    await guard.check_child("hello", guard.policy(SafetyLevel.STRICT), talk)
    history = layer.asked[0].history
    assert len(history) == 16
    assert all(len(line.text) == 500 and line.text.endswith("end") for line in history)


def test_a_guard_without_checks_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="without a check"):
        guard_of()


LEVELS = list(SafetyLevel)
OWN_LINES = sorted(
    {
        text
        for language in PHRASES.languages()
        for texts in (
            *PHRASES.phrases(language).redirects.values(),
            *PHRASES.phrases(language).lines.values(),
            *PHRASES.phrases(language).honest.values(),
            PHRASES.phrases(language).plain,
            (LAST_WORD,),
        )
        for text in texts
    }
)


@pytest.mark.parametrize("level", LEVELS)
async def test_every_line_of_ours_passes_the_rules_at_every_level(level: SafetyLevel) -> None:
    guard = guard_of(RULES)
    for text in OWN_LINES:
        names = {"child": "Lucy", "toy": "Pommai", "number": "one zero nine eight"}
        spoken = text.format(**names, minutes="12")
        assert (await guard.check_toy(spoken, guard.policy(level)))[1], spoken


async def test_redirects_vary_with_the_seed_and_never_come_twice_running() -> None:
    guard = guard_of(RULES)
    policy = guard.policy(SafetyLevel.STRICT)
    verdict = refusal(Category.VIOLENCE, 5)
    said = [(await guard.redirect(verdict, policy, "en", seed=n)).text for n in range(40)]
    assert len(set(said)) == len(PHRASES.redirects(Category.VIOLENCE, SafetyLevel.STRICT, "en"))
    assert all(a != b for a, b in itertools.pairwise(said))
    again = [(await guard.redirect(verdict, policy, "en", seed="same")).text for _ in range(4)]
    assert all(a != b for a, b in itertools.pairwise(again))


@pytest.mark.parametrize("category", list(Category))
async def test_a_redirect_is_there_for_every_category_and_for_a_language_without_lines(
    category: Category,
) -> None:
    guard = guard_of(RULES)
    policy = guard.policy(SafetyLevel.STRICT)
    safe = await guard.redirect(odd(category=category), policy, "xx", seed=1)
    assert safe.words_for(policy)


@pytest.mark.parametrize(
    "check", [Throws(OSError()), Says(None), Says(odd(allowed="no"))], ids=repr
)
async def test_the_child_still_hears_a_redirect_while_the_guard_fails(check: SafetyCheck) -> None:
    guard = guard_of(check)
    policy = guard.policy(SafetyLevel.STRICT)
    verdict = await guard.check_child("hello", policy)
    safe = await guard.redirect(verdict, policy, "en", seed=1)
    assert safe.text in PHRASES.redirects(Category.UNCHECKED, SafetyLevel.STRICT, "en")
    for seed in range(20):
        greeting = await guard.line(
            Line.GREETING, policy, "en", seed=seed, child="Lucy", toy="Pommai"
        )
        assert "Lucy" not in greeting.text, "a name is no reviewed word, and nothing could check it"


async def test_a_redirect_does_not_wait_for_the_layer_that_hangs() -> None:
    clock = FakeClock()
    guard = guard_of(Hangs(), clock=clock)
    policy = guard.policy(SafetyLevel.STRICT)
    asked = asyncio.create_task(guard.check_child("hello", policy))
    await clock.advance(2)
    redirect = asyncio.create_task(guard.redirect(await asked, policy, "en", seed=1))
    await settle()
    assert redirect.done()


async def test_a_redirect_keeps_clear_of_the_parents_topics_also_while_the_guard_fails() -> None:
    topics = ["otters", "riddles", "animals", "feelings"]
    for check in (RULES, Throws(OSError())):
        guard = guard_of(check)
        policy = guard.policy(SafetyLevel.STRICT, topics)
        for seed in range(10):
            safe = await guard.redirect(refusal(Category.VIOLENCE, 5), policy, "en", seed=seed)
            assert not any(
                word in safe.text.lower() for word in ("otter", "riddle", "animal", "feeling")
            )


async def test_when_every_word_is_blocked_the_last_word_is_left() -> None:
    guard = guard_of(RULES)
    every = {word for text in OWN_LINES for word in text.split() if word.isalpha()}
    policy = guard.policy(SafetyLevel.STRICT, every | {"song", "now"})
    safe = await guard.redirect(refusal(Category.VIOLENCE, 5), policy, "en", seed=1)
    assert safe.words_for(policy) == LAST_WORD


@pytest.mark.parametrize("line", list(Line))
async def test_fixed_lines_are_there_with_names_and_without(line: Line) -> None:
    guard = guard_of(RULES)
    policy = guard.policy(SafetyLevel.STRICT)
    for names in (
        {},
        {"child": "Lucy", "toy": "Pommai", "number": "one one six"},
        {"child": "", "toy": "Pommai"},
    ):
        for seed in range(6):
            safe = await guard.line(line, policy, "en", seed=seed, **names)
            assert "{" not in safe.text
            assert safe.text


async def test_a_name_that_the_rules_refuse_is_not_spoken() -> None:
    guard = guard_of(RULES)
    policy = guard.policy(SafetyLevel.STRICT)
    for seed in range(10):
        safe = await guard.line(Line.GREETING, policy, "en", seed=seed, child="Shithead", toy="{x}")
        assert "shit" not in safe.text.lower()


@given(
    text=st.text(max_size=300),
    borders=st.lists(st.integers(0, 300), max_size=8),
    level=st.sampled_from(LEVELS),
)
async def test_whatever_is_spoken_is_what_was_checked_in_order(
    text: str, borders: Sequence[int], level: SafetyLevel
) -> None:
    guard = guard_of(RULES)
    policy = guard.policy(level)
    cuts = [0, *sorted(min(b, len(text)) for b in borders), len(text)]
    clauses = [text[a:b] for a, b in itertools.pairwise(cuts)]
    checked: list[str] = []
    spoken: list[str] = []
    for clause in clauses:
        said = [ContextLine(Direction.TOY, s) for s in spoken]
        verdict, safe = await guard.check_toy(clause, policy, said)
        assert (safe is not None) == verdict.allowed
        if safe is not None:
            checked.append(clause)
            spoken.append(safe.words_for(policy))
    assert spoken == checked


def test_speakable_text_cannot_be_changed_after_the_check() -> None:
    guard = guard_of(RULES)
    safe = asyncio.run(guard.line(Line.GREETING, guard.policy(SafetyLevel.STRICT), "en", seed=1))
    with pytest.raises(dataclasses.FrozenInstanceError):
        safe.text = "something else"  # type: ignore[misc]  # the point: it is frozen
