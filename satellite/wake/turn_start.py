"""When a turn begins: at the sound of a voice or of a word, when told to, or as soon as there is a hub."""

from collections import deque
from enum import StrEnum
from typing import Final, Protocol

from satellite.audio.echo import Echo, power
from satellite.audio.pcm import CHUNK_MS, SILENCE, bytes_for
from satellite.errors import SetupError
from satellite.wire.commands import WAKE_WORDS, SettingsMessage

LOOKED_AT_MS: Final = 500
VOICED: Final = 0.6
"""How much of that time must be voice."""
LEFT: Final = 0.4
"""How much of its power must be left."""
LOUD_MS: Final = 3000
LOUD: Final = 0.2
"""How much the rest must be of what was heard all that time: between the toy's words the rest is most of it."""
MIN_POWER: Final = 10_000.0
"""An amplitude of 100."""

WORD_MS: Final = 600
WORD_LEFT: Final = 0.1
"""So much of that time's power must be left for a word that is hardly heard."""


class VoiceListener(Protocol):
    def hears(self, chunk: bytes) -> bool:
        """Whether what it listens for is heard, up to and with this chunk."""
        ...


class WordListener(Protocol):
    def hears(self, chunk: bytes, *, covered: bool = False) -> bool:
        """Whether a word ends in this chunk; easier to please where it was `covered`."""
        ...


