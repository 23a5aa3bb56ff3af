"""An alert as a message for a phone or a mailbox, and its way there: Web Push, or any service that Apprise knows.

The message says what and when, without anybody's words. It is sent within a time; Apprise works in a thread.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.alerts.web_push import SEND_S, WebPush, no_answer, subscription
from hub.domain.clock import Clock
from hub.domain.household import WEB_PUSH, Household
from hub.domain.safety import Alert, AlertLevel
from hub.domain.words import ALERT_WORDS, CATEGORY_WORDS, WEEKDAYS
from hub.errors import DeliveryError, RefusedError
from hub.translation import gettext as _
from hub.translation import joined, marked, ngettext

if TYPE_CHECKING:
    from apprise import Apprise

MAX_THREADS: Final = 16
"""A service that hangs holds its thread; past so many nothing more is begun."""


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """Until it is sent, its texts are messages for the catalogues."""

    title: str
    body: str
    level: AlertLevel

    def translated(self) -> "AlertMessage":
        return AlertMessage(_(self.title), _(self.body), self.level)


def message_for(alert: Alert, toy: str | None, household: Household) -> AlertMessage:
    """Other people may see a locked phone, so what the child said stays on the hub."""
    when, about = household.local(alert.at), CATEGORY_WORDS[alert.category]
    time = {"weekday": WEEKDAYS[when.weekday()], "time": f"{when:%H:%M}"}
    lines = [
        *([marked("Toy: %(toy)s", toy=toy)] if toy else []),
        marked("Level: %(level)s", level=ALERT_WORDS[alert.level]),
        *([marked("Kind: %(about)s", about=about)] if about else []),
        marked("When: %(weekday)s %(time)s", **time),
        *([marked("Where: on the page where grown-ups try a toy")] if alert.tried else []),
        "",
        marked(
            "Open your hub's Guardian pages to read what was said, and to acknowledge the alert."
        ),
    ]
    title = marked("Pommai: %(title)s", title=alert.title)
    return AlertMessage(title, joined(lines), alert.level)


TEST_MESSAGE = AlertMessage(
    marked("Pommai: this is a test"),
    marked("Alerts from your hub will reach you here. Nothing has happened."),
    AlertLevel.INFO,
)


class Post:
    def __init__(self, clock: Clock, web_push: WebPush | None = None) -> None:
        self._clock = clock
        self._web_push = web_push or WebPush(clock)
        self._running: set[Future[object]] = set()
        # Its log names hosts and addresses; what went wrong comes back in its results.
        library_log = logging.getLogger("apprise")
        library_log.handlers = [logging.NullHandler()]
        library_log.propagate = False

    async def check(self, url: str) -> None:
        """Raises RefusedError unless the address is a browser's or one that Apprise can make sense of."""
        if _is_browser(url):
            subscription(url)
            return
        await self._in_thread("check", lambda: _service(url))

    async def send(self, url: str, message: AlertMessage) -> None:
        """Raises DeliveryError with one line that names neither the address nor a secret."""
        if _is_browser(url):
            await self._web_push.send(url, message.title, message.body)
            return
        await self._in_thread("send", lambda: _notify(url, message))

    async def _in_thread(self, what: str, work: Callable[[], object]) -> None:
        """Do `work` in a thread of its own.

        No pool: the threads of a pool are waited for when the hub ends, also one that hangs.
        """
        if len(self._running) >= MAX_THREADS:
            raise DeliveryError(
                ngettext(
                    "%(num)s earlier message still hangs",
                    "%(num)s earlier messages still hang",
                    MAX_THREADS,
                )
            )
        job: Future[object] = Future()
        job.set_running_or_notify_cancel()
        self._running.add(job)
        job.add_done_callback(self._running.discard)
        threading.Thread(
            target=copy_context().run, args=(_settle, job, work), name=f"alert-{what}", daemon=True
        ).start()
        try:
            async with self._clock.timeout(SEND_S):
                await asyncio.wrap_future(job)
        except TimeoutError as error:
            raise no_answer() from error


def _is_browser(url: str) -> bool:
    return url.startswith(f"{WEB_PUSH}://")


def _settle(job: "Future[object]", work: Callable[[], object]) -> None:
    try:
        work()
    except (DeliveryError, RefusedError) as error:
        job.set_exception(error)
    except Exception as error:  # noqa: BLE001 - whatever a service's plug-in throws; its words may hold secrets
        job.set_exception(
            DeliveryError(_("the service's plug-in broke (%(error)s)", error=type(error).__name__))
        )
    else:
        job.set_result(None)


def _service(url: str) -> "Apprise":
    import apprise  # takes half a second, and is needed only where an adult has an address

    service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Pommai", app_desc="Pommai"))
    if not service.add(url):
        raise RefusedError(
            _(
                "this address means nothing to Apprise; it must look like mailtos://… or ntfys://…, "
                "see docs/alerts.md"
            )
        )
    return service


def _notify(url: str, message: AlertMessage) -> None:
    from apprise import NotifyType

    try:
        service = _service(url)
    except RefusedError as error:
        raise DeliveryError(_("the address is missing or can't be used: enter it again")) from error
    kind = {
        AlertLevel.INFO: NotifyType.INFO,
        AlertLevel.WARNING: NotifyType.WARNING,
        AlertLevel.URGENT: NotifyType.FAILURE,
    }[message.level]
    result = service.notify(message.body, title=message.title, notify_type=kind)
    if not result:
        raise DeliveryError(_reason(" ".join(entry.message for entry in result.logs())))


def _reason(told: str) -> str:
    """What went wrong in our own words: Apprise's may hold addresses and tokens."""
    if code := re.search(r"\berror=(\d{3})\b", told):
        return _("the service refused it (HTTP %(code)s)", code=code[1])
    if re.search(r"connection error|timed? ?out", told, re.IGNORECASE):
        return _("the service can't be reached")
    return _("the service did not take it")
