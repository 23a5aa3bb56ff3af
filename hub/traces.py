"""Each turn's times, without words and names, for an OpenTelemetry collector at home, where `[log] traces` names one.

A turn is one trace, whose id is the turn's, as the log and `pommai-hub trace` have it. Its packages come with
`pommai[otel]`.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self

from hub.config import Config
from hub.domain.clock import Clock
from hub.domain.talks.talk import Turn
from hub.domain.version import VERSION
from hub.errors import ConfigError
from hub.providers.network.address import is_local_url

if TYPE_CHECKING:  # an extra
    from opentelemetry.sdk.trace.export import SpanExporter

TIMEOUT_S: Final = 5.0
"""For one request; a collector that is away costs a line in the log, and the spans beyond 2,048 that wait."""


class TurnTraces:
    """`observe` is told of each turn when it is over; spans are sent by a thread. `close` it."""

    def __init__(self, exporter: "SpanExporter", clock: Clock) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

        class TurnIds(RandomIdGenerator):
            turn = 0

            def generate_trace_id(self) -> int:
                return self.turn

        self._ids = TurnIds()
        self._provider = TracerProvider(
            resource=Resource({"service.name": "pommai-hub", "service.version": VERSION}),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("pommai")
        self._clock = clock

    @classmethod
    def create(cls, config: Config, clock: Clock) -> Self | None:
        """None where no collector is named. Raises ConfigError for one outside the home, or without the packages."""
        url = config.log.traces
        if not url:
            return None
        if not is_local_url(url):
            raise ConfigError(
                "[log] traces must be an address on your home network, such as http://127.0.0.1:4318"
            )
        try:
            import requests
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        except ImportError as error:
            raise ConfigError(
                f"[log] traces needs {error.name}: pip install 'pommai[otel]', or leave it empty"
            ) from error
        session = requests.Session()
        session.trust_env = False  # no proxy …
        session.max_redirects = 0  # … and no redirect leads it out of the home
        endpoint = f"{url.rstrip('/')}/v1/traces"
        return cls(OTLPSpanExporter(endpoint, timeout=TIMEOUT_S, session=session), clock)

    def observe(self, turn: Turn) -> None:
        """A turn is over, just now: from that its times, which count from the end of speech, become the clock's."""
        from opentelemetry.trace import StatusCode, set_span_in_context

        times = [*turn.timings_ms.values(), 0.0]
        for span in turn.spans:
            times += [span.start_ms, span.end_ms or span.start_ms]
        end_of_speech = self._clock.now() - timedelta(milliseconds=max(times))

        def at_ns(ms: float) -> int:
            return int(end_of_speech.timestamp() * 1e9 + ms * 1e6)

        self._ids.turn = int(turn.id, 16)
        whole = self._tracer.start_span(
            "turn",
            start_time=at_ns(min(times)),
            attributes={"state": turn.state.value, "source": turn.source},
        )
        for step, ms in turn.timings_ms.items():
            whole.add_event(step, timestamp=at_ns(ms))
        for span in turn.spans:
            part = self._tracer.start_span(
                span.work.value,
                set_span_in_context(whole),
                start_time=at_ns(span.start_ms),
                attributes={
                    "provider": span.provider,
                    "clause": span.clause,
                    "discarded": span.discarded,
                },
            )
            if span.first_ms is not None:
                part.add_event("first", timestamp=at_ns(span.first_ms))
            if span.failed:
                part.set_status(StatusCode.ERROR)
            part.end(at_ns(max(times) if span.end_ms is None else span.end_ms))
        whole.end(at_ns(max(times)))

    def close(self) -> None:
        """Sends what waits, for `TIMEOUT_S` at most; blocks."""
        self._provider.shutdown()
