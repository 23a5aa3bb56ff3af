"""Apprise against a web hook and a mail server that fail in every way that they can."""

import asyncio
import io
import logging
import threading

import pytest

from hub import log
from hub.alerts import post as post_module
from hub.alerts.post import AlertMessage, Post
from hub.domain.clock import SystemClock
from hub.domain.safety import AlertLevel
from hub.errors import DeliveryError, RefusedError
from tests.alerts.far_side import WebHook, mail_server, mail_url, web_hook
from tests.clock import FakeClock
from tests.devices.processes import free_port
from tests.devices.scripted import until

HELLO = AlertMessage("Pommai: hello", "All is well.", AlertLevel.WARNING)


@pytest.fixture
def post() -> Post:
    return Post(SystemClock())


async def why_not(post: Post, url: str) -> str:
    with pytest.raises(DeliveryError) as refused:
        await post.send(url, HELLO)
    return str(refused.value)


async def test_a_web_hook_gets_title_text_and_kind(post: Post) -> None:
    async with web_hook() as hook:
        await post.send(hook.url, HELLO)

    (message,) = hook.got
    assert (message["title"], message["message"]) == (HELLO.title, HELLO.body)
    assert message["type"] == "warning"


async def test_a_mailbox_gets_it_too(post: Post) -> None:
    port = free_port()
    async with mail_server(port) as mail:
        await post.send(mail_url(port), HELLO)

    (message,) = mail.got
    assert message["Subject"] == HELLO.title
    assert "All is well." in message.as_string()


async def test_each_failure_is_one_plain_line_without_a_secret(
    post: Post, capfd: pytest.CaptureFixture[str]
) -> None:
    closed = WebHook()
    assert await why_not(post, closed.url) == "the service can't be reached"
    async with web_hook() as hook:
        hook.answers = 500
        assert await why_not(post, hook.url) == "the service refused it (HTTP 500)"
        hook.answers = 401
        assert await why_not(post, hook.url) == "the service refused it (HTTP 401)"
    assert await why_not(post, "nonsense://x") == (
        "the address is missing or can't be used: enter it again"
    )
    assert await why_not(post, mail_url(free_port())) == "the service can't be reached"
    port = free_port()
    async with mail_server(port) as mail:
        mail.answer = "451 too busy for mum@example.org"
        assert "mum" not in await why_not(post, mail_url(port))
    out, err = capfd.readouterr()
    assert "127.0.0.1" not in out + err
    assert "hunter2" not in out + err


@pytest.fixture
def log_lines() -> io.StringIO:
    """All that the hub logs, at its most talkative."""
    stream = io.StringIO()
    log.set_up("json", "debug", environ={}, stream=stream)
    return stream


async def test_no_log_tells_where_a_message_went(post: Post, log_lines: io.StringIO) -> None:
    async with web_hook() as hook:
        await post.send(hook.url, HELLO)
    await why_not(post, hook.url)
    logging.getLogger("nearby").warning("seen")

    assert "seen" in log_lines.getvalue()
    assert "secret-path" not in log_lines.getvalue()
    assert "hunter2" not in log_lines.getvalue()


async def test_a_service_that_hangs_is_given_up_in_time_and_holds_nothing_up() -> None:
    clock = FakeClock()
    post = Post(clock)
    async with web_hook() as hook:
        hook.answers = None
        sending = asyncio.create_task(why_not(post, hook.url))
        await until(lambda: hook.got)
        assert any(thread.name == "alert-send" for thread in threading.enumerate())
        await clock.advance(29)
        assert not sending.done()
        await clock.advance(1)
        assert await sending == "no answer within 30 s"

        hook.answers = 200
        await post.send(hook.url, HELLO)


async def test_hanging_services_take_no_more_than_so_many_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(post_module, "MAX_THREADS", 1)
    clock = FakeClock()
    post = Post(clock)
    async with web_hook() as hook:
        hook.answers = None
        sending = asyncio.create_task(why_not(post, hook.url))
        await until(lambda: hook.got)
        assert await why_not(post, hook.url) == "1 earlier message still hangs"
        await clock.advance(30)
        await sending


async def test_an_address_is_looked_at_before_it_is_kept(post: Post) -> None:
    await post.check("mailtos://user:password@example.com")
    with pytest.raises(RefusedError, match="means nothing to Apprise"):
        await post.check("https")


async def test_a_plugin_that_breaks_is_a_failure_like_any_other(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(url: str) -> object:
        raise ZeroDivisionError("hunter2")

    monkeypatch.setattr(post_module, "_service", broken)
    assert await why_not(post, "json://x") == "the service's plug-in broke (ZeroDivisionError)"
