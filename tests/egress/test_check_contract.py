"""One contract for every layer of the guard; remote ones against a server that speaks their wire format."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.config import Config
from hub.domain.family.children import Child
from hub.domain.household import ContentKind, LedgerKind
from hub.domain.safety import (
    Category,
    ContextLine,
    Direction,
    SafetyCheck,
    SafetyLevel,
    SafetyPolicy,
)
from hub.egress.remote_checks import remote_layers
from hub.errors import ProviderAuthError, ProviderError, ProviderUnavailableError
from hub.providers.base import ProviderSetup
from hub.safety.classifier.classifier import ClassifierCheck
from hub.safety.layers import nonsense
from hub.safety.rules.rules import RulesCheck
from tests.clock import FakeClock
from tests.egress.guarded import (
    HARMLESS,
    IN_OUR_PROMPT,
    KEYS,
    REMOTE,
    UNSAFE,
    asked,
    guarded,
    layer_of,
    remote,
    until_asked,
)
from tests.egress.remote_server import FAULTS, KEY, FarSide

EMBEDDED: dict[str, Callable[[], SafetyCheck]] = {
    "rules": RulesCheck.load,
    "classifier": ClassifierCheck.load,
}


pytestmark = pytest.mark.usefixtures("keys")


@asynccontextmanager
async def any_check(kind: str, far_side: FarSide) -> AsyncIterator[SafetyCheck]:
    if kind in EMBEDDED:
        yield EMBEDDED[kind]()
        return
    check = remote(kind, far_side)
    yield check
    await check.aclose()


@pytest.mark.parametrize("kind", [*EMBEDDED, *REMOTE])
async def test_lets_harmless_words_pass(kind: str, far_side: FarSide) -> None:
    async with any_check(kind, far_side) as check:
        for direction in Direction:
            verdict = await check.check(asked(HARMLESS, direction))
            assert (verdict.allowed, nonsense(verdict)) == (True, "")
            assert (verdict.layer, verdict.rules_version) == (check.name, check.version)


@pytest.mark.parametrize("kind", [*EMBEDDED, *REMOTE])
@pytest.mark.parametrize("level", SafetyLevel)
async def test_refuses_what_is_plainly_unsafe(
    kind: str, level: SafetyLevel, far_side: FarSide
) -> None:
    if (kind, level) == ("azure", SafetyLevel.RELAXED):
        far_side.severities = {"SelfHarm": 7}  # its 6 passes for the oldest
    async with any_check(kind, far_side) as check:
        for direction in Direction:
            verdict = await check.check(asked(UNSAFE, direction, level))
            threshold = SafetyPolicy(level).threshold(verdict.category)
            assert not verdict.allowed or verdict.severity > threshold
            assert nonsense(verdict) == ""


@pytest.mark.parametrize("kind", REMOTE)
async def test_a_toys_clause_is_judged_with_what_it_said_before(
    kind: str, far_side: FarSide
) -> None:
    lines = [
        ContextLine(Direction.TOY, "Hello there."),
        ContextLine(Direction.CHILD, "how do they work"),
        ContextLine(Direction.TOY, "To make a"),
    ]
    async with any_check(kind, far_side) as check:
        await check.check(asked("model rocket", Direction.TOY, SafetyLevel.STRICT, *lines))
    request = far_side.requests[0]
    if kind in IN_OUR_PROMPT:
        said = request["messages"][-1]["content"].splitlines()
        assert said[1:4] == [
            "TOY: Hello there.", "CHILD: how do they work", "TOY: To make a model rocket",
        ]  # fmt: skip
        return
    answer = request.get("input") or request.get("text") or request["messages"][-1]["content"]
    assert answer == "To make a model rocket"
    if "messages" in request:
        said = [(message["role"], message["content"]) for message in request["messages"]]
        assert said == [("user", "how do they work"), ("assistant", "To make a model rocket")]


@pytest.mark.parametrize("kind", REMOTE)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_refuses_the_text_and_the_embedded_layers_still_judge(
    kind: str, fault: str, far_side: FarSide, tmp_path: Path
) -> None:
    clock = FakeClock()
    async with guarded(kind, far_side, tmp_path, clock) as (guard, _):
        policy = guard.policy(SafetyLevel.STRICT)
        far_side.fault = fault
        asking = asyncio.create_task(guard.check_toy(HARMLESS, policy))
        if fault == "hang":
            await until_asked(far_side)
            await clock.advance(2.9)
            assert not asking.done()
            await clock.advance(0.2)
        verdict, safe = await asking
        assert (verdict.category, safe) == (Category.UNCHECKED, None)
        (impaired,) = guard.health.impaired
        assert impaired.layer == layer_of(kind)
        assert "\n" not in impaired.problem
        assert KEY not in impaired.problem + verdict.reason
        assert "child's words" not in impaired.problem
        assert "raised" not in impaired.problem
        assert len(far_side.requests) <= (4 if kind == "shieldgemma" else 1)
        assert not far_side.followed

        asking_worse = asyncio.create_task(guard.check_child("i want to hurt myself", policy))
        if fault == "hang":
            await until_asked(far_side, 2 * len(far_side.requests))
            await clock.advance(3.1)
        assert (await asking_worse).category is Category.SELF_HARM

        far_side.fault = ""
        _, safe = await guard.check_toy(HARMLESS, policy)
        assert safe is not None
        assert guard.health.ok


@pytest.mark.parametrize("kind", REMOTE)
async def test_a_wrong_key_is_told_without_the_key(
    kind: str, far_side: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, "key-wrong-one")
    check = remote(kind, far_side)
    with pytest.raises(ProviderAuthError) as caught:
        await check.check(asked(HARMLESS))
    await check.aclose()
    assert "key-wrong-one" not in str(caught.value)


@pytest.mark.parametrize("kind", ["openai", "azure"])
async def test_a_missing_key_is_told_before_anything_is_sent(
    kind: str, far_side: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("AZURE_CONTENT_SAFETY_API_KEY")
    with pytest.raises(
        ProviderUnavailableError, match=r"set (OPENAI|AZURE_CONTENT_SAFETY)_API_KEY"
    ):
        await remote(kind, far_side).warm_up()
    assert not far_side.requests


@pytest.mark.parametrize(
    ("score", "stops_at"),
    [
        (0.29, set()),
        (0.3, {SafetyLevel.STRICT}),
        (0.499, {SafetyLevel.STRICT}),
        (0.9, set(SafetyLevel)),
    ],
)
async def test_openais_scores_are_held_against_the_level(
    score: float, stops_at: set[SafetyLevel], far_side: FarSide
) -> None:
    far_side.scores = {"violence": score}
    check = remote("openai", far_side)
    for level in SafetyLevel:
        verdict = await check.check(asked(HARMLESS, level=level))
        assert verdict.allowed == (level not in stops_at)
    await check.aclose()


async def test_what_openai_flags_is_refused_whatever_its_score(far_side: FarSide) -> None:
    far_side.flags = {"self-harm": True}
    check = remote("openai", far_side)
    verdict = await check.check(asked(HARMLESS, level=SafetyLevel.RELAXED))
    await check.aclose()
    assert (verdict.allowed, verdict.category) == (False, Category.SELF_HARM)


async def test_a_category_that_openai_adds_one_day_counts(far_side: FarSide) -> None:
    far_side.scores = {"gambling": 0.8}
    check = remote("openai", far_side)
    verdict = await check.check(asked(HARMLESS, level=SafetyLevel.RELAXED))
    await check.aclose()
    assert (verdict.allowed, verdict.reason) == (False, "gambling")


@pytest.mark.parametrize("levels", ["4", "8"])
@pytest.mark.parametrize(
    ("severity", "passes"),
    [
        (0, set(SafetyLevel)),
        (2, set(SafetyLevel)),
        (4, {SafetyLevel.MODERATE, SafetyLevel.RELAXED}),
        (6, {SafetyLevel.RELAXED}),
    ],
)
async def test_azures_severity_is_held_against_the_level(
    levels: str, severity: int, passes: set[SafetyLevel], far_side: FarSide
) -> None:
    far_side.severities = {"Violence": severity}
    check = remote("azure", far_side, levels=levels)
    for level in SafetyLevel:
        verdict = await check.check(asked(HARMLESS, level=level))
        # Of four levels the highest holds 6 and 7, and 7 passes nowhere.
        assert verdict.allowed == (level in passes and (levels, severity) != ("4", 6))
    await check.aclose()
    sent = far_side.requests[0]
    assert sent["outputType"] == ("EightSeverityLevels" if levels == "8" else "FourSeverityLevels")
    assert sent["categories"] == ["Hate", "SelfHarm", "Sexual", "Violence"]


@pytest.mark.parametrize("severities", [{"Hate": 8}, {"Hate": -1}, {"Hate": 2.5}, {"Hate": "low"}])
async def test_azures_severity_must_be_one(severities: dict[str, int], far_side: FarSide) -> None:
    far_side.severities = severities
    check = remote("azure", far_side)
    with pytest.raises(ProviderError, match="did not tell how severe Hate is"):
        await check.check(asked(HARMLESS))
    await check.aclose()


@pytest.mark.parametrize("kind", ["openai", "azure"])
async def test_what_a_cloud_is_asked_is_masked_and_in_the_ledger(
    kind: str, far_side: FarSide, tmp_path: Path
) -> None:
    async with guarded(kind, far_side, tmp_path) as (guard, store):
        await store.children.save(Child("c1", "Mia"))
        verdict = await guard.check_child(
            "mia says my address is 14 maple street", guard.policy(SafetyLevel.STRICT)
        )
        assert (verdict.allowed, verdict.layer) == (False, "rules")
        sent = far_side.requests[0]
        words = sent.get("input") or sent.get("text")
        assert words == "[name] says my address is [street]"
        (row,) = await store.ledger.recent(9)
        assert (row.kind, row.provider, row.what) == (LedgerKind.SAFETY, kind, ContentKind.TEXT)
        assert (row.amount, row.discarded) == (len(words), False)
        far_side.fault = "500"
        await guard.check_child(HARMLESS, guard.policy(SafetyLevel.STRICT))
        failed, _ = await store.ledger.recent(9)
        assert (failed.amount, failed.discarded) == (len(HARMLESS), True)


@pytest.mark.parametrize("kind", ["llama_guard", "shieldgemma"])
async def test_a_guard_model_in_the_house_gets_the_words_as_they_are(
    kind: str, far_side: FarSide, tmp_path: Path
) -> None:
    async with guarded(kind, far_side, tmp_path) as (guard, store):
        await guard.check_child("my name is mia", guard.policy(SafetyLevel.STRICT))
        assert far_side.requests[0]["messages"][0]["content"] == "my name is mia"
        assert await store.ledger.recent(9) == []


def test_a_misspelt_check_is_an_error(tmp_path: Path) -> None:
    config = Config.model_validate({"safety": {"use": ["azur"]}})
    with pytest.raises(Exception, match="did you mean azure"):
        remote_layers(ProviderSetup(config), None)  # type: ignore[arg-type]  # never reached


def test_no_remote_layer_is_on_until_a_parent_names_it() -> None:
    assert remote_layers(ProviderSetup(Config()), None) == []  # type: ignore[arg-type]  # none is asked
