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
from hub.translation import decimal, grouped, marked, ngettext
from hub.translation import gettext as _

SENT_FOR: Final = {
    LedgerKind.STT: marked("for recognising speech"),
    LedgerKind.LLM: marked("for an answer"),
    LedgerKind.TTS: marked("for speaking"),
    LedgerKind.SAFETY: marked("for a check"),
    LedgerKind.EMBEDDING: marked("for finding what toys know"),
    LedgerKind.ALERT: marked("an alert for a grown-up"),
    LedgerKind.CLONING: marked("for copying a voice"),
    LedgerKind.FETCH: marked("for a web page that you wanted"),
    LedgerKind.BACKUP: marked("a locked backup, to be kept"),
}
PURPOSES: Final = {
    LedgerKind.STT: marked("Recognising speech"),
    LedgerKind.LLM: marked("Answers"),
    LedgerKind.TTS: marked("The toy’s voice"),
    LedgerKind.SAFETY: marked("Checking what is said"),
    LedgerKind.EMBEDDING: marked("Finding what toys know"),
    LedgerKind.ALERT: marked("Alerts to grown-ups"),
    LedgerKind.CLONING: marked("Copying a voice"),
    LedgerKind.FETCH: marked("Web pages that you wanted"),
    LedgerKind.BACKUP: marked("Keeping backups"),
}
SENDS: Final = {
    ProviderKind.STT: marked("hears your child’s voice itself, to recognise the words"),
    ProviderKind.LLM: marked(
        "reads what your child says, with names and addresses masked, to answer"
    ),
    ProviderKind.TTS: marked(
        "reads what the toy says, with names and addresses masked, to speak it"
    ),
    ProviderKind.SAFETY: marked("reads what is said, with names and addresses masked, to check it"),
    ProviderKind.EMBEDDING: marked(
        "reads what you let it of what toys know, and what is said to these toys, with names and addresses masked, "
        "to find what fits"
    ),
}
DOES: Final = {
    ProviderKind.STT: marked("listens with"),
    ProviderKind.LLM: marked("answers with"),
    ProviderKind.TTS: marked("speaks with"),
}
KB: Final = 1000
MB: Final = 1_000_000
GB: Final = 1_000_000_000


def size_words(size_bytes: int) -> str:
    """Such as "3.4 MB"."""
    for unit, name in ((GB, "GB"), (MB, "MB"), (KB, "kB")):
        if size_bytes >= unit:
            return f"{decimal(size_bytes / unit, 1)} {name}"
    return ngettext("%(num)s byte", "%(num)s bytes", size_bytes)


def entry_words(entry: LedgerEntry) -> str:
    """How much one request sent."""
    if entry.what is ContentKind.TEXT:
        return _("%(amount)s characters of text", amount=grouped(entry.amount))
    if entry.what is ContentKind.FILE:
        return _("%(size)s, locked", size=size_words(entry.amount))
    return _("%(size)s of sound", size=size_words(entry.amount))


def amount_words(amounts: Amounts) -> str:
    """How much left, such as "1.2 MB of sound, 340 characters of text"."""
    parts = []
    if amounts.sound_bytes:
        parts.append(_("%(size)s of sound", size=size_words(amounts.sound_bytes)))
    if amounts.characters:
        parts.append(_("%(characters)s characters of text", characters=grouped(amounts.characters)))
    if amounts.file_bytes:
        parts.append(_("%(size)s, locked", size=size_words(amounts.file_bytes)))
    return ", ".join(parts) or _("nothing")


def times_words(count: int) -> str:
    return ngettext("once", "%(times)s times", count, times=grouped(count))


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
            _("to the grown-up’s own service, wherever that is")
            if total.place is None
            else where(total.place),
            times_words(total.amounts.requests),
            amount_words(total.amounts),
            money(total.amounts.micro_usd) if total.amounts.micro_usd else "",
        )
        for total in left.services
    ]


def where(place: Place) -> str:
    return (
        _("to %(host)s, in %(country)s", host=place.host, country=place.country)
        if place.host
        else _("to %(country)s", country=place.country)
    )


def service_line(service: CloudService) -> str:
    """What a chosen service gets, and for whom."""
    values = {
        "company": service.place.company,
        "country": service.place.country,
        "sends": SENDS[service.kind],
    }
    if not service.toys:
        return _("%(company)s in %(country)s %(sends)s.", **values)
    toys = ", ".join(service.toys)
    return _("%(company)s in %(country)s %(sends)s (for %(toys)s).", toys=toys, **values)


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
        return _("in use") if kept.voice_id else _("no copy was made")
    if consent.copy_remains:
        return _("taken back here; %(provider)s may still have the copy", provider=kept.provider)
    return _("taken back; the copy is deleted")
