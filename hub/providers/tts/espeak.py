"""`espeak`: espeak-ng from the espeakng-loader wheel; robotic, but always there."""

import ctypes
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hub.domain.audio import SAMPLE_BYTES
from hub.domain.toys import Voice
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.base import (
    ProviderSetup,
    VoiceInfo,
    VoiceSetting,
    not_installed,
    settings_of,
)
from hub.providers.tts.english import written_out
from hub.providers.tts.synthesis import CHUNK_MS, Emit, ThreadTts, split

# From espeak-ng's speak_lib.h.
_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_RATE, _PITCH = 1, 3
_POSITION_CHARACTER = 1
_OK = 0
MAX_VOICES = 1000
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class _VoiceProperties(ctypes.Structure):
    """speak_lib.h's espeak_VOICE; the fields that are left out stay zero."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("others", ctypes.c_ubyte * 32),
    )


_INSTALL = "install it with: pip install 'pommai[espeak]'"
_speaking = threading.Lock()
"""espeak-ng keeps its state in process-wide variables: one synthesis at a time, whoever asks."""


@dataclass(slots=True)
class _Engine:
    library: ctypes.CDLL
    rate_hz: int
    voices: tuple[str, ...] = ()
    """Those that the last speech was to have, the first that there is; taken again, a voice's files are read again."""
    taken: str = ""

    def take_voice(self, *names: str) -> None:
        """Speak with the first of these voices that there is. Raises ProviderError."""
        if names == self.voices:
            return
        self.voices = ()
        self.taken = next((name for name in names if _set_voice(self.library, name)), "")
        if not self.taken:
            raise ProviderError(
                f"espeak: [tts.espeak] voice: espeak-ng has no voice {names[-1]!r}; try en"
            )
        self.voices = names


def _engine() -> _Engine:
    with _speaking:
        return _start_once()


@cache
def _start_once() -> _Engine:
    """Started again in the same process, espeak-ng crashes in a later synthesis."""
    try:
        import espeakng_loader

        library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = Path(espeakng_loader.get_data_path()).parent
    except (ImportError, OSError, RuntimeError) as error:
        raise ProviderUnavailableError(f"espeak: {error}; {_INSTALL}") from error
    rate_hz = library.espeak_Initialize(
        _OUTPUT_SYNCHRONOUS, CHUNK_MS, str(data).encode(), _INITIALIZE_DONT_EXIT
    )
    if rate_hz <= 0:
        raise ProviderUnavailableError(f"espeak: can't start with the voices in {data}; {_INSTALL}")
    return _Engine(library, rate_hz)


class Espeak(ThreadTts):
    """Voice names are espeak-ng's ("en-gb", "de", "en+f3"). Also a VoiceCatalogue, with VoiceSettings.

    A voice that espeak-ng doesn't know, such as another provider's id, gets the configured one:
    this provider ends every list and must speak.
    """

    name = "espeak"

    def __init__(self, setup: ProviderSetup) -> None:
        super().__init__()
        self._settings = setup.config.tts.espeak
        self.voice_settings = (
            VoiceSetting("speed", 0.5, 2, 1),
            VoiceSetting("pitch", 0, 99, self._settings.pitch, 1),
        )
        self.what = f"espeak-ng with voice {self._settings.voice}"

    def problem(self) -> str:
        return not_installed("espeakng_loader", "espeak")

    async def warm_up(self) -> None:
        await self.run(_engine)

    async def voices(self) -> list[VoiceInfo]:
        """Every language that espeak-ng speaks."""
        return await self.run(_list_voices)

    def synthesise(self, words: str, voice: Voice, emit: Emit) -> None:
        engine = _engine()
        library = engine.library
        wanted = settings_of(voice, self.voice_settings)
        words_per_minute = self._settings.words_per_minute * wanted["speed"]

        def take(samples: int | None, count: int, _events: int) -> int:
            if samples is None or not count:
                return 0
            pcm = ctypes.string_at(samples, count * SAMPLE_BYTES)
            return 0 if all(emit(chunk) for chunk in split(pcm, engine.rate_hz)) else 1

        callback = _CALLBACK(take)
        with _speaking:
            library.espeak_SetSynthCallback(callback)
            engine.take_voice(voice.name, self._settings.voice)
            spoken = written_out(words) if engine.taken.startswith("en") else words
            utf8 = spoken.replace("\0", " ").encode()
            library.espeak_SetParameter(_RATE, round(min(450.0, max(80.0, words_per_minute))), 0)
            library.espeak_SetParameter(_PITCH, round(wanted["pitch"]), 0)
            failed = library.espeak_Synth(
                utf8,
                ctypes.c_size_t(len(utf8) + 1),
                0,
                _POSITION_CHARACTER,
                0,
                _CHARS_UTF8,
                None,
                None,
            )
        if failed:
            raise ProviderError(f"espeak: synthesis failed with code {failed}; try another voice")


def _list_voices() -> list[VoiceInfo]:
    """espeak_ListVoices gives pointers up to a null one; `languages` is a priority byte and a code."""
    library = _engine().library
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceProperties))
    with _speaking:
        listed = library.espeak_ListVoices(None)
        voices = []
        for index in range(MAX_VOICES):
            if not listed[index]:
                break
            voice = listed[index].contents
            language = voice.languages[1:].decode()
            voices.append(VoiceInfo(language, voice.name.decode(), language))
    return sorted(voices, key=lambda info: info.name)


def _set_voice(library: ctypes.CDLL, name: str) -> bool:
    """Takes the voice of that name, or else of that language; False where there is none."""
    if not name:
        return False
    wanted = _VoiceProperties(languages=name.encode())
    if library.espeak_SetVoiceByName(name.encode()) == _OK:
        return True
    return bool(library.espeak_SetVoiceByProperties(ctypes.byref(wanted)) == _OK)
