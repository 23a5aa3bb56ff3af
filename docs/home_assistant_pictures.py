"""Makes the pictures of Home Assistant: `.venv/bin/python -m docs.home_assistant_pictures`, as root.

A real one (`make .venv-home-assistant/.done`), a hub and a toy in network namespaces of their own, photographed by
Chromium as in the tests.
"""

import asyncio
import json
import sys
import tempfile
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
from playwright.async_api import Page, async_playwright

from hub.domain.api import WyomingServerSettings
from tests.devices.processes import Hub, Room, satellite_in
from tests.guardian.browser import ARGUMENTS, chromium_path
from tests.homeassistant.client import Client
from tests.homeassistant.house import open_up, pair
from tests.homeassistant.running import HOME_ASSISTANT, HomeAssistant
from tests.netns import Machine, two_machines

IMAGES = Path(__file__).parent / "img"
SIZE = (1180, 740)
TALL = (1180, 1180)
COLOURS = 96
NOTHING = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A picture of one clear dot."""
FEWER_COLOURS = """
import sys
from PIL import Image
path, colours = sys.argv[1:]
Image.open(path).quantize(int(colours)).save(path, optimize=True)
"""


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            home, other = stack.enter_context(two_machines())
            allowed = WyomingServerSettings(True, (home.device,), (other.address,))
            token = await open_up(folder / "data", allowed)
            home_assistant = HomeAssistant(
                folder, 8123, address=other.address, machine=other.prefix, more=["zeroconf", "sun"]
            )
            await stack.enter_async_context(home_assistant)
            connector = aiohttp.TCPConnector(socket_factory=lambda _: other.socket())
            session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
            owner = await home_assistant.set_up(session)
            await past_the_first_pages(folder, home_assistant, owner)
            hub = await stack.enter_async_context(Hub(folder, home.address, home.prefix))
            room = Room(folder)
            toy = await stack.enter_async_context(
                satellite_in(room, folder, "Bear", home.prefix, plain=False)
            )
            await pair(hub, toy, "Bear")
            room.say("spoken_cow.wav")
            await room.hears_more(0)
            await room.is_quiet()
            page = await stack.enter_async_context(browser(folder, other, owner))
            await take(page, owner, home, token)


async def past_the_first_pages(folder: Path, home_assistant: HomeAssistant, owner: Client) -> None:
    """What they would add calls out of the house, so they are not filled in but marked as done."""
    await home_assistant.stop()
    kept = folder / "home-assistant" / ".storage" / "onboarding"
    about = json.loads(kept.read_text())
    about["data"]["done"] = ["user", "core_config", "analytics", "integration"]
    kept.write_text(json.dumps(about))
    await home_assistant.start()
    await home_assistant.answers(owner)


@asynccontextmanager
async def browser(folder: Path, machine: Machine, owner: Client) -> AsyncIterator[Page]:
    """On that machine, signed in."""
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec {" ".join(machine.prefix)} {chromium_path()} "$@"\n')
    program.chmod(0o755)
    signed_in = {
        "hassUrl": owner.url,
        "clientId": f"{owner.url}/",
        "access_token": owner.token,
        "token_type": "Bearer",
        "refresh_token": "",
        "expires": 9_999_999_999_999,
        "expires_in": 9_999_999,
    }
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        page = await chromium.new_page(locale="en-GB", color_scheme="light")
        page.set_default_timeout(30_000)
        # Logos of integrations come from a server outside, so there are none.
        await page.route("https://brands.home-assistant.io/**", lambda it: it.fulfill(body=NOTHING))
        tokens = json.dumps(json.dumps(signed_in))
        await page.add_init_script(f"localStorage.setItem('hassTokens', {tokens})")
        yield page
        await chromium.close()


async def take(page: Page, owner: Client, home: Machine, token: str) -> None:
    for integration in ("wyoming", "pommai"):
        await owner.discovered(integration)
    await page.goto(f"{owner.url}/config/integrations")
    card = page.locator("ha-config-flow-card", has_text="10.77")
    await card.wait_for()
    await shoot(page, "discovered")

    await card.get_by_role("button", name="Configure").click()
    await page.get_by_label("Token").wait_for()
    await shoot(page, "token")
    await page.get_by_label("Token").fill(token)
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("button", name="Finish").click()

    await owner.fill_in(await owner.discovered("wyoming"))
    await page.get_by_role("button", name="Add integration").click()
    await page.get_by_label("Search for a brand name").fill("wyoming")
    await page.locator("ha-integration-list-item", has_text="Wyoming Protocol").click()
    await page.get_by_label("Host").fill(home.address)
    await page.get_by_label("Port").fill("10600")
    await shoot(page, "address")

    [entry] = await owner.entries("pommai")
    await owner.make_assistant("Pommai", "stt.pommai", entry["entry_id"], "tts.pommai")
    await page.goto(f"{owner.url}/config/voice-assistants/assistants")
    await page.get_by_text("Pommai").first.click()
    await shoot(page, "assistant", TALL)

    devices = await owner.call("config/device_registry/list")
    [toy] = [device for device in devices if device["via_device_id"]]
    await page.goto(f"{owner.url}/config/devices/device/{toy['id']}")
    await page.get_by_text("Volume").wait_for()
    await shoot(page, "toy")


async def shoot(page: Page, name: str, size: tuple[int, int] = SIZE) -> None:
    width, height = size
    await page.set_viewport_size({"width": width, "height": height})
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(2_000)  # its cards and dialogs glide into their places
    path = IMAGES / f"home-assistant-{name}.png"
    await page.screenshot(path=path)
    child = await asyncio.create_subprocess_exec(
        HOME_ASSISTANT / "python", "-c", FEWER_COLOURS, path, str(COLOURS)
    )
    assert await child.wait() == 0
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    asyncio.run(main())
