"""Whole turns in writing, event by event, and what was measured of one; for the owner."""

import base64
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import ConfigDict, StringConstraints

from guardian_web.api import models
from guardian_web.api.call import RouteTable, Stream, begin_lines, line
from guardian_web.api.errors import Code, fault
from guardian_web.keys import HUB
from hub.core.talks.talks import Audio, Finished, Heard, Refused, Said, Sounds, TurnEvent
from hub.domain.api import Scope
from hub.domain.safety import Category
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.domain.words import SOUND_WORDS
from hub.errors import StoppedError

Json = dict[str, Any]

ROUTES: Final = RouteTable()


class TurnAsk(models.Request):
    toy: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Its name."""
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    """What the child says."""
    audio: bool = False
    """Send the spoken reply too, as 16-bit PCM in Base64."""


class TraceAnswer(models.Answer):
    """As `trace_of` says it."""

    model_config = ConfigDict(extra="allow")


@ROUTES.call(
    "POST",
    "/turns",
    Scope.OWNER,
    codes=(Code.NOT_FOUND, Code.STOPPED, Code.CONFLICT),
    stream=Stream.LINES,
    cut_short=True,
)
async def take(request: web.Request, asked: TurnAsk) -> web.StreamResponse:
    """A whole guarded turn from typed words: its events as they happen, one JSON object a line."""
    turn = await request.config_dict[HUB].talks.say(asked.toy, asked.text)
    response = await begin_lines(request)
    try:
        async with turn as running:
            async for event in running:
                if described := describe(event, audio=asked.audio):
                    await response.write(line(described))
    except StoppedError as error:
        await response.write(line({"event": "error", **fault(Code.STOPPED, str(error))}))
    return response


@ROUTES.call("GET", "/turns/{turn}/trace", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def trace(request: web.Request) -> TraceAnswer:
    """What took how long in the turn whose id begins so, or in the `last` one; without its words."""
    hub = request.config_dict[HUB]
    turn = await hub.turns.named(request.match_info["turn"])
    return TraceAnswer.model_validate(trace_of(turn, await hub.toys.get(turn.toy_id)))


def trace_of(turn: Turn, toy: Toy | None) -> Json:
    """What was measured of a turn: no word that was said, so that it can be shown to somebody who helps.

    Times are in milliseconds after the end of speech. `toy` is the turn's, None when it is gone.
    """
    sound = asdict(turn.sound) | {"hint": turn.sound.hint} if turn.sound else None
    return {
        "id": turn.id,
        "toy": toy.name if toy else "",
        "source": turn.source,
        "started_at": turn.started_at.isoformat(timespec="milliseconds"),
        "state": turn.state,
        "error": turn.error,
        "refused": [verdict.category for verdict in turn.verdicts if not verdict.allowed],
        "timings_ms": turn.timings_ms,
        "spans": [asdict(span) for span in turn.spans],
        "sound": sound,
        "tokens_in": turn.tokens_in,
        "tokens_out": turn.tokens_out,
        "audio_in_ms": round(turn.audio_in_ms),
        "audio_out_ms": round(turn.audio_out_ms),
    }


def describe(event: TurnEvent, *, audio: bool = False) -> Json | None:
    """An event of a turn, for a line of JSON; None for what isn't shown."""
    match event:
        case Heard(transcript, verdict):
            allowed, category = verdict.allowed, verdict.category
            heard = {"text": transcript.text, "allowed": allowed, "category": category}
            return {"event": "heard", **heard}
        case Refused(verdict, direction):
            return {"event": "refused", "direction": direction, "category": verdict.category}
        case Said(line):
            return {"event": "said", "text": line.text}
        case Sounds(sound) if sound.name in SOUND_WORDS:
            return {"event": "sounds", "sound": sound.name, "seconds": round(sound.seconds, 1)}
        case Audio(chunk) if audio:
            pcm = base64.b64encode(chunk.data).decode()
            return {"event": "audio", "rate_hz": chunk.rate_hz, "pcm": pcm}
        case Finished(turn):
            return {"event": "finished", "outcome": outcome(turn)}
    return None


def outcome(turn: Turn | None) -> Json:
    """A whole turn as the one object that `say --json` and `demo --json` print.

    None, or `heard` "", when nothing was said; `alert` tells whether a parent is told of it,
    `look` whether it stands in the day's digest.
    """
    turn = turn or Turn(id="", toy_id="", source="", started_at=datetime.now(UTC))
    refusals = [verdict for verdict in turn.verdicts if not verdict.allowed]
    return {
        "heard": turn.heard,
        "said": " ".join(turn.said),
        "allowed": not refusals,
        "category": refusals[0].category if refusals else Category.NONE,
        "alert": any(verdict.alert is not None for verdict in turn.verdicts),
        "look": any(verdict.look for verdict in turn.verdicts),
        "providers": turn.providers,
        "timings_ms": {step: round(ms, 1) for step, ms in turn.timings_ms.items()},
        "reply_audio_s": round(turn.audio_out_ms / 1000, 2),
    }
