"""`wyoming`: any voice that speaks the Wyoming protocol, as Home Assistant's add-ons do."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)

from hub.config.programs import WyomingTtsSection
from hub.domain.audio import SAMPLE_BYTES
from hub.domain.toys import Voice
from hub.errors import ProviderUnavailableError
from hub.providers.base import ProviderSetup, VoiceInfo
from hub.providers.tts.english import written_out
from hub.providers.tts.network_tts import NetworkTts, Sound
from hub.providers.wyoming.service import ServiceConnection, WyomingService

RATES_HZ = range(8_000, 48_001)


class WyomingTts(NetworkTts[WyomingService]):
    """Voice names are those that the service lists; another provider's gets the configured one."""

    def __init__(self, setup: ProviderSetup) -> None:
        settings = WyomingTtsSection() if setup.service else setup.config.tts.wyoming
        service = WyomingService(
            "tts",
            setup.service or settings.address,
            setup.config.turn.tts_timeout_s,
            setup.clock,
            setup.config.hub.interfaces,
        )
        self.name = service.name
        self._voice = settings.voice
        super().__init__(service, service.what, settings.voice, setup)

    async def warm_up(self) -> None:
        voice = self._voice
        known = await self.voices()
        if voice and voice not in {info.id for info in known}:
            some = ", ".join(info.id for info in known[:5])
            raise ProviderUnavailableError(
                f"{self.name}: {self.server.address} has no voice {voice[:63]!r}; it has {some}"
            )

    async def voices(self) -> list[VoiceInfo]:
        program = await self.server.open()
        return [
            VoiceInfo(voice.name, voice.name, voice.languages[0] if voice.languages else "")
            for voice in program.voices
            if voice.installed
        ]

    async def ask(self, words: str, voice: Voice, stack: AsyncExitStack) -> Sound:
        streaming = (await self.server.open()).supports_synthesize_streaming
        known = {info.id: info.language for info in await self.voices()}
        name = voice.name if voice.name in known else self._voice
        if known.get(name, "").startswith("en"):  # most of these services are Piper
            words = written_out(words)
        line = await self.server.connect(stack)
        chosen = SynthesizeVoice(name=name) if name else None
        if streaming:
            # No `synthesize` beside these: it is for services that know nothing of streaming.
            await line.say(SynthesizeStart(voice=chosen), SynthesizeChunk(words), SynthesizeStop())
        else:
            await line.say(Synthesize(words, voice=chosen))
        while (event := await line.hear()) is not None:
            if AudioStart.is_type(event.type):
                return Sound(self._rate_hz(event), self._samples(line, event, streaming))
        raise self.server.broken("it closed without a sound")

    async def _samples(
        self, line: ServiceConnection, start: Event, streaming: bool
    ) -> AsyncGenerator[bytes]:
        """Until `audio-stop`; of a stream, which has one for each sentence, until its own end."""
        rate_hz = self._rate_hz(start)
        while (event := await line.hear()) is not None:
            if AudioChunk.is_type(event.type) or AudioStart.is_type(event.type):
                if self._rate_hz(event) != rate_hz:
                    raise self.server.broken("its sound changes its rate in the middle")
                yield event.payload or b""
            elif SynthesizeStopped.is_type(event.type) or (
                AudioStop.is_type(event.type) and not streaming
            ):
                return
        raise self.server.broken("it closed in the middle of its speech")

    def _rate_hz(self, event: Event) -> int:
        """The rate that an audio event names. Raises a ProviderError where it isn't mono 16 bit."""
        rate = event.data.get("rate")
        shape = (event.data.get("width"), event.data.get("channels"))
        if not isinstance(rate, int) or rate not in RATES_HZ or shape != (SAMPLE_BYTES, 1):
            raise self.server.broken("its sound is not mono with 16 bits, at 8 to 48 kHz")
        return rate
