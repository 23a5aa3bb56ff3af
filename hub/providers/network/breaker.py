"""A provider that keeps failing is left alone for a while, then tried again by one request: a circuit breaker.

One for each provider in use. pybreaker counts and keeps the state; when to try again, and what counts as a
failure, is ours: a request that was given up when all of its time was over has failed, one that was given up
sooner has not.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog
from pybreaker import STATE_CLOSED, CircuitBreaker, CircuitBreakerError

from hub.domain.clock import Clock
from hub.domain.toys import ProviderKind
from hub.errors import (
    PommaiError,
    ProviderAuthError,
    ProviderBusyError,
    ProviderError,
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

log = structlog.get_logger()

FAILURES = 3
"""In a row, after which it is left alone."""
FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 600.0
"""The pause doubles with each trial that fails, up to this: also after a key that was refused."""
LONGEST_ASKED_S = 3600.0
"""A far side that asks to be left alone for longer (Retry-After) is tried all the same."""
TRIAL_S = 3.0
"""For the first answer when one is tried again: a child waits for it, and another one could answer."""
GIVEN_UP = 0.9
"""Who is cancelled after so much of its time without an answer was given up on; sooner, it was not needed."""


@dataclass(slots=True)
class Attempt:
    """One request under way: `heard_from` notes an answer, `wait_anew` that its time begins again."""

    clock: Clock
    waits_since_s: float
    first_within_s: float | None
    """None: whoever asks says how long it waits."""
    answered: bool = False

    def heard_from(self) -> None:
        self.answered = True
        self.first_within_s = None
        self.wait_anew()

    def wait_anew(self) -> None:
        """What was asked is complete only now, e.g. a child's sentence."""
        self.waits_since_s = self.clock.monotonic()


class Breaker:
    """Closed: asked as usual. Open: left alone until its time has come. Half-open: one request tries it."""

    def __init__(
        self, kind: ProviderKind, name: str, clock: Clock, *, last_resort: bool = False
    ) -> None:
        """The last resort is always asked: after it there is none."""
        self._last_resort = last_resort
        self._kind = kind
        self._name = name
        self._clock = clock
        self._circuit = CircuitBreaker(fail_max=FAILURES)
        self._trying = False
        self._pause_s = FIRST_PAUSE_S
        self._retry_at_s = 0.0
        self.problem = ""
        """Why it is left alone; "" where it is not."""
        self.out_since_s: float | None = None
        """On the clock's monotonic time."""

    @property
    def state(self) -> str:
        """closed, open or half-open."""
        return self._circuit.current_state

    @property
    def ready(self) -> bool:
        """Whether it may be asked now: as usual, or to try it."""
        if self.state == STATE_CLOSED:
            return True
        return not self._trying and self._clock.monotonic() >= self._retry_at_s

    @contextmanager
    def attempt(self, patience_s: float) -> Iterator[Attempt]:
        """Around one request; `patience_s` is how long its asker waits for the first answer.

        Raises ProviderUnavailableError while the provider is left alone, and a ProviderError for
        whatever else goes wrong in it.
        """
        if not self.ready:
            raise ProviderUnavailableError(f"{self._name}: left alone for now; {self.problem}")
        trial = self.state != STATE_CLOSED
        if trial:
            self._trying = True
            self._circuit.half_open()
        attempt = Attempt(self._clock, self._clock.monotonic(), TRIAL_S if trial else None)
        try:
            yield attempt
            self._succeeded(trial)
        except ProviderRequestError:
            raise  # a voice or a model that it doesn't know says nothing of its health
        except ProviderError as error:
            self._failed(error, trial)
            raise
        except PommaiError:
            raise
        except GeneratorExit:
            if attempt.answered:
                self._succeeded(trial)
            raise
        except asyncio.CancelledError:
            if self._clock.monotonic() - attempt.waits_since_s >= GIVEN_UP * patience_s:
                late = ProviderTimeoutError(f"{self._name}: nothing within {patience_s:g} s")
                self._failed(late, trial)
            raise
        except Exception as error:
            log.exception("a provider broke", provider=self._name)
            broken = ProviderError(f"{self._name}: broke: {type(error).__name__}")
            self._failed(broken, trial)
            raise broken from error
        finally:
            if trial:
                self._trying = False

    def _succeeded(self, trial: bool) -> None:
        if not trial and self.state != STATE_CLOSED:
            return  # it was asked before it was left alone
        with self._circuit.calling():
            pass
        if trial:
            self._pause_s, self.problem, self.out_since_s = FIRST_PAUSE_S, "", None
            log.info("a provider works again", kind=self._kind.value, provider=self._name)

    def _failed(self, error: ProviderError, trial: bool) -> None:
        if self._last_resort or (not trial and self.state != STATE_CLOSED):
            return
        with suppress(CircuitBreakerError, ProviderError), self._circuit.calling():
            raise error
        refused = isinstance(error, ProviderAuthError)
        asked_s = error.retry_after_s if isinstance(error, ProviderBusyError) else None
        if self.state == STATE_CLOSED and not asked_s and not refused:
            return
        self._circuit.open()
        pause_s = LONGEST_PAUSE_S if refused else self._pause_s
        pause_s = max(pause_s, min(asked_s or 0.0, LONGEST_ASKED_S))
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        now_s = self._clock.monotonic()
        self._retry_at_s = now_s + pause_s
        self.problem = str(error)
        if self.out_since_s is None:
            self.out_since_s = now_s
        log.warning(
            "a provider is left alone",
            kind=self._kind.value,
            provider=self._name,
            seconds=round(pause_s),
            error=self.problem,
        )
