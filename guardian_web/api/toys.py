"""The toys: how they are, pausing them, their volume and microphone, and what they say."""

from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from guardian_web.api import body, models
from guardian_web.api.answer import answered
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.views import home_of, toys_of
from guardian_web.keys import CLOCK, HUB
from hub.domain.safety import Category
from hub.domain.talk import HOME_ASSISTANT, Turn
from hub.domain.toys import Satellite, SatelliteSettings, Toy
from hub.errors import RefusedError
from hub.pipeline.events import Finished
from hub.pipeline.services import Ask

TURN_S = 120.0
"""The longest that a turn may take, whatever trickles in."""


async def show_all(request: web.Request) -> web.StreamResponse:
    return answered(await toys_of(request.config_dict[HUB]))


async def show(request: web.Request) -> web.StreamResponse:
    return await _shown(request, await _toy(request))


async def change(request: web.Request) -> web.StreamResponse:
    hub = request.config_dict[HUB]
    asked = await body.read(request, models.ToyAsk)
    toy = await _toy(request)
    if asked.volume is not None or asked.muted is not None:
        home = await _home(request, toy)
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
            await hub.settle(home.key, settle)
        except RefusedError as error:
            raise ApiError(Code.CONFLICT, str(error)) from error
    if asked.paused is not None:
        await hub.pause(toy.id, asked.paused)
    return await _shown(request, toy)


async def say(request: web.Request) -> web.StreamResponse:
    asked = await body.read(request, models.SayAsk)
    toy = await _toy(request)
    home = await _home(request, toy)
    if home is None:
        raise ApiError(
            Code.AWAY, f"{toy.name} lives in no device: adopt one for it on the Guardian pages"
        )
    await request.config_dict[HUB].announce(home.key, asked.text)
    return await _shown(request, toy, HTTPStatus.ACCEPTED)


async def converse(request: web.Request) -> web.StreamResponse:
    asked = await body.read(request, models.ConverseAsk)
    text = asked.text.strip()
    if not text:
        raise ApiError(Code.INVALID, "text: there is nothing in it")
    ask = Ask(await _toy(request), HOME_ASSISTANT, text=text, aloud=False)
    record: Turn | None = None
    try:
        async with (
            request.config_dict[CLOCK].timeout(TURN_S),
            request.config_dict[HUB].begin_turn(ask) as turn,
        ):
            async for event in turn:
                if isinstance(event, Finished):
                    record = event.turn
    except TimeoutError as error:
        raise ApiError(Code.IMPAIRED, f"the turn took longer than {TURN_S:g} s") from error
    if record is None or not record.said:
        raise ApiError(Code.IMPAIRED, "the turn failed; the Guardian pages say why")
    refusals = [verdict for verdict in record.verdicts if not verdict.allowed]
    return answered(
        models.Talk(
            text=" ".join(record.said),
            allowed=not refusals,
            category=refusals[0].category if refusals else Category.NONE,
            conversation_id=record.conversation_id,
            turn_id=record.id,
        )
    )


async def _toy(request: web.Request) -> Toy:
    wanted = request.match_info["toy"]
    for toy in await request.config_dict[HUB].toys():
        if toy.id == wanted:
            return toy
    raise ApiError(Code.NOT_FOUND, "there is no such toy: GET /api/v1/toys has them all")


async def _home(request: web.Request, toy: Toy) -> Satellite | None:
    return home_of(toy, await request.config_dict[HUB].satellites())


async def _shown(
    request: web.Request, toy: Toy, status: HTTPStatus = HTTPStatus.OK
) -> web.StreamResponse:
    for shown in (await toys_of(request.config_dict[HUB])).toys:
        if shown.id == toy.id:
            return answered(shown, status)
    raise ApiError(Code.NOT_FOUND, f"{toy.name} was removed meanwhile")
