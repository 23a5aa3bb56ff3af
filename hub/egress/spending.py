"""What services outside the home cost, and the month's budget that a parent set for it.

Prices are in `prices.toml` and in the parent's own file, which goes before it.

When it is spent, what costs money is left out of every toy's list, so that toys go on with what runs
at home; parents are told then, and when four fifths are gone. A check of the guard that costs goes
on: a toy must not become less careful because money is short.
"""

import asyncio
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Annotated, Protocol, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.config import Config
from hub.domain.clock import Clock
from hub.domain.household import Household
from hub.domain.safety import AlertLevel
from hub.domain.toys import ProviderKind
from hub.errors import ConfigError
from hub.providers.moderation.chat_judge import chat_model
from hub.storage.store import Store
from hub.translation import marked

SECONDS_AN_HOUR = 3600
MICRO = 1_000_000
CHARACTERS_A_TOKEN = 3
"""Where a model's answer broke off before it told its tokens; English has about 4, many languages fewer."""


@dataclass(frozen=True, slots=True)
class Use:
    """What one request took. Tokens that were not told are 0."""

    tokens_in: int = 0
    tokens_out: int = 0
    characters: int = 0
    """Sent."""
    answered: int = 0
    """Characters that came back."""
    seconds: float = 0.0
    """Of sound that was sent."""


MAX_PRICE_USD = 1_000_000
_Usd = Annotated[float, Field(ge=0, le=MAX_PRICE_USD)]


class Price(BaseModel):
    """One row: US dollars for a million tokens or characters, for an hour of sound, and for a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str
    """The provider's name; of those behind OpenAI's wire format the host."""
    model: str
    tokens_in: _Usd = 0.0
    tokens_out: _Usd = 0.0
    characters: _Usd = 0.0
    hour: _Usd = 0.0
    request: _Usd = 0.0
    source: str = ""
    checked: date | None = None

    @property
    def known(self) -> bool:
        """Else it stands for all that is in no table."""
        return self.service != "*"

    @property
    def free(self) -> bool:
        return not (
            self.tokens_in or self.tokens_out or self.characters or self.hour or self.request
        )

    def micro_usd(self, use: Use) -> int:
        """The cost in millionths of a dollar."""
        told = use.tokens_in or use.tokens_out
        tokens_in = use.tokens_in if told else use.characters / CHARACTERS_A_TOKEN
        tokens_out = use.tokens_out if told else use.answered / CHARACTERS_A_TOKEN
        return round(
            self.tokens_in * tokens_in
            + self.tokens_out * tokens_out
            + self.characters * use.characters
            + self.hour * MICRO * use.seconds / SECONDS_AN_HOUR
            + self.request * MICRO
        )


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    stt: tuple[Price, ...] = ()
    llm: tuple[Price, ...] = ()
    tts: tuple[Price, ...] = ()
    safety: tuple[Price, ...] = ()
    embedding: tuple[Price, ...] = ()

    def of(self, kind: ProviderKind) -> tuple[Price, ...]:
        rows: tuple[Price, ...] = getattr(self, kind.value, ())
        return rows


class Prices:
    """Of the providers as `config` sets them up."""

    def __init__(self, config: Config, *tables: _Table) -> None:
        self._config = config
        self._tables = tables

    @classmethod
    def load(cls, config: Config) -> Self:
        """Raises ConfigError for a parent's file that can't be read."""
        ours = _parsed(files("hub.egress").joinpath("prices.toml").read_text("utf-8"), "ours")
        own = config.costs.prices
        if own is None:
            return cls(config, ours)
        try:
            text = own.read_text("utf-8")
        except OSError as error:
            raise ConfigError(f"[costs] prices: can't read {own}: {error.strerror}") from error
        return cls(config, _parsed(text, f"[costs] prices: {own}"), ours)

    def of(self, kind: ProviderKind, name: str, model: str = "") -> Price:
        """`model` is a toy's own; "" the configured one. What is not known counts as dear."""
        if (kind, name) == (ProviderKind.SAFETY, "chat"):
            kind, name = ProviderKind.LLM, chat_model(self._config)
        service, configured = _billed(kind, name, self._config)
        return next(
            row
            for table in self._tables
            for row in table.of(kind)
            if fnmatchcase(service, row.service) and fnmatchcase(model or configured, row.model)
        )


