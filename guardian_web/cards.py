"""A turn and a satellite in a parent's words, ready for the templates."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.safety import AlertLevel, Category, Verdict
from hub.domain.talk import Turn, TurnState
from hub.domain.toys import Satellite, SatelliteState, Toy

CATEGORY_WORDS: Mapping[Category, str] = {
    Category.NONE: "",
    Category.VIOLENCE: "violence",
    Category.SELF_HARM: "self-harm",
    Category.SEXUAL: "sexual content",
    Category.HATE_BULLYING: "hate or bullying",
    Category.DRUGS_ALCOHOL_WEAPONS: "drugs, alcohol or weapons",
    Category.DANGEROUS_ACTS: "something dangerous",
    Category.PERSONAL_INFO: "personal information",
    Category.STRANGER_GROOMING: "contact with strangers",
    Category.MANIPULATION: "manipulation",
    Category.PROFANITY: "swearing",
    Category.MEDICAL_LEGAL: "medical or legal advice",
    Category.JAILBREAK: "trying to trick the toy",
    Category.CHILD_DISCLOSURE: "your child may be telling of something serious",
    Category.CRIME: "crime",
    Category.SCARY: "something scary",
    Category.AGE_INAPPROPRIATE: "not for this age",
    Category.BLOCKED_TOPIC: "a topic that you blocked",
    Category.UNCHECKED: "could not be checked, so it was held back",
}

ALERT_WORDS: Mapping[AlertLevel, str] = {
    AlertLevel.INFO: "Good to know",
    AlertLevel.WARNING: "Please look",
    AlertLevel.URGENT: "Needs you now",
}
ALERT_ORDER = (AlertLevel.INFO, AlertLevel.WARNING, AlertLevel.URGENT)

STATE_WORDS: Mapping[SatelliteState, str] = {
    SatelliteState.FOUND: "Found",
    SatelliteState.CONNECTING: "Connecting",
    SatelliteState.ONLINE: "Ready",
    SatelliteState.LISTENING: "Listening",
    SatelliteState.THINKING: "Thinking",
    SatelliteState.SPEAKING: "Speaking",
    SatelliteState.AWAY: "Away",
    SatelliteState.ERROR: "Needs help",
}


class Tone(StrEnum):
    """How a mark looks; the words say the same, as colour alone tells some people nothing."""

    GOOD = "good"
    CARE = "care"
    TROUBLE = "trouble"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Mark:
    """The verdict on a turn, in a few words."""

    tone: Tone
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TurnCard:
    turn: Turn
    toy: str
    mark: Mark
    heard_how_well: str
    alert: str
    """How much a parent is needed; "" when not."""
    timings: Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class SatelliteCard:
    satellite: Satellite
    slug: str
    """Fit for an element's id, and the same each time."""
    toy: str
    state: str
    tone: Tone


def turn_card(turn: Turn, toys: Iterable[Toy]) -> TurnCard:
    return TurnCard(
        turn=turn,
        toy=_toy_name(turn.toy_id, toys) or "The toy",
        mark=_mark(turn),
        heard_how_well=_how_well(turn.confidence),
        alert=_alert(turn.verdicts),
        timings=sorted(turn.timings_ms.items(), key=lambda step: step[1]),
    )


def satellite_card(satellite: Satellite, toys: Iterable[Toy]) -> SatelliteCard:
    tone = Tone.GOOD
    if satellite.state in {SatelliteState.AWAY, SatelliteState.CONNECTING, SatelliteState.FOUND}:
        tone = Tone.QUIET
    elif satellite.state is SatelliteState.ERROR:
        tone = Tone.TROUBLE
    return SatelliteCard(
        satellite=satellite,
        slug=hashlib.sha256(satellite.key.encode()).hexdigest()[:12],
        toy=_toy_name(satellite.toy_id, toys),
        state=STATE_WORDS[satellite.state],
        tone=tone,
    )


def _toy_name(toy_id: str | None, toys: Iterable[Toy]) -> str:
    return next((toy.name for toy in toys if toy.id == toy_id), "")


def _mark(turn: Turn) -> Mark:
    match turn.state:
        case TurnState.THINKING:
            return Mark(Tone.QUIET, "Answering …")
        case TurnState.CUT:
            return Mark(Tone.QUIET, "Interrupted", "The answer was not heard to its end.")
        case TurnState.FAILED:
            return Mark(Tone.TROUBLE, "Could not answer", turn.error)
    stopped = next((v for v in turn.verdicts if not v.allowed), None)
    if stopped is None:
        return (
            Mark(Tone.GOOD, "Allowed")
            if turn.state is TurnState.DONE
            else Mark(Tone.CARE, "Redirected")
        )
    about = CATEGORY_WORDS[stopped.category]
    return Mark(Tone.CARE, f"Redirected: {about}" if about else "Redirected", stopped.reason)


def _how_well(confidence: float | None) -> str:
    if confidence is None:
        return ""
    percent = f"{confidence:.0%}".replace("%", " %")
    if confidence >= 0.8:
        return f"Heard clearly ({percent} sure)"
    if confidence >= 0.5:
        return f"Heard fairly well ({percent} sure)"
    return f"Hard to hear, so words may be wrong ({percent} sure)"


def _alert(verdicts: Iterable[Verdict]) -> str:
    levels = [v.alert for v in verdicts if v.alert is not None]
    return ALERT_WORDS[max(levels, key=ALERT_ORDER.index)] if levels else ""
