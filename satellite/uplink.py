"""What the toy sends for a turn: that it asks for one, and the microphone's sound in the form that was agreed."""

from typing import Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.pipeline import PipelineStage, RunPipeline

from satellite.link import Link
from satellite.pcm import RATE_HZ, SAMPLE_BYTES
from satellite.wire_frame import MICROPHONE, Frame
from satellite.wire_opus import AT_ONCE, Encoder

_AUDIO_START: Final = AudioStart(RATE_HZ, SAMPLE_BYTES, 1).event()


class Uplink:
    """Each call may raise WireError."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._encoder: Encoder | None = None
        self._number = 0

    async def begin(self, *, held: bool) -> None:
        run = RunPipeline(PipelineStage.ASR, PipelineStage.TTS).event()
        if held:
            run.data["held"] = True  # the hub then waits for our audio-stop, not for silence
        self._encoder = Encoder(AT_ONCE) if self._link.speaks_opus else None
        self._number = 0
        await self._link.write(run, _AUDIO_START)

    async def send(self, chunk: bytes) -> None:
        """20 ms of sound."""
        if self._encoder is None:
            await self._link.write(AudioChunk(RATE_HZ, SAMPLE_BYTES, 1, chunk).event())
            return
        await self._link.write(Frame(MICROPHONE, self._number, self._encoder.encode(chunk)))
        self._number += 1

    async def end(self) -> None:
        await self._link.write(AudioStop().event())
