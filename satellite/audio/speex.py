"""Echo cancellation by Debian's libspeexdsp: takes out of what a microphone heard what a speaker played."""

import ctypes
from typing import Any, Final

from satellite.audio.pcm import CHUNK_BYTES, RATE_HZ, SAMPLE_BYTES, bytes_for
from satellite.errors import SetupError

TAIL_MS: Final = 200
"""For how long a sound may come back, its way through speaker, room and microphone included."""

_LIBRARY: Final = "libspeexdsp.so.1"
_ECHO_SET_SAMPLING_RATE: Final = 24
_PREPROCESS_SET_NOISE_SUPPRESS: Final = 18
_PREPROCESS_SET_ECHO_STATE: Final = 24


class EchoCanceller:
    def __init__(self) -> None:
        """Raises SetupError without the library."""
        try:
            self._lib = _library()
        except OSError as error:
            raise SetupError(
                "no echo cancellation without libspeexdsp: sudo apt install libspeexdsp1"
            ) from error
        samples = CHUNK_BYTES // SAMPLE_BYTES
        rate, no_db = ctypes.c_int32(RATE_HZ), ctypes.c_int32(0)
        tail = bytes_for(TAIL_MS, RATE_HZ) // SAMPLE_BYTES
        self._echo = self._lib.speex_echo_state_init(samples, tail)
        self._lib.speex_echo_ctl(self._echo, _ECHO_SET_SAMPLING_RATE, ctypes.byref(rate))
        self._rest = self._lib.speex_preprocess_state_init(samples, RATE_HZ)
        self._lib.speex_preprocess_ctl(self._rest, _PREPROCESS_SET_ECHO_STATE, self._echo)
        # Its noise reduction stays on, as it does nothing about an echo's rest without, but takes 0 dB of noise.
        self._lib.speex_preprocess_ctl(
            self._rest, _PREPROCESS_SET_NOISE_SUPPRESS, ctypes.byref(no_db)
        )
        self._clean = ctypes.create_string_buffer(CHUNK_BYTES)

    def clean(self, heard: bytes, played: bytes) -> bytes:
        """A chunk of what was heard, without what was `played` then or up to TAIL_MS before."""
        self._lib.speex_echo_cancellation(self._echo, heard, played, self._clean)
        self._lib.speex_preprocess_run(self._rest, self._clean)
        return self._clean.raw

    def close(self) -> None:
        self._lib.speex_preprocess_state_destroy(self._rest)
        self._lib.speex_echo_state_destroy(self._echo)


def _library() -> ctypes.CDLL:
    """Raises OSError."""
    library = ctypes.CDLL(_LIBRARY)
    pointer, number = ctypes.c_void_p, ctypes.c_int
    signatures: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "speex_echo_state_init": (pointer, (number, number)),
        "speex_echo_ctl": (number, (pointer, number, pointer)),
        "speex_echo_cancellation": (None, (pointer, ctypes.c_char_p, ctypes.c_char_p, pointer)),
        "speex_echo_state_destroy": (None, (pointer,)),
        "speex_preprocess_state_init": (pointer, (number, number)),
        "speex_preprocess_ctl": (number, (pointer, number, pointer)),
        "speex_preprocess_run": (number, (pointer, pointer)),
        "speex_preprocess_state_destroy": (None, (pointer,)),
    }
    for name, (result, arguments) in signatures.items():
        function = library[name]
        function.restype, function.argtypes = result, arguments
        setattr(library, name, function)
    return library
