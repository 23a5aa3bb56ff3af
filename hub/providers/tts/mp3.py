"""MP3 as it streams in, made into samples in a thread, through PyAV (FFmpeg)."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import TYPE_CHECKING

from hub.domain.audio import SAMPLE_BYTES
from hub.errors import ProviderError

if TYPE_CHECKING:
    from av import Packet
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream

MAX_TAG_BYTES = 1 << 15
"""Tags and pictures in front of the sound."""


class Mp3Decoder:
    """For one provider: `open` loads FFmpeg; `decode` may run for several speeches at once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{name}-mp3")

    async def open(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, _open, 16_000)

    async def decode(self, pieces: AsyncGenerator[bytes], rate_hz: int) -> AsyncGenerator[bytes]:
        """Mono 16-bit samples at `rate_hz`. Raises ProviderError for what is no MP3."""
        loop = asyncio.get_running_loop()
        stream = _Stream(self._name, rate_hz)
        async with aclosing(pieces):
            async for piece in pieces:
                if pcm := await loop.run_in_executor(self._thread, stream.feed, piece):
                    yield pcm
        if pcm := await loop.run_in_executor(self._thread, stream.feed, None):
            yield pcm

    async def aclose(self) -> None:
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)


class _Stream:
    """One MP3 in pieces. What is no frame (tags, an index) is passed over, as players do."""

    def __init__(self, name: str, rate_hz: int) -> None:
        self._name = name
        self._rate_hz = rate_hz
        self._codec: AudioCodecContext | None = None
        self._resampler: AudioResampler | None = None
        self._bytes_without_sound = 0

    def feed(self, piece: bytes | None) -> bytes:
        """In the thread: the samples of what is complete; None is the end."""
        if self._codec is None or self._resampler is None:
            self._codec, self._resampler = _open(self._rate_hz)
        frames = [f for packet in self._codec.parse(piece) for f in _decode(self._codec, packet)]
        self._bytes_without_sound = 0 if frames else self._bytes_without_sound + len(piece or b"")
        if self._bytes_without_sound > MAX_TAG_BYTES:
            raise ProviderError(f"{self._name}: it answered something that is no MP3")
        samples = [made for frame in frames for made in self._resampler.resample(frame)]
        if piece is None:
            samples += self._resampler.resample(None)
        return b"".join(bytes(made.planes[0])[: SAMPLE_BYTES * made.samples] for made in samples)


def _open(rate_hz: int) -> "tuple[AudioCodecContext, AudioResampler]":
    from av import CodecContext
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.resampler import AudioResampler

    codec = CodecContext.create("mp3", "r")
    assert isinstance(codec, AudioCodecContext)
    return codec, AudioResampler("s16", "mono", rate_hz)


def _decode(codec: "AudioCodecContext", packet: "Packet[AudioStream]") -> "list[AudioFrame]":
    from av import InvalidDataError

    try:
        return codec.decode(packet)
    except InvalidDataError:
        return []
