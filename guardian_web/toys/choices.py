"""What there really is to choose from for a toy: children, languages and voices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.toys.form import ToyForm
from guardian_web.toys.voices import voices_for
from hub.core.toys.languages import ToyLanguage
from hub.core.toys.voices import VoiceInfo
from hub.domain.toys import Toy, main_language


@dataclass(frozen=True, slots=True)
class ToyChoices:
    """For one toy; what it has now is always among them."""

    children: Collection[str]
    """By id."""
    languages: Mapping[str, str]
    """Code to what a parent reads, of those that can be chosen."""
    not_yet: Sequence[ToyLanguage]
    """What the others lack."""
    lacks: Sequence[str]
    """What the language that it has lacks; it may stay, but the toy is of little use with it."""
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
    known = await hub.languages.of(toy, voices)
    [*own] = (each for each in known if each.code == main_language(toy.language))
    chosen = {each.code: each.name for each in known if not each.lacks}
    chosen[toy.language] = own[0].name if own else toy.language
    return ToyChoices(
        children=[child.id for child in await hub.children.list()],
        languages=dict(sorted(chosen.items(), key=lambda item: item[1])),
        not_yet=[each for each in known if each.lacks and each not in own],
        lacks=own[0].lacks if own else (),
        voices=[voice for voice in voices if voice.installed],
    )


def in_its_language(form: ToyForm, toy: Toy, choices: ToyChoices) -> ToyForm:
    """Where the language was changed and the voice was not, the first voice that speaks it."""
    if form.language == toy.language or form.voice != toy.voice.name:
        return form
    fitting = choices.voices_of(form.language)
    if not fitting or any(voice.id == form.voice for voice in fitting):
        return form
    return replace(form, voice=fitting[0].id)
