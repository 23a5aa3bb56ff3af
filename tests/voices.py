"""Two made voices, and a small network of the test's own that tells them apart as WeSpeaker's does real ones."""

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from hub.domain.audio import SPEECH_RATE_HZ
from hub.providers.listening.voice_model import BANDS

LOW_HZ: Final = 300.0
HIGH_HZ: Final = 3000.0


def voice(pitch_hz: float, seconds: float = 2.0) -> bytes:
    """Four syllables a second in a little noise, as 16 bits at 16 kHz."""
    at = np.arange(round(seconds * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    syllables = np.sin(2 * np.pi * 4 * at) > 0
    noise = np.random.default_rng(1).normal(0, 200, len(at))
    sound: bytes = (
        (8000 * np.sin(2 * np.pi * pitch_hz * at) * syllables + noise).astype("<i2").tobytes()
    )
    return sound


def make_voice_model(path: Path, *, bands: int = BANDS, nonsense: bool = False) -> Path:
    """How much each band moves, the strongest before all; or the logarithm of a negative number."""
    taken = helper.make_tensor_value_info("feats", TensorProto.FLOAT, (None, None, bands))
    given = helper.make_tensor_value_info("embs", TensorProto.FLOAT, None)
    power = helper.make_tensor("power", TensorProto.FLOAT, [1], [8.0])
    below = helper.make_tensor("below", TensorProto.FLOAT, [1], [-1.0])
    nodes = [
        helper.make_node("Pow", ["feats", "power"], ["moved"]),
        helper.make_node("ReduceMean", ["moved"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("Mul", ["mean", "below"], ["negative"]),
        helper.make_node("Log", ["negative"], ["embs"])
        if nonsense
        else helper.make_node("Identity", ["mean"], ["embs"]),
    ]
    graph = helper.make_graph(nodes, "voice", [taken], [given], [power, below])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path
