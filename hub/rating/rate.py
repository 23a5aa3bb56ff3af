"""Rates a language model: every scenario is talked through by whole turns of the real pipeline.

Prompt, guard and model are the family's; transcripts and alerts go to a household of its own that is thrown away. What
leaves the house and what it costs stands in the family's ledger.
"""

import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hub.alerts.maker import AlertMaker
from hub.domain.safety import CheckRequest, ContextLine, Direction
from hub.domain.talks.talk import PAGE, Turn, TurnState
from hub.domain.toys import ProviderChoice, ProviderKind, Toy
from hub.egress.remote_checks import RemoteLayer, load_check
from hub.egress.spending import Spending, Use
from hub.errors import ConfigError, ProviderError, RefusedError
from hub.events import Bus
from hub.pipeline.answer.breaks import Breaks
from hub.pipeline.context import Ask, TurnServices
from hub.pipeline.events import Finished
from hub.pipeline.pipeline import Pipeline
from hub.pipeline.speak.sound_cache import SoundCache
from hub.providers.base import ProviderSetup
from hub.providers.moderation.chat_judge import chat_model
from hub.providers.registry import REGISTRY, check_names, load
from hub.rating.cards import CardFolder, RatedTalk, RatedTurn, ReportCard
from hub.rating.checks import Answer, broken
from hub.rating.scenarios import Scenario, Scenarios
from hub.storage.database import Database
from hub.storage.store import Store

TOKENS_IN, TOKENS_OUT = 450, 60
"""Of a turn: our prompt, the talk so far, and a short answer."""
SECONDS_A_TURN = 3.0
"""A guess for a small model on a home's computer."""
MAX_NAME_CHARS = 200
NAME = "Teddy"
"""The toy's in all talks."""


@dataclass(frozen=True, slots=True)
class RatingPlan:
    """What rating a model would take."""

    name: str
    provider: str
    model: str
    local: bool
    talks: int
    turns: int
    """Those that are left to do."""
    micro_usd: int

    @property
    def minutes(self) -> float:
        return self.turns * SECONDS_A_TURN / 60


