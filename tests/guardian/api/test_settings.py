"""The household's settings, and who is told of alerts, as the hub's own command line changes them."""

from pathlib import Path

import pytest

from hub.app import App
from hub.cli.client import running_hub
from hub.config import Config
from hub.errors import NotFoundError, PommaiError, RefusedError
from tests.alerts.far_side import web_hook
from tests.guardian.api.calling import conforms
from tests.guardian.api.conftest import NewProgram

PATH = "/household/settings"


async def test_some_settings_are_changed_and_the_others_stay(tmp_path: Path) -> None:
    config = Config.model_validate({"hub": {"data": tmp_path}})
    async with App(config, {}) as app, app.answering_owner(), running_hub(tmp_path) as hub:
        assert hub
        changed = await hub.call("PATCH", PATH, country="IN", monthly_cap="7.50")
        conforms("PATCH", PATH, 200, changed)
        assert (changed["country"], changed["break_after_minutes"]) == ("IN", "30")
        with pytest.raises(RefusedError, match="country: Please choose a country"):
            await hub.call("PATCH", PATH, country="XX", break_after_minutes="5")
        assert await hub.call("GET", PATH) == changed
        assert (await app.hub.household.get()).monthly_cap_cents == 750


async def test_grown_ups_are_added_changed_tested_and_removed_and_their_address_is_never_shown(
    tmp_path: Path,
) -> None:
    config = Config.model_validate({"hub": {"data": tmp_path}})
    async with (
        App(config, {}) as app,
        app.answering_owner(),
        running_hub(tmp_path) as hub,
        web_hook() as hook,
    ):
        assert hub
        anna = await hub.call("POST", "/adults", name="Anna", address=hook.url, digest="daily")
        conforms("POST", "/adults", 201, anna)
        assert (anna["name"], anna["has_address"], anna["least_level"]) == ("Anna", True, "warning")
        assert hook.url not in str(anna)
        path = f"/adults/{anna['id']}"
        changed = await hub.call("PATCH", path, least_level="none", digest_words=True)
        conforms("PATCH", path, 200, changed)
        assert changed == anna | {"least_level": None, "digest_words": True}
        assert (await hub.call("GET", "/adults"))["adults"] == [changed]
        assert [kept.url for kept in await app.hub.adults.list()] == [hook.url]
        with pytest.raises(RefusedError, match="means nothing to Apprise"):
            await hub.call("PATCH", path, address="mum at example")
        with pytest.raises(RefusedError, match="Please give a name"):
            await hub.call("PATCH", path, name=" ")
        with pytest.raises(NotFoundError, match="removed in the meantime"):
            await hub.call("PATCH", "/adults/nobody", name="Ben")
        await hub.call("POST", f"/adults/{anna['id']}/test")
        assert hook.titles == ["Pommai: this is a test"]
        hook.answers = 403
        with pytest.raises(PommaiError, match="the test did not arrive"):
            await hub.call("POST", f"/adults/{anna['id']}/test")
        left = await hub.call("DELETE", f"/adults/{anna['id']}")
        conforms("DELETE", f"/adults/{anna['id']}", 200, left)
        assert left == {"adults": []}
        with pytest.raises(NotFoundError):
            await hub.call("DELETE", f"/adults/{anna['id']}")


async def test_no_token_reads_or_changes_them(program: NewProgram) -> None:
    trusted = await program()
    for method, path in (("GET", PATH), ("GET", "/adults"), ("DELETE", "/adults/a")):
        assert await trusted.refused(method, path, status=403) == "scope"
    assert await trusted.refused("PATCH", PATH, {"country": "IN"}, status=403) == "scope"
