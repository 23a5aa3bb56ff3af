"""How long and when children may play: the limits of a child over all toys, or of one toy, and one tap for more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.limits.form import DAYS, MAY_GO_ON, NIGHTS, PASTIMES, PLAYED, LimitsForm
from guardian_web.limits.standing import Standing, standing, standing_of_child
from guardian_web.pages import guardian_page, own_address, see, toy_of, typed
from hub.domain.family.children import Child
from hub.domain.play.limits import MAX_MINUTES, GrantKind, Whose, suggested
from hub.domain.toys import Toy
from hub.errors import PommaiError
from hub.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose limits they are."""

    whose: Whose
    name: str
    address: str
    age: int | None
    standing: Standing
    children: Sequence[Child] = ()
    """Whose toy it is: what is set for them holds as well."""


async def show(request: web.Request) -> web.StreamResponse:
    """`?suggest=1` fills in what we suggest, for the parent to look at and save."""
    subject = await _subject(request)
    limits = await request.app[HUB].play.limits(subject.whose)
    if "suggest" in request.query:
        limits = suggested(subject.age)
    return await _page(request, subject, LimitsForm.of(limits))


async def save(request: web.Request) -> web.StreamResponse:
    subject = await _subject(request)
    form = LimitsForm.read(await request.post())
    problems = form.problems()
    if not problems:
        try:
            await request.app[HUB].play.save(subject.whose, form.limits())
        except PommaiError as error:
            problems = {"": str(error)}
        else:
            return see(f"{subject.address}/limits?done=saved")
    return await _page(request, subject, form, HTTPStatus.CONFLICT, problems)


async def give(request: web.Request) -> web.StreamResponse:
    """With one tap, from this page or another one."""
    subject = await _subject(request)
    kind = await typed(request, "kind")
    if kind not in set(GrantKind):
        raise web.HTTPBadRequest(text=_("That can’t be given."))
    try:
        await request.app[HUB].play.give(subject.whose, GrantKind(kind))
    except PommaiError as error:
        limits = await request.app[HUB].play.limits(subject.whose)
        form = LimitsForm.of(limits)
        return await _page(request, subject, form, HTTPStatus.CONFLICT, {"": str(error)})
    return see(own_address(await typed(request, "back")))


async def _page(
    request: web.Request,
    subject: Subject,
    form: LimitsForm,
    status: int = HTTPStatus.OK,
    problems: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    return await guardian_page(
        request,
        "limits.html",
        "toys",
        status,
        own=f"{subject.address}/limits",
        subject=subject,
        standing=subject.standing,
        form=form,
        problems=problems or {},
        saved=request.query.get("done") == "saved",
        suggesting="suggest" in request.query,
        suggestion=suggested(subject.age).weekday,
        days=DAYS,
        nights=NIGHTS,
        may_go_on=MAY_GO_ON,
        pastimes=PASTIMES,
        played=PLAYED,
        most_minutes=MAX_MINUTES,
    )


async def _subject(request: web.Request) -> Subject:
    """The child or toy that the address names. Raises HTTPNotFound."""
    hub = request.app[HUB]
    today = await hub.children.today()
    if "toy" in request.match_info:
        toy: Toy = await toy_of(request)
        children = [child for child in await hub.children.list() if child.id in toy.child_ids]
        ages = [child.age(today) for child in children]
        youngest = min((age for age in ages if age is not None), default=None)
        standing_now = standing(await hub.play.of_toy(toy))
        address = f"/toys/{toy.id}"
        whose = Whose(toy_id=toy.id)
        return Subject(whose, toy.name, address, youngest, standing_now, children)
    child: Child | None = await hub.children.get(request.match_info["child"])
    if child is None:
        raise web.HTTPNotFound
    standing_now = await standing_of_child(hub, child.id)
    address = f"/children/{child.id}"
    return Subject(Whose(child_id=child.id), child.name, address, child.age(today), standing_now)
