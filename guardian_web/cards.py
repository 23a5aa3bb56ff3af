"""A turn and a satellite in a parent's words, ready for the templates."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from guardian_web.frame import layer_words
from hub.domain.safety import AlertLevel, Category, Verdict
from hub.domain.talk import HOME_ASSISTANT, PARENT, Turn, TurnState
from hub.domain.toys import ANY_VOICE, Pairing, Satellite, SatelliteState, Toy

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

KIND_WORDS = {"stt": "Hearing", "llm": "Thinking", "tts": "Speaking", "activity": "Doing"}
STEP_WORDS = {
    "endpoint": "Sure that the child is done",
    "transcript": "Words written down",
    "check": "Words checked",
    "first_token": "First word thought of",
    "first_clause": "First words of the answer checked",
    "filler": "“Let me think”",
    "first_audio": "First sound",
    "answered": "Answer complete",
    "finished": "Spoken to the end",
}

STATE_WORDS: Mapping[SatelliteState, str] = {
    SatelliteState.FOUND: "Found",
    SatelliteState.CONNECTING: "Connecting",
    SatelliteState.ONLINE: "Ready",
    SatelliteState.LISTENING: "Listening",
    SatelliteState.THINKING: "Thinking",
    SatelliteState.SPEAKING: "Speaking",
    SatelliteState.STOPPED: "Stopped",
    SatelliteState.AWAY: "Away",
    SatelliteState.ERROR: "Needs help",
}

LINK_WORDS: Mapping[Pairing, str] = {
    Pairing.NONE: "not encrypted",
    Pairing.CLOSED: "not paired",
    Pairing.OPEN: "waiting for its code",
    Pairing.ELSEWHERE: "paired with another hub",
    Pairing.PAIRED: "paired, encrypted",
}

CLEAR = 0.8
FAIR = 0.5
"""Confidence of the speech recogniser from which its words count as heard clearly, or fairly well."""


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
class Why:
    """All that one refusal says of itself."""

    verdict: Verdict
    whose: str
    about: str
    layer: str
    rule: str
    """The rule's own name, for who wants to report it; "" where it has none."""
    reason: str


@dataclass(frozen=True, slots=True)
class TurnCard:
    turn: Turn
    toy: str
    who: str
    """Who spoke to it."""
    marks: Sequence[Mark]
    whys: Sequence[Why]
    """One for each refusal."""
    heard_how_well: str
    alert: str
    """How much a parent is needed; "" when not."""
    providers: Sequence[tuple[str, str]]
    """What did the work: (hearing, whisper) …"""
    steps: Sequence[tuple[str, float]]
    """What happened, and how many milliseconds after the last word."""
    cost: str
    """What services outside the house asked for it; "" where nothing."""


@dataclass(frozen=True, slots=True)
class SatelliteCard:
    satellite: Satellite
    slug: str
    """Fit for an element's id, and the same each time."""
    toy: str
    state: str
    tone: Tone
    live: bool
    """In touch with the hub now."""
    link: str
    """Whether others in the network could listen."""

    @property
    def streams(self) -> str:
        """What its microphone may be open for; "" where that is a button or a word alone."""
        if self.satellite.pairing is not Pairing.NONE or not self.satellite.room_heard_by:
            return ""
        may = "May send" if self.satellite.room_heard_by == ANY_VOICE else "Sends"
        return f"{may} the room’s sound all the time"


def turn_card(turn: Turn, toys: Iterable[Toy], cost: str = "") -> TurnCard:
    return TurnCard(
        turn=turn,
        toy=toy_name(turn.toy_id, toys) or "The toy",
        who=speaker(turn),
        marks=_marks(turn),
        whys=[
            why_of(verdict, _whose(turn, place))
            for place, verdict in enumerate(turn.verdicts)
            if not verdict.allowed
        ],
        heard_how_well=_how_well(turn.confidence),
        alert=_alert(turn.verdicts),
        providers=[(KIND_WORDS.get(kind, kind), name) for kind, name in turn.providers.items()],
        steps=[
            (STEP_WORDS.get(step, step.replace("_", " ")), ms)
            for step, ms in sorted(turn.timings_ms.items(), key=lambda step: step[1])
        ],
        cost=cost,
    )


