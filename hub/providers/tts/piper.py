"""`piper`: natural voices on this machine, through the piper-tts package (GPL-3.0, so an extra)."""

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hub.domain.toys import Voice
from hub.errors import ProviderUnavailableError
from hub.providers.base import (
    ProviderSetup,
    VoiceInfo,
    VoiceSetting,
    not_installed,
    settings_of,
)
from hub.providers.models.models import ModelKind, list_models, piper_voice
from hub.providers.tts.english import written_out
from hub.providers.tts.synthesis import Emit, ThreadTts, split

if TYPE_CHECKING:
    from piper import PiperVoice

_INSTALL = "install it, under its licence GPL-3.0, with: pip install 'pommai[piper]'"
MAX_VOICES_IN_MEMORY = 3
MAX_SPEAKER = 999
"""The number of the last one that a voice may have; most have one, the largest of Piper's own 904."""


class Piper(ThreadTts):
    """Voice names are Piper's ("en_US-amy-low"). Also a VoiceCatalogue, with VoiceSettings.

    A voice that isn't on disk, such as another provider's id, gets the configured one.
    """

    name = "piper"
    voice_settings = (
        VoiceSetting("speed", 0.5, 2, 1),
        VoiceSetting("speaker", 0, MAX_SPEAKER, step=1),
    )

    def __init__(self, setup: ProviderSetup) -> None:
        super().__init__()
        self._data = setup.config.hub.data
        self._default = voice = setup.config.tts.piper.voice
        self._voices: dict[str, PiperVoice] = {}
        self.what = f"Piper with voice {voice}"

    def problem(self) -> str:
        if not_installed("piper"):
            return f"Piper is missing; {_INSTALL}"
        there = piper_voice(self._data, self._default).is_file()
        return "" if there else _no_voice(self._default)

    async def warm_up(self) -> None:
        await self.run(partial(self._voice, self._default))

    async def voices(self) -> list[VoiceInfo]:
        """Those on this machine, then those that could be fetched."""
        return await asyncio.to_thread(partial(_list_voices, self._data))

    async def aclose(self) -> None:
        await super().aclose()
        self._voices.clear()

    def synthesise(self, words: str, voice: Voice, emit: Emit) -> None:
        from piper import SynthesisConfig

        known = voice.name and piper_voice(self._data, voice.name).is_file()
        model = self._voice(voice.name if known else self._default)
        wanted = settings_of(voice, self.voice_settings)
        speaker = round(wanted.get("speaker", model.config.default_speaker_id))
        settings = SynthesisConfig(
            speaker_id=min(speaker, max(0, model.config.num_speakers - 1)),
            length_scale=model.config.length_scale / wanted["speed"],
        )
        if model.config.espeak_voice.startswith("en"):
            words = written_out(words)
        # Piper reads [[...]] as raw phonemes, which no check has read: speak the words as written.
        for sentence in model.synthesize(words.replace("[[", "[ [").replace("[[", "[ ["), settings):
            for chunk in split(sentence.audio_int16_bytes, sentence.sample_rate):
                if not emit(chunk):
                    return

    def _voice(self, name: str) -> "PiperVoice":
        if name in self._voices:
            return self._voices[name]
        try:
            from piper import PhonemeType, PiperVoice
        except ImportError as error:
            raise ProviderUnavailableError(f"piper: {error}; {_INSTALL}") from error
        path = piper_voice(self._data, name)
        if not path.is_file():
            raise ProviderUnavailableError(f"piper: {_no_voice(name)}")
        try:
            voice = PiperVoice.load(path)
        except Exception as error:  # onnxruntime raises types of its own
            raise ProviderUnavailableError(
                f"piper: {path} is damaged ({type(error).__name__}); remove it and get it again: "
                f"pommai-hub models remove {name}"
            ) from error
        if voice.config.phoneme_type not in (PhonemeType.ESPEAK, PhonemeType.TEXT):
            # The others' phonemizers would download what they need.
            raise ProviderUnavailableError(
                f"piper: voice {name} needs {voice.config.phoneme_type.value} phonemes; take another"
            )
        if len(self._voices) >= MAX_VOICES_IN_MEMORY:
            del self._voices[next(iter(self._voices))]
        self._voices[name] = voice
        return voice


def _list_voices(data: Path) -> list[VoiceInfo]:
    known = [s.model.name for s in list_models(data) if s.model.kind is ModelKind.PIPER]
    folder = piper_voice(data, "any").parent
    on_disk = {path.stem for path in folder.glob("*.onnx")} if folder.is_dir() else set()
    voices = []
    for name in sorted({*known, *on_disk}):
        locale, _, speaker = name.partition("-")
        voices.append(VoiceInfo(name, speaker or name, locale, installed=name in on_disk))
    return sorted(voices, key=lambda info: not info.installed)


def _no_voice(name: str) -> str:
    return f"voice {name} isn't on this machine; get it with: pommai-hub models get {name}"
