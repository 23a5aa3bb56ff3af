"""The pages of a household, as the hub serves them."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web

from guardian_web.app import NO_API, create_app
from guardian_web.keys import ApiEndpoint, PhoneEndpoint
from guardian_web.proxy import Network
from guardian_web.sign_in.accounts import Accounts, SetupCode
from hub.core.hub import Hub
from hub.domain.clock import Clock, SystemClock
from hub.lan.authority import Authority


def pages_of(
    hub: Hub,
    clock: Clock,
    code: SetupCode | None = None,
    *,
    names: Sequence[str] = (),
    api: ApiEndpoint = NO_API,
    trusted_proxies: Sequence[Network] = (),
) -> web.Application:
    """`code` None: there is a password already."""
    return create_app(
        hub,
        clock=clock,
        accounts=Accounts(hub.people, clock, code),
        phones=PhoneEndpoint(_authority(), 8772, hub.lan_pages.get),
        api=api,
        names=names,
        trusted_proxies=trusted_proxies,
    )


@cache
def _authority() -> Authority:
    """One that signs nothing, as nothing here serves phones."""
    with TemporaryDirectory() as folder:
        return Authority.load(Path(folder), SystemClock().now())
