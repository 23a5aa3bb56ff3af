"""`elevenlabs`: ElevenLabs' voices from the cloud; the words leave the home."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, get_args

from hub.config.programs import ElevenLabsSection
from hub.domain.audio import SAMPLE_BYTES
from hub.domain.consent import Consent
from hub.domain.toys import Voice
from hub.errors import ProviderRequestError
from hub.providers.base import LATENCY, ProviderSetup, VoiceInfo, VoiceSetting, settings_of
from hub.providers.network.http import VendorAccount, VendorServer
from hub.providers.tts.cloning import check_cloning, file_of
from hub.providers.tts.mp3 import Mp3Decoder
from hub.providers.tts.network_tts import NetworkTts, Sound
from hub.providers.tts.synthesis import CHUNK_MS

if TYPE_CHECKING:
    from hub.providers.tts.elevenlabs_client import ElevenLabsClient

KEY = "ELEVENLABS_API_KEY"
ADDRESS = "https://api.elevenlabs.io"
MAX_SAMPLE_BYTES = 10_000_000
"""ElevenLabs' own limit for a recording."""
VOICE_SETTINGS: Final = (
    VoiceSetting("stability", 0, 1),
    VoiceSetting("similarity_boost", 0, 1),
    VoiceSetting("style", 0, 1),
    VoiceSetting("speed", 0.7, 1.2),
    VoiceSetting("use_speaker_boost", 0, 1, step=1),
)
"""By https://elevenlabs.io/docs/api-reference/voices/settings/get; what isn't given is as the voice has it there."""


class ElevenLabs(NetworkTts[VendorServer["ElevenLabsClient"]]):
    """Voice names are ElevenLabs' ids; another name, such as another provider's voice, gets the configured voice.

    Also a VoiceCatalogue, with VoiceSettings, VoicePreviews, VoiceCloning and SoundFormats.
    """

    name = "elevenlabs"
    formats = get_args(ElevenLabsSection.model_fields["format"].annotation)
    max_samples = 25
    """ElevenLabs' own limit."""

    def __init__(self, setup: ProviderSetup) -> None:
        self._settings = settings = setup.config.tts.elevenlabs
        self.voice_settings = (
            *VOICE_SETTINGS,
            VoiceSetting(LATENCY, 0, 4, settings.optimize_streaming_latency, 1),
        )
        account = VendorAccount(settings.base_url or ADDRESS, KEY, setup.key(KEY), setup.clouds)
        server = VendorServer(
            self.name, "tts.elevenlabs", account, self._connect, "elevenlabs", extra="elevenlabs"
        )
        what = f"ElevenLabs with voice {settings.voice}"
        super().__init__(server, what, settings.voice, setup)
        self._mp3 = Mp3Decoder(self.name)

    async def warm_up(self) -> None:
        await super().warm_up()
        if self._settings.format.startswith("mp3"):
            await self._mp3.open()

    async def voices(self) -> list[VoiceInfo]:
        """Those of the account: ElevenLabs' own, the family's and clones."""
        return await (await self.server.open()).voices()

    async def preview(self, voice_id: str) -> bytes:
        """A sample as MP3."""
        if not _as_id(voice_id):
            raise ProviderRequestError("elevenlabs: that isn't a voice's id; take one of the list")
        return await (await self.server.open()).preview(voice_id)

    async def clone(self, name: str, samples: Sequence[bytes], consent: Consent) -> str:
        """Makes a voice of WAV or MP3 recordings; gives its id. The caller keeps `consent`.

        Raises RefusedError where the consent is not complete or the recordings are too many or big.
        """
        check_cloning(
            name,
            samples,
            consent,
            self._clock.now(),
            max_samples=self.max_samples,
            max_sample_bytes=MAX_SAMPLE_BYTES,
        )
        files = [file_of(sample, number) for number, sample in enumerate(samples, 1)]
        return await (await self.server.open()).clone(name.strip(), files)

    async def forget_clone(self, voice_id: str) -> None:
        """Deletes the voice from the account."""
        if not _as_id(voice_id):
            raise ProviderRequestError("elevenlabs: that isn't a voice's id")
        await (await self.server.open()).delete(voice_id)

    async def aclose(self) -> None:
        await super().aclose()
        await self._mp3.aclose()

    async def ask(self, words: str, voice: Voice, stack: AsyncExitStack) -> Sound:
        client = await self.server.open()
        sent_as = voice.format if voice.format in self.formats else self._settings.format
        codec, rate, *kbits = sent_as.split("_")
        rate_hz = int(rate)
        second_bytes = 125 * int(kbits[0]) if codec == "mp3" else SAMPLE_BYTES * rate_hz
        settings = settings_of(voice, self.voice_settings)
        latency = round(settings.pop(LATENCY))
        pieces = await client.speech(
            stack,
            words,
            _as_id(voice.name) or self._settings.voice,
            self._settings.model,
            sent_as,
            latency,
            settings,
            second_bytes * CHUNK_MS // 1000,
        )
        return Sound(rate_hz, self._mp3.decode(pieces, rate_hz) if codec == "mp3" else pieces)

    def _connect(self) -> "ElevenLabsClient":
        from hub.providers.tts.elevenlabs_client import ElevenLabsClient

        return ElevenLabsClient(self.server, self._timeout_s)


def _as_id(name: str) -> str:
    """The name where it can be an id; it becomes part of an address."""
    return name if name.isascii() and name.isalnum() else ""
