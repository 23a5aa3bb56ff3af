"""The household's own settings, and the grown-ups who get alerts; for the hub's own command line."""

from dataclasses import asdict, fields
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, Self

from aiohttp import web
from pydantic import Field, StringConstraints

from guardian_web.api.call import RouteTable
from guardian_web.api.errors import ApiError, Code, refuse
from guardian_web.api.models import Answer, Name, Request
from guardian_web.household.settings import HouseholdForm
from guardian_web.keys import HUB
from hub.domain.api import Scope
from hub.domain.household import Adult, DigestEvery
from hub.domain.limits import MAX_URL_CHARS
from hub.domain.safety import AlertLevel
from hub.errors import DeliveryError

ROUTES: Final = RouteTable()
MAX_SETTING_CHARS: Final = 60

Setting = Annotated[str, StringConstraints(max_length=MAX_SETTING_CHARS)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=MAX_URL_CHARS)]
"""Of Apprise, such as "mailtos://…" or "ntfy://…": a secret, and told by no call."""
Level = Annotated[AlertLevel, Field(strict=False)]
Digest = Annotated[DigestEvery, Field(strict=False)]


class SettingsAnswer(Answer):
    """All as a parent types it; "" where nothing is chosen."""

    country: str
    """ISO 3166-1 alpha-2."""
    time_zone: str
    language: str
    """Of what grown-ups are sent, such as "en"."""
    quiet_from: str
    """Alerts wait from then, such as 21:30 …"""
    quiet_until: str
    """… until then."""
    break_after_minutes: str
    monthly_cap: str
    """US dollars, such as 7.50."""

    @classmethod
    def of(cls, form: HouseholdForm) -> Self:
        return cls.model_validate(form, from_attributes=True)


class SettingsAsk(Request):
    """What is left out stays as it is."""

    country: Setting | None = None
    time_zone: Setting | None = None
    language: Setting | None = None
    quiet_from: Setting | None = None
    quiet_until: Setting | None = None
    break_after_minutes: Setting | None = None
    monthly_cap: Setting | None = None


class AdultAnswer(Answer):
    """Without the address, which is kept encrypted and never shown."""

    id: str
    name: str
    least_level: AlertLevel | None
    gets_disclosures: bool
    digest: DigestEvery
    digest_words: bool
    has_address: bool

    @classmethod
    def of(cls, adult: Adult) -> Self:
        return cls(
            id=adult.id,
            name=adult.name,
            least_level=adult.least_level,
            gets_disclosures=adult.gets_disclosures,
            digest=adult.digest,
            digest_words=adult.digest_words,
            has_address=bool(adult.service),
        )


class AdultsAnswer(Answer):
    adults: list[AdultAnswer]


class AdultAsk(Request):
    """What is left out stays as it is."""

    name: Name | None = None
    address: Address | None = None
    least_level: Level | Literal["none"] | None = None
    gets_disclosures: bool | None = None
    """Is told when a child tells of being hurt or of self-harm, whatever `least_level` says."""
    digest: Digest | None = None
    digest_words: bool | None = None
    """Subjects, and the child's words that are worth a look, are in the digest, too."""

    def change(self, adult: Adult) -> Adult:
        given: dict[str, Any] = self.model_dump(exclude_none=True)
        given["url"] = given.pop("address", "")
        if given.get("least_level") == "none":
            given["least_level"] = None
        return Adult(**(asdict(adult) | given))


class NewAdultAsk(AdultAsk):
    """What is left out is as for most: serious alerts, and no digest."""

    name: Name
    address: Address


@ROUTES.call("GET", "/household/settings", Scope.OWNER)
async def show(request: web.Request) -> SettingsAnswer:
    """Where the family lives, when alerts wait, when a break is suggested, and what clouds may cost."""
    return SettingsAnswer.of(HouseholdForm.of(await request.config_dict[HUB].household.get()))


@ROUTES.call("PATCH", "/household/settings", Scope.OWNER, codes=(Code.REFUSED,))
async def change(request: web.Request, asked: SettingsAsk) -> SettingsAnswer:
    """Change some of them; nothing is changed where one of them can't be."""
    hub = request.config_dict[HUB]
    kept = await hub.household.get()
    given = {
        each.name: text.strip()
        for each in fields(HouseholdForm)
        if (text := getattr(asked, each.name)) is not None
    }
    form = HouseholdForm.read(given, kept)
    refuse(form.problems(hub.catalogues.names()))
    await hub.household.save(form.apply(kept))
    return await show(request)


@ROUTES.call("GET", "/adults", Scope.OWNER)
async def show_adults(request: web.Request) -> AdultsAnswer:
    """The grown-ups who get alerts, by name."""
    adults = await request.config_dict[HUB].adults.list()
    return AdultsAnswer(adults=[AdultAnswer.of(adult) for adult in adults])


@ROUTES.call("POST", "/adults", Scope.OWNER, codes=(Code.REFUSED,), status=HTTPStatus.CREATED)
async def add_adult(request: web.Request, asked: NewAdultAsk) -> AdultAnswer:
    """Add a grown-up who gets alerts."""
    adult = await request.config_dict[HUB].adults.save(asked.change(Adult("", "")))
    return AdultAnswer.of(adult)


@ROUTES.call("PATCH", "/adults/{adult}", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def change_adult(request: web.Request, asked: AdultAsk) -> AdultAnswer:
    """Change which alerts they get, their name, or where they are reached."""
    adults = request.config_dict[HUB].adults
    adult = await adults.get(request.match_info["adult"])
    return AdultAnswer.of(await adults.save(asked.change(adult)))


@ROUTES.call("POST", "/adults/{adult}/test", Scope.OWNER, codes=(Code.NOT_FOUND, Code.IMPAIRED))
async def send_test(request: web.Request) -> AdultsAnswer:
    """Send a test; the service accepted it where this answers."""
    try:
        await request.config_dict[HUB].adults.send_test(request.match_info["adult"])
    except DeliveryError as error:
        raise ApiError(Code.IMPAIRED, f"the test did not arrive: {error}") from error
    return await show_adults(request)


@ROUTES.call("DELETE", "/adults/{adult}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def remove_adult(request: web.Request) -> AdultsAnswer:
    """Nothing more is sent to them. The answer is who is left."""
    await request.config_dict[HUB].adults.remove(request.match_info["adult"])
    return await show_adults(request)
