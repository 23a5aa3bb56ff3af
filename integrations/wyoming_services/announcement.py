"""Tells the network over zeroconf where the services are, so that Home Assistant offers them by itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog
from zeroconf import Error, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

log = structlog.get_logger()

SERVICE_TYPE: Final = "_wyoming._tcp.local."


@asynccontextmanager
async def announced(hub_id: str, addresses: Sequence[str], port: int) -> AsyncIterator[None]:
    """Announced while within; where that can't be done, the services still work by host and port."""
    label = f"pommai-hub-{hub_id}"
    service = ServiceInfo(
        SERVICE_TYPE,
        f"{label}.{SERVICE_TYPE}",
        port=port,
        parsed_addresses=list(addresses),
        properties={"pommai": "hub"},  # so that no hub takes it for a satellite
        server=f"{label}.local.",
    )
    try:
        zeroconf = AsyncZeroconf(interfaces=list(addresses))
    except OSError as error:
        log.warning("the Wyoming services can't be announced", error=str(error))
        yield
        return
    try:
        try:
            # The name holds our id, so nobody else has it: no second of probing for it.
            await (await zeroconf.async_register_service(service, cooperating_responders=True))
        except (OSError, Error) as error:
            log.warning("the Wyoming services can't be announced", error=str(error))
        yield
    finally:
        await zeroconf.async_close()
