"""A token is what lets a program in: kept as a hash, good for its scopes, gone when revoked, and nothing else is."""

import re
import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from guardian_web.api.app import WRONG_TOKENS_A_MINUTE
from guardian_web.api.call import Stream
from guardian_web.api.openapi import ROUTES
from hub.domain.api import TOKEN_SCOPES, Scope
from hub.domain.limits import MAX_TOKENS
from hub.errors import DiskFullError, RefusedError
from tests.guardian.api.calling import Program, token_for
from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site
from tests.guardian.household import at_home

WRONG = "pommai_" + "x" * 43


async def test_only_its_hash_is_on_the_disk(site: Site, tmp_path: Path) -> None:
    token = await token_for(site.home, site.clock)
    assert len(token) == len(WRONG)
    assert token.startswith("pommai_")
    database = sqlite3.connect(tmp_path / "pommai.db")
    dump = "\n".join(database.iterdump())
    database.close()
    assert "Home Assistant" in dump
    assert token not in dump
    assert token.removeprefix("pommai_") not in dump


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        f"Bearer {WRONG}",
        f"Basic {WRONG}",
        "Bearer pommai_short",
        "Bearer " + "y" * 9000,
    ],
)
async def test_without_a_token_of_this_hubs_nothing_is_told(
    site: Site, program: NewProgram, authorization: str
) -> None:
    stranger = await program(token="")
    async with stranger.session.get(
        f"{site.origin}/api/v1/hub", headers={"Authorization": authorization}
    ) as answer:
        assert answer.status in {400, 401}
        if answer.status == 401:
            assert (await answer.json())["error"]["code"] == "unauthorized"
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_guardians_cookie_opens_nothing(site: Site) -> None:
    guardian = await site.guardian()
    for path in ("/hub", "/household", "/toys", "/alerts", "/events"):
        assert (await guardian.get(f"/api/v1{path}")).status == 401
    answer = await guardian.session.put(
        f"{site.origin}/api/v1/household/quiet", json={"on": True}, headers={"Origin": site.origin}
    )
    assert answer.status == 401
    assert not (await site.home.household.get()).quiet


async def test_a_token_opens_no_page(site: Site, program: NewProgram) -> None:
    await site.guardian()
    trusted = await program()
    for path in ("/", "/household", "/alerts", "/events", "/toys"):
        async with trusted.session.get(
            site.origin + path, headers=trusted.authorization, allow_redirects=False
        ) as answer:
            assert answer.status in {303, 401}
    async with trusted.session.post(
        f"{site.origin}/stop", headers=trusted.authorization, data={"by": "me"}
    ) as answer:
        assert answer.status == 403


async def test_no_page_elsewhere_may_ask(site: Site, program: NewProgram) -> None:
    trusted = await program()
    elsewhere = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    for method in ("OPTIONS", "GET"):
        async with trusted.session.request(
            method, f"{site.origin}/api/v1/toys", headers=trusted.authorization | elsewhere
        ) as answer:
            assert not [name for name in answer.headers if name.startswith("Access-Control")]


async def test_a_name_that_is_not_ours_gets_nothing(site: Site, program: NewProgram) -> None:
    trusted = await program()
    async with trusted.session.get(
        f"{site.origin}/api/v1/toys", headers=trusted.authorization | {"Host": "evil.example"}
    ) as answer:
        assert answer.status == 421


@pytest.mark.parametrize("scope", sorted(TOKEN_SCOPES))
async def test_a_token_is_good_for_its_scopes_alone(program: NewProgram, scope: Scope) -> None:
    limited = await program(scope)
    for route in ROUTES:
        path = re.sub(r"{\w+}", "none", route.path)
        lacking = [one for one in route.scopes if one is not scope]
        if lacking:
            code = await limited.refused(route.method, path, status=403)
            assert code == "scope"
        elif not isinstance(route.answer, Stream):
            async with limited.session.request(
                route.method, f"{limited.origin}/api/v1{path}", headers=limited.authorization
            ) as answer:
                assert answer.status not in {401, 403}


