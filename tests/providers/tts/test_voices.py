"""Every provider that knows its voices tells them the same way. ElevenLabs' and Wyoming's are in their own tests."""

from pathlib import Path

from hub.config import Config
from hub.domain.toys import ProviderKind, Voice
from hub.providers.base import (
    ProviderSetup,
    SoundFormats,
    VoiceCatalogue,
    VoiceCloning,
    VoiceInfo,
    VoicePreviews,
)
from hub.providers.models.models import piper_voice
from hub.providers.registry import REGISTRY, load
from hub.providers.tts.espeak import Espeak
from hub.providers.tts.openai import OWN_VOICES, OpenAiTts
from hub.providers.tts.piper import Piper
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import POLICY, safe
from tests.providers.tiny_piper import make_tiny_piper


def test_the_pages_can_tell_which_providers_know_their_voices() -> None:
    tts = {name: load(ProviderKind.TTS, name, BARE) for name in REGISTRY[ProviderKind.TTS]}
    listing = {name for name, provider in tts.items() if isinstance(provider, VoiceCatalogue)}
    assert listing == {
        "elevenlabs",
        "espeak",
        "minimax",
        "openai",
        "piper",
        "rime",
        "wyoming",
    }
    assert {n for n, p in tts.items() if isinstance(p, VoicePreviews)} == {"elevenlabs"}
    assert {n for n, p in tts.items() if isinstance(p, VoiceCloning)} == {"elevenlabs", "minimax"}
    assert {n: p.formats for n, p in tts.items() if isinstance(p, SoundFormats)} == {
        "elevenlabs": ("pcm_16000", "pcm_22050", "pcm_24000", "mp3_22050_32", "mp3_44100_128"),
        "rime": ("pcm", "mp3"),
    }


async def test_espeak_lists_languages_that_it_can_speak() -> None:
    espeak = Espeak(BARE)
    voices = {voice.id: voice for voice in await espeak.voices()}
    assert voices["de"] == VoiceInfo("de", "German", "de")
    assert "en-gb" in voices
    assert len(voices) > 100

    async def spoken(name: str) -> bytes:
        speech = espeak.speak(safe("good morning"), Voice(name), POLICY)
        return b"".join([chunk.data async for chunk in speech])

    assert await spoken("de") != await spoken("en-gb")
    await espeak.aclose()


async def test_piper_lists_what_is_on_disk_before_what_could_be_fetched(tmp_path: Path) -> None:
    make_tiny_piper(piper_voice(tmp_path, "fr_FR-siwis-medium"))
    make_tiny_piper(piper_voice(tmp_path, "xx_XX-mine-high"))
    piper = Piper(ProviderSetup(Config.model_validate({"hub": {"data": tmp_path}})))
    voices = await piper.voices()
    assert voices[:2] == [
        VoiceInfo("fr_FR-siwis-medium", "siwis-medium", "fr_FR"),
        VoiceInfo("xx_XX-mine-high", "mine-high", "xx_XX"),
    ]
    assert VoiceInfo("en_US-amy-low", "amy-low", "en_US", installed=False) in voices
    assert not any(voice.installed for voice in voices[2:])
    await piper.aclose()


async def test_openai_s_voices_are_known_and_those_of_a_server_at_home_as_configured() -> None:
    assert [v.id for v in await OpenAiTts(BARE).voices()] == list(OWN_VOICES)
    home = provider_setup("tts.openai", base_url="http://127.0.0.1:8880/v1", voice="af_sky")
    voices = await OpenAiTts(home).voices()
    assert [voice.id for voice in voices] == ["af_sky"]
