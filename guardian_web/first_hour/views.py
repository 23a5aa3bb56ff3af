"""The guided first hour: what there is to do, and a page for each step. It can be left and taken up at any time."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from guardian_web.audit.notes import TOLD
from guardian_web.first_hour import toy_step
from guardian_web.first_hour.steps import STEPS
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see
from hub.core.first_hour import step_named
from hub.domain.family.first_hour import SetupStep
from hub.errors import PommaiError
from hub.translation import marked

hear = toy_step.hear

DONE: Mapping[str, str] = {
    "spoken": marked("Saved. It should speak now; if it is too loud or too quiet, change it here."),
    "tested": marked(
        "The test was sent, and the service accepted it. Please check that it arrived."
    ),
}
"""What was just done in a step that goes on, by `?done=`."""


async def show_all(request: web.Request) -> web.StreamResponse:
    """Every step, with how it stands, and the one to go on with."""
    first_hour = request.app[HUB].first_hour
    steps = await first_hour.steps()
    following = next((s.step for s in steps if not s.done and not s.left_out), None)
    return await guardian_page(
        request,
        "start.html",
        "",
        steps=[(state, STEPS[state.step]) for state in steps],
        begun=any(state.done or state.left_out for state in steps),
        following=following,
        reminds=(await first_hour.progress()).reminds,
    )


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, step_named(request.match_info["step"]))


async def save(request: web.Request) -> web.StreamResponse:
    step = step_named(request.match_info["step"])
    title = STEPS[step].title
    # Of a step that is not over yet, such as by a first child of two: its `save` leads on by itself.
    request[TOLD] = marked("went on with a step of the first hour: %(step)s", step=title)
    try:
        problems = await STEPS[step].save(request)
    except PommaiError as error:
        problems = {"": str(error)}
    if problems:
        return await _page(request, step, problems)
    await request.app[HUB].first_hour.finish(step)
    request[TOLD] = marked("finished a step of the first hour: %(step)s", step=title)
    return see(_after(step))


async def leave_out(request: web.Request) -> web.StreamResponse:
    step = step_named(request.match_info["step"])
    await request.app[HUB].first_hour.leave_out(step)
    title = STEPS[step].title
    request[TOLD] = marked("left a step of the first hour for later: %(step)s", step=title)
    return see(_after(step))


async def remind(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].first_hour.remind("on" in await request.post())
    return see("/start" if "on" in await request.post() else "/")


async def _page(
    request: web.Request, step: SetupStep, problems: Mapping[str, str] | None = None
) -> web.StreamResponse:
    steps = list(SetupStep)
    number = steps.index(step)
    return await guardian_page(
        request,
        f"start_{step}.html",
        "",
        HTTPStatus.CONFLICT if problems else HTTPStatus.OK,
        own=f"/start/{step}",
        step=step,
        words=STEPS[step],
        number=number + 1,
        count=len(steps),
        before=steps[number - 1] if number else "",
        problems=problems or {},
        happened=DONE.get(request.query.get("done", ""), ""),
        **await STEPS[step].values(request),
    )


def _after(step: SetupStep) -> str:
    """Where to go on from there."""
    steps = list(SetupStep)
    number = steps.index(step) + 1
    return f"/start/{steps[number]}" if number < len(steps) else "/start"