def _parsed(text: str, where: str) -> _Table:
    try:
        return _Table.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{where}: {place}: {first['msg'].lower()}") from error


def _billed(kind: ProviderKind, name: str, config: Config) -> tuple[str, str]:
    """Who sends the bill, and for which model."""
    of_kind = getattr(config, kind.value, None)
    section = of_kind if kind is ProviderKind.EMBEDDING else getattr(of_kind, name, None)
    base_url: str = getattr(section, "base_url", "")
    model = str(getattr(section, "model", ""))  # a recogniser's may be a folder
    if name not in ("openai", "llm"):
        return name, model
    if kind is ProviderKind.LLM:
        from hub.providers.llm.openai import NO_PRESET, PRESETS  # no sooner than it is needed

        preset = PRESETS.get(config.llm.openai.preset, NO_PRESET)
        base_url, model = base_url or preset.base_url, model or preset.model
    return urlsplit(base_url or "https://api.openai.com").hostname or "", model


MICRO_USD_A_CENT = 10_000
TOLD_AT_PERCENT = (100, 80)


class BudgetAlerts(Protocol):
    """What spending needs of `hub.alerts.maker.AlertMaker`."""

    async def tell_unless_told(
        self,
        level: AlertLevel,
        title: str,
        details: Mapping[str, str],
        *,
        since: datetime,
        same: str = "",
    ) -> bool: ...


class Spending:
    """One for the hub."""

    def __init__(self, store: Store, prices: Prices, clock: Clock, alerts: BudgetAlerts) -> None:
        self._store = store
        self._prices = prices
        self._clock = clock
        self._alerts = alerts
        self._told: tuple[datetime, int, int] | None = None
        """The month, budget and step of which parents know already."""
        self._month: datetime | None = None
        """The beginning of the month that `_spent` is of."""
        self._spent = 0
        self._telling = asyncio.Lock()

    def price(self, kind: ProviderKind, provider: str, model: str = "") -> Price:
        """`model` is a toy's own; "" the configured one."""
        return self._prices.of(kind, provider, model)

    async def may_cost(self, kind: ProviderKind, provider: str, model: str = "") -> bool:
        """Whether that provider, which is outside the home, may be asked now; `model` as in `price`."""
        if self.price(kind, provider, model).free:
            return True
        household = await self._store.household.get()
        return await self._this_month(household) < _cap(household)

    async def spent(self, micro_usd: int) -> None:
        """So much more was spent, and is in the ledger."""
        if micro_usd == 0:
            return
        self._spent += micro_usd
        household = await self._store.household.get()
        spent, cap = await self._this_month(household), _cap(household)
        reached = [percent for percent in TOLD_AT_PERCENT if 100 * spent >= percent * cap > 0]
        if reached:
            async with self._telling:
                await self._tell(household, reached[0], spent)

    async def _this_month(self, household: Household) -> int:
        month = household.month_of(self._clock.now())
        if month != self._month:
            costs = await self._store.ledger.costs_since(month)
            self._month, self._spent = month, sum(cost.micro_usd for cost in costs)
        return self._spent

    async def _tell(self, household: Household, percent: int, spent: int) -> None:
        """Once a month for each step and budget."""
        cap, month = household.monthly_cap_cents, household.month_of(self._clock.now())
        if self._told and self._told[:2] == (month, cap) and self._told[2] >= percent:
            return
        sums = {"spent": f"${spent / 1_000_000:.2f}", "budget": f"${cap / 100:.2f}"}
        if percent == 100:
            title = marked("The month's budget for paid services is used up")
            reason = marked(
                "%(spent)s of %(budget)s is spent. Until the month ends, the toys answer with what runs at home.",
                **sums,
            )
        else:
            title = marked(
                "%(percent)s %% of the month's budget for paid services is used up", percent=percent
            )
            reason = marked(
                "%(spent)s of %(budget)s is spent. When it is used up, the toys answer with what runs at home.",
                **sums,
            )
        await self._alerts.tell_unless_told(
            AlertLevel.WARNING,
            title,
            {"reason": reason, **sums},
            since=month,
            same="budget",
        )
        self._told = month, cap, percent


def _cap(household: Household) -> int:
    return household.monthly_cap_cents * MICRO_USD_A_CENT
