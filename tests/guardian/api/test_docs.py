"""The examples of docs/api.md do what the page says."""

import asyncio
import re
from pathlib import Path

from tests.guardian.api.conftest import Talking
from tests.programs import needs

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


@needs("curl", "jq")
async def test_the_examples_work(talking: Talking) -> None:
    home, program, _ = talking
    (script,) = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert "http://127.0.0.1:8770" in script
    shell = await asyncio.create_subprocess_exec(
        "sh",
        "-euxc",
        script.replace("http://127.0.0.1:8770", program.origin),
        env={"PATH": "/usr/bin:/bin", "TOKEN": program.token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        said, complaints = await shell.communicate()
    assert shell.returncode == 0, complaints.decode()
    assert b"Bears like honey." in said
    assert not (await home.store.toys.list())[0].paused
