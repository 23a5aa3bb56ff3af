"""An alert as a message for a phone or a mailbox, and its way there: Web Push, or any service that Apprise knows.

The message says what and when, without anybody's words. It is sent within a time; Apprise works in a thread.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.alerts.web_push import SCHEME, WebPush, subscription
from hub.domain.clock import Clock
from hub.domain.household import Household
from hub.domain.safety import Alert, AlertLevel
from hub.errors import DeliveryError, RefusedError

if TYPE_CHECKING:
    from apprise import Apprise

SEND_S: Final = 30.0
MAX_THREADS: Final = 16
"""A service that hangs holds its thread; past so many nothing more is begun."""


@dataclass(frozen=True, slots=True)
class AlertMessage:
    title: str
    body: str
    level: AlertLevel


def message_for(alert: Alert, toy: str | None, household: Household) -> AlertMessage:
    """Other people may see a locked phone, so what the child said stays on the hub."""
    when = household.local(alert.at)
    lines = [
        *([f"Toy: {toy}"] if toy else []),
        f"Level: {alert.level}",
        f"Kind: {alert.category.replace('_', ' ')}",
        f"When: {when:%A %H:%M}",
        *(["Where: on the page where grown-ups try a toy"] if alert.tried else []),
        "",
        "Open your hub's Guardian pages to read what was said, and to acknowledge the alert.",
    ]
    return AlertMessage(f"Pommai: {alert.title}", "\n".join(lines), alert.level)


TEST_MESSAGE = AlertMessage(
    "Pommai: this is a test",
    "Alerts from your hub will reach you here. Nothing has happened.",
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
            raise DeliveryError(f"{MAX_THREADS} earlier messages still hang")
        job: Future[object] = Future()
        job.set_running_or_notify_cancel()
        self._running.add(job)
        job.add_done_callback(self._running.discard)
        threading.Thread(
            target=_settle, args=(job, work), name=f"alert-{what}", daemon=True
        ).start()
        try:
            async with self._clock.timeout(SEND_S):
                await asyncio.wrap_future(job)
        except TimeoutError as error:
            raise DeliveryError(f"no answer within {SEND_S:.0f} s") from error


def _is_browser(url: str) -> bool:
    return url.startswith(f"{SCHEME}://")


def _settle(job: "Future[object]", work: Callable[[], object]) -> None:
    try:
        work()
    except (DeliveryError, RefusedError) as error:
        job.set_exception(error)
    except Exception as error:  # noqa: BLE001 - whatever a service's plug-in throws; its words may hold secrets
        job.set_exception(DeliveryError(f"the service's plug-in broke ({type(error).__name__})"))
    else:
        job.set_result(None)


def _service(url: str) -> "Apprise":
    import apprise  # takes half a second, and is needed only where an adult has an address

    service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Pommai", app_desc="Pommai"))
    if not service.add(url):
        raise RefusedError(
            "this address means nothing to Apprise; it must look like mailtos://… or ntfys://…, "
            "see docs/alerts.md"
        )
    return service


def _notify(url: str, message: AlertMessage) -> None:
    from apprise import NotifyType

    try:
        service = _service(url)
    except RefusedError as error:
        raise DeliveryError("the address is missing or can't be used: enter it again") from error
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
        return f"the service refused it (HTTP {code[1]})"
    if re.search(r"connection error|timed? ?out", told, re.IGNORECASE):
        return "the service can't be reached"
    return "the service did not take it"
