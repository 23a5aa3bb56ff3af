"""“My toy doesn't answer”: what the hub sees of it, in a parent's words, and what to do about each."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from guardian_web.devices.cards import satellite_card
from guardian_web.keys import CLOCK, HUB
from guardian_web.limits.standing import REFUSED_WORDS
from guardian_web.pages import guardian_page, toy_of
from hub.core.toys.toy_checks import Check, Finding
from hub.domain.play.limits import Reason
from hub.domain.toys import Toy
from hub.errors import PommaiError
from hub.translation import gettext as _
from hub.translation import marked

LOOK_S = 45.0
"""A page doesn't wait longer for providers that are being made ready."""

WELL: Mapping[Check, str] = {
    Check.STOP: marked("The toys are not stopped."),
    Check.QUIET: marked("It is not quiet time."),
    Check.PAUSE: marked("It is not paused."),
    Check.LIMITS: marked("Minutes and bedtime let it talk now."),
    Check.DISK: marked("There is room on the hub's disk."),
    Check.GUARD: marked("The guard works."),
    Check.DEVICE: marked("Its device is in touch with the hub."),
    Check.MICROPHONE: marked("Nothing was wrong with its microphone when it was last heard."),
    Check.HEARS: marked("The program that recognises words is ready."),
    Check.THINKS: marked("The program that thinks of answers is ready."),
    Check.SPEAKS: marked("The program that speaks is ready."),
    Check.LAST_TALK: marked("Its last talk did not fail."),
}
WHAT: Mapping[Check, str] = {
    Check.HEARS: marked("recognises words"),
    Check.THINKS: marked("thinks of answers"),
    Check.SPEAKS: marked("speaks"),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: what it is, and what a parent can do."""

    check: Check
    what: str
    do: str
    link: str = ""
    """Where to do it …"""
    link_words: str = ""
    post: str = ""
    """… or the form that does it at once."""


async def show(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    problem = ""
    findings: list[Finding] = []
    try:
        async with request.app[CLOCK].timeout(LOOK_S):
            findings = [*await request.app[HUB].toy_checks.look(toy)]
    except TimeoutError:
        problem = _(
            "The programs that hear, think and speak are still being made ready. Please look again in a minute."
        )
    except PommaiError as error:
        problem = str(error)
    slugs = {
        satellite.key: satellite_card(satellite, ()).slug
        for satellite in request.app[HUB].devices.list()
    }
    homes = [f.key for f in findings if f.check is Check.DEVICE and f.ok]
    return await guardian_page(
        request,
        "toy_check.html",
        "toys",
        own=f"/toys/{toy.id}/check",
        toy=toy,
        problem=problem,
        troubles=[_trouble(finding, toy, slugs) for finding in findings if not finding.ok],
        well=[WELL[finding.check] for finding in findings if finding.ok],
        device=slugs.get(homes[0], "") if homes else "",
    )


def _trouble(finding: Finding, toy: Toy, slugs: Mapping[str, str]) -> Trouble:
    check, detail, slug = finding.check, finding.detail, slugs.get(finding.key, "")
    match check:
        case Check.STOP:
            what = (
                _("All toys are stopped: %(detail)s.", detail=_(detail))
                if detail
                else _("All toys are stopped.")
            )
            return Trouble(
                check,
                what,
                _("It talks again when you let it."),
                "",
                _("Let them talk again"),
                "/resume",
            )
        case Check.QUIET:
            return Trouble(
                check,
                _("It is quiet time."),
                _("The toys kindly say so, and nothing else."),
                "",
                _("End quiet time"),
                "/quiet",
            )
        case Check.PAUSE:
            what = _("%(name)s is paused.", name=toy.name)
            return Trouble(
                check,
                what,
                _("It kindly says so, and nothing else."),
                "",
                _("Let %(name)s talk again", name=toy.name),
                f"/toys/{toy.id}/pause",
            )
        case Check.LIMITS:
            return Trouble(
                check,
                f"{REFUSED_WORDS[Reason(detail)]}.",
                _(
                    "So you set it, and the toy tells your child. You can give some more with one tap."
                ),
                f"/toys/{toy.id}/limits",
                _("To minutes and bedtime"),
            )
        case Check.DISK:
            return Trouble(
                check,
                _("The hub's disk is full."),
                _(
                    "What is said can't be kept, so no toy answers. Please free some space on the hub's computer."
                ),
            )
        case Check.GUARD:
            return Trouble(
                check,
                _("Part of the guard doesn't work: %(detail)s.", detail=detail),
                _(
                    "What it can't check is held back, and your child hears a friendly sentence instead. "
                    "Please restart the hub."
                ),
            )
        case Check.DEVICE if not slug:
            return Trouble(
                check,
                _("%(name)s lives in no device yet.", name=toy.name),
                _("It can be tried in the browser meanwhile."),
                "/start/device",
                _("Choose a device"),
            )
        case Check.DEVICE:
            return Trouble(
                check,
                _("Its device is out of reach: %(detail)s.", detail=detail),
                _(
                    "Is it switched on and charged, and is its light on? Is it near enough to your Wi-Fi? If it has "
                    "moved to another Wi-Fi, it can't find the hub. Switching it off and on again does no harm."
                ),
                f"/devices/{slug}",
                _("To its device"),
            )
        case Check.MICROPHONE:
            return Trouble(
                check,
                _("Its microphone: %(detail)s.", detail=detail),
                _("Words that aren't heard can't be answered."),
                f"/devices/{slug}" if slug else "",
                _("To its device"),
            )
        case Check.LAST_TALK:
            return Trouble(
                check,
                _("Its last talk failed: %(detail)s.", detail=detail),
                _(
                    "If that was once, it may be over. If it happens again, look at what recognises, thinks and speaks."
                ),
                f"/talks/{finding.key}",
                _("To that talk"),
            )
    what = _(
        "The program that %(what)s can't be used: %(detail)s.", what=WHAT[check], detail=detail
    )
    do = (
        _("Until it is back, %(instead)s does that instead.", instead=finding.instead)
        if finding.instead
        else _(
            "Nothing stands in for it, so the toy can't answer. Please restart the hub, or choose another."
        )
    )
    to = f"/toys/{toy.id}/programs"
    return Trouble(check, what, do, to, _("What it hears, thinks and speaks with"))
