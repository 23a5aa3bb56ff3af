"""A turn in a parent's words, ready for the templates, and what cloud services cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from guardian_web.pages import layer_words
from guardian_web.talks.words import Quote, how_serious, plain_reason, plain_trouble, quote
from hub.core.hub import Hub
from hub.domain.family.children import Child
from hub.domain.household import Cost
from hub.domain.network_services import provider_label
from hub.domain.safety import Verdict
from hub.domain.talks.kept import TurnNote
from hub.domain.talks.talk import BUTTON, HOME_ASSISTANT, PARENT, TIMER, Turn, TurnState
from hub.domain.toys import Toy
from hub.domain.words import ALERT_WORDS, CATEGORY_WORDS
from hub.translation import gettext as _
from hub.translation import marked

KIND_WORDS = {
    "stt": marked("Hearing"),
    "llm": marked("Thinking"),
    "tts": marked("Speaking"),
    "activity": marked("Doing"),
}
STEP_WORDS = {
    "endpoint": marked("Certain that the child has finished"),
    "transcript": marked("Words recognised"),
    "check": marked("Words checked"),
    "first_token": marked("First word of the answer"),
    "first_clause": marked("First part of the answer checked"),
    "filler": marked("“Let me think”"),
    "first_audio": marked("First sound"),
    "answered": marked("Answer complete"),
    "finished": marked("Spoken to the end"),
}

MICRO = 1_000_000
"""Millionths of a US dollar in one."""
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
    serious: str
    quotes: Sequence[Quote]
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
    """There is one for each refusal."""
    heard_how_well: str
    alert: str
    """How much a parent is needed; "" when not."""
    providers: Sequence[tuple[str, str]]
    """What did the work: (hearing, whisper) …"""
    steps: Sequence[tuple[str, float]]
    """What happened, and how many milliseconds after the last word."""
    cost: str
    """What cloud services charged for it; "" where nothing."""
    note: TurnNote
    """What a parent keeps beside it."""


def turn_card(
    turn: Turn,
    toys: Iterable[Toy],
    cost: str = "",
    note: TurnNote | None = None,
    children: Iterable[Child] = (),
) -> TurnCard:
    return TurnCard(
        turn=turn,
        toy=toy_name(turn.toy_id, toys) or _("The toy"),
        who=speaker(turn, children),
        marks=_marks(turn),
        whys=_whys(turn),
        heard_how_well=_how_well(turn.confidence),
        alert=_alert(turn.verdicts),
        providers=[
            (KIND_WORDS.get(kind, kind), provider_label(name))
            for kind, name in turn.providers.items()
        ],
        steps=[
            (STEP_WORDS.get(step, step.replace("_", " ")), ms)
            for step, ms in sorted(turn.timings_ms.items(), key=lambda step: step[1])
        ],
        cost=cost,
        note=note or TurnNote(turn.id),
    )


def money(micro_usd: int) -> str:
    """US dollars; what is less than a cent, in parts of one."""
    if 0 < micro_usd < MICRO // 100:
        cents = f"{micro_usd * 100 / MICRO:.2f}"
        return f"{cents} ¢" if cents != "0.00" else _("less than 0.01 ¢")
    return f"${micro_usd / MICRO:,.2f}"


async def turn_cards(hub: Hub, turns: Sequence[Turn], toys: Iterable[Toy]) -> list[TurnCard]:
    """With what each turn cost, and what a parent keeps beside it."""
    known = list(toys)
    ids = [turn.id for turn in turns]
    costs, notes = await hub.ledger.costs_of(ids), await hub.turn_notes.of(ids)
    children = await hub.children.list(archived=True)
    return [
        turn_card(turn, known, _in_words(costs.get(turn.id, ())), notes.get(turn.id), children)
        for turn in turns
    ]


def _in_words(costs: Sequence[Cost]) -> str:
    if not costs:
        return ""
    whole = money(sum(cost.micro_usd for cost in costs))
    if len(costs) == 1:
        return f"{whole} ({costs[0].provider})"
    parts = ", ".join(f"{cost.provider} {money(cost.micro_usd)}" for cost in costs)
    return f"{whole} ({parts})"


def speaker(turn: Turn, children: Iterable[Child] = ()) -> str:
    """Who spoke to the toy: the child by name, where it is known and one of `children`."""
    if turn.source == PARENT:
        return _("A grown-up, through the toy")
    if turn.source == TIMER:
        return _("A timer")
    if turn.source == BUTTON:
        return _("Its button")
    if turn.source == HOME_ASSISTANT:
        return _("Somebody, through Home Assistant")
    if turn.tried:
        return _("A grown-up, trying the toy")
    unknown = _("The visitor, or your child") if turn.visit_id else _("Child")
    return next((child.name for child in children if child.id == turn.child_id), unknown)


def toy_name(toy_id: str | None, toys: Iterable[Toy]) -> str:
    return next((toy.name for toy in toys if toy.id == toy_id), "")


def _marks(turn: Turn) -> Sequence[Mark]:
    only_heard = turn.source == HOME_ASSISTANT and turn.state is TurnState.REFUSED and not turn.said
    # Home Assistant asked for the words alone, so nothing was answered here.
    what, reason = (
        (_("Passed on"), _("Reason to tell you")) if only_heard else (_("Redirected"), _("Reason"))
    )
    marks = [
        Mark(
            Tone.CARE,
            _("%(what)s: %(about)s", what=what, about=why.about) if why.about else what,
            f"{reason}: {why.reason} ({why.whose})" if why.reason else "",
        )
        for why in _whys(turn)
    ]
    if turn.visit_id:
        marks.append(Mark(Tone.QUIET, _("A friend visited")))
    match turn.state:
        case TurnState.THINKING:
            marks.append(Mark(Tone.QUIET, _("Answering …")))
        case TurnState.CUT:
            marks.append(
                Mark(Tone.QUIET, _("Interrupted"), _("The answer was not heard to the end."))
            )
        case TurnState.FAILED:
            marks.append(Mark(Tone.TROUBLE, _("Could not answer"), plain_trouble(turn.error)))
    if not marks:
        checked = bool(turn.verdicts)
        marks.append(
            Mark(Tone.GOOD, _("Allowed")) if checked else Mark(Tone.CARE, _("Not checked"))
        )
    if any(verdict.look for verdict in turn.verdicts):
        marks.append(Mark(Tone.CARE, _("Worth a look")))
    return marks


def _whys(turn: Turn) -> list[Why]:
    return [
        why_of(verdict, _whose(turn, place), " ".join(turn.refused) if place else turn.heard)
        for place, verdict in enumerate(turn.verdicts)
        if not verdict.allowed
    ]


def _whose(turn: Turn, place: int) -> str:
    """Whose words the verdict at `place` is about: the first is about what was heard."""
    if place > 0:
        return _("in the toy's words, which were not spoken")
    if turn.source == HOME_ASSISTANT:
        return _("in their words")
    return (
        _("in the grown-up's words")
        if turn.tried or turn.source == PARENT
        else _("in the child's words")
    )


def why_of(verdict: Verdict, whose: str = "", said: str = "") -> Why:
    """A refusal of `whose` words, which were `said`."""
    rule, _colon, words = verdict.reason.partition(": ")
    return Why(
        verdict,
        whose=whose,
        about=_(CATEGORY_WORDS[verdict.category]),
        serious=how_serious(verdict.severity),
        quotes=[quote(matched, said) for matched in verdict.matched],
        layer=layer_words(verdict.layer),
        rule=rule if words and " " not in rule else "",
        reason=plain_reason(verdict.reason),
    )


def _how_well(confidence: float | None) -> str:
    if confidence is None:
        return ""
    percent = f"{100 * confidence:.0f} %"
    if confidence >= CLEAR:
        return _("heard clearly, %(percent)s", percent=percent)
    if confidence >= FAIR:
        return _("heard fairly well, %(percent)s", percent=percent)
    return _("hard to hear, %(percent)s: words may be wrong", percent=percent)


def _alert(verdicts: Iterable[Verdict]) -> str:
    levels = [v.alert for v in verdicts if v.alert is not None]
    return ALERT_WORDS[max(levels, key=lambda level: level.rank)] if levels else ""
