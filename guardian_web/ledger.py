"""What left the house, in a parent's words."""

from dataclasses import dataclass
from datetime import datetime

from guardian_web.adult_form import service_words
from hub.domain.household import Freight, LedgerEntry, LedgerKind

KIND_WORDS = {
    LedgerKind.STT: "to be written down",
    LedgerKind.LLM: "to be answered",
    LedgerKind.TTS: "to be spoken",
    LedgerKind.SAFETY: "to be checked",
    LedgerKind.ALERT: "an alert for a grown-up",
    LedgerKind.CLONING: "a voice to be copied",
}


@dataclass(frozen=True, slots=True)
class LedgerLine:
    at: datetime
    to: str
    why: str
    amount: str
    discarded: bool
    turn_id: str | None


def ledger_line(entry: LedgerEntry) -> LedgerLine:
    alert = entry.kind is LedgerKind.ALERT
    return LedgerLine(
        at=entry.at,
        to=service_words(entry.provider) if alert else entry.provider,
        why=KIND_WORDS[entry.kind],
        amount=_amount(entry),
        discarded=entry.discarded,
        turn_id=entry.turn_id,
    )


def _amount(entry: LedgerEntry) -> str:
    if entry.what is Freight.TEXT:
        return f"{entry.amount:,} characters of text"
    if entry.amount < 100_000:
        return f"{entry.amount / 1000:.1f} kB of sound"
    return f"{entry.amount / 1_000_000:.1f} MB of sound"
