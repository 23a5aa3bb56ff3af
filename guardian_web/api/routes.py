"""Every call of the API: one table, from which both the router and the OpenAPI document are made."""

from collections.abc import Sequence
from dataclasses import dataclass

from guardian_web.api import alerts, events, household, models, toys
from guardian_web.api.errors import Code
from guardian_web.gate import Handler
from hub.domain.api import Scope


@dataclass(frozen=True, slots=True)
class Route:
    """`path` is after `/api/v1`. Every call may also be answered with one of EVERY."""

    method: str
    path: str
    handler: Handler
    summary: str
    answer: type[models.Answer] | None
    """None: server-sent events."""
    scopes: tuple[Scope, ...] = ()
    """Each of them; none: any token will do."""
    ask: type[models.Request] | None = None
    """The body."""
    query: Sequence[tuple[str, int, int, str]] = ()
    """Whole numbers: name, least, most, what for."""
    status: int = 200
    codes: tuple[Code, ...] = ()
    """What else it may be answered with."""
    cut_short: bool = False
    """It ends where its asker goes, as all do that only ask; else what was begun is done."""


EVERY = (Code.UNAUTHORIZED, Code.SCOPE, Code.SLOW_DOWN, Code.IMPAIRED)
WITH_BODY = (Code.TOO_LARGE, Code.MEDIA_TYPE, Code.INVALID, Code.TIMEOUT)

_AFTER = ("after", 0, alerts.REVISION_MOST, "only alerts that changed after this revision")

ROUTES: Sequence[Route] = (
    Route(
        "GET",
        "/hub",
        household.hub,
        "Which hub this is, and what the token is good for",
        models.Hub,
    ),
    Route(
        "GET",
        "/household",
        household.show,
        "Emergency stop, quiet time, and how the hub is",
        models.Household,
        (Scope.STATE,),
    ),
    Route(
        "POST",
        "/household/stop",
        household.stop,
        "The emergency stop: all toys silent at once. Only a person on the Guardian pages can lift it",
        models.Household,
        (Scope.CONTROL,),
        models.StopAsk,
    ),
    Route(
        "PUT",
        "/household/quiet",
        household.quieten,
        "Begin or end quiet time: toys finish what they say, then answer with one kind line",
        models.Household,
        (Scope.CONTROL,),
        models.QuietAsk,
    ),
    Route("GET", "/toys", toys.show_all, "All toys, by name", models.Toys, (Scope.STATE,)),
    Route(
        "GET",
        "/toys/{toy}",
        toys.show,
        "One toy",
        models.Toy,
        (Scope.STATE,),
        codes=(Code.NOT_FOUND,),
    ),
    Route(
        "PATCH",
        "/toys/{toy}",
        toys.change,
        "Pause a toy, or set its device's volume and microphone",
        models.Toy,
        (Scope.CONTROL,),
        models.ToyAsk,
        codes=(Code.NOT_FOUND, Code.CONFLICT, Code.AWAY),
    ),
    Route(
        "POST",
        "/toys/{toy}/say",
        toys.say,
        "Let a toy say your words, if the guard does",
        models.Toy,
        (Scope.SPEAK,),
        models.SayAsk,
        status=202,
        codes=(Code.NOT_FOUND, Code.REFUSED, Code.AWAY, Code.CONFLICT, Code.STOPPED),
    ),
    Route(
        "POST",
        "/toys/{toy}/converse",
        toys.converse,
        "A whole guarded turn in writing; also while the toy's body is away",
        models.Talk,
        (Scope.SPEAK,),
        models.ConverseAsk,
        codes=(Code.NOT_FOUND, Code.STOPPED),
        cut_short=True,
    ),
    Route(
        "GET",
        "/alerts",
        alerts.show,
        "The last alerts, the newest first; with `after` those that changed since, in that order",
        models.Alerts,
        (Scope.ALERTS,),
        query=(("limit", 1, alerts.ALERTS_MOST, "how many at most; else 50"), _AFTER),
        codes=(Code.INVALID,),
    ),
    Route(
        "POST",
        "/alerts/{alert}/acknowledge",
        alerts.acknowledge,
        "Somebody has seen the alert",
        models.Alert,
        (Scope.ALERTS, Scope.CONTROL),
        models.AcknowledgeAsk,
        codes=(Code.NOT_FOUND, Code.CONFLICT),
    ),
    Route(
        "GET",
        "/events",
        events.events,
        "What changes, as it does: `household`, `toys`, with scope `alerts` also `alert`; and `beat`",
        None,
        (Scope.STATE,),
        query=(_AFTER,),
        codes=(Code.INVALID,),
    ),
)
