"""A household that could speak with the voices of three clouds."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape

import pytest
from aiohttp.test_utils import TestServer

from hub.config import Config, loading
from hub.core.privacy.consents import Consents
from hub.core.toys.provider_options import ProviderOptions
from hub.domain.toys import Voice
from hub.providers.base import ProviderSetup
from hub.providers.pool import Providers
from hub.providers.tts.elevenlabs import KEY as ELEVENLABS_KEY
from tests.guardian.conftest import Browser, Site, path_of_toy
from tests.guardian.pretend_parts import voices_of
from tests.guardian.trial import EMBEDDED
from tests.providers.elevenlabs_server import ElevenLabsServer
from tests.providers.minimax_server import MinimaxServer
from tests.providers.rime_server import RimeServer
from tests.providers.voice_servers import KEY

KEYS = {ELEVENLABS_KEY: KEY, "RIME_API_KEY": KEY, "MINIMAX_API_KEY": KEY, "MINIMAX_GROUP_ID": "g"}


@dataclass
class Clouds:
    """A household whose key is known to three clouds, and whose toy speaks with none of them."""

    site: Site
    browser: Browser
    path: str
    elevenlabs: ElevenLabsServer
    minimax: MinimaxServer
    rime: RimeServer

    async def see(self, by: str, more: str = "") -> str:
        return unescape(await self.browser.see(f"{self.path}?by={by}{more}"))

    async def save(self, **fields: str) -> int:
        return (await self.browser.send(self.path, self.path, **fields)).status

    async def voice(self) -> Voice:
        return (await self.site.home.toys.list())[0].voice


@asynccontextmanager
async def voice_clouds(site: Site, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clouds]:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    servers = ElevenLabsServer(), MinimaxServer(), RimeServer()
    async with AsyncExitStack() as stack:
        urls = []
        for server in servers:
            running = TestServer(server.app(), client_max_size=50_000_000)
            urls.append(str((await stack.enter_async_context(running)).make_url("")).rstrip("/"))
        servers[0].preview_url = f"{urls[0]}/samples/one.mp3"
        settings = loading.load(
            None,
            EMBEDDED
            | {
                "POMMAI_TTS__ELEVENLABS__BASE_URL": urls[0],
                "POMMAI_TTS__MINIMAX__BASE_URL": f"{urls[1]}/v1",
                "POMMAI_TTS__RIME__BASE_URL": urls[2],
            },
        )
        providers = Providers(ProviderSetup(settings, KEYS, site.clock))
        stack.push_async_callback(providers.aclose)
        site.home.pretend_voices.copies = voices_of(site.home.store, providers, site.clock)
        site.home.privacy = replace(
            site.home.privacy, consents=Consents(site.home.store, providers)
        )
        # By their own addresses they are clouds.
        elsewhere = ProviderSetup(Config(), KEYS, site.clock)
        site.home.provider_options = ProviderOptions(elsewhere)
        path = f"{await path_of_toy(site)}/voices"
        yield Clouds(site, await site.guardian(), path, *servers)
