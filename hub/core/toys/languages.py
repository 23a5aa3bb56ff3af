"""Which languages a toy could speak: those that it can hear, say and have judged, and what the others lack."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.domain.toys import Toy, main_language
from hub.providers.base import VoiceInfo
from hub.providers.pool import Providers
from hub.safety.guard import Guard
from hub.translation import gettext as _
from hub.translation import marked

LANGUAGE_WORDS: Final = {
    "de": marked("German"),
    "en": marked("English"),
    "es": marked("Spanish"),
    "fr": marked("French"),
    "hi": marked("Hindi"),
    "ta": marked("Tamil"),
}


@dataclass(frozen=True, slots=True)
class ToyLanguage:
    code: str
    lacks: tuple[str, ...] = ()
    """Why it can't be chosen, and what would bring it, a sentence or two each; empty: it can be."""

    @property
    def name(self) -> str:
        """In English, marked for translation where we know it."""
        return LANGUAGE_WORDS.get(self.code, self.code)


class Languages:
    """Looks anew each time, as voices and recognisers come and go."""

    def __init__(self, guard: Guard, providers: Providers) -> None:
        self._guard = guard
        self._providers = providers

    async def of(self, toy: Toy, voices: Sequence[VoiceInfo]) -> Sequence[ToyLanguage]:
        """All in which there are reviewed sentences. `voices` are those that the toy could have; none: nobody knows."""
        codes = self._guard.languages
        heard = await self._providers.heard(toy, codes)
        return [
            ToyLanguage(code, tuple(filter(None, self._lacks(code, code in heard, voices))))
            for code in codes
        ]

    def _lacks(self, code: str, heard: bool, voices: Sequence[VoiceInfo]) -> tuple[str, str, str]:
        name = _(LANGUAGE_WORDS.get(code, code))
        own = [voice for voice in voices if main_language(voice.language) in {"", code}]
        if not voices or any(voice.installed for voice in own):
            voice = ""
        elif own:
            voice = _("Its voice for it isn’t here yet: %(voice)s.", voice=own[0].name)
        else:
            voice = _("No voice that it has speaks %(language)s.", language=name)
        hearing = _(
            "What it hears with doesn’t understand %(language)s. Whisper does, with a model that has no “.en” in its "
            "name, such as “base”.",
            language=name,
        )
        judging = _(
            "The guard by itself judges English alone. For %(language)s it takes a second judge that must agree to "
            "every line: one under “use” in the hub’s [safety] settings, such as “chat”.",
            language=name,
        )
        return (
            "" if heard else hearing,
            voice,
            "" if self._guard.judges(code) else judging,
        )
