"""Wake words: says whether one was spoken, with the models and the TensorFlow Lite of pymicro-wakeword's wheel.

Its own Python is left alone, as that brings numpy: 11 MB more on a Pi that has 512. What it does is done here:
40 features for each 10 ms, three of those at a time through a streaming model, and the mean of the last
probabilities against the model's own cutoff.
"""

import ctypes
import json
from collections import deque
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from satellite.audio.pcm import RATE_HZ, bytes_for
from satellite.errors import SetupError
from satellite.wire.commands import WAKE_WORDS

_STEP_BYTES: Final = bytes_for(10, RATE_HZ)
COVERED_CUTOFF: Final = 0.3
"""Instead of the model's own, where the toy's voice covers a word and has been taken out again."""
_INT8: Final = 9
"""The TfLiteType of a tensor; the others here have 3, which is unsigned."""


class WordDetector:
    """Hears a room in chunks of whole 10 ms; 60 µs for 20 ms on a PC."""

    def __init__(self, word: str) -> None:
        """`word` is one of `WAKE_WORDS`. Raises SetupError when it can't be listened for here."""
        if word not in WAKE_WORDS:
            raise SetupError(f"--word {word}: must be one of {', '.join(WAKE_WORDS)}")
        try:
            from pymicro_features import MicroFrontend

            package = _package("pymicro_wakeword")
            about = json.loads((package / "models" / f"{word}.json").read_text("utf-8"))
            self._model = _StreamingModel(_library(package), package / "models" / about["model"])
        except (ImportError, OSError) as error:
            raise SetupError(
                f"wake words need pymicro-wakeword: pip install 'pommai[satellite]' ({error})"
            ) from error
        self._cutoff: float = about["micro"]["probability_cutoff"]
        self._frontend = MicroFrontend()
        self._fresh = True
        self._features: list[float] = []
        self._last: deque[float] = deque(maxlen=about["micro"]["sliding_window_size"])

    def hears(self, chunk: bytes, *, covered: bool = False) -> bool:
        """Whether the word ends in this chunk; what led to that counts no more."""
        self._fresh = False
        for at in range(0, len(chunk), _STEP_BYTES):
            step = self._frontend.process_samples(chunk[at : at + _STEP_BYTES])
            self._features += step.features
            if len(self._features) >= self._model.inputs:
                self._last.append(self._model.probability(self._features))
                self._features = []
        if len(self._last) < (self._last.maxlen or 0):
            return False
        cutoff = min(self._cutoff, COVERED_CUTOFF) if covered else self._cutoff
        if sum(self._last) / len(self._last) <= cutoff:
            return False
        self.forget()
        return True

    def close(self) -> None:
        """It hears nothing any more."""
        self._model.close()

    def forget(self) -> None:
        """What was heard before is no part of a word to come; costs nothing when called again."""
        if not self._fresh:
            self._fresh = True
            self._frontend.reset()
            self._features = []
            self._last.clear()
            self._model.forget()


class _Quantization(ctypes.Structure):
    _fields_ = (("scale", ctypes.c_float), ("zero_point", ctypes.c_int32))


class _StreamingModel:
    """One streaming model with 8-bit numbers on either side, which remembers what it was given."""

    def __init__(self, library: ctypes.CDLL, path: Path) -> None:
        """Raises OSError."""
        self._lib = library
        self._path = path
        self._file = self._made(library.TfLiteModelCreateFromFile(bytes(path)))
        self._interpreter = 0
        self._prepare()
        self.inputs: int = library.TfLiteTensorByteSize(self._input)
        """Numbers for one answer."""
        self._least = -128 if library.TfLiteTensorType(self._input) == _INT8 else 0
        self._to = library.TfLiteTensorQuantizationParams(self._input)
        self._from = library.TfLiteTensorQuantizationParams(self._output)
        signed = library.TfLiteTensorType(self._output) == _INT8
        self._answer = (ctypes.c_int8 if signed else ctypes.c_uint8)()

    def forget(self) -> None:
        """Half a millisecond on a PC; there is no quicker way to clear what it remembers."""
        self._lib.TfLiteInterpreterDelete(self._interpreter)
        self._prepare()

    def close(self) -> None:
        self._lib.TfLiteInterpreterDelete(self._interpreter)
        self._lib.TfLiteModelDelete(self._file)

    def _prepare(self) -> None:
        self._interpreter = self._made(self._lib.TfLiteInterpreterCreate(self._file, None))
        if self._lib.TfLiteInterpreterAllocateTensors(self._interpreter) != 0:
            raise OSError(f"{self._path}: TensorFlow Lite can't prepare it")
        self._input = self._made(self._lib.TfLiteInterpreterGetInputTensor(self._interpreter, 0))
        self._output = self._made(self._lib.TfLiteInterpreterGetOutputTensor(self._interpreter, 0))

    def probability(self, features: list[float]) -> float:
        scale, zero = self._to.scale, self._to.zero_point
        least, most = self._least, self._least + 255
        given = bytes(
            min(max(round(feature / scale + zero), least), most) & 0xFF for feature in features
        )
        lib = self._lib
        lib.TfLiteTensorCopyFromBuffer(self._input, given, len(given))
        lib.TfLiteInterpreterInvoke(self._interpreter)
        lib.TfLiteTensorCopyToBuffer(self._output, ctypes.byref(self._answer), 1)
        probability: float = (self._answer.value - self._from.zero_point) * self._from.scale
        return probability

    def _made(self, pointer: int | None) -> int:
        if not pointer:
            raise OSError(f"{self._path}: TensorFlow Lite can't use it")
        return pointer


def _package(name: str) -> Path:
    """Where a package is, which is not imported by that. Raises ImportError."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ImportError(f"{name} is not installed")
    return Path(spec.origin).parent


def _library(package: Path) -> ctypes.CDLL:
    """TensorFlow Lite's C interface, of which each pointer is one of this machine's. Raises OSError."""
    found = next((package / "lib").glob("*tensorflowlite_c.*"), None)
    if found is None:
        raise OSError(f"{package}: holds no TensorFlow Lite for this machine")
    library = ctypes.CDLL(str(found))
    pointer, number, size = ctypes.c_void_p, ctypes.c_int32, ctypes.c_size_t
    signatures: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "TfLiteModelCreateFromFile": (pointer, (ctypes.c_char_p,)),
        "TfLiteInterpreterCreate": (pointer, (pointer, pointer)),
        "TfLiteInterpreterAllocateTensors": (number, (pointer,)),
        "TfLiteInterpreterInvoke": (number, (pointer,)),
        "TfLiteInterpreterGetInputTensor": (pointer, (pointer, number)),
        "TfLiteInterpreterGetOutputTensor": (pointer, (pointer, number)),
        "TfLiteInterpreterDelete": (None, (pointer,)),
        "TfLiteModelDelete": (None, (pointer,)),
        "TfLiteTensorType": (number, (pointer,)),
        "TfLiteTensorByteSize": (size, (pointer,)),
        "TfLiteTensorQuantizationParams": (_Quantization, (pointer,)),
        "TfLiteTensorCopyFromBuffer": (number, (pointer, ctypes.c_char_p, size)),
        "TfLiteTensorCopyToBuffer": (number, (pointer, pointer, size)),
    }
    for name, (result, arguments) in signatures.items():
        function = library[name]
        function.restype, function.argtypes = result, arguments
        setattr(library, name, function)
    return library
