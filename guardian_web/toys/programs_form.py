"""What a toy hears, thinks and speaks with, as a parent types it: read from a form, checked, and shown again."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from guardian_web.toys import voice_settings
from guardian_web.toys.programs import FIELDS, Programs, lists_of
from hub.core.toys.provider_options import ProviderOption
from hub.core.toys.voices import LATENCY, VoiceSetting
from hub.domain.limits import (
    MAX_ANSWER_TOKENS,
    MAX_DESCRIPTION_CHARS,
    MAX_TEMPERATURE,
    MIN_ANSWER_TOKENS,
)
from hub.domain.toys import AUTO, ProviderChoice, Toy, Voice
from hub.translation import gettext as _
from hub.translation import marked

PLACES: Final = 3
"""How many programs can be chosen for one kind of work, to be asked one after the other."""
GONE: Final = marked("%(name)s can’t be chosen here. Please choose another.")


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """Whose voice a toy has, and what that one takes."""

    before: str
    """The provider, as the toy is kept …"""
    after: str
    """… and once the form is saved."""
    settings: Sequence[VoiceSetting]
    """That the second takes."""

    def of(self, toy: Toy) -> Voice:
        """The toy's own, where it has the same provider still; else the usual one of the other."""
        return toy.voice if self.after == (toy.voice.provider or self.before) else Voice()


@dataclass(frozen=True, slots=True)
class ProgramsForm:
    """All as text."""

    lists: Mapping[str, tuple[str, ...]]
    """Who is asked first, and next, by a field of FIELDS; () is the household's list."""
    model: str
    """The language model's name there, "" for its usual one."""
    temperature: str
    """"" leaves it, and so with `max_tokens`."""
    max_tokens: str
    settings: Mapping[str, str]
    """Of the voice, by name; "" is as usual."""
    settings_of: str
    """The provider whose settings these are; they go where another one speaks from now on."""
    agrees: str = ""
    """"yes": a guardian read what a newly chosen cloud service gets, and agrees."""

    @classmethod
    def of(cls, toy: Toy, voice: VoiceChoice) -> Self:
        lists = {work: _shown(names) for work, names in lists_of(toy.providers).items()}
        return cls(
            lists,
            toy.model,
            f"{toy.temperature:g}",
            str(toy.max_tokens),
            voice_settings.texts_of(voice.of(toy)),
            voice.after,
        )

    @classmethod
    def read(cls, form: Mapping[str, object]) -> Self:
        def text(name: str) -> str:
            return str(form.get(name, "")).strip()

        places = range(1, PLACES + 1)
        return cls(
            {work: _each_once(text(f"{work}-{place}") for place in places) for work in FIELDS},
            text("model"),
            text("temperature").replace(",", "."),
            text("max_tokens"),
            voice_settings.read(form),
            text("settings_of"),
            text("agrees"),
        )

    def choice(self, toy: Toy) -> ProviderChoice:
        before = lists_of(toy.providers)
        kept = {work: _kept(names, before[work]) for work, names in self.lists.items()}
        return ProviderChoice(stt=kept["hears"], llm=kept["thinks"], tts=kept["speaks"])

    def newly_away(self, toy: Toy, programs: Mapping[str, Programs]) -> list[ProviderOption]:
        """Those to which something would leave the home that doesn't now."""
        before = lists_of(toy.providers)
        return [
            programs[work].away[name]
            for work, names in self.lists.items()
            for name in names
            if name in programs[work].away and name not in before[work]
        ]

    def problems(
        self, toy: Toy, programs: Mapping[str, Programs], voice: VoiceChoice
    ) -> dict[str, str]:
        """What must be changed before it can be saved: field to one line. What `toy` has already may stay."""
        found = {
            f"{work}-{place}": ""
            if name == AUTO or name in programs[work].choices
            else _(GONE, name=name[:40])
            for work, names in self.lists.items()
            for place, name in enumerate(names, 1)
        }
        found["agrees"] = (
            ""
            if self.agrees == "yes" or not self.newly_away(toy, programs)
            else _("Please read what would leave your home, and say that you agree.")
        )
        if len(self.model) > MAX_DESCRIPTION_CHARS:
            found["model"] = _(
                "That is too long: at most %(most)s characters fit.", most=MAX_DESCRIPTION_CHARS
            )
        if self.temperature != f"{toy.temperature:g}":
            found["temperature"] = _number_problem(self.temperature, 0, MAX_TEMPERATURE)
        if self.max_tokens != str(toy.max_tokens):
            found["max_tokens"] = _number_problem(
                self.max_tokens, MIN_ANSWER_TOKENS, MAX_ANSWER_TOKENS
            )
        if self.settings_of == voice.after:
            found |= voice_settings.problems(self.settings, voice.settings)
        return {name: problem for name, problem in found.items() if problem}

    def apply(self, toy: Toy, voice: VoiceChoice) -> Toy:
        """`toy` with these; only once there are no problems."""
        own = voice.of(toy)
        if self.settings_of == voice.after:
            unasked = {name: v for name, v in own.settings.items() if name == LATENCY}
            own = replace(own, settings=unasked | voice_settings.numbers(self.settings))
        return replace(
            toy,
            providers=self.choice(toy),
            voice=own,
            model=self.model,
            temperature=float(self.temperature or toy.temperature),
            max_tokens=int(self.max_tokens or toy.max_tokens),
        )


def _shown(names: tuple[str, ...]) -> tuple[str, ...]:
    """Without what the hub has itself, which comes last in any case."""
    chosen = names[:-1] if len(names) > 1 and names[-1] == AUTO else names
    return chosen[:PLACES]


def _kept(names: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    """A toy's list of those; after them comes what the hub has itself."""
    if names == _shown(before):
        return before
    return names if not names or AUTO in names else (*names, AUTO)


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _number_problem(text: str, least: float, most: float) -> str:
    """A whole number where `least` to `most` are such, else with up to two digits after the point."""
    form = r"[0-9]{1,4}" if isinstance(most, int) else r"[0-9](\.[0-9]{1,2})?"
    if not text or (re.fullmatch(form, text) and least <= float(text) <= most):
        return ""
    return _("Please give a number from %(least)s to %(most)s.", least=least, most=most)