def satellite_card(satellite: Satellite, toys: Iterable[Toy]) -> SatelliteCard:
    tone = Tone.GOOD
    if satellite.state in {SatelliteState.AWAY, SatelliteState.CONNECTING, SatelliteState.FOUND}:
        tone = Tone.QUIET
    elif satellite.state is SatelliteState.ERROR:
        tone = Tone.TROUBLE
    elif satellite.state is SatelliteState.STOPPED:
        tone = Tone.CARE
    return SatelliteCard(
        satellite=satellite,
        slug=hashlib.sha256(satellite.key.encode()).hexdigest()[:12],
        toy=toy_name(satellite.toy_id, toys),
        state=STATE_WORDS[satellite.state],
        tone=tone,
        live=satellite.adopted and tone in {Tone.GOOD, Tone.CARE},
        link=LINK_WORDS[satellite.pairing]
        + (", can’t be interrupted" if satellite.interruptible is False else ""),
    )


def speaker(turn: Turn) -> str:
    if turn.source == PARENT:
        return "A grown-up, through the toy"
    if turn.source == HOME_ASSISTANT:
        return "Somebody, through Home Assistant"
    return "A grown-up, trying the toy" if turn.tried else "Child"


def toy_name(toy_id: str | None, toys: Iterable[Toy]) -> str:
    return next((toy.name for toy in toys if toy.id == toy_id), "")


def _marks(turn: Turn) -> Sequence[Mark]:
    only_heard = turn.source == HOME_ASSISTANT and turn.state is TurnState.REFUSED and not turn.said
    mark = _passed_on if only_heard else _redirected
    marks = [
        mark(why_of(verdict, _whose(turn, place)))
        for place, verdict in enumerate(turn.verdicts)
        if not verdict.allowed
    ]
    match turn.state:
        case TurnState.THINKING:
            marks.append(Mark(Tone.QUIET, "Answering …"))
        case TurnState.CUT:
            marks.append(Mark(Tone.QUIET, "Interrupted", "The answer was not heard to its end."))
        case TurnState.FAILED:
            marks.append(Mark(Tone.TROUBLE, "Could not answer", turn.error))
    if not marks:
        checked = bool(turn.verdicts)
        marks.append(Mark(Tone.GOOD, "Allowed") if checked else Mark(Tone.CARE, "Not checked"))
    return marks


def _whose(turn: Turn, place: int) -> str:
    """Whose words the verdict at `place` is about: the first is about what was heard."""
    if place > 0:
        return "in the toy's words, which were not spoken"
    if turn.source == HOME_ASSISTANT:
        return "in their words"
    return f"in the {'grown-up' if turn.tried or turn.source == PARENT else 'child'}'s words"


def why_of(verdict: Verdict, whose: str = "") -> Why:
    """A refusal of `whose` words."""
    rule, _, words = verdict.reason.partition(": ")
    named = " " not in rule  # a rule's name tells a parent nothing
    return Why(
        verdict,
        whose=whose,
        about=CATEGORY_WORDS[verdict.category],
        layer=layer_words(verdict.layer),
        rule=rule if named and words else "",
        reason=(words or rule) if named else verdict.reason,
    )


def _redirected(why: Why) -> Mark:
    return Mark(
        Tone.CARE,
        f"Redirected: {why.about}" if why.about else "Redirected",
        f"Reason: {why.reason} ({why.whose})" if why.reason else "",
    )


def _passed_on(why: Why) -> Mark:
    """Home Assistant asked for the words alone, so nothing was answered here."""
    return Mark(
        Tone.CARE,
        f"Passed on: {why.about}" if why.about else "Passed on",
        f"Reason to tell you: {why.reason} ({why.whose})" if why.reason else "",
    )


def _how_well(confidence: float | None) -> str:
    if confidence is None:
        return ""
    percent = f"{100 * confidence:.0f} %"
    if confidence >= CLEAR:
        return f"heard clearly, {percent}"
    if confidence >= FAIR:
        return f"heard fairly well, {percent}"
    return f"hard to hear, {percent}: words may be wrong"


def _alert(verdicts: Iterable[Verdict]) -> str:
    levels = [v.alert for v in verdicts if v.alert is not None]
    return ALERT_WORDS[max(levels, key=lambda level: level.rank)] if levels else ""
