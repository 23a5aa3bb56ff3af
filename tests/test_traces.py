"""Turns for an OpenTelemetry collector: what it gets over the wire, and what is never sent."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from hub.config import Config
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.talks.trace import Span, Work
from hub.errors import ConfigError
from hub.traces import TurnTraces
from tests.clock import FakeClock


def traces_to(url: str) -> TurnTraces | None:
    return TurnTraces.create(Config.model_validate({"log": {"traces": url}}), FakeClock())


async def test_a_turn_is_a_trace_of_its_id_without_a_word() -> None:
    got: list[bytes] = []

    async def collect(request: web.Request) -> web.Response:
        got.append(await request.read())
        return web.Response(content_type="application/x-protobuf")

    app = web.Application()
    app.router.add_post("/v1/traces", collect)
    turn = Turn(uuid4().hex, "toy", "satellite", datetime.now(UTC), state=TurnState.DONE)
    turn.heard, turn.said = "a secret of mine", ["I keep it"]
    turn.timings_ms = {"transcript": 240.0, "answered": 2000.0}
    turn.spans = [
        Span(Work.STT, -900, "sphinx", first_ms=240, end_ms=240),
        Span(Work.LLM, 250, "openai", failed=True, end_ms=1250),
    ]
    async with TestServer(app) as collector:
        traces = traces_to(str(collector.make_url("/")))
        assert traces is not None
        traces.observe(turn)
        await asyncio.to_thread(traces.close)
    [packed] = got
    assert b"secret" not in packed
    assert b"keep" not in packed
    read = ExportTraceServiceRequest.FromString(packed)
    spans = {span.name: span for span in read.resource_spans[0].scope_spans[0].spans}
    assert {span.trace_id.hex() for span in spans.values()} == {turn.id}
    assert spans.keys() == {"turn", "stt", "llm"}
    assert spans["llm"].parent_span_id == spans["turn"].span_id
    took_ms = {n: (s.end_time_unix_nano - s.start_time_unix_nano) / 1e6 for n, s in spans.items()}
    assert took_ms == pytest.approx({"turn": 2900, "stt": 1140, "llm": 1000}, abs=0.01)
    assert [event.name for event in spans["turn"].events] == ["transcript", "answered"]
    assert spans["llm"].status.code == spans["llm"].status.STATUS_CODE_ERROR


def test_it_is_off_unless_named_and_stays_in_the_house() -> None:
    assert traces_to("") is None
    with pytest.raises(ConfigError, match="home network"):
        traces_to("https://collector.example.com")