class Rater:
    """Of one household. `services` are those of its turns."""

    def __init__(self, services: TurnServices, setup: ProviderSetup, spending: Spending) -> None:
        self._services = services
        self._setup = setup
        self._spending = spending
        self._scenarios = Scenarios.load()
        self.cards = CardFolder(setup.config.hub.data)

    async def plan(self, name: str, *, judge: str = "", fresh: bool = False) -> RatingPlan:
        """Raises RefusedError for a name that no model of this household can have."""
        card = await self._card(name, judge, fresh)
        left = [one for one in self._scenarios.all if one.id not in card.talks]
        turns = sum(len(scenario.lines) for scenario in left)
        local = load(ProviderKind.LLM, card.provider, self._setup).local
        use = Use(tokens_in=TOKENS_IN * turns, tokens_out=TOKENS_OUT * turns)
        price = self._spending.price(ProviderKind.LLM, card.provider, card.model)
        cost = 0 if local else price.micro_usd(use)
        return RatingPlan(card.name, card.provider, card.model, local, len(left), turns, cost)

    async def rate(
        self, name: str, *, judge: str = "", fresh: bool = False
    ) -> AsyncGenerator[ReportCard]:
        """The card after each talk, which is on the disk then. It goes on where an earlier try ended, unless `fresh`.

        Raises RefusedError for an unknown name, ProviderError where the model gives no answer, DataError.
        """
        card = await self._card(name, judge, fresh)
        async with self._judging(judge) as second, self._household() as (pipeline, store):
            for scenario in self._scenarios.all:
                if scenario.id not in card.talks:
                    await self._talk(scenario, card, pipeline, store, second)
                    await self.cards.write(card)
                yield card

    async def _card(self, name: str, judge: str, fresh: bool) -> ReportCard:
        """A new one, or the earlier one where all that it depends on is the same."""
        name = name.strip()[:MAX_NAME_CHARS]
        provider, model = self._named(name)
        try:
            check_names(ProviderKind.SAFETY, (judge,) if judge else (), key="judge")
        except ConfigError as error:
            raise RefusedError(str(error)) from error
        card = ReportCard(
            name=name,
            provider=provider,
            model=model,
            judge=judge,
            at=self._services.clock.now(),
            guard=self._services.guard.rules_version,
            scenarios=self._scenarios.version,
            of=len(self._scenarios.all),
        )
        earlier = None if fresh else await self.cards.read(name)
        same = {"at", "talks", "cost_micro_usd"}
        if earlier and earlier.model_dump(exclude=same) == card.model_dump(exclude=same):
            return earlier
        return card

    def _named(self, name: str) -> tuple[str, str]:
        """A provider's name, or that of a model which the household's own provider has."""
        if name in REGISTRY[ProviderKind.LLM]:
            return name, ""
        provider = chat_model(self._setup.config)
        if not name or not provider:
            known = ", ".join(REGISTRY[ProviderKind.LLM])
            raise RefusedError(f"name a provider ({known}), or a model of the one in [llm] use")
        return provider, name

    async def _talk(
        self,
        scenario: Scenario,
        card: ReportCard,
        pipeline: Pipeline,
        store: Store,
        second: RemoteLayer | None,
    ) -> None:
        """Adds what came of it to the card."""
        toy = Toy(
            scenario.id,
            NAME,
            providers=ProviderChoice(llm=(card.provider,)),
            model=card.model,
            safety_level=scenario.level,
        )
        await store.toys.save(toy)
        answers, turns = [], []
        history: list[ContextLine] = []
        for line in scenario.lines:
            turn = await _turn(pipeline, Ask(toy, PAGE, text=line, aloud=False))
            turns.append(turn)
            answer = _answer(turn, card.provider)
            history.append(ContextLine(Direction.CHILD, line))
            if second and answer.said:
                policy = self._services.guard.policy_for(toy)
                request = CheckRequest(answer.said, Direction.TOY, policy, tuple(history))
                answer = replace(answer, judged=await _against(second, request))
            history.append(ContextLine(Direction.TOY, answer.said))
            answers.append(answer)
        await store.toys.save(replace(toy, name=scenario.id))  # the next one has its name
        if not any(answer.by_model for answer in answers):
            problem = self._services.providers.problems().get(card.provider, "it gave no answer")
            raise ProviderError(f"{card.name} can't be rated now: {problem}; what is done is kept")
        costs = await self._services.store.ledger.costs_of([turn.id for turn in turns])
        card.cost_micro_usd += sum(cost.micro_usd for each in costs.values() for cost in each)
        card.at = self._services.clock.now()
        card.talks[scenario.id] = RatedTalk(
            age=scenario.age,
            risk=scenario.risk,
            turns=[
                RatedTurn(
                    asked=answer.asked,
                    said=answer.said,
                    held_back=answer.held_back,
                    broke=sorted(rules),
                    judged=answer.judged,
                    ms=turn.timings_ms.get("answered", 0.0),
                )
                for answer, rules, turn in zip(
                    answers, broken(scenario, answers), turns, strict=True
                )
            ],
        )

    @asynccontextmanager
    async def _household(self) -> AsyncIterator[tuple[Pipeline, Store]]:
        """One that knows nobody, and is gone afterwards."""
        clock = self._services.clock
        with tempfile.TemporaryDirectory(prefix="pommai-rating-") as folder:
            database = await Database.open(Path(folder), clock)
            try:
                bus = Bus()
                store = Store(database, bus, clock)
                services = replace(
                    self._services,
                    store=store,
                    bus=bus,
                    alerts=AlertMaker(store, clock),
                    breaks=Breaks(store),
                    sounds=SoundCache(),
                    activities=(),
                    on_end=lambda turn: None,
                )
                yield Pipeline(services), store
            finally:
                await database.aclose()

    @asynccontextmanager
    async def _judging(self, judge: str) -> AsyncIterator[RemoteLayer | None]:
        if not judge:
            yield None
            return
        timeout_s = getattr(self._setup.config.safety, judge).timeout_ms / 1000
        services = self._services
        layer = RemoteLayer(
            load_check(judge, self._setup), services.outgoing, services.clock, timeout_s
        )
        try:
            await layer.warm_up()
            yield layer
        finally:
            await layer.aclose()


async def _turn(pipeline: Pipeline, ask: Ask) -> Turn:
    async with pipeline.turn(ask) as running:
        events = [event async for event in running]
    last = events[-1]
    if not isinstance(last, Finished) or last.turn is None:
        raise ProviderError("a turn of the rating broke; see the hub's log")
    return last.turn


def _answer(turn: Turn, provider: str) -> Answer:
    by = turn.providers.get("llm", provider)
    return Answer(
        asked=turn.heard,
        said=" ".join(turn.said),
        held_back=" ".join(turn.refused),
        child_refused=not turn.verdicts[0].allowed if turn.verdicts else False,
        by_model=by == provider and turn.state is not TurnState.FAILED,
    )


async def _against(second: RemoteLayer, request: CheckRequest) -> str:
    """What the judge model has against an answer; "" where nothing."""
    try:
        verdict = await second.check(request)
    except (ProviderError, TimeoutError):
        return "no verdict"
    return "" if verdict.allowed else verdict.category.value