class OverTalk:
    def __init__(self, voice: VoiceListener) -> None:
        self._voice = voice
        self._last: deque[tuple[bool, float, float]] = deque(maxlen=LOOKED_AT_MS // CHUNK_MS)
        self._loud: deque[float] = deque(maxlen=LOUD_MS // CHUNK_MS)

    def hears(self, heard: bytes, clean: bytes) -> bool:
        """Whether a child speaks, by the last half second; `clean` is without the toy's own voice."""
        loud = power(heard)
        self._loud.append(loud)
        self._last.append((self._voice.hears(clean), loud, power(clean)))
        count = len(self._last)
        if count < (self._last.maxlen or 0):
            return False
        voiced, powers, lefts = (sum(part) for part in zip(*self._last, strict=True))
        usual = sum(self._loud) / len(self._loud)
        least = max(LEFT * powers, LOUD * usual * count, MIN_POWER * count)
        if voiced < VOICED * count or lefts < least:
            return False
        self._last.clear()
        return True


class OverWord:
    def __init__(self, word: WordListener) -> None:
        self._word = word
        self._last: deque[tuple[float, float]] = deque(maxlen=WORD_MS // CHUNK_MS)

    def hears(self, heard: bytes, clean: bytes, *, taken_out: bool) -> bool:
        """Whether the word ends here; `taken_out` is whether the toy's own voice is known to be."""
        self._last.append((power(heard), power(clean)))
        powers, lefts = (sum(part) for part in zip(*self._last, strict=True))
        return self._word.hears(clean, covered=taken_out and lefts >= WORD_LEFT * powers)


PRE_ROLL_MS: Final = 1000
"""Sound from before a voice was noticed. On our recordings noticing takes 200 to 600 ms."""
WORD_PRE_ROLL_MS: Final = 100
"""A word is noticed 40 to 300 ms after its end: this is of what follows it, rarely of the word."""
RINGS_MS: Final = 300
"""After the toy has spoken its voice is still in the room; it has to be waited for unless it is taken out."""
VOICE: Final = 0.5
"""Least probability that 10 ms of sound are speech."""
VOICE_FRAMES: Final = 3
"""How many times in a row that must be so."""
VAD_FRAME_BYTES: Final = bytes_for(10, 16_000)
_FORGETS_MS: Final = 1000
"""Of silence, in which pymicro-vad forgets what it heard; from new it is deaf for 750 ms."""


class WakeMode(StrEnum):
    MANUAL = "manual"
    VOICE = "voice"
    WORD = "word"
    STREAM = "stream"


_CHOICES: Final = {"button": WakeMode.MANUAL, "voice": WakeMode.VOICE, "word": WakeMode.WORD}


class SpeechDetector(VoiceListener, Protocol):
    def forget(self) -> None:
        """Called for each chunk that isn't for waking: what was heard before counts no more."""
        ...


class VoiceDetector:
    """pymicro-vad: 76 µs for 10 ms of sound on a PC, so it fits the smallest Pi."""

    def __init__(self) -> None:
        """Raises SetupError when pymicro-vad isn't installed."""
        try:
            from pymicro_vad import MicroVad
        except ImportError as error:
            raise SetupError(
                "hearing a voice needs pymicro-vad: pip install 'pommai[satellite]'"
            ) from error
        self._vad = MicroVad()
        self._run = 0
        self._to_forget = _FORGETS_MS // CHUNK_MS
        while self._to_forget:
            self.forget()

    def hears(self, chunk: bytes) -> bool:
        self._to_forget = _FORGETS_MS // CHUNK_MS
        return self._hears(chunk)

    def forget(self) -> None:
        if self._to_forget:
            self._to_forget -= 1
            self._hears(SILENCE)

    def _hears(self, chunk: bytes) -> bool:
        for at in range(0, len(chunk), VAD_FRAME_BYTES):
            probability = self._vad.process_10ms(chunk[at : at + VAD_FRAME_BYTES])
            self._run = self._run + 1 if probability > VOICE else 0
        return self._run >= VOICE_FRAMES


class Waker:
    """Hears every chunk and says when to begin a turn, and with what sound."""

    def __init__(self, wake: WakeMode, word: str = WAKE_WORDS[0], echo: Echo | None = None) -> None:
        """`echo` takes the toy's own voice out of what is heard, so that a voice or a word can interrupt it.

        Raises SetupError when what it needs isn't there.
        """
        self._own = (wake, word)
        self._echo = echo
        self._triggered = False
        self._rings = 0
        """Chunks for which the toy's own voice still sounds in the room."""
        self._before: deque[bytes] = deque(maxlen=PRE_ROLL_MS // CHUNK_MS)
        self.heard_word = ""
        """The one that began the last turn; none where something else did."""
        self.choose(SettingsMessage())

    def choose(self, settings: SettingsMessage) -> None:
        """What a parent wants. Raises SetupError when it can't be done here; nothing has changed then."""
        own, own_word = self._own
        if settings.wake:
            wake, word = _CHOICES[settings.wake], settings.word
        else:
            wake, word = own, own_word
        # Only a parent lets a toy with a button listen on: by the button alone the child decides.
        listens_on = settings.wake or own in (WakeMode.VOICE, WakeMode.WORD)
        self._listen_for(wake, word, settings.follow_up_s if listens_on else 0)

    def _listen_for(self, wake: WakeMode, word: str, follow_up_s: int) -> None:
        voice = VoiceDetector() if wake is WakeMode.VOICE or follow_up_s else None
        heard_word = None
        if wake is WakeMode.WORD:  # TensorFlow Lite: for who wants it alone
            from satellite.wake.wake_word import WordDetector

            heard_word = WordDetector(word)
        self._wake, self._word = wake, word
        self.follow_up_s = follow_up_s
        """After a reply a voice begins the next turn for so long, whatever else does."""
        self._voice = voice
        self._detector: SpeechDetector | None = voice if wake is WakeMode.VOICE else heard_word
        self._over_talk = OverTalk(voice) if voice is not None else None
        self._over_word = OverWord(heard_word) if heard_word is not None else None
        self._forget()  # but not a trigger: who pressed the button meanwhile is listened to

    def trigger(self) -> None:
        """The next chunk begins a turn, whatever is in it."""
        self._triggered = True

    def hear(self, chunk: bytes, *, follows_up: bool = False) -> list[bytes]:
        """The sound that a turn begins with, if it begins now; else nothing."""
        if self._triggered or self._wake is WakeMode.STREAM:
            self.ignore()
            self.heard_word = ""
            return [chunk]
        detector = self._voice if follows_up else self._detector
        if detector is None:
            return []
        if self._echo is not None:
            chunk = self._echo.clean(chunk)
        self._before.append(chunk)
        if self._rings:
            self._rings -= 1
            detector.forget()
            return []
        if not detector.hears(chunk):
            return []
        return self._pre_roll(detector)

    def hear_over(self, chunk: bytes) -> tuple[str, list[bytes]]:
        """While the toy speaks: by what it is interrupted now, and the sound that the next turn begins with.

        Both are empty when it isn't.
        """
        if self._echo is None or self._detector is None:
            self.ignore()
            self._rings = RINGS_MS // CHUNK_MS
            return "", []
        clean = self._echo.clean(chunk)
        self._before.append(clean)
        taken_out = self._echo.is_taken_out
        if self._over_word is not None:
            by = "word" if self._over_word.hears(chunk, clean, taken_out=taken_out) else ""
        else:
            assert self._over_talk is not None
            child = self._over_talk.hears(chunk, clean) and taken_out
            by = "voice" if child else ""
        return by, self._pre_roll(self._detector) if by else []

    def ignore(self) -> None:
        """For each chunk that isn't for waking: what was heard before counts no more."""
        self._triggered = False
        self._forget()

    def _forget(self) -> None:
        self._rings = 0
        self._before.clear()
        for detector in (self._voice, self._detector):
            if detector is not None:
                detector.forget()

    def _pre_roll(self, detector: SpeechDetector) -> list[bytes]:
        """The last of what was heard, which is the turn's first."""
        self.heard_word = "" if detector is self._voice else self._word
        length_ms = WORD_PRE_ROLL_MS if self.heard_word else PRE_ROLL_MS
        begin = list(self._before)[-length_ms // CHUNK_MS :]
        self._before.clear()
        return begin
