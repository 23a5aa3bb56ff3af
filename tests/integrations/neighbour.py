"""Another machine on the network: looks for Wyoming services, and asks each what it is.

    python -m tests.integrations.neighbour

Prints one line of JSON for the first that it finds: what it is called, where it is and its programs,
none where it is turned away.
"""

import asyncio
import json

from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info
from zeroconf import ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

TYPE = "_wyoming._tcp.local."


async def main() -> None:
    names: asyncio.Queue[str] = asyncio.Queue()

    def seen(
        zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        names.put_nowait(name)

    zeroconf = AsyncZeroconf()
    browser = AsyncServiceBrowser(zeroconf.zeroconf, TYPE, handlers=[seen])
    name = await names.get()
    service = AsyncServiceInfo(TYPE, name)
    assert await service.async_request(zeroconf.zeroconf, 10_000)
    await browser.async_cancel()
    await zeroconf.async_close()
    [address] = service.parsed_addresses()
    assert service.port
    found = {"name": name, "at": [address, service.port]}
    print(json.dumps(found | {"programs": await programs(address, service.port)}))


async def programs(host: str, port: int) -> list[str]:
    try:
        async with AsyncTcpClient(host, port) as client:
            await client.write_event(Describe().event())
            event = await client.read_event()
    except ConnectionError:
        return []
    if event is None:
        return []
    info = Info.from_event(event)
    return [program.name for program in (*info.asr, *info.tts, *info.handle)]


if __name__ == "__main__":
    asyncio.run(main())
