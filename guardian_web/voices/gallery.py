"""One provider's voices for one toy, as a parent looks through them: by language, and a page at a time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from guardian_web.keys import CLOCK, HUB
from guardian_web.toys.programs import Programs, note_agreement
from hub.core.toys.languages import LANGUAGE_WORDS
from hub.core.toys.voices import LATENCY, VoiceInfo, VoiceOffer
from hub.domain.toys import Toy, Voice, main_language
from hub.errors import NotFoundError, PommaiError
from hub.translation import gettext as _
from hub.translation import marked

LIST_S: Final = 10.0
"""A page doesn't wait longer for a cloud's list of voices."""
VOICES_A_PAGE: Final = 25
MAX_PAGES: Final = 99
"""What doesn't fit is looked through by language."""
FORMAT_WORDS: Final[Mapping[str, str]] = {
    "pcm": marked("plain sound"),
    "pcm_16000": marked("plain sound, 16 kHz"),
    "pcm_22050": marked("plain sound, 22 kHz"),
    "pcm_24000": marked("plain sound, 24 kHz"),
    "mp3": marked("MP3, for a slow line"),
    "mp3_22050_32": marked("MP3, 22 kHz, for a slow line"),
    "mp3_44100_128": marked("MP3, 44 kHz, the fullest sound"),
}
LATENCY_WORDS: Final = (
    marked("as good as it can be"),
    marked("a little sooner"),
    marked("sooner"),
    marked("much sooner"),
    marked("the soonest"),
)
"""By the step of the setting `LATENCY`."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """What the page shows."""

    by: str
    """The provider."""
    programs: Programs
    offer: VoiceOffer
    trouble: str
    """Why its list isn't there; "" where it is, or where it has none."""
    language: str
    """Chosen by the parent, else the toy's own where it has voices for that; "" is all."""
    page: int
    speaks: bool
    """It is the one that speaks for the toy now."""

    @property
    def languages(self) -> Mapping[str, str]:
        """Those that its voices name: code to what a parent reads."""
        codes = {main_language(voice.language) for voice in self.offer.voices if voice.language}
        words = {code: LANGUAGE_WORDS.get(code, code) for code in codes}
        return dict(sorted(words.items(), key=lambda item: item[1]))

    @property
    def fitting(self) -> Sequence[VoiceInfo]:
        """In that language; a voice that doesn't say speaks all."""
        return [
            voice
            for voice in self.offer.voices
            if not self.language or main_language(voice.language) in {"", self.language}
        ]

    @property
    def shown(self) -> Sequence[VoiceInfo]:
        begin = (self.page - 1) * VOICES_A_PAGE
        return self.fitting[begin : begin + VOICES_A_PAGE]

    @property
    def pages(self) -> int:
        return min(MAX_PAGES, max(1, -(-len(self.fitting) // VOICES_A_PAGE)))

    @property
    def newly_away(self) -> bool:
        """What the toy says would leave the home for it, and doesn't now."""
        return self.by in self.programs.away and not self.speaks


@dataclass(frozen=True, slots=True)
class VoiceForm:
    """What a parent chose on it, as text."""

    voice: str
    format: str = ""
    latency: str = ""
    agrees: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Field to one line."""

    @classmethod
    def of(cls, toy: Toy, by: str) -> "VoiceForm":
        if toy.voice.provider not in {"", by}:
            return cls("")
        latency = toy.voice.settings.get(LATENCY)
        return cls(toy.voice.name, toy.voice.format, "" if latency is None else f"{latency:.0f}")

    @classmethod
    def read(cls, form: Mapping[str, object], gallery: Gallery) -> "VoiceForm":
        names = ("voice", "format", "latency", "agrees")
        voice, sent_as, latency, agrees = (str(form.get(name, "")).strip() for name in names)
        steps = {"", *map(str, range(gallery.offer.latency_steps + 1))}
        known = {voice.id for voice in gallery.offer.voices}
        found = {
            "voice": "" if not voice or voice in known else _("That voice is not there any more."),
            "format": ""
            if sent_as in {"", *gallery.offer.formats}
            else _("Please choose one of these."),
            "latency": "" if latency in steps else _("Please choose one of these."),
            "agrees": ""
            if agrees == "yes" or not gallery.newly_away
            else _("Please read what would leave your home, and say that you agree."),
        }
        problems = {name: problem for name, problem in found.items() if problem}
        return cls(voice, sent_as, latency, agrees, problems)

    def chosen(self, toy: Toy, by: str) -> Voice:
        """With what was set for that provider's voices before; only once there are no problems."""
        before = toy.voice.settings if toy.voice.provider in {"", by} else {}
        settings = {name: value for name, value in before.items() if name != LATENCY}
        if self.latency:
            settings[LATENCY] = float(self.latency)
        return Voice(self.voice, settings, by, self.format)


async def check_provider(request: web.Request, toy: Toy, programs: Programs, by: str) -> None:
    """Raises NotFoundError for one that could not speak for the toy."""
    speaker = await request.config_dict[HUB].voices.speaker(toy)
    if by not in programs.choices and by != speaker:
        raise NotFoundError(_("There is no such program for voices here."))


async def gallery_of(
    request: web.Request, toy: Toy, programs: Programs, asked: Mapping[str, str]
) -> Gallery:
    """As the address or a form asks for it; else what speaks for the toy now. Raises NotFoundError."""
    hub = request.config_dict[HUB]
    speaker = await hub.voices.speaker(toy)
    by = asked.get("by", "") or speaker
    await check_provider(request, toy, programs, by)
    page = asked.get("page", "1")
    own = main_language(toy.language)
    trouble, offer = "", VoiceOffer(())
    try:
        async with request.config_dict[CLOCK].timeout(LIST_S):
            offer = await hub.voices.offered(by)
    except PommaiError as error:
        trouble = str(error)
    except TimeoutError:
        trouble = _("It took too long to tell its voices. Please try again in a minute.")
    if not any(main_language(voice.language) == own for voice in offer.voices):
        own = ""
    return Gallery(
        by,
        programs,
        offer,
        trouble,
        main_language(asked.get("language", own)),
        int(page) if re.fullmatch("[1-9][0-9]?", page) else 1,
        by == speaker,
    )


async def saved(
    request: web.Request, toy: Toy, gallery: Gallery, form: VoiceForm
) -> Mapping[str, str]:
    """Gives the toy that voice, and keeps what was agreed to; or tells what is wrong, and keeps nothing."""
    if form.problems:
        return form.problems
    hub = request.config_dict[HUB]
    try:
        await hub.toys.save(await hub.voices.given_to(toy, form.chosen(toy, gallery.by)))
        if gallery.newly_away:
            await note_agreement(request)
    except PommaiError as error:
        return {"": str(error)}
    return {}
