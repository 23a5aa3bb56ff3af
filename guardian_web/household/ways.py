"""How alerts reach a grown-up, as a parent chooses it: a mailbox, a browser, a phone app, or an Apprise address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.core.alerts.adults import (
    MAIL_HOUSES,
    NTFY,
    Mailbox,
    Security,
    mail_url,
    new_topic,
    phone_url,
    web_push_url,
)
from hub.errors import RefusedError
from hub.translation import gettext as _
from hub.translation import marked

MAIL, BROWSER, PHONE, ADDRESS = "mail", "browser", "phone", "address"
SECURITY_WORDS: Mapping[Security, str] = {
    Security.TLS: marked("from the start (TLS, often port 465)"),
    Security.STARTTLS: marked("after a greeting (STARTTLS, often port 587)"),
    Security.NONE: marked("not at all: only for a mail server in your own home"),
}
MAX_FIELD_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class Way:
    """As it is typed; no password is ever shown again."""

    way: str = MAIL
    mail_to: str = ""
    mail_from: str = ""
    mail_user: str = ""
    mail_server: str = ""
    mail_port: str = "465"
    mail_security: str = Security.TLS
    phone_topic: str = ""
    phone_server: str = NTFY

    @classmethod
    def new(cls) -> "Way":
        return cls(phone_topic=new_topic())


def read_way(form: Mapping[str, object]) -> Way:
    """What was chosen; a form that says nothing of ways brings an address."""

    def text(name: str) -> str:
        return str(form.get(name, "")).strip()[:MAX_FIELD_CHARS]

    return Way(
        way=text("way") or ADDRESS,
        mail_to=text("mail_to"),
        mail_from=text("mail_from"),
        mail_user=text("mail_user"),
        mail_server=text("mail_server"),
        mail_port=text("mail_port") or "465",
        mail_security=text("mail_security") or Security.TLS,
        phone_topic=text("phone_topic") or new_topic(),
        phone_server=text("phone_server") or NTFY,
    )


def address_of(form: Mapping[str, object]) -> str:
    """The address of what was chosen; "" where nothing was typed. Raises RefusedError."""
    way = read_way(form)
    password = str(form.get("mail_password", ""))
    if way.way == PHONE:
        return phone_url(way.phone_topic, way.phone_server)
    if way.way == BROWSER:
        return _browser_address(form)
    if way.way != MAIL:
        return str(form.get("url", "")).strip()
    if not (way.mail_to or way.mail_from or password):
        return ""
    if way.mail_security not in set(Security) or not way.mail_port.isdecimal():
        raise RefusedError(_("Please choose how the mail server is reached."))
    sender = way.mail_from or way.mail_to
    box = Mailbox(
        way.mail_to or sender,
        sender,
        password,
        way.mail_server,
        int(way.mail_port[:6]),
        Security(way.mail_security),
        way.mail_user,
    )
    return mail_url(box)


def _browser_address(form: Mapping[str, object]) -> str:
    given = [str(form.get(f"push_{name}", "")) for name in ("endpoint", "p256dh", "auth", "key")]
    if any(given):
        return web_push_url(*given)
    if form.get("id"):
        return ""
    raise RefusedError(_("Please tap “Tell me in this browser” first."))


WAY_VALUES: Mapping[str, object] = {
    "houses": MAIL_HOUSES,
    "securities": SECURITY_WORDS,
}
"""What `_ways.html` needs besides a `Way`."""
