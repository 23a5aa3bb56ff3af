"""How a toy puts a child to bed: the page, its form, and the tap that begins it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Self

from aiohttp import web
from multidict import MultiMapping

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, toy_of
from hub.domain.lulling import MAX_BEDTIME_MINUTES, MIN_BEDTIME_MINUTES, Bedtime, SoundName
from hub.domain.toys import Toy
from hub.domain.words import SOUND_WORDS
from hub.errors import PommaiError
from hub.translation import gettext as _

NONE: Final = "none"
MAX_FIELD_CHARS: Final = 20


@dataclass(frozen=True, slots=True)
class BedtimeForm:
    minutes: str
    sound: str
    """A `SoundName`, or NONE."""

    @classmethod
    def of(cls, bedtime: Bedtime) -> Self:
        return cls(str(bedtime.minutes), bedtime.sound or NONE)

    @classmethod
    def read(cls, form: MultiMapping[object]) -> Self:
        minutes, sound = (
            str(form.get(name, "")).strip()[:MAX_FIELD_CHARS] for name in ("minutes", "sound")
        )
        return cls(minutes, sound)

    def problems(self) -> dict[str, str]:
        """What must be changed before it can be saved: field to one line."""
        found, least, most = {}, MIN_BEDTIME_MINUTES, MAX_BEDTIME_MINUTES
        if not (self.minutes.isdecimal() and least <= int(self.minutes) <= most):
            found["minutes"] = _(
                "Please give a whole number of minutes from %(least)s to %(most)s.",
                least=least,
                most=most,
            )
        if self.sound not in {NONE, *SOUND_WORDS}:
            found["sound"] = _("Please choose one of these sounds.")
        return found

    def bedtime(self) -> Bedtime:
        sound = None if self.sound == NONE else SoundName(self.sound)
        return Bedtime(int(self.minutes), sound)


async def show(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    return await _page(request, toy, BedtimeForm.of(toy.bedtime))


async def save(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    form = BedtimeForm.read(await request.post())
    problems = form.problems()
    if not problems:
        try:
            await request.app[HUB].toys.save(replace(toy, bedtime=form.bedtime()))
        except PommaiError as error:
            problems = {"": str(error)}
    if problems:
        return await _page(request, toy, form, problems)
    return see(f"/toys/{toy.id}/bedtime?done=saved")


async def begin(request: web.Request) -> web.StreamResponse:
    """With one tap, from this page or from the toy's."""
    toy = await toy_of(request)
    try:
        await request.app[HUB].devices.begin_bedtime(toy)
    except PommaiError as error:
        return await _page(request, toy, BedtimeForm.of(toy.bedtime), fault=str(error))
    return see(f"/toys/{toy.id}/bedtime?done=begun")


async def _page(
    request: web.Request,
    toy: Toy,
    form: BedtimeForm,
    problems: Mapping[str, str] | None = None,
    fault: str = "",
) -> web.StreamResponse:
    """`fault`: why it didn't begin."""
    return await guardian_page(
        request,
        "bedtime.html",
        "toys",
        HTTPStatus.CONFLICT if problems or fault else HTTPStatus.OK,
        own=f"/toys/{toy.id}/bedtime",
        toy=toy,
        form=form,
        problems=problems or {},
        fault=fault,
        sounds=SOUND_WORDS,
        none=NONE,
        least=MIN_BEDTIME_MINUTES,
        most=MAX_BEDTIME_MINUTES,
        done=request.query.get("done", ""),
    )
