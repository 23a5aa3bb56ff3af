"""Addresses for alerts from what a person knows: a mailbox and its password, or a phone app. Apprise takes the rest."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from hub.errors import RefusedError
from hub.translation import gettext as _

MAX_MAIL_CHARS: Final = 254
"""Of an e-mail address, by RFC 5321."""
MAX_SECRET_CHARS: Final = 200
NTFY: Final = "https://ntfy.sh"
_MAIL: Final = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?")
_TOPIC: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Security(StrEnum):
    """How the line to a mail server is encrypted."""

    TLS = "ssl"
    STARTTLS = "starttls"
    NONE = "insecure"


@dataclass(frozen=True, slots=True)
class MailHouse:
    """Where a mail house takes mail from programs: as Apprise 2.2 has it, and the houses' own help pages."""

    name: str
    server: str
    port: int
    security: Security
    domains: tuple[str, ...]
    """What its addresses end in."""


MAIL_HOUSES: Sequence[MailHouse] = (
    MailHouse("Gmail", "smtp.gmail.com", 587, Security.STARTTLS, ("gmail.com", "googlemail.com")),
    MailHouse(
        "iCloud",
        "smtp.mail.me.com",
        587,
        Security.STARTTLS,
        ("icloud.com", "me.com", "mac.com"),
    ),
    MailHouse("Yahoo", "smtp.mail.yahoo.com", 465, Security.TLS, ("yahoo.com", "yahoo.ca")),
    MailHouse("Fastmail", "smtp.fastmail.com", 465, Security.TLS, ("fastmail.com", "fastmail.fm")),
    MailHouse("Zoho", "smtp.zoho.com", 587, Security.STARTTLS, ("zoho.com", "zohomail.com")),
    MailHouse(
        "GMX",
        "mail.gmx.com",
        587,
        Security.STARTTLS,
        ("gmx.com", "gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.fr"),
    ),
    MailHouse("WEB.DE", "smtp.web.de", 587, Security.STARTTLS, ("web.de",)),
)
UNFIT: Final = ("outlook.com", "hotmail.com", "live.com", "msn.com")
"""These take no password from a program any more, since September 2024."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """From which mailbox alerts are sent, and to which address."""

    to: str
    sender: str
    """The mailbox's own address."""
    password: str = field(repr=False)
    server: str = ""
    """"" where the mail house is known by the sender's address."""
    port: int = 465
    security: Security = Security.TLS
    user: str = ""
    """What to sign in with; "" for the sender's address."""


def mail_url(box: Mailbox) -> str:
    """The address to send to. Raises RefusedError with what must be changed."""
    for address in (box.to, box.sender):
        if len(address) > MAX_MAIL_CHARS or not _MAIL.fullmatch(address):
            raise RefusedError(
                _(
                    "“%(address)s” is no e-mail address: it looks like anna@example.com",
                    address=address[:60],
                )
            )
    domain = box.sender.rpartition("@")[2].lower()
    server, port, security = box.server, box.port, box.security
    if not server:
        if domain in UNFIT:
            raise RefusedError(
                _(
                    "%(domain)s takes no mail from programs by a password any more: please send from "
                    "another mailbox. Alerts can still go to this one",
                    domain=domain,
                )
            )
        house = next((house for house in MAIL_HOUSES if domain in house.domains), None)
        if house is None:
            raise RefusedError(
                _(
                    "we don't know the mail server of %(domain)s: please give its name, as your mail "
                    "house tells it under “SMTP” or “outgoing mail”",
                    domain=domain,
                )
            )
        server, port, security = house.server, house.port, house.security
    if not _HOST.fullmatch(server) or not 0 < port < 65536:
        raise RefusedError(
            _(
                "“%(server)s” with port %(port)s is no mail server: it looks like smtp.example.com",
                server=server[:60],
                port=port,
            )
        )
    if len(box.password) > MAX_SECRET_CHARS:
        raise RefusedError(_("that password is too long"))
    if not box.password.isascii():
        raise RefusedError(
            _("programs can't sign in with letters such as ö or é: use an app password")
        )
    if security is not Security.NONE and not box.password:
        raise RefusedError(_("please give the mailbox's password, or its app password"))
    who = quote(box.user or box.sender, safe="")
    login = f"{who}:{quote(box.password, safe='')}@" if box.password else ""
    query = urlencode({"smtp": server, "from": box.sender, "to": box.to, "mode": security})
    scheme = "mailto" if security is Security.NONE else "mailtos"
    return f"{scheme}://{login}{domain}:{port}?{query}"


def new_topic() -> str:
    """A name in the ntfy app that nobody guesses: who knows it can read along."""
    return f"pommai-{secrets.token_hex(8)}"


def phone_url(topic: str, server: str = NTFY) -> str:
    """The ntfy app on that topic; `server` is where it fetches its messages. Raises RefusedError."""
    if not _TOPIC.fullmatch(topic):
        raise RefusedError(
            _("the topic needs 8 to 64 letters, digits, - or _, so that nobody guesses it")
        )
    parts = urlsplit(server if "://" in server else f"https://{server}")
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ":0"
    if (
        parts.scheme not in {"http", "https"}
        or not _HOST.fullmatch(parts.hostname or "")
        or port == ":0"
    ):
        raise RefusedError(
            _("“%(server)s” is no ntfy server: it looks like https://ntfy.sh", server=server[:60])
        )
    scheme = "ntfys" if parts.scheme == "https" else "ntfy"
    return f"{scheme}://{parts.hostname}{port}/{topic}"
