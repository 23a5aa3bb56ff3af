"""A model that hears whether a speaker has finished: what it is given, and what is refused."""

import wave
from pathlib import Path

import numpy as np
import onnx
import pytest
from faster_whisper.feature_extractor import FeatureExtractor
from onnx import TensorProto, helper

from hub.errors import ModelError
from hub.providers.listening.smart_turn import HEARS_SAMPLES, INPUT, SHAPE, SmartTurn
from tests.recordings import ours


def make_model(path: Path, shape: tuple[int, ...] = SHAPE) -> Path:
    """Finished is what is bright at its end: a sigmoid of the mean of the last second."""
    taken = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, shape)
    given = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, None)
    bounds = {"from": [shape[-1] - 100], "to": [shape[-1]], "axes": [len(shape) - 1]}
    constants = [
        helper.make_tensor(name, TensorProto.INT64, [1], value) for name, value in bounds.items()
    ]
    nodes = [
        helper.make_node("Slice", [INPUT, "from", "to", "axes"], ["end"]),
        helper.make_node("ReduceMean", ["end"], ["mean"], keepdims=0),
        helper.make_node("Sigmoid", ["mean"], ["probabilities"]),
    ]
    graph = helper.make_graph(nodes, "turn", [taken], [given], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return path


def read(name: str) -> bytes:
    with wave.open(str(ours(name)), "rb") as file:
        return file.readframes(file.getnframes())


async def test_it_judges_the_last_eight_seconds(tmp_path: Path) -> None:
    model = await SmartTurn.load(make_model(tmp_path / "turn.onnx"))
    loud = np.random.default_rng(1).integers(-9000, 9000, 16_000).astype("<i2").tobytes()
    quiet = bytes(len(loud))
    try:
        assert await model.finished(quiet * 2 + loud) > 0.5
        assert await model.finished(loud + quiet * 3) < 0.5
        long_ago = await model.finished(loud * 20 + quiet * 8)
        assert long_ago == pytest.approx(await model.finished(quiet * 8))
    finally:
        await model.aclose()


async def test_what_is_shorter_stands_at_the_end(tmp_path: Path) -> None:
    """As the published model was trained: silence first, and a variance of one over all of it."""
    model = await SmartTurn.load(make_model(tmp_path / "turn.onnx"))
    pcm = read("spoken_moon.wav")
    samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
    whole = np.pad(samples, (HEARS_SAMPLES - len(samples), 0))
    level = ((whole - whole.mean()) / np.sqrt(whole.var() + 1e-7)).astype(np.float32)
    features = FeatureExtractor(feature_size=80)(level, padding=0)
    expected = 1 / (1 + np.exp(-features[:, -100:].mean()))
    try:
        assert await model.finished(pcm) == pytest.approx(expected, abs=1e-4)
    finally:
        await model.aclose()


async def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    path = make_model(tmp_path / "other.onnx", (1, 128, 800))
    with pytest.raises(ModelError, match=r"other\.onnx: takes .* it is no Smart Turn v3"):
        await SmartTurn.load(path)


async def test_a_damaged_or_missing_file_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"nonsense")
    for path in (damaged, tmp_path / "missing.onnx"):
        with pytest.raises(ModelError, match=path.name):
            await SmartTurn.load(path)
