"""Makes the words that a toy without a hub can say, its pairing code's digits above all: `satellite/data/spoken`.

`python -m bench.spoken_digits` writes them anew with espeak-ng, from the wheel that the hub speaks with.
"""

import ctypes
import wave
from pathlib import Path

import espeakng_loader
import numpy as np
import soxr

FOLDER = Path(__file__).parents[1] / "satellite" / "data" / "spoken"
WORDS = {
    "code": "my code is",
    **{str(digit): word for digit, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )},
}  # fmt: skip
VOICE = b"en-us"
RATE_HZ = 16_000
WORDS_PER_MINUTE = 125
QUIET = 200
"""Samples below it at either end are cut off."""


def main() -> None:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = Path(espeakng_loader.get_data_path()).parent
    rate_hz = library.espeak_Initialize(2, 100, str(data).encode(), 0x8000)
    library.espeak_SetVoiceByName(VOICE)
    library.espeak_SetParameter(1, WORDS_PER_MINUTE, 0)
    for name, words in WORDS.items():
        samples = np.frombuffer(spoken(library, words), np.int16)
        speech = soxr.resample(samples, rate_hz, RATE_HZ)
        loud = np.flatnonzero(np.abs(speech) > QUIET)
        with wave.open(str(FOLDER / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(speech[loud[0] : loud[-1] + 1].astype("<i2").tobytes())


def spoken(library: ctypes.CDLL, words: str) -> bytes:
    heard = bytearray()

    def take(samples: int | None, count: int, _events: int) -> int:
        if samples and count:
            heard.extend(ctypes.string_at(samples, 2 * count))
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(take)
    library.espeak_SetSynthCallback(callback)
    text = words.encode()
    library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, 1, None, None)
    return bytes(heard)


if __name__ == "__main__":
    main()
