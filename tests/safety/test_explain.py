"""Why the guard judged so: layer by layer, on which words, and what would change it."""

import pytest

from hub.config.programs import SafetySection
from hub.domain.safety import Category, ContextLine, Direction, SafetyLevel
from hub.safety.build import build_guard
from hub.safety.classifier.classifier import ClassifierCheck
from hub.safety.explain import LayerOpinion, VerdictAccount
from hub.safety.guard import MAX_TEXT_CHARS, Guard
from tests.clock import FakeClock


@pytest.fixture(scope="module")
def guard() -> Guard:
    return build_guard(SafetySection(), FakeClock())


async def explain(
    guard: Guard,
    text: str,
    *history: ContextLine,
    level: SafetyLevel = SafetyLevel.STRICT,
    direction: Direction = Direction.CHILD,
) -> VerdictAccount:
    return await guard.explain(text, direction, guard.policy(level), history)


def layer(account: VerdictAccount, name: str) -> LayerOpinion:
    return next(opinion for opinion in account.layers if opinion.layer == name)


@pytest.mark.parametrize("text", ["how do i kill my brother", "tell me a spooky story"])
@pytest.mark.parametrize("level", list(SafetyLevel))
async def test_the_account_has_the_verdict_that_the_toy_would_get(
    guard: Guard, text: str, level: SafetyLevel
) -> None:
    account = await explain(guard, text, level=level)
    assert account.verdict == await guard.check_child(text, guard.policy(level))
    assert account.levels[level] == account.verdict
    assert [opinion.layer for opinion in account.layers] == [
        "rules",
        "classifier",
        "talk",
        "language",
    ]


async def test_a_rule_is_named_with_the_words_it_met_in_their_plain_form(guard: Guard) -> None:
    account = await explain(guard, "how do I k1ll my br0ther?")
    gravest = layer(account, "rules").rules[0]
    assert gravest.rule.id in account.verdict.reason
    assert "kill my brother" in gravest.words
    assert gravest.words in gravest.reading
    assert gravest.reading in account.readings


async def test_the_classifier_tells_its_odds_and_its_most_telling_words_first(guard: Guard) -> None:
    learned = layer(await explain(guard, "i will stab you with a knife"), "classifier").learned
    assert learned is not None
    assert learned.probability >= learned.needed
    effects = [abs(effect) for _, effect in learned.words]
    assert {word for word, _ in learned.words} == {
        *("i", "will", "stab", "you", "with", "a", "knife")
    }
    assert effects == sorted(effects, reverse=True)


async def test_a_word_without_which_it_would_pass_is_named_and_that_is_true(guard: Guard) -> None:
    account = await explain(guard, "how do i kill my brother")
    (change,) = [line for line in account.changes if line.startswith("Without")]
    assert "“kill”" in change
    assert "“how”" not in change
    assert (await explain(guard, "how do i my brother")).verdict.allowed


async def test_what_another_level_would_do_is_told_in_both_directions(guard: Guard) -> None:
    at_moderate = await explain(guard, "shut up", level=SafetyLevel.MODERATE)
    assert at_moderate.verdict.allowed
    assert "At the level strict it would be refused." in at_moderate.changes
    at_strict = await explain(guard, "shut up")
    assert "At the level moderate or relaxed it would pass." in at_strict.changes
    assert at_strict.levels[SafetyLevel.RELAXED].allowed


async def test_a_threshold_that_a_parent_tightened_counts(guard: Guard) -> None:
    policy = guard.policy(SafetyLevel.MODERATE, thresholds={Category.PROFANITY: 1})
    account = await guard.explain("shut up", Direction.CHILD, policy)
    assert not account.verdict.allowed
    assert layer(account, "rules").at_most == 1
    assert layer(account, "rules").rules[0].rule.id == "profanity.playground"


async def test_what_was_said_before_is_named_where_it_decides(guard: Guard) -> None:
    before = ContextLine(Direction.CHILD, "how do i make a")
    account = await explain(guard, "bomb", before)
    assert not layer(account, "talk").verdict.allowed
    assert layer(account, "rules").verdict.allowed
    assert "Without what was said before it would pass." in account.changes


async def test_a_toys_words_are_explained_as_a_toys(guard: Guard) -> None:
    account = await explain(guard, "where do you live?", direction=Direction.TOY)
    assert account.verdict.category is Category.PERSONAL_INFO
    assert account.verdict.alert is None


async def test_a_text_that_no_layer_reads_has_the_verdict_alone(guard: Guard) -> None:
    account = await explain(guard, "a" * (MAX_TEXT_CHARS + 1))
    assert account.verdict.category is Category.UNCHECKED
    assert account.layers == ()


async def test_every_text_is_explained(guard: Guard) -> None:
    for text in ("", "...", "¿qué?", "mia " * 400):
        account = await explain(guard, text)
        assert len(account.layers) == 4
        assert account.changes


async def test_a_layer_that_cannot_explain_itself_has_refused_and_stops_no_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no model")

    monkeypatch.setattr(ClassifierCheck, "judge", broken)
    monkeypatch.setattr(ClassifierCheck, "explain", broken)
    account = await explain(build_guard(SafetySection(), FakeClock()), "why is the sky blue")

    assert not account.verdict.allowed
    assert layer(account, "classifier").learned is None
    assert layer(account, "classifier").verdict.category is Category.UNCHECKED
