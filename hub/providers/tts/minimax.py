"""`minimax`: MiniMax' voices from the cloud; the words leave the home.

Its T2A v2 API streams server-sent events with samples in hexadecimal.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from hub.domain.consent import Consent
from hub.domain.toys import Voice
from hub.providers.base import ProviderSetup, VoiceInfo, VoiceSetting, settings_of
from hub.providers.network.http import HttpServer, VendorAccount
from hub.providers.tts.cloning import check_cloning
from hub.providers.tts.minimax_account import MinimaxAccount, Result
from hub.providers.tts.network_tts import NetworkTts, Sound

KEY, GROUP = "MINIMAX_API_KEY", "MINIMAX_GROUP_ID"
KEYS = f"{KEY} (and {GROUP}, which older accounts need)"
RATE_HZ = 16_000
MAX_SAMPLE_BYTES = 20_000_000
"""MiniMax' own limit for a recording."""
MAX_EVENT_BYTES = 4 << 20
"""A minute of sound in hexadecimal; longer events are no stream."""
LAST = 2
"""`status` of the event that ends the speech; where it has sound, it is the whole once more."""


class _Audio(BaseModel):
    audio: str = ""
    status: int = 1


class _Event(BaseModel):
    data: _Audio | None = None
    base_resp: Result | None = None


class Minimax(NetworkTts[HttpServer]):
    """Voice names are MiniMax' ids. Also a VoiceCatalogue, with VoiceSettings and VoiceCloning."""

    name = "minimax"
    max_samples = 1
    voice_settings = (
        VoiceSetting("speed", 0.5, 2, 1),
        VoiceSetting("vol", 0.1, 10, 1, 0.1),
        VoiceSetting("pitch", -12, 12, 0, 1),
    )
    """By https://platform.minimax.io/docs/api-reference/speech-t2a-http."""

    def __init__(self, setup: ProviderSetup) -> None:
        self._settings = settings = setup.config.tts.minimax
        group = setup.key(GROUP)
        self._group = f"?GroupId={quote(group)}" if group else ""
        account = VendorAccount(settings.base_url, KEYS, setup.key(KEY), setup.clouds)
        server = HttpServer(self.name, "tts.minimax", account)
        super().__init__(server, f"MiniMax with voice {settings.voice}", settings.voice, setup)
        self._account = MinimaxAccount(server, self._group, setup.clock)

    async def voices(self) -> list[VoiceInfo]:
        """The account's own first, then MiniMax'."""
        return await self._account.voices()

    async def clone(self, name: str, samples: Sequence[bytes], consent: Consent) -> str:
        """Makes a voice of one WAV or MP3 recording; gives its id. The caller keeps `consent`, and the name."""
        check_cloning(
            name,
            samples,
            consent,
            self._clock.now(),
            max_samples=self.max_samples,
            max_sample_bytes=MAX_SAMPLE_BYTES,
        )
        return await self._account.clone(samples[0])

    async def forget_clone(self, voice_id: str) -> None:
        """Deletes the voice from the account."""
        await self._account.delete(voice_id)

    async def ask(self, words: str, voice: Voice, stack: AsyncExitStack) -> Sound:
        settings = settings_of(voice, self.voice_settings)
        body = {
            "model": self._settings.model,
            "text": words,
            "stream": True,
            "stream_options": {"exclude_aggregated_audio": True},
            "voice_setting": {
                "voice_id": voice.name,
                "speed": settings["speed"],
                "vol": settings["vol"],
                "pitch": round(settings["pitch"]),
            },
            "audio_setting": {"format": "pcm", "sample_rate": RATE_HZ, "channel": 1},
        }
        answer = await self.server.post(stack, f"/t2a_v2{self._group}", body, "text/event-stream")
        events = self._events(self.server.pieces(answer))
        stack.push_async_callback(events.aclose)
        # Refusals come with HTTP 200, too: the first event says whether there will be sound.
        first = await anext(events, None)
        if first is None:
            raise self.server.broke_off()
        return Sound(RATE_HZ, self._samples(first, events))

    async def _samples(self, first: _Event, rest: AsyncGenerator[_Event]) -> AsyncGenerator[bytes]:
        event: _Event | None = first
        heard = False
        while event is not None:
            data = event.data or _Audio()
            ended = data.status == LAST
            if data.audio and not (ended and heard):
                heard = True
                try:
                    yield bytes.fromhex(data.audio)
                except ValueError as error:
                    raise self.server.nonsense() from error
            if ended:
                return
            event = await anext(rest, None)
        raise self.server.broke_off()

    async def _events(self, pieces: AsyncGenerator[bytes]) -> AsyncGenerator[_Event]:
        """Server-sent events, or the one JSON object that a refusal is."""
        buffer = bytearray()
        async with aclosing(pieces):
            async for piece in pieces:
                buffer += piece
                if len(buffer) > MAX_EVENT_BYTES:
                    raise self.server.nonsense()
                if b"\n" not in piece:
                    continue
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    if (event := self._event(line)) is not None:
                        yield event
        if (event := self._event(buffer)) is not None:
            yield event

    def _event(self, line: bytearray) -> _Event | None:
        """One line; None where it says nothing. Raises a ProviderError for what isn't MiniMax'."""
        line = line.strip().removeprefix(b"data:").strip()
        if not line or line.startswith((b"event:", b"id:", b"retry:", b":")):
            return None
        try:
            event = _Event.model_validate_json(line)
        except ValidationError as error:
            raise self.server.nonsense() from error
        if event.base_resp is not None and event.base_resp.status_code:
            raise self.server.refusal(event.base_resp.http_status)
        return event
