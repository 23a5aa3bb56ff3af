"""Opus, as both ends of a paired link speak it: 16 kHz mono in packets of 20 ms, about 24 kbit/s.

A thin binding of libopus: each buffer is checked before C sees it, a lost packet is concealed, and no more is
loaded than is used. docs/wire-protocol.md says why it is none of the packages.
"""

import ctypes
from functools import cache
from typing import Final

from satellite.wire.frame import MAX_PACKET_BYTES

RATE_HZ: Final = 16_000
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = RATE_HZ * FRAME_MS // 1000
FRAME_BYTES: Final = 2 * FRAME_SAMPLES

FOR_VOICE: Final = 2048
"""OPUS_APPLICATION_VOIP: made for speech, and sends next to nothing in its pauses."""
LOW_DELAY: Final = 2051
"""OPUS_APPLICATION_RESTRICTED_LOWDELAY: 4 ms sooner than FOR_VOICE and for a third of its work."""

_BITRATE: Final = 24_000
_COMPLEXITIES: Final = {FOR_VOICE: 5, LOW_DELAY: 0}
"""LOW_DELAY with 5 takes twice the time, and a recogniser hears it no better."""
_SET_BITRATE, _SET_COMPLEXITY, _SET_DTX, _GET_LOOKAHEAD = 4002, 4010, 4016, 4027
_LIBRARIES: Final = ("libopus.so.0", "libopus.0.dylib")


class OpusError(Exception):
    """There is no libopus, or a packet is damaged."""


@cache
def problem() -> str:
    """Why there is no Opus here; "" when there is."""
    try:
        _library()
    except OpusError as error:
        return str(error)
    return ""


class Encoder:
    """Raises OpusError without libopus."""

    def __init__(self, application: int) -> None:
        """For FOR_VOICE, or LOW_DELAY."""
        self._opus = _library()
        self._state = ctypes.create_string_buffer(self._opus.opus_encoder_get_size(1))
        _check(self._opus.opus_encoder_init(self._state, RATE_HZ, 1, application))
        for setting, value in (
            (_SET_BITRATE, _BITRATE),
            (_SET_COMPLEXITY, _COMPLEXITIES[application]),
            (_SET_DTX, 1),
        ):
            _check(self._opus.opus_encoder_ctl(self._state, setting, ctypes.c_int32(value)))
        lookahead = ctypes.c_int32()
        _check(self._opus.opus_encoder_ctl(self._state, _GET_LOOKAHEAD, ctypes.byref(lookahead)))
        self.lookahead_samples: int = lookahead.value
        """How much later than in the sound a sample is in what is decoded."""
        self._packet = ctypes.create_string_buffer(MAX_PACKET_BYTES)

    def encode(self, pcm: bytes) -> bytes:
        """The packet of one frame: FRAME_BYTES of 16-bit samples."""
        if len(pcm) != FRAME_BYTES:
            raise ValueError(f"{len(pcm)} bytes are not a frame's {FRAME_BYTES}")
        size = _check(
            self._opus.opus_encode(self._state, pcm, FRAME_SAMPLES, self._packet, MAX_PACKET_BYTES)
        )
        return self._packet.raw[:size]


class Decoder:
    """Raises OpusError without libopus."""

    def __init__(self) -> None:
        self._opus = _library()
        self._state = ctypes.create_string_buffer(self._opus.opus_decoder_get_size(1))
        _check(self._opus.opus_decoder_init(self._state, RATE_HZ, 1))
        self._pcm = ctypes.create_string_buffer(FRAME_BYTES)

    def decode(self, packet: bytes) -> bytes:
        """FRAME_BYTES of sound. Raises OpusError for what isn't a packet of 20 ms."""
        if not packet:
            raise OpusError("an empty packet")
        return self._decode(packet)

    def conceal(self) -> bytes:
        """What a lost packet may have held: a frame that goes on as before, ever more quietly."""
        return self._decode(None)

    def _decode(self, packet: bytes | None) -> bytes:
        size = len(packet) if packet else 0
        samples = _check(
            self._opus.opus_decode(self._state, packet, size, self._pcm, FRAME_SAMPLES, 0)
        )
        if samples != FRAME_SAMPLES:
            raise OpusError(f"a packet of {samples} samples instead of {FRAME_SAMPLES}")
        return self._pcm.raw


def _check(result: int) -> int:
    if result < 0:
        raise OpusError(_library().opus_strerror(result).decode("ascii", "replace"))
    return result


@cache
def _library() -> ctypes.CDLL:
    for name in _LIBRARIES:
        try:
            return _declared(ctypes.CDLL(name))
        except (OSError, AttributeError):
            continue
    raise OpusError("libopus is missing: sudo apt install libopus0")


def _declared(opus: ctypes.CDLL) -> ctypes.CDLL:
    """What ctypes must know to pass arguments as C takes them."""
    int32, state, buffer = ctypes.c_int32, ctypes.c_char_p, ctypes.c_char_p
    opus.opus_encoder_init.argtypes = (state, int32, ctypes.c_int, ctypes.c_int)
    opus.opus_encode.argtypes = (state, buffer, ctypes.c_int, buffer, int32)
    opus.opus_encoder_ctl.argtypes = (state, ctypes.c_int)
    opus.opus_decoder_init.argtypes = (state, int32, ctypes.c_int)
    opus.opus_decode.argtypes = (state, buffer, int32, buffer, ctypes.c_int, ctypes.c_int)
    opus.opus_strerror.restype = ctypes.c_char_p
    return opus
