"""Being told in a browser, in a real Chromium; its maker's service, which can't be reached here, is stood in for."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from hub.alerts.web_push import subscription
from tests.alerts.push_service import Browser, point, text
from tests.guardian.browser import Hub, reads_well, set_up
from tests.guardian.conftest import own_page

ENDPOINT = "https://fcm.googleapis.com/fcm/send/a-phone"
SUBSCRIBE = """given => {
  PushManager.prototype.getSubscription = async () => null;
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    if (new Uint8Array(applicationServerKey).length !== 65) throw new Error("no key");
    return { toJSON: () => given };
  };
}"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const all = await registration.getNotifications();
  return all.length ? all.map(({ title, body }) => ({ title, body })) : null;
}"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """Its Chromium has no service worker of another test."""
    async with own_page() as page:
        yield page


async def test_a_browser_is_asked_saved_and_shows_what_comes(page: Page, hub: Hub) -> None:
    phone, message = Browser(), {"title": "Pommai: hello", "body": "All is well."}
    keys = {"p256dh": text(point(phone.key)), "auth": text(phone.auth)}
    async with hub.running() as home:
        await set_up(page, hub)
        await page.context.grant_permissions(["notifications"], origin=hub.url)
        await page.goto(f"{hub.url}household/adults")
        await page.evaluate(SUBSCRIBE, {"endpoint": ENDPOINT, "keys": keys})
        devtools = await page.context.new_cdp_session(page)
        registered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def note(event: dict[str, Any]) -> None:
            for registration in event["registrations"]:
                if not registered.done():
                    registered.set_result(registration["registrationId"])

        devtools.on("ServiceWorker.workerRegistrationUpdated", note)
        await devtools.send("ServiceWorker.enable")
        new = page.locator("#adult-new")
        if await new.get_attribute("open") is None:
            await page.locator("#adult-new-open").click()
        await new.get_by_label("Name", exact=True).fill("Anna")
        await new.get_by_label("In this browser").check()
        await reads_well(page)
        await new.get_by_role("button", name="Tell me in this browser").click()
        await expect(new.get_by_role("status")).to_have_text(
            "This browser is ready. Please save now."
        )
        await new.get_by_role("button", name="Add").click()
        await expect(page.get_by_role("heading", name="Anna")).to_be_visible()
        [anna] = await home.adults.list()
        kept = subscription(anna.url)
        assert (kept.endpoint, text(kept.p256dh), text(kept.auth)) == (ENDPOINT, *keys.values())
        assert kept.endpoint not in await page.content()

        await devtools.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": hub.url.rstrip("/"),
                "registrationId": await registered,
                "data": json.dumps(message),
            },
        )
        shown = await page.wait_for_function(SHOWN)
        assert await shown.json_value() == [message]
