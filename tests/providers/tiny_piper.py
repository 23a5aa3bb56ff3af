"""Makes a tiny Piper voice for the real loader: a hum of 10 ms a phoneme, at the speed asked for."""

import json
from pathlib import Path

import onnx
from onnx import TensorProto, helper

RATE_HZ = 16_000
SAMPLES_A_PHONEME = 160


def make_tiny_piper(onnx_file: Path) -> None:
    """Writes the .onnx file and the .onnx.json beside it."""
    onnx_file.parent.mkdir(parents=True, exist_ok=True)

    def constant(name: str, kind: int, values: list[float]) -> onnx.NodeProto:
        shape = [] if len(values) == 1 and name != "flat" else [len(values)]
        return helper.make_node(
            "Constant", [], [name], value=helper.make_tensor(name, kind, shape, values)
        )

    nodes = [
        constant("one", TensorProto.INT64, [1]),
        constant("each", TensorProto.FLOAT, [SAMPLES_A_PHONEME]),
        constant("zero", TensorProto.FLOAT, [0]),
        constant("step", TensorProto.FLOAT, [1]),
        constant("pitch", TensorProto.FLOAT, [0.1]),
        constant("flat", TensorProto.INT64, [1, 1, 1, -1]),
        helper.make_node("Shape", ["input"], ["shape"]),
        helper.make_node("Gather", ["shape", "one"], ["phonemes"]),
        helper.make_node("Cast", ["phonemes"], ["count"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["scales", "one"], ["length_scale"]),
        helper.make_node("Mul", ["count", "each"], ["plain"]),
        helper.make_node("Mul", ["plain", "length_scale"], ["samples"]),
        helper.make_node("Range", ["zero", "samples", "step"], ["time"]),
        helper.make_node("Mul", ["time", "pitch"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["hum"]),
        helper.make_node("Reshape", ["hum", "flat"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny-voice",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 1, "samples"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(onnx_file))
    symbols = "_^$ abcdefghijklmnopqrstuvwxyz.,?!əɪʊɛæɔʌɑɹðθŋʃʒˈˌː"
    onnx_file.with_name(f"{onnx_file.name}.json").write_text(
        json.dumps(
            {
                "audio": {"sample_rate": RATE_HZ},
                "espeak": {"voice": "en-us"},
                "inference": {"noise_scale": 0.6, "length_scale": 1.0, "noise_w": 0.8},
                "num_symbols": len(symbols),
                "num_speakers": 1,
                "phoneme_id_map": {symbol: [i] for i, symbol in enumerate(symbols)},
            }
        ),
        "utf-8",
    )
