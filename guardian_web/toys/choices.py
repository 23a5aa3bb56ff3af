"""What there really is to choose from for a toy: children, languages and voices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.toys.form import ToyForm
from guardian_web.toys.voices import voices_for
from hub.core.toys.voices import VoiceInfo
from hub.domain.toys import Toy
from hub.translation import marked

LANGUAGE_WORDS: Final[Mapping[str, str]] = {
    "de": marked("German"),
    "en": marked("English"),
    "es": marked("Spanish"),
    "fr": marked("French"),
    "ta": marked("Tamil"),
}


@dataclass(frozen=True, slots=True)
class ToyChoices:
    """For one toy; what it has now is always among them."""

    children: Collection[str]
    """By id."""
    languages: Mapping[str, str]
    """Code to what a parent reads."""
    voices: Sequence[VoiceInfo]
    """Empty where the program that speaks doesn't tell: then any name may be typed."""

    def voices_of(self, language: str) -> list[VoiceInfo]:
        """Those that speak it; one that doesn't say speaks all."""
        own = {"", main_language(language)}
        return [voice for voice in self.voices if main_language(voice.language) in own]

    def has_voice(self, name: str) -> bool:
        return not self.voices or any(voice.id == name for voice in self.voices)


async def choices_for(request: web.Request, toy: Toy) -> ToyChoices:
    hub = request.config_dict[HUB]
    voices = await voices_for(request, toy)
    spoken = {main_language(voice.language) for voice in voices}
    known = {toy.language: LANGUAGE_WORDS.get(toy.language, toy.language)}
    for code in hub.voices.languages():
        if not spoken or code in spoken or "" in spoken:
            known[code] = LANGUAGE_WORDS.get(code, code)
    return ToyChoices(
        children=[child.id for child in await hub.children.list()],
        languages=dict(sorted(known.items(), key=lambda item: item[1])),
        voices=voices,
    )


def in_its_language(form: ToyForm, toy: Toy, choices: ToyChoices) -> ToyForm:
    """Where the language was changed and the voice was not, the first voice that speaks it."""
    if form.language == toy.language or form.voice != toy.voice.name:
        return form
    fitting = choices.voices_of(form.language)
    if not fitting or any(voice.id == form.voice for voice in fitting):
        return form
    return replace(form, voice=fitting[0].id)


def main_language(language: str) -> str:
    """The language without its region: "en" of "en-gb" and "en_US"."""
    return language.replace("_", "-").partition("-")[0].lower()
