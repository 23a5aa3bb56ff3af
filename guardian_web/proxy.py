"""What a reverse proxy says of who really asks, by which name, whether over HTTPS, and below which path.

Only what the proxies say that the owner named is believed (`[guardian] trusted_proxies`).
"""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from guardian_web import base_path

MAX_HOPS: Final = 10
MAX_HEADER_CHARS: Final = 1000
INGRESS_PATH: Final = "X-Ingress-Path"
"""Home Assistant's."""
FORWARDED_PREFIX: Final = "X-Forwarded-Prefix"
INGRESS: Final = web.RequestKey("ingress", bool)
"""On a request that came through it: its address opens for who is signed in to Home Assistant, and for nobody else."""
FRAMED: Final = "framed"
"""On a response: a page of the same site may show it in a frame, as Home Assistant does with its ingress."""

Network = IPv4Network | IPv6Network


def behind(trusted: Sequence[Network]) -> Middleware:
    """A middleware, to stand before all others."""

    @web.middleware
    async def behind_proxy(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        base_path.enter("")
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
        base = _base(request)
        base_path.enter(base)
        asked = request.clone(**changes)  # type: ignore[arg-type]  # each is a str
        asked[INGRESS] = INGRESS_PATH in request.headers
        try:
            response = await handler(asked)
        except web.HTTPException as redirect:
            base_path.in_redirect(redirect, base)
            raise
        if not response.prepared:
            base_path.in_redirect(response, base)
            if asked[INGRESS]:
                response[FRAMED] = True
        return response

    return behind_proxy


def _base(request: web.Request) -> str:
    """The path that stands before all others in the browser, and that the proxy took away."""
    said = [*_said(request, INGRESS_PATH), *_said(request, FORWARDED_PREFIX)]
    try:
        (base,) = {base_path.read(text) for text in said} or {""}
    except ValueError as error:
        raise web.HTTPBadRequest(
            text="The proxy named no single plain path below which the pages stand.\n"
        ) from error
    return base


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
