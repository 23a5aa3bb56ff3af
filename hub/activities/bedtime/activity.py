"""Lulling a child: "it's bedtime", "play the rain", "sing me a lullaby", "let's breathe". Each ends by itself."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from hub.activities.activity import Part
from hub.activities.bedtime.grammar import BedtimeGrammar, Texts, Wish
from hub.activities.tools import Offer
from hub.activities.words import one_of
from hub.domain.clock import Clock
from hub.domain.lulling import Manner, Played, Softly, Sound, SoundName
from hub.domain.play.limits import Kind, Pastime
from hub.domain.talks.talk import Turn
from hub.domain.tools import Arguments, Choice, Tool
from hub.domain.toys import Toy
from hub.safety.guard import Line

BREATHING: Final = "breathing"
MELODIES: Final = (
    SoundName.TWINKLE,
    SoundName.CRADLE,
    SoundName.FRERE_JACQUES,
    SoundName.MOONLIGHT,
)
SOUNDS: Final[Mapping[str, Wish | SoundName]] = {
    "rain": SoundName.RAIN,
    "sea": SoundName.SEA,
    "white noise": SoundName.NOISE,
    "lullaby": Wish.LULLABY,
}
"""What a model may have played, by its word for it."""
NOISE_S: Final = 1200.0
MELODY_S: Final = 300.0
"""Each melody some six times."""
CALM: Final = Manner(speed=0.9, gain=0.7)
SLOW: Final = Manner(speed=0.9)
BEGINS: Final = Manner(speed=0.9, gain=0.7)
ENDS: Final = Manner(speed=0.75, gain=0.2)
"""A bedtime story's first sentence, and its last; those between lie between."""
FIRST_PAUSE_S: Final = 1.5
LAST_PAUSE_S: Final = 5.0
"""After them."""
SOUND_GAIN: Final = 0.7
"""Of the sound after the story."""


class Lulling:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grammar = BedtimeGrammar.load()

    async def take_up(self, turn: Turn, toy: Toy) -> Part | None:
        wish = self._grammar.read(turn.heard, toy.language, toy.name)
        return self._lulls(wish, turn, toy) if wish else None

    async def offers(self, turn: Turn, toy: Toy) -> Sequence[Offer]:
        async def begin(wish: Wish | SoundName, _: Arguments) -> Part | None:
            return self._lulls(wish, turn, toy)

        async def sound(arguments: Arguments) -> Part | None:
            return self._lulls(SOUNDS[str(arguments["sound"])], turn, toy)

        if self._grammar.texts(toy.language) is None:
            return ()
        sounds = {"sound": Choice(tuple(SOUNDS))}
        bedtime = Tool("begin_bedtime", "Tell a calm story to fall asleep to, which fades out.")
        lulls = Tool("play_sound", "Play a quiet sound or a melody without words.", sounds)
        breathes = Tool("breathe_together", "Calm the child down with a minute of breathing.")
        return [
            Offer(bedtime, partial(begin, Wish.BEDTIME), Pastime.BEDTIME, Kind.STORY),
            Offer(lulls, sound, Pastime.SOUNDS, Kind.STORY),
            Offer(breathes, partial(begin, Wish.BREATHE), BREATHING, Kind.STORY),
        ]

    def _lulls(self, wish: Wish | SoundName, turn: Turn, toy: Toy) -> Part | None:
        texts = self._grammar.texts(toy.language)
        if texts is None:
            return None
        if wish is Wish.BEDTIME:
            return self.bedtime(toy, turn.id)
        if wish is Wish.BREATHE:
            return _part(BREATHING, partial(_breathing, texts, turn.id))
        sound = one_of(MELODIES, turn.id) if wish is Wish.LULLABY else SoundName(wish)
        return _part(Pastime.SOUNDS, partial(_sound, sound, texts, turn.id))

    def bedtime(self, toy: Toy, seed: str) -> Part:
        """In a language without a file of ours it is the sound alone. `seed` chooses the story."""
        return _part(Pastime.BEDTIME, partial(self._bedtime, toy, seed))

    async def _bedtime(self, toy: Toy, seed: str) -> AsyncGenerator[Played]:
        """A story that grows slower and softer, then a sound that fades; both are over after the toy's minutes."""
        ends_at = self._clock.monotonic() + 60 * toy.bedtime.minutes
        texts = self._grammar.texts(toy.language)
        for played in _told(texts, seed) if texts else ():
            if self._clock.monotonic() >= ends_at:
                return
            yield played
        left_s = max(0.0, ends_at - self._clock.monotonic())
        if toy.bedtime.sound is not None:
            yield Sound(toy.bedtime.sound, left_s, SOUND_GAIN, fades=True)


def _part(name: str, play: Callable[[], AsyncGenerator[Played]]) -> Part:
    """To a parent's limits it is a story, which may go on after bedtime."""
    return Part(name, play, Line.PROVIDER_FAILED, Kind.STORY)


def _told(texts: Texts, seed: str) -> Iterator[Softly | Sound]:
    who = one_of(texts.words["who"], seed)
    sentences = [
        one_of(texts.say.bedtime, seed),
        *(sentence.replace("{who}", who) for sentence in one_of(texts.stories, seed).sentences),
        one_of(texts.say.good_night, seed),
    ]
    for number, sentence in enumerate(sentences):
        share = number / (len(sentences) - 1)
        speed = BEGINS.speed + share * (ENDS.speed - BEGINS.speed)
        gain = BEGINS.gain + share * (ENDS.gain - BEGINS.gain)
        yield Softly(sentence[0].upper() + sentence[1:], Manner(round(speed, 2), gain))
        yield Sound(SoundName.PAUSE, FIRST_PAUSE_S + share * (LAST_PAUSE_S - FIRST_PAUSE_S))


async def _breathing(texts: Texts, seed: str) -> AsyncGenerator[Played]:
    for words, pause_s in one_of(texts.breathing, seed).steps:
        yield Softly(words, SLOW)
        yield Sound(SoundName.PAUSE, pause_s)
    yield Softly(one_of(texts.say.breathed, seed), SLOW)


async def _sound(sound: SoundName, texts: Texts, seed: str) -> AsyncGenerator[Played]:
    yield Softly(one_of(texts.say.before(sound), seed), CALM)
    yield Sound(sound, MELODY_S if sound in MELODIES else NOISE_S, fades=True)
