"""Tells the network over zeroconf where something of the hub's is, so that others offer it by themselves."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from zeroconf import Error, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Announcement:
    kind: str
    """Such as "_wyoming._tcp.local."."""
    label: str
    """Of this hub alone."""
    properties: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def announced(what: Announcement, addresses: Sequence[str], port: int) -> AsyncIterator[None]:
    """Announced while within; where that can't be done, it is still found by address and port."""
    service = ServiceInfo(
        what.kind,
        f"{what.label}.{what.kind}",
        port=port,
        parsed_addresses=list(addresses),
        properties=dict(what.properties),
        server=f"{what.label}.local.",
    )
    try:
        zeroconf = AsyncZeroconf(interfaces=list(addresses))
    except OSError as error:
        log.warning("nothing can be announced", kind=what.kind, error=str(error))
        yield
        return
    try:
        try:
            # The label holds our id, so nobody else has it: no second of probing for it.
            await (await zeroconf.async_register_service(service, cooperating_responders=True))
        except (OSError, Error) as error:
            log.warning("nothing can be announced", kind=what.kind, error=str(error))
        yield
    finally:
        await zeroconf.async_close()
