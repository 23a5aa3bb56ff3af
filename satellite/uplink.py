"""What the toy sends for a turn: that it asks for one, and the microphone's sound in the form that was agreed."""

from satellite import wyoming_events as wyoming
from satellite.link import Link
from satellite.wire_frame import MICROPHONE, Frame
from satellite.wire_opus import AT_ONCE, Encoder


class Uplink:
    """Each call may raise WireError."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._encoder: Encoder | None = None
        self._number = 0

    def begin(self, *, held: bool, word: str) -> None:
        """`word` is the one that was heard, if one was: of two satellites that heard it Home Assistant answers one."""
        if word and not self._link.is_ours:
            self._link.send(wyoming.detection(word))
        run = wyoming.run_pipeline()
        if held:
            run.data["held"] = True  # the hub then waits for our audio-stop, not for silence
        self._encoder = Encoder(AT_ONCE) if self._link.speaks_opus else None
        self._number = 0
        self._link.send(run, wyoming.audio_start())

    def send(self, chunk: bytes) -> None:
        """20 ms of sound."""
        if self._encoder is None:
            self._link.send(wyoming.audio_chunk(chunk))
            return
        self._link.send(Frame(MICROPHONE, self._number, self._encoder.encode(chunk)))
        self._number += 1

    def end(self) -> None:
        self._link.send(wyoming.audio_stop())
