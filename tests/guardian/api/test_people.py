"""What programs learn of people, and what the command line changes."""

from pathlib import Path

from hub.app import App
from hub.cli.client import running_hub
from hub.config import Config
from hub.domain.api import Scope
from hub.domain.family.people import Role
from hub.errors import NotFoundError, RefusedError
from tests.guardian.api.calling import conforms
from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site


async def test_a_program_reads_who_there_is_and_who_did_what(
    site: Site, program: NewProgram
) -> None:
    await site.guardian()
    await site.guardian_with(Role.VIEWER)
    await site.home.people.invite("Ben", Role.GUARDIAN, "Guardian")
    reader = await program(Scope.PEOPLE)
    seen = await reader.get("/people")
    assert [(one["name"], one["role"], one["devices"]) for one in seen["people"]] == [
        ("Guardian", "owner", 1),
        ("The viewer", "viewer", 1),
    ]
    assert [one["name"] for one in seen["invitations"]] == ["Ben"]
    log = (await reader.get("/people/log?limit=1"))["log"]
    assert [line["what"].split(":")[0] for line in log] == ["signed in"]
    older = (await reader.get(f"/people/log?before={log[0]['number']}"))["log"]
    assert older[-1]["what"].startswith("signed in")
    assert await reader.refused("GET", "/people/log?before=x", status=422) == "invalid"
    other = await program(Scope.STATE)
    assert await other.refused("GET", "/people", status=403) == "scope"
    assert await other.refused("GET", "/people/log", status=403) == "scope"


async def test_no_token_changes_people(site: Site, program: NewProgram) -> None:
    await site.guardian()
    trusted = await program()
    invite = {"name": "Eve", "role": "owner"}
    assert await trusted.refused("POST", "/people/invitations", invite, status=403) == "scope"
    assert (
        await trusted.refused("PUT", "/people/Guardian/role", {"role": "viewer"}, status=403)
        == "scope"
    )
    assert await trusted.refused("DELETE", "/people/Guardian", status=403) == "scope"
    [one] = await site.home.people.everybody()
    assert one.role is Role.OWNER
    assert not await site.home.people.invitations()


async def test_the_command_line_invites_changes_roles_and_removes(tmp_path: Path) -> None:
    config = Config.model_validate({"hub": {"data": tmp_path}})
    async with App(config, {}) as app, app.answering_owner(), running_hub(tmp_path) as hub:
        assert hub
        await app.hub.people.add_owner("a long password")
        made = await hub.call("POST", "/people/invitations", name="Ben", role="viewer")
        conforms("POST", "/people/invitations", 201, made)
        secret = made["path"].removeprefix("/invitation/")
        await app.hub.people.accept(secret, "Ben", "a long password")
        changed = await hub.call("PUT", "/people/ben/role", role="guardian")
        conforms("PUT", "/people/ben/role", 200, changed)
        assert changed["role"] == "guardian"
        named = await hub.call("PUT", "/people/ben/name", name="Benny")
        conforms("PUT", "/people/ben/name", 200, named)
        await hub.call("PUT", "/people/Benny/name", name="Ben")
        out = await hub.call("POST", "/people/Ben/sign-out")
        conforms("POST", "/people/Ben/sign-out", 200, out)
        assert (out["name"], out["devices"]) == ("Ben", 0)
        await hub.call("POST", "/people/invitations", name="Eve", role="viewer")
        [waiting] = (await hub.call("GET", "/people"))["invitations"]
        revoked = await hub.call("DELETE", f"/people/invitations/{waiting['id']}")
        assert revoked["invitations"] == []
        left = await hub.call("DELETE", "/people/Ben")
        assert [one["name"] for one in left["people"]] == ["Guardian"]
        for call, kind in (
            (hub.call("DELETE", "/people/Ben"), NotFoundError),
            (hub.call("DELETE", "/people/Guardian"), RefusedError),
        ):
            try:
                await call
            except kind:
                continue
            raise AssertionError("it was done")
        log = [(deed.actor.value, deed.what) for deed in await app.hub.audit.list(8)]
        assert log == [
            ("command_line", "removed Ben"),
            ("command_line", "took an invitation back"),
            ("command_line", "invited somebody"),
            ("command_line", "signed Ben out on every device"),
            ("command_line", "gave Benny another name"),
            ("command_line", "gave Ben another name"),
            ("command_line", "changed the role of Ben"),
            ("command_line", "invited somebody"),
        ]
