"""`openai`: voices behind OpenAI's speech API: OpenAI's own, or a local server's (Kokoro, Speaches …)."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from hub.domain.audio import SAMPLE_BYTES
from hub.domain.toys import Voice
from hub.providers.base import ProviderSetup, VoiceInfo, VoiceSetting, settings_of
from hub.providers.network.http import VendorAccount
from hub.providers.network.openai import KEY, OpenAiServer
from hub.providers.tts.network_tts import MAX_SPEECH_S, NetworkTts, Sound
from hub.providers.tts.synthesis import CHUNK_MS

if TYPE_CHECKING:
    from openai._response import AsyncStreamedBinaryAPIResponse

RATE_HZ = 24_000
PIECE_BYTES = SAMPLE_BYTES * (RATE_HZ * CHUNK_MS // 1000)
MAX_ANSWER_BYTES = 2 * MAX_SPEECH_S * SAMPLE_BYTES * RATE_HZ
OWN_VOICES = (
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable",
    "marin", "nova", "onyx", "sage", "shimmer", "verse",
)  # fmt: skip
"""Of https://api.openai.com; a local server has its own, e.g. Kokoro's "af_sky"."""


class OpenAiTts(NetworkTts[OpenAiServer]):
    """Voice names are the server's. Also a VoiceCatalogue, with VoiceSettings."""

    name = "openai"
    voice_settings = (VoiceSetting("speed", 0.25, 4, 1),)

    def __init__(self, setup: ProviderSetup) -> None:
        self._settings = settings = setup.config.tts.openai
        account = VendorAccount(settings.base_url, KEY, setup.key(KEY), setup.clouds)
        timeout_s = setup.config.turn.tts_timeout_s
        server = OpenAiServer(self.name, "tts.openai", account, timeout_s, MAX_ANSWER_BYTES)
        what = f"{settings.model} with voice {settings.voice} at {server.host}"
        super().__init__(server, what, settings.voice, setup)

    async def voices(self) -> list[VoiceInfo]:
        """OpenAI's own; of another server only the configured one is known."""
        names = (self._settings.voice,) if self.local else OWN_VOICES
        return [VoiceInfo(name, name.capitalize()) for name in names]

    async def ask(self, words: str, voice: Voice, stack: AsyncExitStack) -> Sound:
        client = await self.server.open()
        from openai import omit

        speed = settings_of(voice, self.voice_settings)["speed"]
        with self.server.explaining(self._settings.model):
            answer = await stack.enter_async_context(
                client.audio.speech.with_streaming_response.create(
                    model=self._settings.model,
                    voice=voice.name,
                    input=words,
                    response_format="pcm",
                    speed=speed if speed != 1 else omit,
                    instructions=self._instructions() or omit,
                )
            )
        kind = answer.headers.get("content-type", "")
        if not kind.startswith(("audio/", "application/octet-stream")):
            raise self.server.nonsense("something else than sound")
        return Sound(RATE_HZ, self._pieces(answer))

    def _instructions(self) -> str:
        """tts-1 refuses requests with instructions."""
        return "" if self._settings.model.startswith("tts-1") else self._settings.instructions

    async def _pieces(self, answer: "AsyncStreamedBinaryAPIResponse") -> AsyncGenerator[bytes]:
        with self.server.explaining(self._settings.model, answering=True):
            async for piece in answer.iter_bytes(PIECE_BYTES):
                yield piece
