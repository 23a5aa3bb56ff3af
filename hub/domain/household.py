"""A household's own settings, its grown-ups, what they were told, and what left the home."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from hub.domain.safety import AlertLevel
from hub.domain.toys import Toy


@dataclass(frozen=True, slots=True)
class Household:
    country: str = ""
    """ISO 3166-1 alpha-2, such as "IN", for the helplines; "" means not told."""
    time_zone: str = ""
    """IANA name, such as "Asia/Kolkata"; "" means this machine's."""
    quiet_from: time | None = None
    """Nobody is sent anything but urgent alerts from here to `quiet_until`, by the household's clock."""
    quiet_until: time | None = None
    break_after_minutes: int = 30
    """A child who has talked for so long is reminded to take a break; see `break_after`."""
    monthly_cap_cents: int = 1000
    """Of a US dollar: what services outside the home may cost in a month; 0 means that none may."""
    emergency_stopped_at: datetime | None = None
    """No toy talks since then; None: they may."""
    stop_reason: str = ""
    quiet: bool = False
    """Quiet time: no toy answers; each says so kindly. Gentler than the stop, and a parent's own words sound."""
    language: str = ""
    """What grown-ups are sent is in it, such as "de", where there is a catalogue; "" is English."""

    def silences(self, toy: Toy) -> bool:
        """Quiet time, or a toy that a parent paused or put aside: it listens to nobody, and says so kindly."""
        return toy.paused or toy.archived or self.quiet

    @property
    def break_after(self) -> timedelta:
        """A child who has talked for so long is reminded of a break, whatever a parent chose."""
        chosen = self.break_after_minutes or MAX_BREAK_AFTER_MINUTES
        return timedelta(minutes=min(chosen, MAX_BREAK_AFTER_MINUTES))

    @property
    def zone(self) -> ZoneInfo | None:
        """None: this machine's."""
        return ZoneInfo(self.time_zone) if self.time_zone else None

    def local(self, moment: datetime) -> datetime:
        """`moment` by the household's clock."""
        return moment.astimezone(self.zone)

    def start_of_day(self, moment: datetime) -> datetime:
        """The last midnight before `moment`, by the household's clock."""
        return self.local(moment).replace(hour=0, minute=0, second=0, microsecond=0)

    def midnight(self, day: date) -> datetime:
        """When `day` begins, by the household's clock."""
        return datetime.combine(day, time(), self.zone).astimezone()

    def month_of(self, moment: datetime) -> datetime:
        """When the month that `moment` lies in began, by the household's clock."""
        return self.local(moment).replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    def quiet_ends(self, moment: datetime) -> datetime | None:
        """When the quiet hours that `moment` lies in are over; None when it lies in none."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        here = self.local(moment)
        since_from = _minutes(here.time()) - _minutes(self.quiet_from)
        length = _minutes(self.quiet_until) - _minutes(self.quiet_from)
        if since_from % MINUTES_A_DAY >= length % MINUTES_A_DAY:
            return None
        day = here.date() + timedelta(days=self.quiet_until <= here.time())
        end = datetime.combine(day, self.quiet_until)
        if self.time_zone:
            return end.replace(tzinfo=ZoneInfo(self.time_zone)).astimezone(moment.tzinfo)
        return end.astimezone(moment.tzinfo)


MINUTES_A_DAY = 24 * 60
MAX_BREAK_AFTER_MINUTES: Final = 180
"""At least every three hours a minor is told of a break, and that no person speaks: California's SB 243."""


def _minutes(clock: time) -> int:
    return 60 * clock.hour + clock.minute


@dataclass(frozen=True, slots=True)
class CloudAccess:
    """Whether services outside the home may be asked, of those that the family chose."""

    off_since: datetime | None = None
    """None: they may."""
    allowed_at: datetime | None = None
    """When they were last allowed again, after they had been off."""
    allowed: tuple[str, ...] = ()
    """What a guardian agreed to then, a line for each service."""


WEB_PUSH: Final = "webpush"
"""The scheme of a browser's address: messages go through its maker's push service."""


class DigestEvery(StrEnum):
    """How often a grown-up gets the figures of what was said."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Adult:
    """A grown-up who is told, and one way to reach them. Who wants two ways is entered twice."""

    id: str
    name: str
    url: str = field(default="", repr=False)
    """An Apprise address, e.g. "mailtos://…", or a browser's, "webpush://…": a secret.

    "" when there is none that can be read."""
    least_level: AlertLevel | None = AlertLevel.WARNING
    """Less than that is on the pages only; None: nothing is sent but what `gets_disclosures` says."""
    gets_disclosures: bool = True
    """Is told when a child tells of being hurt or of self-harm, whatever `least_level` says."""
    digest: DigestEvery = DigestEvery.NEVER
    digest_words: bool = False
    """Subjects, and the child's words that are worth a look, are in the digest, too."""

    @property
    def service(self) -> str:
        """The part of `url` that may be shown: the kind of service, e.g. "mailtos"."""
        return self.url.partition("://")[0]

    @property
    def push_host(self) -> str:
        """Of a browser: where its maker's push service is, such as "fcm.googleapis.com"; else ""."""
        return urlsplit(self.url).netloc if self.service == WEB_PUSH else ""


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    """Given up; `last_error` says why."""
    NOT_NEEDED = "not_needed"
    """The alert was acknowledged before it was sent."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert on its way to one adult."""

    id: str
    alert_id: str
    adult_name: str
    """As it was then: what was sent to whom stays known when the adult is removed."""
    created_at: datetime
    next_try_at: datetime
    adult_id: str | None = None
    """None once the adult was removed."""
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    last_error: str = ""
    """One line for the parent, without secrets."""
    ended_at: datetime | None = None


class LedgerKind(StrEnum):
    STT = "stt"
    LLM = "llm"
    TTS = "tts"
    SAFETY = "safety"
    EMBEDDING = "embedding"
    ALERT = "alert"
    CLONING = "cloning"
    FETCH = "fetch"
    """A page of the web that a parent asked for; `LedgerEntry.provider` is its server."""
    BACKUP = "backup"
    """A locked backup, for the server that a parent chose, which `LedgerEntry.provider` is."""


class ContentKind(StrEnum):
    AUDIO = "audio"
    """Counted in bytes."""
    TEXT = "text"
    """Counted in characters."""
    FILE = "file"
    """Counted in bytes; locked, so that nobody there can read it."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """Something that left the home."""

    at: datetime
    kind: LedgerKind
    provider: str
    """Who got it."""
    what: ContentKind
    amount: int
    """Bytes or characters, see `ContentKind`."""
    turn_id: str | None = None
    discarded: bool = False
    """Nothing that came back was used: a guess made ahead of need, or a request that failed."""
    cost_micro_usd: int = 0
    """In millionths of a US dollar, by the price table."""


@dataclass(frozen=True, slots=True)
class LedgerTotal:
    """What one provider got for one purpose, added up."""

    kind: LedgerKind
    provider: str
    what: ContentKind
    requests: int
    amount: int
    """Bytes or characters, see `ContentKind`."""
    micro_usd: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one provider cost."""

    kind: LedgerKind
    provider: str
    micro_usd: int
