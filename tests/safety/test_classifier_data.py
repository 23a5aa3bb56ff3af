"""The learned layer's data files: small, and refused with a clear error where they are damaged or don't fit."""

import io
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from hub.domain.safety import AlertLevel, Category, SafetyLevel
from hub.errors import DataError
from hub.safety import build as assembly
from hub.safety.build import load_classifier
from hub.safety.classifier import encoder
from hub.safety.classifier.encoder import Encoder
from hub.safety.classifier.model import DATA_FILE, ClassifierModel
from hub.safety.classifier.words import WordVectors
from hub.safety.guard import Guard
from tests.clock import FakeClock

DATA = Path(assembly.__file__).parent / "data"


def test_its_data_are_small() -> None:
    names = (DATA_FILE, encoder.DATA_FILE, "words.npz")
    assert sum((DATA / name).stat().st_size for name in names) < 20_000_000


@pytest.mark.parametrize("module", ["classifier", "encoder"])
async def test_without_its_data_everything_is_refused_and_the_guard_says_why(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    encoder.encoder.cache_clear()
    monkeypatch.setattr(f"hub.safety.classifier.{module}.DATA_FILE", "lost.bin")
    lost = load_classifier()
    guard = Guard([lost], FakeClock(), 1.0)
    verdict = await guard.check_child("why is the sky blue", guard.policy(SafetyLevel.STRICT))
    assert (verdict.allowed, verdict.category) == (False, Category.UNCHECKED)
    assert verdict.alert is AlertLevel.WARNING
    [impaired] = guard.health.impaired
    assert impaired.layer == "classifier"
    assert "can't read it" in impaired.problem
    assert "\n" not in impaired.problem


def _arrays(data: bytes) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    with np.load(io.BytesIO(data)) as file:
        return {name: file[name] for name in file.files}


def _packed(arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy's stub has keywords of its own
    return file.getvalue()


@pytest.mark.parametrize(
    "part", ["about", "weights", "scales", "intercepts", "steps", "alert_from"]
)
def test_data_that_lack_a_part_are_refused(part: str) -> None:
    arrays = _arrays((DATA / DATA_FILE).read_bytes())
    del arrays[part]
    with pytest.raises(DataError, match=r"classifier\.npz: damaged"):
        ClassifierModel.read(BytesIO(_packed(arrays)))


@pytest.mark.parametrize("part", ["weights", "scales", "intercepts", "steps", "alert_from"])
def test_data_of_another_shape_are_refused(part: str) -> None:
    arrays = _arrays((DATA / DATA_FILE).read_bytes())
    arrays[part] = arrays[part][:-1]
    with pytest.raises(DataError, match="wrong shape"):
        ClassifierModel.read(BytesIO(_packed(arrays)))


@pytest.mark.parametrize("keep", [0, 10, 1000, -1])
def test_data_that_were_cut_are_refused(keep: int, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"classifier\.npz: damaged"):
        ClassifierModel.read(BytesIO((DATA / DATA_FILE).read_bytes()[:keep]))
    cut = tmp_path / encoder.DATA_FILE
    cut.write_bytes((DATA / encoder.DATA_FILE).read_bytes()[:keep])
    with pytest.raises(DataError, match=r"encoder\.onnx: damaged"):
        Encoder.read(cut)
    with pytest.raises(DataError, match=r"words\.npz: damaged"):
        WordVectors.read(BytesIO((DATA / "words.npz").read_bytes()[:keep]))


def test_data_that_were_trained_for_other_features_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hub.safety.classifier.model.feature_version", lambda: "another")
    with pytest.raises(DataError, match="train again"):
        ClassifierModel.read(BytesIO((DATA / DATA_FILE).read_bytes()))


def test_data_that_were_trained_with_another_encoder_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoder.encoder(), "version", "another")
    with pytest.raises(DataError, match="train again"):
        ClassifierModel.read(BytesIO((DATA / DATA_FILE).read_bytes()))


def test_a_long_text_has_few_tokens_and_keeps_both_ends() -> None:
    tokens = encoder.encoder().tokens
    first, last = tokens("apple")[1], tokens("banana")[-2]
    found = tokens("apple " + "word " * 10_000 + "banana")
    assert len(found) == encoder.MAX_TOKENS
    assert (found[1], found[-2]) == (first, last)


def test_a_model_without_numbers_is_refused() -> None:
    arrays = _arrays((DATA / DATA_FILE).read_bytes())
    arrays["intercepts"] = np.full_like(arrays["intercepts"], np.nan)
    with pytest.raises(DataError, match="holds no numbers"):
        ClassifierModel.read(BytesIO(_packed(arrays)))


def test_a_model_outlives_its_own_bytes() -> None:
    data = (DATA / DATA_FILE).read_bytes()
    assert ClassifierModel.read(BytesIO(data)).to_bytes() == data
