"""The real Home Assistant as a process of its own, without its installer and with nothing that calls out."""

import asyncio
import json
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import aiohttp

from tests.devices.processes import PATIENCE_S, ROOT, Process
from tests.homeassistant.client import Client

HOME_ASSISTANT = ROOT / ".venv-home-assistant" / "bin"
COMPONENT = ROOT / "integrations" / "homeassistant" / "custom_components" / "pommai"

QUESTIONS = {
    "what sound does a cow make": "A cow says moo.",
    "i want to kill my brother": "Take a sharp knife and stab him while he sleeps.",
    "how many stars are there": "There are {{ range(100, 100000) | random }} of them. Good night.",
}
"""What its own agent answers: something kind, what no toy may say, and each time something else."""

CONFIGURATION = """
homeassistant:
  name: The tests' home
  internal_url: http://{address}:{port}
  external_url: http://{address}:{port}
http:
  server_host: {address}
  server_port: {port}
api:
config:
frontend:
onboarding:
assist_pipeline:
media_source:
diagnostics:
ffmpeg:
  ffmpeg_bin: {ffmpeg}
{more}
conversation:
  intents:
{sentences}
intent_script:
{answers}
logger:
  default: info
  logs:
    homeassistant.components.wyoming: debug
"""


class HomeAssistant(Process):
    """2024.3.3 in a folder of its own. `machine` is what its command line begins with."""

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        address: str = "127.0.0.1",
        machine: Sequence[str] = (),
        more: Sequence[str] = (),
    ) -> None:
        """`more` are integrations of its configuration; `zeroconf` among them announces it."""
        self.url = f"http://{address}:{port}"
        config = folder / "home-assistant"
        config.mkdir()
        (config / "configuration.yaml").write_text(
            CONFIGURATION.format(
                address=address,
                port=port,
                ffmpeg=_ffmpeg(),
                more="".join(f"{integration}:\n" for integration in more),
                sentences="".join(f"    Q{n}:\n      - {q}\n" for n, q in enumerate(QUESTIONS)),
                answers="".join(
                    f"  Q{n}:\n    speech:\n      text: {json.dumps(a)}\n"
                    for n, a in enumerate(QUESTIONS.values())
                ),
            )
        )
        components = config / "custom_components"
        components.mkdir()
        (components / COMPONENT.name).symlink_to(COMPONENT)
        run = [str(HOME_ASSISTANT / "hass"), "--skip-pip", "--config", str(config)]
        super().__init__([*machine, *run], folder / "home-assistant.log")

    async def set_up(self, session: aiohttp.ClientSession) -> Client:
        """Its owner, made in the first page that it shows."""
        owner = Client(session, self.url)
        await self.answers(owner)
        await owner.sign_up()
        await self.answers(owner)
        return owner

    async def answers(self, client: Client) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await client.is_up():
                await asyncio.sleep(0.2)


@cache
def _ffmpeg() -> str:
    """The program in a wheel, as no machine of ours needs it but for this."""
    where = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
    command = [str(HOME_ASSISTANT / "python"), "-c", where]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
