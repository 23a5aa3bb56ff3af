"""A phone and the hub on two machines of one network: the pages are found, trusted and opened."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tests.devices.processes import BIN, Process
from tests.netns import two_machines

PHONE = """
import queue, ssl, sys, urllib.request
from zeroconf import ServiceBrowser, Zeroconf
found = queue.SimpleQueue()
network = Zeroconf(interfaces=[sys.argv[3]])
def heard(zeroconf, service_type, name, state_change):
    found.put(name)
ServiceBrowser(network, "_https._tcp.local.", handlers=[heard])
info = network.get_service_info("_https._tcp.local.", found.get(timeout=60), timeout=60000)
print(info.server, info.parsed_addresses(), info.port, flush=True)
network.close()
trusting = ssl.create_default_context(cafile=sys.argv[2])
with urllib.request.urlopen(sys.argv[1] + "setup", context=trusting, timeout=60) as page:
    print(page.status, b"Choose a password" in page.read())
"""


async def test_the_pages_open_on_another_machine_once_the_hub_is_asked_to(tmp_path: Path) -> None:
    with two_machines() as (one, other):
        data = tmp_path / "data"
        command = [*one.prefix, str(BIN / "pommai-hub"), "run", "--data", str(data), "--lan"]
        async with Process([*command, "--port", "0"], tmp_path / "hub.log") as hub:
            await hub.logs("Fingerprint of the hub's certificate:")
            said = hub.log.read_text()
            assert f"https://{one.address}:8772/ or https://pommai.local:8772/" in said
            assert re.search(r"certificate: ([0-9A-F]{2}:){31}", re.sub(r"\s+", " ", said))
            phone = await asyncio.create_subprocess_exec(
                *other.prefix,
                sys.executable,
                "-c",
                PHONE,
                f"https://{one.address}:8772/",
                str(data / "certs/authority.crt"),
                other.address,
                env=os.environ,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            async with asyncio.timeout(120):
                output, _ = await phone.communicate()
    assert output.decode().splitlines() == [
        f"pommai.local. ['{one.address}'] 8772",
        "200 True",
    ]
