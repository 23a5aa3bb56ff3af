"""What left the home, the switch for all clouds, consents and what is kept: what goes over, and the calls."""

from typing import Final

from aiohttp import web
from pydantic import AwareDatetime, Field

from guardian_web.api.call import RouteTable, Stream
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.models import Answer, Request
from guardian_web.keys import HUB
from guardian_web.privacy.download import send_export
from hub.core.privacy.left_home import Amounts
from hub.domain.api import Scope
from hub.domain.household import LedgerKind
from hub.domain.toys import ProviderKind

ROUTES: Final = RouteTable()


class SentAnswer(Answer):
    """Sums over the last 30 days."""

    requests: int
    sound_bytes: int
    characters: int
    file_bytes: int
    """Of locked backups."""
    cost_micro_usd: int

    @classmethod
    def of(cls, amounts: Amounts) -> "SentAnswer":
        return cls(
            requests=amounts.requests,
            sound_bytes=amounts.sound_bytes,
            characters=amounts.characters,
            file_bytes=amounts.file_bytes,
            cost_micro_usd=amounts.micro_usd,
        )


class SentToAnswer(Answer):
    kind: LedgerKind
    provider: str
    company: str | None
    """None of an alert."""
    host: str | None
    country: str | None
    sent: SentAnswer


class SentOnAnswer(Answer):
    day: str
    """Such as 2026-05-04, by the household's clock."""
    sent: SentAnswer


class CloudServiceAnswer(Answer):
    kind: ProviderKind
    provider: str
    company: str
    host: str
    country: str
    toys: list[str]
    required: bool


class CloudsAnswer(Answer):
    off: bool
    off_since: AwareDatetime | None
    allowed_at: AwareDatetime | None
    services: list[CloudServiceAnswer]
    """Those that are chosen, whether or not they may be asked now."""
    to_agree: list[str]
    """What is agreed to by allowing them."""


class PrivacyAnswer(Answer):
    clouds: CloudsAnswer
    since: str
    services: list[SentToAnswer]
    days: list[SentOnAnswer]


class AllowCloudsAsk(Request):
    agreed: list[str] = Field(max_length=100)
    """`to_agree`, as it was read."""


class ConsentAnswer(Answer):
    id: int
    who: str
    text: str
    agreed_at: AwareDatetime
    provider: str
    voice_name: str
    recordings: int
    withdrawn_at: AwareDatetime | None
    copy_erased_at: AwareDatetime | None


class ConsentsAnswer(Answer):
    consents: list[ConsentAnswer]
    problem: str = ""
    """Why a copy that was to be deleted is still there."""


class StoredPartAnswer(Answer):
    name: str
    what: str
    files: int
    size_bytes: int


class StoredAnswer(Answer):
    folder: str
    size_bytes: int
    complete: bool
    parts: list[StoredPartAnswer]


class EraseAsk(Request):
    typed: str = Field(max_length=60)
    """“delete everything”."""


class ElsewhereAnswer(Answer):
    """What was copied out of the hub, and stays there."""

    companies: list[str]
    voices: list[str]
    adults: list[str]
    toys: list[str]
    """Paired ones that can't be reached now, and go on looking for this hub."""


@ROUTES.call("GET", "/privacy", Scope.STATE)
async def show(request: web.Request) -> PrivacyAnswer:
    """What left the home in the last 30 days, by service and by day; never the words."""
    left = await request.config_dict[HUB].privacy.left_home.recent()
    return PrivacyAnswer(
        clouds=await _clouds(request),
        since=left.since.isoformat(),
        services=[
            SentToAnswer(
                kind=total.kind,
                provider=total.provider,
                company=total.place.company if total.place else None,
                host=total.place.host if total.place else None,
                country=total.place.country if total.place else None,
                sent=SentAnswer.of(total.amounts),
            )
            for total in left.services
        ],
        days=[
            SentOnAnswer(day=day.day.isoformat(), sent=SentAnswer.of(day.amounts))
            for day in left.days
        ],
    )


