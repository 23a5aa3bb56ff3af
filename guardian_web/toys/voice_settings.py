"""The settings of a toy's voice as a parent types them: those that its provider takes, each within its bounds."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from hub.core.toys.voices import LATENCY, VoiceSetting
from hub.domain.toys import Voice
from hub.translation import gettext as _
from hub.translation import marked

FIELD: Final = "setting-"
"""Begins the name of each one's field; its own name follows."""
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "speed": (marked("How fast"), marked("More is faster.")),
    "pitch": (marked("How high"), marked("More is higher.")),
    "vol": (marked("How loud"), marked("More is louder.")),
    "stability": (marked("How steady"), marked("Less is livelier, more is calmer.")),
    "similarity_boost": (marked("How much like the voice’s own"), marked("More is closer.")),
    "style": (marked("How expressive"), marked("More is bolder, and begins later.")),
    "use_speaker_boost": (marked("Clearer"), marked("It begins a little later, too.")),
    "speaker": (marked("Which of its speakers"), marked("Most voices have one, which is 0.")),
}
"""Of each setting: its name for parents, and what it does. LATENCY is set with the voice."""
_NUMBER: Final = re.compile(r"-?[0-9]{1,4}(\.[0-9]{1,3})?")


def shown(taken: Sequence[VoiceSetting]) -> Sequence[VoiceSetting]:
    """Those that the page asks for."""
    return [each for each in taken if each.name != LATENCY]


def texts_of(voice: Voice) -> dict[str, str]:
    return {name: f"{value:g}" for name, value in voice.settings.items()}


def read(form: Mapping[str, object]) -> dict[str, str]:
    """What was typed, by the setting's name."""
    return {
        name.removeprefix(FIELD): str(value).strip()
        for name, value in form.items()
        if name.startswith(FIELD)
    }


def problems(texts: Mapping[str, str], taken: Sequence[VoiceSetting]) -> dict[str, str]:
    """What must be changed: field to one line."""
    known = {each.name: each for each in taken}
    found = {name: _problem(name, text, known.get(name)) for name, text in texts.items() if text}
    return {f"{FIELD}{name}": problem for name, problem in found.items() if problem}


def numbers(texts: Mapping[str, str]) -> dict[str, float]:
    """Only once there are no problems; what is empty is as usual."""
    return {name: float(text) for name, text in texts.items() if text}


def _problem(name: str, text: str, setting: VoiceSetting | None) -> str:
    if setting is None:
        return _("This voice has no setting “%(name)s”.", name=name[:40])
    if _NUMBER.fullmatch(text) and setting.takes(float(text)):
        return ""
    least, most = f"{setting.least:g}", f"{setting.most:g}"
    if setting.step == 1:
        return _("Please give a whole number from %(least)s to %(most)s.", least=least, most=most)
    return _("Please give a number from %(least)s to %(most)s.", least=least, most=most)
