"""The servers beside ours: the same chain without a framework, Pipecat and FastRTC, each tuned for speed."""

import base64
import json
from collections.abc import Sequence

import numpy as np

from bench.peers import websocket
from bench.peers.peer import ROOT, Line, Peer

SILERO = "pipecat/audio/vad/data/silero_vad.onnx"
"""FastRTC would download the same detector."""


class Bare(Peer):
    """Lower bound: a hand-written chain, loudness for a voice detector, the first clause to the voice."""

    name, server = "bare", "bare_server.py"


class BareSpec(Bare):
    """The same, but it begins at 60 ms of silence and holds the sound back until 200 ms."""

    name = "bare_spec"

    def arguments(self) -> list[str]:
        return ["--spec", "0.06"]


class PipecatFast(Peer):
    """Pipecat: Silero, 200 ms of silence, no further wait and no end-of-turn model."""

    name, venv, server = "pipecat_fast", ".venv-bench-pipecat", "pipecat_server.py"


class FastRtcFixed(Peer):
    """FastRTC's ReplyOnPause by default, with its spinning idle loop mended."""

    name, venv, server = "fastrtc_fixed", ".venv-bench-fastrtc", "fastrtc_server.py"
    tuning: Sequence[str] = ()
    wait_ms = None  # sound is looked at in chunks of 0.6 s: the wait depends on where speech ends

    def arguments(self) -> list[str]:
        silero = next((ROOT / PipecatFast.venv).glob("lib/*/site-packages/" + SILERO))
        return ["--silero", str(silero), *self.tuning]

    def path(self, sid: str) -> str:
        return "/websocket/offer"

    async def connect(self, sid: str) -> Line:
        line = await super().connect(sid)
        hello = json.dumps({"event": "start", "websocket_id": sid})
        line.send(websocket.frame(hello.encode(), websocket.TEXT))
        return line

    def encode(self, pcm: bytes) -> bytes:
        sound = base64.b64encode(mu_law(pcm)).decode()
        message = json.dumps({"event": "media", "media": {"payload": sound}})
        return websocket.frame(message.encode(), websocket.TEXT)

    def is_audio(self, op: int, data: bytes) -> bool:
        return op == websocket.TEXT and b'"media"' in data[:40]


class FastRtcFast(FastRtcFixed):
    """The same with chunks of 0.2 s: the quickest that it answers without cutting in."""

    name = "fastrtc_fast"
    tuning = ("--chunk", "0.2", "--started", "0.1", "--speech", "0.05")


def mu_law(pcm: bytes) -> bytes:
    """16-bit samples in G.711's 8 bits."""
    samples = np.frombuffer(pcm, "<i2").astype(np.int32)
    size = np.minimum(np.abs(samples), 32635) + 0x84
    exponent = np.frexp(size)[1].astype(np.int32) - 8
    mantissa = (size >> (exponent + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()


FRAMEWORKS: dict[str, type[Peer]] = {
    peer.name: peer for peer in (Bare, BareSpec, PipecatFast, FastRtcFixed, FastRtcFast)
}
