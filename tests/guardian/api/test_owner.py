"""What the hub's own command line does as the pages do it: tokens, copies, services on the home network."""

from pathlib import Path

import pytest

from hub.domain.api import Scope
from hub.errors import NotFoundError, RefusedError
from tests.guardian.api.conftest import NewProgram, Owner
from tests.guardian.conftest import Site
from tests.providers.wyoming_server import WyomingPeer


async def test_tokens_are_shown_and_revoked(site: Site, owner: Owner, program: NewProgram) -> None:
    trusted = await program(Scope.STATE)
    [token] = (await owner("GET", "/household/tokens"))["tokens"]
    assert (token["name"], token["scopes"]) == ("Home Assistant", ["state"])
    assert trusted.token not in str(token)
    path = f"/household/tokens/{token['id']}"
    assert (await owner("DELETE", path))["tokens"] == []
    assert await trusted.refused("GET", "/toys", status=401) == "unauthorized"
    with pytest.raises(NotFoundError):
        await owner("DELETE", path)
    assert (await site.home.audit.list(1))[0].what == "revoked the token of Home Assistant"


async def test_copies_of_the_database_are_named_and_deleted(owner: Owner, tmp_path: Path) -> None:
    assert (await owner("GET", "/talks/copies"))["copies"] == []
    copy = tmp_path / "backups" / "pommai-0010-20260101T000000Z.db"
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(b"words")
    assert (await owner("GET", "/talks/copies"))["copies"] == [copy.name]
    assert (await owner("DELETE", "/talks/copies"))["copies"] == []
    assert not copy.exists()


async def test_services_are_looked_for_approved_and_given_up(site: Site, owner: Owner) -> None:
    async with WyomingPeer().running() as address:
        found = (await owner("POST", "/services/look", at=address))["services"]
        ears = next(each for each in found if each["kind"] == "stt")
        assert (ears["program"], ears["place"], ears["name"]) == ("ears", address, "")
        asked = {"kind": "stt", "program": "ears", "at": address}
        approved = await owner("POST", "/services", status=201, **asked)
        assert approved["name"] == "house:ears"
        assert [each.name for each in site.home.taken_in] == ["house:ears"]
        assert (await owner("GET", "/services"))["services"] == [approved]
        with pytest.raises(NotFoundError, match="offers no mouse"):
            await owner("POST", "/services", **asked | {"program": "mouse"})
    with pytest.raises(RefusedError, match="no address on your home network"):
        await owner("POST", "/services/look", at="8.8.8.8:10300")
    assert (await owner("DELETE", "/services", kind="stt", name="house:ears"))["services"] == []
    assert site.home.taken_in == []
    with pytest.raises(NotFoundError):
        await owner("DELETE", "/services", kind="stt", name="house:ears")
