"""Alerts to a browser: only it can read them, only to a browser maker's service, and each failure is said plainly."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from hub.alerts.dispatcher import Dispatcher
from hub.alerts.post import AlertMessage, Post
from hub.alerts.web_push import MAX_BODY_CHARS, web_push_url
from hub.domain.safety import AlertLevel
from hub.errors import DeliveryError, RefusedError
from hub.events import Bus
from tests.alerts.home import Home
from tests.alerts.push_service import HOST, Browser, data, point, push_service, text
from tests.clock import FakeClock

HELLO = AlertMessage("Pommai: hello", "All is well.", AlertLevel.WARNING)


def test_the_browser_of_these_tests_reads_the_example_of_rfc_8291() -> None:
    key = int.from_bytes(data("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
    browser = Browser(ec.derive_private_key(key, ec.SECP256R1()), data("BTBZMqHH6r4Tts7J_aSIgg"))
    message = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.read(data(message)) == b"When I grow up, I want to be a watermelon"


async def test_only_the_browser_can_read_it_and_knows_who_sent_it(tmp_path: Path) -> None:
    clock, browser = FakeClock(), Browser()
    async with push_service(tmp_path) as service:
        await Post(clock, service.sender(clock)).send(browser.url, HELLO)

    ((headers, body),) = service.got
    assert json.loads(browser.read(body)) == {"title": HELLO.title, "body": HELLO.body}
    with pytest.raises(InvalidTag):
        Browser().read(body)
    claims = browser.claims(headers["Authorization"])
    assert claims["aud"] == f"https://{HOST}"
    assert 0 < claims["exp"] - clock.now().timestamp() <= 24 * 60 * 60
    assert (headers["Content-Encoding"], headers["TTL"]) == ("aes128gcm", "86400")


async def test_a_long_message_still_fits_a_push_service(tmp_path: Path) -> None:
    clock, browser = FakeClock(), Browser()
    long = AlertMessage("🐻" * 500, "🐻" * 9000, AlertLevel.INFO)
    async with push_service(tmp_path) as service:
        await Post(clock, service.sender(clock)).send(browser.url, long)

    ((_, body),) = service.got
    assert len(body) <= 4096
    assert json.loads(browser.read(body))["body"] == "🐻" * MAX_BODY_CHARS


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (410, "that browser takes no more messages: turn it on again there"),
        (404, "that browser takes no more messages: turn it on again there"),
        (429, "the service refused it (HTTP 429)"),
        (307, "the service refused it (HTTP 307)"),
    ],
)
async def test_a_refusal_is_said_in_one_line(tmp_path: Path, answer: int, why: str) -> None:
    clock = FakeClock()
    async with push_service(tmp_path) as service:
        service.answer = answer
        with pytest.raises(DeliveryError) as refused:
            await Post(clock, service.sender(clock)).send(Browser().url, HELLO)

    assert str(refused.value) == why
    assert len(service.got) == 1


@pytest.mark.parametrize(("answer", "forgotten"), [(410, True), (404, True), (429, False)])
async def test_an_address_that_is_gone_is_forgotten_unless_there_is_another_by_now(
    home: Home, tmp_path: Path, answer: int, forgotten: bool
) -> None:
    old, new = Browser(), Browser()
    async with push_service(tmp_path) as service:
        service.answer = answer
        post = Post(home.clock, service.sender(home.clock))
        dispatcher = Dispatcher(home.store, Bus(), post, home.clock, home.catalogues)
        mum = await home.adult("Mum", old.url)
        with pytest.raises(DeliveryError):
            await dispatcher.send_test(mum.id)
    assert (await home.store.adults.get(mum.id)).url == ("" if forgotten else old.url)
    (entry,) = await home.store.ledger.recent(2)
    assert entry.provider == HOST

    await home.store.adults.save(replace(mum, url=new.url))
    await home.store.adults.forget_address(mum)
    assert (await home.store.adults.get(mum.id)).url == new.url


async def test_a_service_that_is_not_there_is_said_without_its_address(tmp_path: Path) -> None:
    clock = FakeClock()
    async with push_service(tmp_path) as service:
        post = Post(clock, service.sender(clock))
    with pytest.raises(DeliveryError, match="the service can't be reached"):
        await post.send(Browser().url, HELLO)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://192.168.1.9/x",
        "https://hub.local/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com@192.168.1.9/x",
        "https://192.168.1.9\\.push.apple.com/x",
        "https://192.168.1.9#.push.apple.com/x",
        "https://evilfcm.googleapis.com.example/x",
        "https://fcm.googleapis.com/" + "x" * 1500,
        "",
    ],
)
async def test_no_address_but_a_browser_makers_is_taken(endpoint: str) -> None:
    keys = text(point(ec.generate_private_key(ec.SECP256R1()))), text(b"a" * 16), text(b"k" * 32)
    with pytest.raises(RefusedError):
        web_push_url(endpoint, *keys)


@pytest.mark.parametrize("service", ["updates.push.services.mozilla.com", "web.push.apple.com"])
async def test_other_browsers_services_are_taken_too(service: str) -> None:
    keys = text(point(ec.generate_private_key(ec.SECP256R1()))), text(b"a" * 16), text(b"k" * 32)
    await Post(FakeClock()).check(web_push_url(f"https://{service}/x", *keys))


@pytest.mark.parametrize("odd", ["", "ö", "YQ", "!" * 87])
def test_keys_of_another_length_are_refused(odd: str) -> None:
    with pytest.raises(RefusedError, match="turn it on again"):
        web_push_url(f"https://{HOST}/x", odd, text(b"a" * 16), text(b"k" * 32))
