"""What the pool gives a turn: approved providers, warm, made once, the embedded one last."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace

import pytest

from hub.domain.toys import ProviderChoice, ProviderKind
from hub.errors import ConfigError, ProviderError, ProviderUnavailableError
from hub.providers.base import LlmRequest, ProviderSetup
from hub.providers.network.breaker import FAILURES, FIRST_PAUSE_S, TRIAL_S
from hub.providers.pool import Providers
from hub.providers.slot import MAX_WARM_UP_S, RETRY_AFTER_S
from tests.clock import FakeClock
from tests.providers.rig import TOY, Rig, Spare, household, names, rig


@pytest.fixture(autouse=True)
def rigged(monkeypatch: pytest.MonkeyPatch) -> None:
    rig(monkeypatch)


async def test_the_embedded_provider_ends_every_list() -> None:
    providers = Providers(household("rig"))
    assert await names(providers) == ["rig", "spare"]
    await providers.aclose()


async def heard(providers: Providers) -> str:
    """The answer of the first that gives one, as a turn asks for it."""
    for llm in await providers.llm(TOY):
        with suppress(ProviderError):
            async with aclosing(llm.reply(LlmRequest([]))) as deltas:
                return (await anext(deltas)).text
    return ""


async def test_the_embedded_provider_takes_memory_only_when_it_is_needed() -> None:
    providers = Providers(household("rig"))
    assert await heard(providers) == "rig speaks"
    assert Spare.stood_in == 0
    Rig.down = ProviderError("rig: down")
    assert await heard(providers) == "spare speaks"
    assert Spare.stood_in == 1
    await providers.aclose()


async def test_a_household_without_another_gets_the_embedded_one_ready() -> None:
    providers = Providers(household("spare"))
    assert await names(providers) == ["spare"]
    assert Spare.stood_in == 1
    await providers.aclose()


async def test_one_that_keeps_failing_is_left_out_until_it_is_tried_again() -> None:
    clock = FakeClock()
    providers = Providers(household("rig", clock))
    Rig.down = ProviderError("rig: down")
    for _ in range(FAILURES):
        assert await heard(providers) == "spare speaks"
    assert await names(providers) == ["spare"]
    assert providers.problems() == {"rig": "rig: down"}
    assert providers.states()[ProviderKind.LLM, "rig"] == "open"
    await clock.advance(FIRST_PAUSE_S)
    assert await names(providers) == ["rig", "spare"]
    [outage] = providers.outages()
    assert (outage.name, outage.seconds) == ("rig", FIRST_PAUSE_S)
    Rig.down = None
    assert await heard(providers) == "rig speaks"
    assert (providers.problems(), providers.outages()) == ({}, [])
    await providers.aclose()


async def test_a_child_does_not_wait_long_for_one_that_is_only_tried_again() -> None:
    clock = FakeClock()
    providers = Providers(household("rig", clock))
    Rig.down = ProviderError("rig: down")
    for _ in range(FAILURES):
        await heard(providers)
    await clock.advance(FIRST_PAUSE_S)
    Rig.hangs = asyncio.Event()
    hearing = asyncio.create_task(heard(providers))
    await Rig.hangs.wait()
    await clock.advance(TRIAL_S)
    assert await hearing == "spare speaks"
    assert providers.states()[ProviderKind.LLM, "rig"] == "open"
    await providers.aclose()


async def test_what_costs_is_left_out_when_nothing_may_be_spent() -> None:
    async def broke(kind: ProviderKind, name: str, model: str) -> bool:
        return False

    providers = Providers(household("rig"), may_cost=broke)
    assert await names(providers) == ["rig", "spare"]
    Rig.local = False
    assert await names(providers) == ["spare"]
    assert providers.outages() == []
    await providers.aclose()


async def test_a_toys_own_model_is_asked_what_it_costs() -> None:
    async def free_but_the_best(kind: ProviderKind, name: str, model: str) -> bool:
        return model != "best"

    Rig.local = False
    providers = Providers(household("rig"), may_cost=free_but_the_best)
    assert await names(providers) == ["rig", "spare"]
    assert await names(providers, replace(TOY, model="best")) == ["spare"]
    await providers.aclose()


async def test_a_toys_own_list_goes_before_the_households() -> None:
    providers = Providers(household("rig"))
    toy = replace(TOY, providers=ProviderChoice(llm=("spare",)))
    assert await names(providers, toy) == ["spare"]
    assert Rig.made == 0
    await providers.aclose()


async def test_a_name_that_no_longer_exists_in_a_toys_list_costs_only_that_name() -> None:
    providers = Providers(household("auto"))
    toy = replace(TOY, providers=ProviderChoice(llm=("gone", "rig")))
    assert await names(providers, toy) == ["rig", "spare"]
    assert "there is no provider 'gone'" in providers.problems()["gone"]
    await providers.aclose()


async def test_many_turns_at_once_make_and_warm_one_provider() -> None:
    Rig.gate = asyncio.Event()
    providers = Providers(household("rig"))
    async with asyncio.TaskGroup() as group:
        turns = [group.create_task(names(providers)) for _ in range(8)]
        while not Rig.warmed:
            await asyncio.sleep(0.001)
        Rig.gate.set()
    assert all(turn.result() == ["rig", "spare"] for turn in turns)
    assert (Rig.made, Rig.warmed) == (1, 1)
    await providers.aclose()
    assert Rig.closed == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ProviderUnavailableError("rig: no model on disk"), "rig: no model on disk"),
        (RuntimeError("boom\nsecond line"), "rig: can't start: RuntimeError: boom"),
        (
            ModuleNotFoundError("No module named 'rig'", name="rig"),
            "rig: the Python package rig isn't installed; install it with: pip install 'pommai[hub]'",
        ),
    ],
)
async def test_a_provider_that_fails_is_left_out_with_its_reason_and_tried_later(
    error: Exception, reason: str
) -> None:
    Rig.error = error
    clock = FakeClock()
    providers = Providers(household("rig", clock))
    assert await names(providers) == ["spare"]
    assert providers.problems() == {"rig": reason}
    assert Rig.closed == 1
    Rig.error = None
    assert await names(providers) == ["spare"]
    await clock.advance(RETRY_AFTER_S)
    await names(providers)
    while providers.problems():
        await asyncio.sleep(0.001)
    assert await names(providers) == ["rig", "spare"]
    await providers.aclose()


async def test_nobody_waits_for_one_that_failed_before_while_it_is_made_ready() -> None:
    Rig.error = ProviderUnavailableError("rig: no server")
    clock = FakeClock()
    providers = Providers(household("rig", clock))
    assert await names(providers) == ["spare"]
    Rig.error, Rig.gate = None, asyncio.Event()
    await clock.advance(RETRY_AFTER_S)
    async with asyncio.timeout(60):
        assert await names(providers) == ["spare"]
        assert await names(providers) == ["spare"], "while it is still being made ready, too"
    Rig.gate.set()
    while providers.problems():
        await asyncio.sleep(0.001)
    assert await names(providers) == ["rig", "spare"]
    assert Rig.made == 2
    await providers.aclose()


async def test_a_package_that_breaks_while_it_is_imported_costs_only_its_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(self: Rig, setup: ProviderSetup) -> None:
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(Rig, "__init__", broken)
    providers = Providers(household("rig"))
    assert await names(providers) == ["spare"]
    assert providers.problems() == {
        "rig": "rig: can't start: OSError: libgomp.so.1: cannot open shared object file"
    }
    await providers.aclose()


async def test_a_warm_up_that_hangs_is_given_up() -> None:
    Rig.gate = asyncio.Event()
    clock = FakeClock()
    providers = Providers(household("rig", clock))
    asking = asyncio.create_task(names(providers))
    while not Rig.warmed:
        await asyncio.sleep(0.001)
    await clock.advance(MAX_WARM_UP_S)
    assert await asking == ["spare"]
    assert "not ready after 60 s" in providers.problems()["rig"]
    await providers.aclose()


async def test_a_cancelled_turn_leaves_the_provider_to_the_next() -> None:
    Rig.gate = asyncio.Event()
    providers = Providers(household("rig"))
    asking = asyncio.create_task(names(providers))
    while not Rig.warmed:
        await asyncio.sleep(0.001)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    Rig.gate.set()
    assert await names(providers) == ["rig", "spare"]
    assert Rig.made == 1
    await providers.aclose()


def test_a_misspelt_name_in_the_settings_is_told_at_start() -> None:
    with pytest.raises(ConfigError, match="did you mean spare"):
        Providers(household("spair"))


async def test_a_chosen_one_that_can_not_be_used_is_told_with_who_stands_in() -> None:
    providers = Providers(household("rig"))
    assert [(s.chosen, s.problem, s.answers) for s in await providers.standing(TOY)] == [
        ("rig", "", "rig")
    ] * 3
    await providers.aclose()
    Rig.error = ProviderUnavailableError("rig: nobody answers")
    providers = Providers(household("rig"))
    assert [(s.chosen, s.problem, s.answers) for s in await providers.standing(TOY)] == [
        ("rig", "rig: nobody answers", "spare")
    ] * 3
    await providers.aclose()


async def test_one_whose_server_went_away_since_is_told_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def absent(self: Rig) -> str:
        return "rig: the server is gone"

    monkeypatch.setattr(Rig, "absent", absent, raising=False)
    providers = Providers(household("rig"))
    stands = (await providers.standing(TOY))[1]
    assert (stands.problem, stands.answers) == ("rig: the server is gone", "")
    await providers.aclose()


async def test_one_that_may_not_be_paid_any_more_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broke(kind: ProviderKind, name: str, model: str) -> bool:
        return False

    Rig.local = False
    providers = Providers(household("rig"), may_cost=broke)
    assert "budget" in (await providers.standing(TOY))[0].problem
    await providers.aclose()
