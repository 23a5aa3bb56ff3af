"""The grown-ups who are told of alerts, and how what is sent reaches them."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from hub.alerts.addresses import (
    MAIL_HOUSES,
    NTFY,
    Mailbox,
    Security,
    mail_url,
    new_topic,
    phone_url,
)
from hub.alerts.dispatcher import Dispatcher
from hub.alerts.post import Post
from hub.alerts.web_push import web_push_url
from hub.domain.household import Adult
from hub.errors import NotFoundError, RefusedError
from hub.storage.store import Store
from hub.translation import gettext as _

__all__ = [
    "MAIL_HOUSES",
    "NTFY",
    "Adults",
    "Mailbox",
    "Security",
    "mail_url",
    "new_topic",
    "phone_url",
    "web_push_url",
]


class Adults:
    """Those of one household."""

    def __init__(self, store: Store, dispatcher: Dispatcher, post: Post) -> None:
        self._adults = store.adults
        self._dispatcher = dispatcher
        self._post = post

    async def list(self) -> Sequence[Adult]:
        """By name. `url` is a secret: show `service`."""
        return await self._adults.list()

    async def get(self, adult_id: str) -> Adult:
        """Raises NotFoundError."""
        for adult in await self.list():
            if adult.id == adult_id:
                return adult
        raise NotFoundError(_("They have been removed in the meantime. Please add them again."))

    async def save(self, adult: Adult) -> Adult:
        """Add (an empty `id`) or change one; an empty `url` keeps the address that is there.

        Raises RefusedError without a name, for a new one without an address, and for an address that is none;
        NotFoundError for one who is not there any more; DataError for a name that is too long.
        """
        if not adult.name.strip():
            raise RefusedError(_("Please give a name."))
        if not adult.id and not adult.url:
            raise RefusedError(_("Please give an address at which alerts can reach them."))
        if adult.id:
            await self.get(adult.id)
        adult = adult if adult.id else replace(adult, id=uuid.uuid4().hex)
        if adult.url:
            await self._post.check(adult.url)
        await self._adults.save(adult)
        return await self._adults.get(adult.id)

    async def remove(self, adult_id: str) -> None:
        """Nothing more is sent to them. Raises NotFoundError."""
        await self._adults.remove(adult_id)

    async def send_test(self, adult_id: str) -> None:
        """Raises DeliveryError with what went wrong."""
        await self._dispatcher.send_test(adult_id)
