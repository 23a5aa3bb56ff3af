"""What nobody here can judge is refused kindly: other languages than English, where no model must agree."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub.config import Config
from hub.config.programs import SafetySection
from hub.domain.clock import SystemClock
from hub.domain.safety import AlertLevel, Category, SafetyLevel
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import Toy
from hub.pipeline.context import Ask
from hub.providers.base import ProviderSetup
from hub.providers.llm.storyteller import Storyteller
from hub.safety.build import build_guard
from hub.safety.guard import Guard
from hub.safety.language import LanguageCheck, is_foreign
from hub.safety.lines import Line
from tests.pipeline.scripted import ScriptedLlm, house
from tests.pipeline.turns import record
from tests.safety.checks import Yes
from tests.safety.shipped import PHRASES, RULES


class Judge(Yes):
    """Of a language model's kind, which is asked beside the embedded layers."""

    timeout_s = 1.0
    added = False


class AddedJudge(Judge):
    added = True


def guard_with(*judges: Judge) -> Guard:
    return build_guard(SafetySection(), SystemClock(), judges)


@pytest.mark.parametrize(
    "text",
    [
        "warum ist der himmel blau",
        "spielst du mit mir",
        "cuéntame un cuento de dragones",
        "¿por qué llueve tanto?",
        "on joue à quoi maintenant",
        "raconte-moi une histoire",
        "मुझे एक कहानी सुनाओ",
        "mujhe ek kahani sunao",
        "எனக்கு ஒரு கதை சொல்லு",
        "enakku oru kadhai sollu",
        "расскажи мне сказку",
        "voglio giocare con te",
        "dlaczego niebo jest niebieskie",
    ],
)
def test_another_language_is_known_by_its_letters_or_its_small_words(text: str) -> None:
    assert is_foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!?",
        "blue",
        "zorgon blaster pew",
        "what does hola mean",
        "how do you say good night in german",
        "my abuela made tacos and my oma baked a cake",
        "frère jacques",
        "das boot",
        "la la la la",
        "the letter Ω looks like a horseshoe",
        "mia and leo and anna and ben",
        "i like bonjour and ciao and adios",
        "k1ll my br0ther",
        "I spell B, U, T, T, E, R, F, L, Y.",
    ],
)
def test_english_stays_english_with_names_loanwords_and_nonsense(text: str) -> None:
    assert not is_foreign(text)


async def test_an_english_toy_judges_no_other_language_and_says_so_kindly() -> None:
    guard = guard_with()
    policy = guard.policy(SafetyLevel.STRICT)
    verdict = await guard.check_child("erzähl mir eine geschichte von einem drachen", policy)
    assert (verdict.allowed, verdict.category) == (False, Category.UNCHECKED)
    assert verdict.alert is None
    assert not verdict.look, "another language is nothing to worry about"
    said = await guard.redirect(verdict, policy, "en", seed=1)
    assert said.text in PHRASES.lines(Line.OTHER_LANGUAGE, "en", {})
    assert (await guard.check_toy("Es war einmal ein kleiner Bär.", policy))[1] is None
    assert (await guard.check_child("tell me a story about a dragon", policy)).allowed


@pytest.mark.parametrize("judges", [(), (AddedJudge(),)])
async def test_a_toy_whose_language_nobody_must_judge_says_one_kind_line_to_everything(
    judges: tuple[Judge, ...],
) -> None:
    guard = guard_with(*judges)
    assert guard.judges("en-gb")
    assert not guard.judges("de"), "one that was added may stay away"
    policy = guard.policy_for(Toy("t", "Bär", language="de"))
    verdict = await guard.check_child("licht an", policy)
    said = await guard.redirect(verdict, policy, "de", seed=1)
    assert said.text in PHRASES.lines(Line.NO_JUDGE, "de", {})
    assert (await guard.check_toy("Hallo!", policy))[1] is None


async def test_what_the_rules_know_of_a_language_goes_before_that() -> None:
    guard = guard_with()
    for language in ("de", "en"):
        policy = guard.policy(SafetyLevel.STRICT, language=language)
        verdict = await guard.check_child("ich will nicht mehr leben", policy)
        assert (verdict.category, verdict.alert) == (Category.SELF_HARM, AlertLevel.URGENT)
        said = await guard.redirect(verdict, policy, "de", seed=1)
        assert said.text in PHRASES.redirects(Category.SELF_HARM, SafetyLevel.STRICT, "de")
        threat = await guard.check_child("ich bring dich um", policy)
        assert (threat.category, threat.kind) == (Category.VIOLENCE, "")


async def test_with_a_judge_that_must_agree_a_toy_talks_in_its_language() -> None:
    guard = guard_with(Judge())
    assert guard.judges("de")
    policy = guard.policy_for(Toy("t", "Bär", language="de-AT"))
    assert (await guard.check_child("warum ist der himmel blau", policy)).allowed
    verdict, safe = await guard.check_toy("Das Licht der Sonne wird gestreut.", policy)
    assert verdict.allowed
    assert safe is not None
    assert safe.policy != guard.policy(SafetyLevel.STRICT), "it is for a toy that speaks German"


async def test_in_a_whole_turn_no_model_is_asked_about_what_nobody_judged(tmp_path: Path) -> None:
    model = ScriptedLlm("All right.")
    async with house(tmp_path, llms=[model], checks=[RULES, LanguageCheck()]) as home:

        async def say(toy: Toy, text: str) -> Turn:
            async with home.pipeline.turn(Ask(toy, "say", text=text)) as turn:
                return record([event async for event in turn])

        assert (await say(home.toy, "the sky is so blue")).state is TurnState.DONE
        asked = len(model.requests)
        turn = await say(home.toy, "warum ist der himmel eigentlich blau")
        assert turn.state is TurnState.REFUSED
        assert turn.said[0] in PHRASES.lines(Line.OTHER_LANGUAGE, "en", {})
        turn = await say(replace(home.toy, language="de"), "warum denn")
        assert turn.said[0] in PHRASES.lines(Line.NO_JUDGE, "de", {})
        assert len(model.requests) == asked


async def test_without_a_language_model_a_german_toy_says_so_in_german(tmp_path: Path) -> None:
    async with house(tmp_path, llms=[Storyteller(ProviderSetup(Config()))]) as home:
        ask = Ask(replace(home.toy, language="de"), "say", text="warum ist der himmel blau")
        async with home.pipeline.turn(ask) as turn:
            said = record([event async for event in turn]).said
        assert " ".join(said) in PHRASES.lines(Line.NO_MODEL, "de", {})