async def _clouds(request: web.Request) -> CloudsAnswer:
    clouds = request.config_dict[HUB].privacy.clouds
    access, services = await clouds.access(), await clouds.services()
    return CloudsAnswer(
        off=clouds.off,
        off_since=access.off_since,
        allowed_at=access.allowed_at,
        services=[
            CloudServiceAnswer(
                kind=service.kind,
                provider=service.name,
                company=service.place.company,
                host=service.place.host,
                country=service.place.country,
                toys=list(service.toys),
                required=service.required,
            )
            for service in services
        ],
        to_agree=clouds.lines(services),
    )


@ROUTES.call("POST", "/privacy/clouds-off", Scope.CONTROL)
async def turn_off(request: web.Request) -> CloudsAnswer:
    """Turn all cloud services off at once. Only a guardian at the pages or the hub can allow them again."""
    await request.config_dict[HUB].privacy.clouds.turn_off()
    return await _clouds(request)


@ROUTES.call("DELETE", "/privacy/clouds-off", Scope.OWNER, codes=(Code.REFUSED,))
async def allow(request: web.Request, asked: AllowCloudsAsk) -> CloudsAnswer:
    """Allow cloud services again, with what was read and agreed to."""
    await request.config_dict[HUB].privacy.clouds.allow(asked.agreed)
    return await _clouds(request)


@ROUTES.call("GET", "/privacy/consents", Scope.OWNER)
async def consents(request: web.Request) -> ConsentsAnswer:
    """Who agreed that their voice is copied."""
    return await _consents(request)


async def _consents(request: web.Request, problem: str = "") -> ConsentsAnswer:
    return ConsentsAnswer(
        consents=[
            ConsentAnswer(
                id=each.number,
                who=each.kept.consent.who,
                text=each.kept.consent.text,
                agreed_at=each.kept.consent.when,
                provider=each.kept.provider,
                voice_name=each.kept.voice_name,
                recordings=each.kept.recordings,
                withdrawn_at=each.kept.withdrawn_at,
                copy_erased_at=each.kept.erased_at,
            )
            for each in await request.config_dict[HUB].privacy.consents.list()
        ],
        problem=problem,
    )


@ROUTES.call("DELETE", "/privacy/consents/{consent}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def withdraw(request: web.Request) -> ConsentsAnswer:
    """Take a consent back: no toy speaks with that copy any more, and its provider is asked to delete it."""
    number = request.match_info["consent"]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise ApiError(Code.NOT_FOUND, "this consent is not here any more")
    remains = await request.config_dict[HUB].privacy.consents.withdraw(int(number))
    return await _consents(request, " ".join(remains.split()))


@ROUTES.call("GET", "/privacy/export", Scope.OWNER, stream=Stream.ARCHIVE)
async def export(request: web.Request) -> web.StreamResponse:
    """Everything that the hub keeps of the family, as a ZIP file without passwords, tokens and keys."""
    return await send_export(request)


@ROUTES.call("POST", "/privacy/erase", Scope.OWNER, codes=(Code.REFUSED,))
async def erase(request: web.Request, asked: EraseAsk) -> ElsewhereAnswer:
    """Delete everything: the hub ends and starts as new. Answers with what stays elsewhere."""
    eraser = request.config_dict[HUB].privacy.eraser
    elsewhere = await eraser.elsewhere()
    await eraser.erase(asked.typed)
    return ElsewhereAnswer(
        companies=list(elsewhere.companies),
        voices=list(elsewhere.voices),
        adults=list(elsewhere.adults),
        toys=list(elsewhere.toys),
    )


@ROUTES.call("GET", "/privacy/stored", Scope.OWNER)
async def stored(request: web.Request) -> StoredAnswer:
    """What lies in the data folder, by part, and how much it is."""
    kept = await request.config_dict[HUB].privacy.stored()
    return StoredAnswer(
        folder=kept.folder,
        size_bytes=kept.size_bytes,
        complete=kept.complete,
        parts=[
            StoredPartAnswer(
                name=part.name, what=part.what, files=part.files, size_bytes=part.size_bytes
            )
            for part in kept.parts
        ],
    )
