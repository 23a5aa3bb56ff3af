"""What a reverse proxy says of who really asks, by which name, and whether over HTTPS.

Only what the proxies say that the owner named is believed (`[guardian] trusted_proxies`).
"""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

MAX_HOPS: Final = 10
MAX_HEADER_CHARS: Final = 1000

Network = IPv4Network | IPv6Network


def behind(trusted: Sequence[Network]) -> Middleware:
    """A middleware, to stand before all others."""

    @web.middleware
    async def behind_proxy(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not _is_trusted(request.remote or "", trusted):
            return await handler(request)
        changes: dict[str, str] = {}
        try:
            asker = _asker(_said(request, hdrs.X_FORWARDED_FOR), trusted)
        except ValueError as error:
            raise web.HTTPBadRequest(text="The proxy said who asks in an unknown way.\n") from error
        if asker:
            changes["remote"] = asker
        if (scheme := (_said(request, hdrs.X_FORWARDED_PROTO) or [""])[-1].lower()) in {
            "http",
            "https",
        }:
            changes["scheme"] = scheme
        if host := (_said(request, hdrs.X_FORWARDED_HOST) or [""])[-1]:
            changes["host"] = host
        return await handler(request.clone(**changes))  # type: ignore[arg-type]  # each is a str

    return behind_proxy


def _said(request: web.Request, header: str) -> list[str]:
    """What each proxy on the way added, the nearest last."""
    text = ",".join(request.headers.getall(header, ()))
    if len(text) > MAX_HEADER_CHARS:
        raise web.HTTPBadRequest(text=f"{header} is too long.\n")
    return [part.strip() for part in text.split(",") if part.strip()]


def _asker(hops: Sequence[str], trusted: Sequence[Network]) -> str:
    """The nearest one that is none of our proxies; "" where nothing was said. Raises ValueError."""
    addresses = [str(ip_address(hop)) for hop in hops[-MAX_HOPS:]]
    strangers = [address for address in addresses if not _is_trusted(address, trusted)]
    return (strangers or addresses[:1] or [""])[-1]


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in trusted)
