"""What is counted and timed over all turns, as Prometheus reads it.

Nothing here says what was said. Every label is one of a fixed set: steps, kinds of work, names of
providers, categories. Read `Metrics.text` beside docs/observing.md, which lists the names.
"""

from collections.abc import Collection
from functools import partial
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from hub.domain.safety import Direction
from hub.domain.talks.talk import Turn
from hub.domain.talks.trace import SoundCheck, Span, Work

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10)
"""From what nobody notices to what no child waits for."""
DBFS: Final = (-90, -80, -70, -60, -50, -45, -40, -35, -30, -25, -20, -15, -10, -5, 0)
RATIO: Final = (0, 0.0001, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1)
MISSING_SECONDS: Final = (0, 0.1, 0.2, 0.3, 0.5, 1, 2, 5)
UNHEARD: Final = "unheard"
"""The state of a turn in which nobody spoke; it is not stored."""
OTHER: Final = "other"
"""A provider with a name that the registry doesn't know."""


class Metrics:
    """One hub's own registry. `observe` is told of each turn when it is over."""

    def __init__(self, providers: Collection[str]) -> None:
        """`providers`: the names that may stand in a label."""
        self._providers = frozenset(providers)
        own = self._registry = CollectorRegistry()
        ProcessCollector(registry=own)
        counter, gauge = partial(Counter, registry=own), partial(Gauge, registry=own)
        histogram = partial(Histogram, registry=own)
        self._connections = gauge(
            "pommai_connections", "Open connections: toys, and pages kept up to date", ["to"]
        )
        self._turns = counter("pommai_turns", "Turns that ended, by how", ["state"])
        self._steps = histogram(
            "pommai_turn_step_seconds",
            "When a turn reached a step, after the end of speech",
            ["step"],
            buckets=SECONDS,
        )
        self._work = histogram(
            "pommai_first_result_seconds",
            "From asking until the first result; for stt, from the end of speech",
            ["work", "provider"],
            buckets=SECONDS,
        )
        self._failures = counter(
            "pommai_provider_failures", "Times that a provider failed", ["work", "provider"]
        )
        self._circuits = gauge(
            "pommai_provider_up",
            "1: asked as usual; 0.5: one request tries it; 0: left alone, as it failed again and again",
            ["work", "provider"],
        )
        self._discarded = counter(
            "pommai_discarded_guesses",
            "Work for guesses at a child's words that turned out wrong",
            ["work", "provider"],
        )
        self._refusals = counter(
            "pommai_refusals",
            "Texts that the guard stopped; unchecked: because a check failed",
            ["direction", "category"],
        )
        self._tokens = counter(
            "pommai_model_tokens", "Tokens of language models", ["provider", "direction"]
        )
        self._characters = counter(
            "pommai_spoken_characters", "Characters made into speech", ["provider"]
        )
        self._level = histogram("pommai_microphone_level_dbfs", "Level of speech", buckets=DBFS)
        self._noise = histogram("pommai_microphone_noise_dbfs", "Level of noise", buckets=DBFS)
        self._clipped = histogram(
            "pommai_microphone_clipped_ratio", "Share of clipped samples", buckets=RATIO
        )
        self._missing = histogram(
            "pommai_microphone_missing_seconds",
            "Sound of a turn that never arrived",
            buckets=MISSING_SECONDS,
        )
        self._gaps = counter("pommai_microphone_gaps", "Times that sound came late")

    def observe(self, turn: Turn) -> None:
        """A turn is over."""
        self._turns.labels(turn.state.value if turn.revision else UNHEARD).inc()
        for step, at_ms in turn.timings_ms.items():
            self._steps.labels(step).observe(max(0.0, at_ms) / 1000)
        for span in turn.spans:
            self._observe_span(span)
        for number, verdict in enumerate(turn.verdicts):
            if not verdict.allowed:
                direction = Direction.TOY if number else Direction.CHILD
                self._refusals.labels(direction.value, verdict.category.value).inc()
        if turn.tokens_in or turn.tokens_out:
            model = self._name(turn.providers.get("llm", OTHER))
            self._tokens.labels(model, "in").inc(turn.tokens_in)
            self._tokens.labels(model, "out").inc(turn.tokens_out)
        if turn.said:
            voice = self._name(turn.providers.get("tts", OTHER))
            self._characters.labels(voice).inc(sum(map(len, turn.said)))
        if turn.sound is not None:
            self._observe_sound(turn.sound)

    def circuit(self, work: str, provider: str, up: float) -> None:
        """How a provider's circuit breaker stands now."""
        self._circuits.labels(work, self._name(provider)).set(up)

    def text(self, **connections: int) -> bytes:
        """All of it in Prometheus's text format; `connections` by what they lead to."""
        for to, count in connections.items():
            self._connections.labels(to).set(count)
        return generate_latest(self._registry)

    def _observe_span(self, span: Span) -> None:
        provider = self._name(span.provider) if span.provider else ""
        if span.failed:
            self._failures.labels(span.work.value, provider).inc()
            return
        if span.discarded:
            self._discarded.labels(span.work.value, provider).inc()
            return
        whole = span.work in (Work.CHECK, Work.JUDGE, Work.RECALL)
        first_ms = span.end_ms if whole else span.first_ms
        if first_ms is not None:
            # A recogniser begins with the speech: what counts is how long it makes the child wait.
            waited_ms = first_ms - max(0.0, span.start_ms)
            self._work.labels(span.work.value, provider).observe(max(0.0, waited_ms) / 1000)

    def _observe_sound(self, sound: SoundCheck) -> None:
        self._level.observe(sound.level_dbfs)
        self._noise.observe(sound.noise_dbfs)
        self._clipped.observe(sound.clipped_ratio)
        self._missing.observe(sound.missing_ms / 1000)
        self._gaps.inc(sound.gaps)

    def _name(self, provider: str) -> str:
        return provider if provider in self._providers else OTHER
