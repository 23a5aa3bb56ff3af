"""What the `wyoming` package of 2023, as older Home Assistants have it, makes of the services."""

import asyncio
import json
from pathlib import Path

from tests.devices.processes import STOCK
from tests.integrations.serving import served
from tests.pipeline.scripted import ScriptedLlm, ScriptedStt, house
from tests.programs import missing

CLIENT = Path(__file__).with_name("old_client.py")


async def test_release_1_4_1_understands_all_that_it_asks_for(tmp_path: Path) -> None:
    if not STOCK.exists():
        missing("the stock satellite's venv is missing: make .venv-stock-satellite/.done")
    stt, llm = ScriptedStt("good morning"), ScriptedLlm("Bears sleep.")
    async with house(tmp_path, stts=[stt], llms=[llm]) as home, served(home) as port:
        client = await asyncio.create_subprocess_exec(
            STOCK, CLIENT, str(port), stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(60):
            printed, _ = await client.communicate()
    found = json.loads(printed)
    sound_bytes = found.pop("sound_bytes")
    assert found == {
        "asr": [["Pommai", ["en"]]],
        "voices": [home.toy.name],
        "handle": ["Pommai"],
        "heard": "good morning",
        "handled": "Bears sleep.",
        "rate": 16_000,
        "error": "protocol",
    }
    assert abs(sound_bytes - 6_400) < 200
