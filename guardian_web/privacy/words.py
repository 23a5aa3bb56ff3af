"""What left the home, what is kept and who agreed to what, in a parent's words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from guardian_web.talks.cards import money
from hub.core.privacy.clouds import CloudService, CloudSwitchboard, Place, StandIn
from hub.core.privacy.consents import KeptConsent
from hub.core.privacy.left_home import Amounts, LeftHome
from hub.domain.consent import VoiceConsent
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.toys import ProviderKind

SENT_FOR: Final = {
    LedgerKind.STT: "for recognising speech",
    LedgerKind.LLM: "for an answer",
    LedgerKind.TTS: "for speaking",
    LedgerKind.SAFETY: "for a check",
    LedgerKind.ALERT: "an alert for a grown-up",
    LedgerKind.CLONING: "for copying a voice",
}
PURPOSES: Final = {
    LedgerKind.STT: "Recognising speech",
    LedgerKind.LLM: "Answers",
    LedgerKind.TTS: "The toy’s voice",
    LedgerKind.SAFETY: "Checking what is said",
    LedgerKind.ALERT: "Alerts to grown-ups",
    LedgerKind.CLONING: "Copying a voice",
}
SENDS: Final = {
    ProviderKind.STT: "hears your child’s voice itself, to recognise the words",
    ProviderKind.LLM: "reads what your child says, with names and addresses masked, to answer",
    ProviderKind.TTS: "reads what the toy says, with names and addresses masked, to speak it",
    ProviderKind.SAFETY: "reads what is said, with names and addresses masked, to check it",
}
DOES: Final = {
    ProviderKind.STT: "listens with",
    ProviderKind.LLM: "answers with",
    ProviderKind.TTS: "speaks with",
}
KB: Final = 1000
MB: Final = 1_000_000
GB: Final = 1_000_000_000


def size_words(size_bytes: int) -> str:
    """Such as "3.4 MB"."""
    for unit, name in ((GB, "GB"), (MB, "MB"), (KB, "kB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} bytes"


def entry_words(entry: LedgerEntry) -> str:
    """How much one request sent."""
    if entry.what is ContentKind.TEXT:
        return f"{entry.amount:,} characters of text"
    return f"{size_words(entry.amount)} of sound"


def amount_words(amounts: Amounts) -> str:
    """How much left, such as "1.2 MB of sound, 340 characters of text"."""
    parts = []
    if amounts.sound_bytes:
        parts.append(f"{size_words(amounts.sound_bytes)} of sound")
    if amounts.characters:
        parts.append(f"{amounts.characters:,} characters of text")
    return ", ".join(parts) or "nothing"


def times_words(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


@dataclass(frozen=True, slots=True)
class TotalLine:
    who: str
    purpose: str
    where: str
    times: str
    amount: str
    cost: str


def total_lines(left: LeftHome, service_words: Callable[[str], str]) -> list[TotalLine]:
    """By service."""
    return [
        TotalLine(
            service_words(total.provider) if total.place is None else total.place.company,
            PURPOSES[total.kind],
            "to the grown-up’s own service, wherever that is"
            if total.place is None
            else where(total.place),
            times_words(total.amounts.requests),
            amount_words(total.amounts),
            money(total.amounts.micro_usd) if total.amounts.micro_usd else "",
        )
        for total in left.services
    ]


def where(place: Place) -> str:
    return f"to {place.host}, in {place.country}" if place.host else f"to {place.country}"


def service_line(service: CloudService) -> str:
    """What a chosen service gets, and for whom."""
    whom = f" (for {', '.join(service.toys)})" if service.toys else ""
    return f"{service.place.company} in {service.place.country} {SENDS[service.kind]}{whom}."


def stand_in_lines(stand_ins: Sequence[StandIn]) -> list[str]:
    """A sentence for each toy."""
    toys: dict[str, list[StandIn]] = {}
    for one in stand_ins:
        toys.setdefault(one.toy, []).append(one)
    return [
        f"{toy} {', '.join(f'{DOES[one.kind]} {_short(one.what)}' for one in ones)}."
        for toy, ones in toys.items()
    ]


def _short(what: str) -> str:
    """Without what is said of it elsewhere on the page, such as "; a demonstration"."""
    return what.partition(";")[0]


@dataclass(frozen=True, slots=True)
class CloudsCard:
    """The switch, and what it means for this family."""

    off: bool
    services: Sequence[str]
    agreed: Sequence[str]
    """What is agreed to by allowing them again."""
    stand_ins: Sequence[str]
    weak: bool
    """A toy would be served by what is a demonstration."""
    silent: Sequence[str]
    """Judges without which the guard lets nothing pass while the clouds are off."""


async def clouds_card(clouds: CloudSwitchboard) -> CloudsCard:
    services, stand_ins = await clouds.services(), await clouds.stand_ins()
    return CloudsCard(
        off=clouds.off,
        services=[service_line(service) for service in services],
        agreed=clouds.lines(services),
        stand_ins=stand_in_lines(stand_ins),
        weak=any(one.embedded and one.kind is not ProviderKind.TTS for one in stand_ins),
        silent=[service.place.company for service in services if service.required],
    )


def consent_state(consent: KeptConsent) -> str:
    kept: VoiceConsent = consent.kept
    if not kept.withdrawn_at:
        return "in use" if kept.voice_id else "no copy was made"
    if consent.copy_remains:
        return f"taken back here; {kept.provider} may still have the copy"
    return "taken back; the copy is deleted"
