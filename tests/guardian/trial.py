"""A page on which a toy is tried, in a Chromium whose microphone plays recordings, and a real hub behind it."""

import asyncio
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.async_api import ConsoleMessage, Page, async_playwright

from guardian_web.app import serving
from guardian_web.sign_in.accounts import SetupCode
from hub.app import App
from hub.config import loading
from hub.domain.clock import SystemClock
from hub.domain.talks.talk import Turn, TurnState
from tests.guardian.browser import PATIENCE_MS, choose_password, chromium
from tests.guardian.pages_of import pages_of
from tests.recordings import ours

EMBEDDED = {
    "POMMAI_STT__USE": "sphinx",
    "POMMAI_LLM__USE": "storyteller",
    "POMMAI_TTS__USE": "espeak",
}
NAME_ELSEWHERE = "toys.home"
"""By which a page of the hub is not this computer's own, so that a browser trusts it less."""


@dataclass
class Trial:
    page: Page
    app: App
    port: int

    async def open(self, host: str = "127.0.0.1") -> None:
        await self.page.goto(f"http://{host}:{self.port}/try")

    async def turns(self, *states: TurnState) -> Sequence[Turn]:
        """What is stored, the oldest first, once it is in these states."""
        async with asyncio.timeout(60):
            while True:
                turns = (await self.app.hub.turns.recent(20))[::-1]
                if [turn.state for turn in turns] == list(states):
                    return turns
                await asyncio.sleep(0.05)

    async def sounds(self) -> None:
        """Until samples come out of the player."""
        await self._until_voice(least=30, most=100)

    async def is_silent(self) -> None:
        """Until none do."""
        await self._until_voice(least=0, most=0)

    async def _until_voice(self, *, least: int, most: int) -> None:
        """`least` and `most` in percent of the page's meter."""
        meter = self.page.get_by_role("meter", name="Toy's voice")
        async with asyncio.timeout(60):
            while True:
                if least <= int(await meter.get_attribute("aria-valuenow") or 0) <= most:
                    return
                await asyncio.sleep(0.02)


@asynccontextmanager
async def trial(
    folder: Path,
    microphone: Path | None = None,
    *,
    size: tuple[int, int] = (360, 740),
    shade: Literal["light", "dark"] = "light",
    complaints: list[str] | None = None,
) -> AsyncIterator[Trial]:
    """Signed in. `microphone` None: there is none. What a page complains of is put into `complaints`."""
    code = SetupCode(lambda _: None)
    heard = [] if complaints is None else complaints

    def hear(line: ConsoleMessage) -> None:
        if line.type == "error":
            heard.append(line.text)

    arguments = [f"--host-resolver-rules=MAP {NAME_ELSEWHERE} 127.0.0.1"]
    if microphone:
        arguments += [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}%noloop",
        ]
    async with AsyncExitStack() as stack:
        settings = loading.load(None, EMBEDDED | {"POMMAI_DATA": str(folder / "data")})
        app = await stack.enter_async_context(App(settings, {}))
        await app.warm_up()
        site = pages_of(app.hub, SystemClock(), code, names=[NAME_ELSEWHERE])
        url = await stack.enter_async_context(serving(site, "127.0.0.1", 0))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await stack.enter_async_context(chromium(playwright, arguments))
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=shade, locale="en-GB"
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("weberror", lambda error: heard.append(str(error.error)))
        context.on("console", hear)
        page = await context.new_page()
        await choose_password(page, url, code)
        yield Trial(page, app, int(url.rstrip("/").rpartition(":")[2]))


def recording(folder: Path, *parts: str | float) -> Path:
    """One file of our recordings and of seconds of silence, in turn."""
    path = folder / "microphone.wav"
    with wave.open(str(path), "wb") as whole:
        whole.setparams((1, 2, 16_000, 0, "NONE", ""))
        for part in parts:
            if isinstance(part, str):
                with wave.open(str(ours(part)), "rb") as one:
                    whole.writeframes(one.readframes(one.getnframes()))
            else:
                whole.writeframes(bytes(2 * int(16_000 * part)))
    return path
