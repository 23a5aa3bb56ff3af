"""Messages of a bad peer, of every kind that is ours, made by hypothesis: half of them valid but for one field."""

import importlib
import json
import pkgutil
from collections.abc import Sequence
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from wyoming.event import Event

from satellite import wire
from satellite.wire import commands, extensions, pairing, phrases, update
from satellite.wire.frame import MICROPHONE, SPEAKER, AudioFrame

PAYLOAD = b"abcd"
SHA256 = "0" * 64
SHARE = b"A" + bytes(range(32))


def _header(event: Event) -> dict[str, Any]:
    header: dict[str, Any] = {"type": event.type, "data": event.data or {}}
    assert event.payload in (None, PAYLOAD)
    return header | ({"payload_length": len(PAYLOAD)} if event.payload else {})


WYOMING: list[dict[str, Any]] = [
    {"type": "describe"},
    {"type": "ping", "data": {"text": "knock"}},
    {"type": "pong", "data": {"text": "knock"}},
    {"type": "run-satellite"},
    {"type": "pause-satellite"},
    {"type": "run-pipeline", "data": {"start_stage": "asr", "end_stage": "tts", "held": True}},
    {"type": "transcript", "data": {"text": "hello"}},
    {"type": "voice-stopped", "data": {"timestamp": 5}},
    {"type": "audio-start", "data": {"rate": 16000, "width": 2, "channels": 1}},
    {
        "type": "audio-chunk",
        "data": {"rate": 16000, "width": 2, "channels": 1},
        "payload_length": len(PAYLOAD),
    },
    {"type": "audio-stop"},
    {"type": "played"},
    {"type": "error", "data": {"text": "no", "code": "microphone"}},
]
OURS: list[dict[str, Any]] = [
    _header(event)
    for event in (
        pairing.PairingStart(b"MIIB", SHARE).event(),
        pairing.share_event(SHARE),
        pairing.mac_event(pairing.CONFIRM, bytes(32)),
        pairing.mac_event(pairing.DONE, bytes(32)),
        Event(pairing.UNPAIR),
        Event(pairing.UNPAIRED),
        extensions.hello(),
        extensions.hello(extensions.OPUS),
        Event(extensions.EVENT, {"kind": extensions.MIC_BACK}),
        commands.EmergencyMessage().event(),
        Event(extensions.INTERRUPT, {"played_samples": 16000, "by": "tap"}),
        commands.SettingsMessage(volume=40).event("s"),
        commands.Command("c", commands.IDENTIFY).event(),
        commands.StopMessage("e", on=True).event(),
        commands.StopMessage("e", on=False).event(),
        commands.Done("1", ok=True).event(),
        commands.StatusReport(
            60.0, 1, 0, 0, 20.0, -60.0, 50.0, 30e3, 1e5, "v1", stopped=True
        ).event(),
        phrases.PhrasePiece("p", SHA256, 10, 0, PAYLOAD).event(),
        phrases.OfflineReport("offline", 3, 60.0, 30.0).event(),
        update.UpdateOffer("9.9", 1, SHA256, 10).event("u"),
        update.UpdatePiece(0, PAYLOAD).event("u"),
        update.install(SHA256, "u"),
    )
]
VALID = WYOMING + OURS

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=30),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.just("A" * 6_000),
    st.just("x" * 70_000),
)
FRAMES = (AudioFrame(MICROPHONE, 0, PAYLOAD), AudioFrame(SPEAKER, 0, PAYLOAD))


def kinds_of_ours() -> set[str]:
    """The type of every message that we add to Wyoming: what the wire's modules call so."""
    modules = [
        importlib.import_module(f"{wire.__name__}.{found.name}")
        for found in pkgutil.iter_modules(wire.__path__)
    ]
    values = [value for module in modules for value in vars(module).values()]
    return {value for value in values if isinstance(value, str) and value.startswith("pommai-")}


def encoded(header: dict[str, Any]) -> bytes:
    payload = PAYLOAD if "payload_length" in header else b""
    return json.dumps(header).encode() + b"\n" + payload


@st.composite
def _one_field_wrong(draw: st.DrawFn, valid: list[dict[str, Any]]) -> bytes:
    header = json.loads(json.dumps(draw(st.sampled_from(valid))))
    where = header if draw(st.booleans()) else header.setdefault("data", {})
    names = [*where, "data_length", "payload_length"]
    where[draw(st.sampled_from(names))] = draw(ODD)
    return encoded(header)


@st.composite
def _frame_with_one_byte_wrong(draw: st.DrawFn) -> bytes:
    frame = bytearray(draw(st.sampled_from(FRAMES)).encode())
    frame[draw(st.integers(0, len(frame) - 1))] = draw(st.integers(0, 255))
    return bytes(frame)


def _messages(valid: list[dict[str, Any]]) -> st.SearchStrategy[bytes]:
    return st.one_of(
        _one_field_wrong(valid),
        st.one_of(
            st.binary(max_size=200).map(lambda raw: raw + b"\n"),
            ODD.map(lambda value: json.dumps(value).encode() + b"\n"),
            st.sampled_from(valid).map(encoded),
            st.just(b"[" * 8_000 + b"\n"),
            _frame_with_one_byte_wrong(),
        ),
    )


@cache
def made(count: int, *, but: tuple[str, ...] = ()) -> Sequence[bytes]:
    """So many messages, the same in every run, none of a type in `but`."""
    messages: list[bytes] = []

    @settings(
        max_examples=count // 20,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(
            _messages([header for header in VALID if header["type"] not in but]),
            min_size=20,
            max_size=20,
        )
    )
    def collect(some: list[bytes]) -> None:
        messages.extend(some)

    collect()
    return messages
