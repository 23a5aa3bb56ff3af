"""What a sentence means: a small pretrained transformer, which onnxruntime runs on one thread.

`encoder()` reads `data/encoder.onnx`, which `bench/guard/tune.py` makes: all-MiniLM-L6-v2, whose upper
layers learned from our lines, in bytes instead of floats. `data/encoder.LICENSE` says whose it is.
"""

import hashlib
import json
from functools import cache
from importlib.resources import as_file
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from hub.domain.safety import Category, Direction
from hub.safety.data_files import FOLDER, damaged, reading

DATA_FILE = "encoder.onnx"
MAX_TOKENS = 128
"""Of a longer text the first and the last tokens are looked at."""

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Numbers = NDArray[np.float32]


class Encoder:
    """Gives log odds of the same questions as the classifier's parts: each stop, an alert, each category."""

    def __init__(self, session: "InferenceSession", version: str) -> None:
        about = session.get_modelmeta().custom_metadata_map
        self._session = session
        self._tokenizer = Tokenizer.from_str(about["tokenizer"])
        self.categories = tuple(Category(name) for name in json.loads(about["categories"]))
        self.version = version

    @classmethod
    def read(cls, file: Path) -> "Encoder":
        """From the data file. Raises DataError where it is missing or damaged."""
        import onnxruntime  # takes a quarter of a second; only who judges needs it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        with reading(DATA_FILE), file.open("rb") as data:
            version = hashlib.file_digest(data, "sha256").hexdigest()[:12]
        try:
            session = onnxruntime.InferenceSession(
                file, options, providers=["CPUExecutionProvider"]
            )
            found = cls(session, version)
            found.odds("hello", Direction.CHILD)
        except Exception as error:  # onnxruntime and tokenizers raise types of their own
            raise damaged(DATA_FILE, type(error).__name__) from error
        return found

    def odds(self, reading: str, direction: Direction) -> Numbers:
        """A number for each of BLENDED_HEADS, then one for each of `categories`."""
        fed = {
            "ids": np.array([self.tokens(reading)], np.int64),
            "side": np.array([list(Direction).index(direction)], np.int64),
        }
        found: Numbers = self._session.run(None, fed)[0][0]
        return found

    def tokens(self, reading: str) -> list[int]:
        """The numbers of a reading's word pieces, at most MAX_TOKENS."""
        ids: list[int] = self._tokenizer.encode(reading).ids
        return shortened(ids)


def shortened(ids: list[int]) -> list[int]:
    half = MAX_TOKENS // 2
    return ids if len(ids) <= MAX_TOKENS else [*ids[:half], *ids[-half:]]


@cache
def encoder() -> Encoder:
    """That which ships with us. Raises DataError where it is missing or damaged."""
    with as_file(FOLDER / DATA_FILE) as file:
        return Encoder.read(file)
