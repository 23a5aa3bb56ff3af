"""The layers that a parent may add to the guard: guard models and moderation services on servers.

Each runs beside the embedded ones and must agree with them. One that fails or is late refuses the text; where
a parent only added it, the embedded ones then judge at their strict level (`hub.safety.added`).
"""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Protocol, cast

from hub.domain.clock import Clock
from hub.domain.household import ContentKind, LedgerKind
from hub.domain.safety import CheckRequest, ContextLine, Verdict
from hub.domain.talks.trace import Work
from hub.domain.toys import AUTO, ProviderKind
from hub.egress.gate import EgressGate
from hub.egress.masking import Masker
from hub.errors import ConfigError
from hub.providers.base import ProviderSetup, RemoteCheck
from hub.providers.registry import check_names, load


class Measured(Protocol):
    """One piece of work under way."""

    def end(self) -> None: ...

    def fail(self) -> None: ...


class Measures(Protocol):
    """What notes how long a turn's work took."""

    def begin(self, work: Work, provider: str = "") -> Measured: ...


measures: ContextVar[Measures | None] = ContextVar("measures", default=None)
"""Of the turn that a task works for, as the guard is asked about texts, not turns."""


class RemoteLayer:
    """A `SafetyCheck` that asks a server within `timeout_s`; what leaves the home is masked and noted."""

    def __init__(
        self,
        check: RemoteCheck,
        outgoing: EgressGate,
        clock: Clock,
        timeout_s: float,
        *,
        added: bool = False,
    ) -> None:
        self._check = check
        self._outgoing = outgoing
        self._clock = clock
        self.timeout_s = timeout_s
        self.added = added
        self.name = check.name
        self.version = check.version
        self.local = check.local

    @property
    def takes_guesses(self) -> bool:
        """Whether it may be asked about words that are a guess still."""
        return self._outgoing.may_guess(self._check, LedgerKind.SAFETY)

    async def warm_up(self) -> None:
        """Raises ProviderError that says what is missing, or that all clouds are turned off."""
        self._outgoing.require(self._check)
        await self._check.warm_up()

    async def aclose(self) -> None:
        await self._check.aclose()

    async def check(self, request: CheckRequest) -> Verdict:
        turn = measures.get()
        work = turn.begin(Work.JUDGE, self.name) if turn else None
        try:
            return await self._ask(request)
        except Exception:  # whatever it was, it gave no verdict; raised on
            if work:
                work.fail()
            raise
        finally:
            if work:
                work.end()

    async def _ask(self, request: CheckRequest) -> Verdict:
        async with self._clock.timeout(self.timeout_s):
            self._outgoing.require(self._check)
            await self._check.warm_up()
            if not self._check.local:
                request = masked(request, await self._outgoing.masker())
            async with self._outgoing.sending(
                self._check, LedgerKind.SAFETY, ContentKind.TEXT, self._check.characters(request)
            ) as sent:
                verdict = await self._check.check(request)
                sent.used = True
        return verdict


def masked(request: CheckRequest, masker: Masker) -> CheckRequest:
    """Without personal details, which the embedded layers judge at home."""
    history = tuple(ContextLine(line.direction, masker.mask(line.text)) for line in request.history)
    return CheckRequest(masker.mask(request.text), request.direction, request.policy, history)


def remote_layers(setup: ProviderSetup, outgoing: EgressGate) -> Sequence[RemoteLayer]:
    """Those that `[safety] use` and `added` name. Raises ConfigError for an unknown name."""
    settings = setup.config.safety
    required, added = tuple(dict.fromkeys(settings.use)), tuple(dict.fromkeys(settings.added))
    for key, names in (("use", required), ("added", added)):
        if AUTO in names:
            known = "llm, chat, openai or azure"
            raise ConfigError(f"[safety] {key}: there is no auto; name {known}, or none")
        check_names(ProviderKind.SAFETY, names, key=key)
    if both := sorted({*required} & {*added}):
        raise ConfigError(f"[safety] {both[0]} stands in use and in added; name it in one of them")
    timeouts_s = {
        name: getattr(settings, name).timeout_ms / 1000 for name in (*required, *added)
    } | dict.fromkeys(added, settings.added_ms / 1000)
    return [
        RemoteLayer(load_check(name, setup), outgoing, setup.clock, timeout_s, added=name in added)
        for name, timeout_s in timeouts_s.items()
    ]


def load_check(name: str, setup: ProviderSetup) -> RemoteCheck:
    return cast(RemoteCheck, load(ProviderKind.SAFETY, name, setup))