async def test_one_says_what_it_is_good_for(program: NewProgram) -> None:
    hub = await (await program(Scope.STATE, Scope.ALERTS)).get("/hub")
    assert hub["scopes"] == ["alerts", "state"]
    assert (hub["name"], hub["api"], hub["token_name"]) == ("Pommai", 1, "Home Assistant")
    assert len(hub["id"]) == 32
    again = await (await program(Scope.SPEAK)).get("/hub")
    assert again["id"] == hub["id"]


async def test_its_last_use_is_kept_to_the_minute(site: Site, program: NewProgram) -> None:
    trusted = await program()

    async def used() -> object:
        return (await site.home.api_tokens.list())[0].last_used_at

    assert await used() is None
    await trusted.get("/hub")
    first = site.clock.now()
    assert await used() == first
    await site.clock.advance(30)
    await trusted.get("/hub")
    assert await used() == first
    await site.clock.advance(30)
    await trusted.get("/hub")
    assert await used() == site.clock.now()


async def test_a_revoked_one_is_good_for_nothing_and_others_stay(
    site: Site, program: NewProgram
) -> None:
    trusted = await program()
    (first,) = await site.home.api_tokens.list()
    other = await program()
    await trusted.get("/toys")
    await site.home.api_tokens.revoke(first.id)
    assert await trusted.refused("GET", "/toys", status=401) == "unauthorized"
    await other.get("/toys")
    assert [token.id for token in await site.home.api_tokens.list()] != [first.id]


async def test_tokens_outlive_the_hub(site: Site, program: NewProgram, tmp_path: Path) -> None:
    trusted = await program(Scope.STATE)
    async with at_home(tmp_path, site.clock) as later:
        (kept,) = await later.api_tokens.list()
    assert kept.scopes == {Scope.STATE}
    await trusted.get("/toys")


async def test_there_are_never_too_many(site: Site) -> None:
    for _ in range(MAX_TOKENS):
        await token_for(site.home, site.clock)
    with pytest.raises(RefusedError, match="revoke one first"):
        await token_for(site.home, site.clock)


async def test_who_guesses_is_slowed_and_who_has_a_token_is_not(
    site: Site, program: NewProgram
) -> None:
    guesser, trusted = await program(token=WRONG), await program()
    for _ in range(WRONG_TOKENS_A_MINUTE):
        assert await guesser.refused("GET", "/hub", status=401) == "unauthorized"
    assert await guesser.refused("GET", "/hub", status=429) == "slow_down"
    assert guesser.retry_after == "60"
    await trusted.get("/hub")
    await site.clock.advance(61)
    assert await guesser.refused("GET", "/hub", status=401) == "unauthorized"


async def test_no_token_is_logged(
    site: Site, program: NewProgram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    trusted, guesser = await program(), await program(token=WRONG)
    with capture_logs() as logs:
        for _ in range(WRONG_TOKENS_A_MINUTE):
            await guesser.refused("GET", "/hub", status=401)
        await guesser.refused("GET", "/hub", status=429)
        await trusted.get("/household")
        async with trusted.listening() as events:
            await events.next("toys")
    for token in (trusted.token, WRONG):
        assert token not in f"{logs} {caplog.text}"


async def test_the_metrics_are_for_tokens_that_may_see_the_state(
    site: Site, program: NewProgram
) -> None:
    async def ask(who: Program) -> tuple[int, str]:
        async with who.session.get(
            f"{site.origin}/metrics", headers=who.authorization, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text()

    status, text = await ask(await program(Scope.STATE))
    assert status == 200
    assert "pommai_" in text
    assert (await ask(await program(Scope.SPEAK)))[0] == 403
    assert (await ask(await program(token=WRONG)))[0] == 401


async def test_a_full_disk_keeps_no_state_from_who_may_see_it(
    site: Site, program: NewProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise DiskFullError("the disk is full")

    trusted = await program()
    monkeypatch.setattr(site.home.store.api_tokens, "used", full)
    assert (await trusted.get("/toys"))["toys"]
