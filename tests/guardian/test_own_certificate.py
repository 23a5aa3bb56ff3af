"""The pages by the family's own certificate, and over IPv6."""

import socket
import ssl
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector

from guardian_web.app import create_app
from guardian_web.keys import PhoneEndpoint
from guardian_web.phone.endpoint import phone_endpoint
from guardian_web.phone.listener import PhoneListener, PhonesWelcome
from guardian_web.sign_in.accounts import Accounts, SetupCode
from hub.config import Config
from hub.domain.api import LanAccess
from hub.errors import ConfigError
from tests.clock import FakeClock
from tests.devices.processes import free_port
from tests.guardian.household import Household, at_home
from tests.lan.certificates import make

LO = LanAccess(True, ("lo",))


def settings(folder: Path, **more: object) -> Config:
    return Config.model_validate(
        {"hub": {"data": folder}, "guardian": {"lan_port": free_port(), **more}}
    )


async def access() -> LanAccess:
    return LO


def listener(
    home: Household, endpoint: PhoneEndpoint, welcomes: list[PhonesWelcome]
) -> PhoneListener:
    clock, code = FakeClock(), SetupCode(lambda _: None)
    accounts = Accounts(home.people, clock, code)
    site = partial(create_app, home, clock=clock, accounts=accounts, phones=endpoint)
    return PhoneListener(site, endpoint, "ab12", welcomes.append, clock)


async def test_phones_are_shown_it_under_its_own_name(tmp_path: Path) -> None:
    certificate, key = make(tmp_path / "own", "toys.example.org")
    config = settings(tmp_path, certificate=certificate, key=key)
    clock = FakeClock()
    endpoint = await phone_endpoint(config, access, clock.now())
    welcomes: list[PhonesWelcome] = []
    trusting = ssl.create_default_context(cafile=certificate)
    async with (
        at_home(tmp_path, clock) as home,
        listener(home, endpoint, welcomes).listening(LO, ("127.0.0.1",)) as port,
        ClientSession(connector=TCPConnector(ssl=trusting)) as session,
    ):
        for path, status in (("health", 200), ("trust", 404)):
            answer = await session.get(
                f"https://127.0.0.1:{port}/{path}",
                headers={"Host": "toys.example.org"},
                server_hostname="toys.example.org",
            )
            assert answer.status == status
    assert welcomes[0].urls[0] == f"https://toys.example.org:{port}/"
    assert endpoint.own
    assert welcomes[0].fingerprint == endpoint.own.fingerprint


async def test_the_pages_are_there_over_ipv6(tmp_path: Path) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no IPv6 here")
    clock = FakeClock()
    endpoint = await phone_endpoint(settings(tmp_path), access, clock.now())
    welcomes: list[PhonesWelcome] = []
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(cadata=endpoint.authority.der)
    async with (
        at_home(tmp_path, clock) as home,
        listener(home, endpoint, welcomes).listening(LO, ("127.0.0.1", "::1")) as port,
        ClientSession(connector=TCPConnector(ssl=trusting)) as session,
    ):
        for at in ("127.0.0.1", "[::1]"):
            assert (await session.get(f"https://{at}:{port}/health")).status == 200
    assert welcomes[0].urls == tuple(
        f"https://{at}:{port}/" for at in ("127.0.0.1", "[::1]", "pommai.local")
    )


async def test_half_of_it_or_a_bad_one_stops_the_start(tmp_path: Path) -> None:
    certificate, _ = make(tmp_path / "own", "toys.example.org")
    for more, said in (({}, "set both, or neither"), ({"key": tmp_path / "missing"}, "can't read")):
        bad = settings(tmp_path, certificate=certificate, **more)
        with pytest.raises(ConfigError, match=said):
            await phone_endpoint(bad, access, FakeClock().now())
