"""Alerts to a mailbox and a phone app, from what a person knows of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from apprise.plugins.email.templates import EMAIL_TEMPLATES

from hub.alerts.addresses import (
    MAIL_HOUSES,
    Mailbox,
    MailHouse,
    Security,
    mail_url,
    new_topic,
    phone_url,
)
from hub.alerts.post import TEST_MESSAGE, Post
from hub.domain.clock import SystemClock
from hub.errors import DeliveryError, RefusedError
from tests.devices.processes import free_port


class Mailroom:
    """A mail server that wants a name and a password."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.got.append(envelope)
        return "250 taken"

    def knows(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = LoginPassword(b"anna@home.example", b"p@ss:w/o rd?")
        return AuthResult(success=data == right)


@asynccontextmanager
async def mailroom(port: int) -> AsyncIterator[Mailroom]:
    room = Mailroom()
    controller = Controller(
        room,
        hostname="127.0.0.1",
        port=port,
        auth_required=True,
        auth_require_tls=False,
        authenticator=room.knows,
    )
    await asyncio.to_thread(controller.start)
    try:
        yield room
    finally:
        await asyncio.to_thread(controller.stop)


def at(port: int, password: str) -> Mailbox:
    return Mailbox(
        "aunt@far.example", "anna@home.example", password, "127.0.0.1", port, Security.NONE
    )


async def test_mail_goes_from_the_mailbox_with_its_password_to_whom_it_is_for() -> None:
    port = free_port()
    async with mailroom(port) as room:
        await Post(SystemClock()).send(mail_url(at(port, "p@ss:w/o rd?")), TEST_MESSAGE)
        [envelope] = room.got
        assert (envelope.mail_from, envelope.rcpt_tos) == (
            "anna@home.example",
            ["aunt@far.example"],
        )
        with pytest.raises(DeliveryError):
            await Post(SystemClock()).send(mail_url(at(port, "wrong")), TEST_MESSAGE)


@pytest.mark.parametrize("house", MAIL_HOUSES, ids=[house.name for house in MAIL_HOUSES])
def test_the_big_mail_houses_are_known_by_the_address_alone(house: MailHouse) -> None:
    for domain in house.domains:
        sender = f"anna@{domain}"
        url = urlsplit(mail_url(Mailbox(sender, sender, "secret")))
        query = parse_qs(url.query)
        assert (url.scheme, url.port) == ("mailtos", house.port)
        assert query == {
            "smtp": [house.server],
            "from": [sender],
            "to": [sender],
            "mode": [house.security],
        }
        known = next((entry[2] for entry in EMAIL_TEMPLATES[:-1] if entry[1].match(sender)), None)
        if known:
            assert (known["smtp_host"], known["port"], str(known["secure_mode"])) == (
                house.server,
                house.port,
                house.security,
            ), "Apprise knows it otherwise"


@pytest.mark.parametrize(
    ("box", "why"),
    [
        (Mailbox("anna", "anna@gmail.com", "x"), "is no e-mail address"),
        (Mailbox("a@b.example", "anna@gmail.com\nBcc: x@y.z", "x"), "is no e-mail address"),
        (Mailbox("a@b.example", "anna@outlook.com", "x"), "send from another mailbox"),
        (Mailbox("a@b.example", "anna@corner.example", "x"), "we don't know the mail server"),
        (Mailbox("a@b.example", "anna@gmail.com", ""), "give the mailbox's password"),
        (Mailbox("a@b.example", "anna@gmail.com", "x" * 201), "too long"),
        (Mailbox("a@b.example", "anna@gmail.com", "wörter"), "use an app password"),
        (Mailbox("a@b.example", "a@b.example", "x", "smtp example"), "is no mail server"),
        (Mailbox("a@b.example", "a@b.example", "x", "smtp.b.example", 70000), "is no mail server"),
        (Mailbox("a@b.example", "a@b.example", "x", "evil.example/?to=c"), "is no mail server"),
    ],
)
def test_a_mailbox_that_can_not_be_is_told_in_one_line(box: Mailbox, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        mail_url(box)


def test_a_phone_is_reached_by_a_topic_that_nobody_guesses() -> None:
    topic = new_topic()
    assert topic != new_topic()
    assert phone_url(topic) == f"ntfys://ntfy.sh/{topic}"
    assert phone_url(topic, "http://192.168.1.9:8080") == f"ntfy://192.168.1.9:8080/{topic}"
    for topic, server in (
        ("short", ""),
        ("a/../b" * 3, ""),
        ("x" * 12, "ftp://a"),
        ("x" * 12, "a:b:c"),
    ):
        with pytest.raises(RefusedError):
            phone_url(topic, server or "https://ntfy.sh")


async def test_apprise_takes_what_is_made() -> None:
    post = Post(SystemClock())
    await post.check(phone_url(new_topic()))
    await post.check(mail_url(Mailbox("a@b.example", "anna@gmail.com", "app password")))
