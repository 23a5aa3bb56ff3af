"""The toys: how they are, pausing them, their volume and microphone, and what they say."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from aiohttp import web

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.gate import OWNER_TOKEN, TOKEN
from guardian_web.api.models import home_of, toys_of
from guardian_web.api.talks.answers import RemovalAnswer
from guardian_web.keys import CLOCK, HUB
from hub.core.talks.talks import Ask, Finished
from hub.domain.api import Scope
from hub.domain.safety import Category
from hub.domain.talks.talk import HOME_ASSISTANT, Turn
from hub.domain.toys import SatelliteSettings, Toy
from hub.errors import RefusedError

MAX_TURN_S = 120.0
"""The longest that a turn may take, whatever trickles in."""


ROUTES: Final = RouteTable()


@ROUTES.call("GET", "/toys", Scope.STATE)
async def show_all(request: web.Request) -> models.ToysAnswer:
    """All toys, by name."""
    return await toys_of(request.config_dict[HUB])


@ROUTES.call("GET", "/toys/{toy}", Scope.STATE, codes=(Code.NOT_FOUND,))
async def show(request: web.Request) -> models.ToyAnswer:
    """One toy."""
    return await _shown(request, await toy_asked(request))


@ROUTES.call(
    "PATCH", "/toys/{toy}", Scope.CONTROL, codes=(Code.NOT_FOUND, Code.CONFLICT, Code.AWAY)
)
async def change(request: web.Request, asked: models.ToyAsk) -> models.ToyAnswer:
    """Pause a toy, or set its device's volume and microphone."""
    hub = request.config_dict[HUB]
    toy = await toy_asked(request)
    if asked.volume is not None or asked.muted is not None:
        home = home_of(toy, hub.devices.list())
        if home is None or not home.certificate:
            raise ApiError(
                Code.CONFLICT,
                f"{toy.name} lives in no paired device: its volume and microphone are set where it runs",
            )

        def settle(settings: SatelliteSettings) -> SatelliteSettings:
            volume = settings.volume if asked.volume is None else asked.volume
            mute = settings.mute if asked.muted is None else asked.muted
            return replace(settings, volume=volume, mute=mute)

        try:
            await hub.devices.settle(home.key, settle)
        except RefusedError as error:
            raise ApiError(Code.CONFLICT, str(error)) from error
    if asked.paused is not None:
        await hub.toys.pause(toy.id, asked.paused)
    return await _shown(request, toy)


@ROUTES.call(
    "POST",
    "/toys/{toy}/say",
    Scope.SPEAK,
    codes=(Code.NOT_FOUND, Code.REFUSED, Code.AWAY, Code.CONFLICT, Code.STOPPED),
    status=HTTPStatus.ACCEPTED,
)
async def say(request: web.Request, asked: models.SayAsk) -> models.ToyAnswer:
    """Let a toy say your words, if the guard does."""
    devices = request.config_dict[HUB].devices
    toy = await toy_asked(request)
    home = home_of(toy, devices.list())
    if home is None:
        raise ApiError(
            Code.AWAY, f"{toy.name} lives in no device: adopt one for it on the Guardian pages"
        )
    await devices.announce(home.key, asked.text)
    return await _shown(request, toy)


@ROUTES.call(
    "POST",
    "/toys/{toy}/bedtime",
    Scope.SPEAK,
    codes=(Code.NOT_FOUND, Code.REFUSED, Code.AWAY, Code.CONFLICT, Code.STOPPED),
    status=HTTPStatus.ACCEPTED,
)
async def begin_bedtime(request: web.Request) -> models.ToyAnswer:
    """Let a toy tell a calm story that fades out, and then a quiet sound."""
    toy = await toy_asked(request)
    await request.config_dict[HUB].devices.begin_bedtime(toy)
    return await _shown(request, toy)


@ROUTES.call(
    "POST",
    "/toys/{toy}/converse",
    Scope.SPEAK,
    codes=(Code.NOT_FOUND, Code.STOPPED),
    cut_short=True,
)
async def converse(request: web.Request, asked: models.ConverseAsk) -> models.TalkAnswer:
    """A whole guarded turn in writing; also while the toy's body is away."""
    text = asked.text.strip()
    if not text:
        raise ApiError(Code.INVALID, "text: there is nothing in it")
    ask = Ask(await toy_asked(request), HOME_ASSISTANT, text=text, aloud=False)
    record: Turn | None = None
    try:
        async with (
            request.config_dict[CLOCK].timeout(MAX_TURN_S),
            request.config_dict[HUB].talks.begin(ask) as turn,
        ):
            async for event in turn:
                if isinstance(event, Finished):
                    record = event.turn
    except TimeoutError as error:
        raise ApiError(Code.IMPAIRED, f"the turn took longer than {MAX_TURN_S:g} s") from error
    if record is None or not record.said:
        raise ApiError(Code.IMPAIRED, "the turn failed; the Guardian pages say why")
    refusals = [verdict for verdict in record.verdicts if not verdict.allowed]
    return models.TalkAnswer(
        text=" ".join(record.said),
        allowed=not refusals,
        category=refusals[0].category if refusals else Category.NONE,
        conversation_id=record.conversation_id,
        turn_id=record.id,
    )


@ROUTES.call("GET", "/archived-toys", Scope.OWNER)
async def show_archived(request: web.Request) -> models.ArchivedToysAnswer:
    """The toys that a parent put aside, by name."""
    toys = await request.config_dict[HUB].toys.list(archived=True)
    return models.ArchivedToysAnswer(
        toys=[models.ArchivedToyAnswer.of(toy) for toy in toys if toy.archived]
    )


@ROUTES.call("PUT", "/toys/{toy}/archived", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def archive(request: web.Request, asked: models.ArchivedAsk) -> models.ArchivedToyAnswer:
    """Put a toy aside, or bring it back."""
    toy = await toy_asked(request)
    return models.ArchivedToyAnswer.of(
        await request.config_dict[HUB].toys.archive(toy.id, asked.archived)
    )


@ROUTES.call("DELETE", "/toys/{toy}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def remove(request: web.Request) -> RemovalAnswer:
    """Remove a toy with all that was said with it, and let go of its device.

    It is out of sight at once, and erased after a minute.
    """
    hub, toy = request.config_dict[HUB], await toy_asked(request)
    await hub.devices.release_all(toy.id)
    return RemovalAnswer.of(await hub.removals.remove_toy(toy.id))


async def toy_asked(request: web.Request) -> Toy:
    """By its id; the owner may also name it, or the device that it lives in, and one that was put aside."""
    hub, wanted = request.config_dict[HUB], request.match_info["toy"]
    for toy in await hub.toys.list(archived=request[TOKEN] is OWNER_TOKEN):
        if toy.id == wanted:
            return toy
    if request[TOKEN] is OWNER_TOKEN:
        return await hub.devices.toy_named(wanted)
    raise ApiError(Code.NOT_FOUND, "there is no such toy: GET /api/v1/toys has them all")


async def _shown(request: web.Request, toy: Toy) -> models.ToyAnswer:
    for shown in (await toys_of(request.config_dict[HUB])).toys:
        if shown.id == toy.id:
            return shown
    raise ApiError(Code.NOT_FOUND, f"{toy.name} was removed meanwhile")
