"""The owner's page of backups, and a new hub that becomes the household of one on its first page."""

import re
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientResponse, FormData

from guardian_web.backups.server_form import server_from
from hub.domain.family.children import Child
from hub.storage.backup import key_of
from hub.storage.restore import READY, settle
from tests.backup_servers import SECRET, webdav_server
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Browser, Site
from tests.guardian.household import at_home

PAGE, BRING_BACK = "/backups", "/setup/restore"


async def test_an_owner_chooses_a_folder_makes_one_and_tries_it(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stick = tmp_path_factory.mktemp("stick")
    browser = await site.guardian()
    assert "There is no backup yet." in await browser.see(PAGE)
    assert (await browser.send(PAGE, f"{PAGE}/now")).status == 409
    assert (await browser.send(PAGE, PAGE, folder=str(stick))).status == 303
    assert (await browser.send(PAGE, f"{PAGE}/now")).status == 303
    assert "Copying what the hub keeps" in await browser.see(PAGE)
    assert (await browser.send(PAGE, f"{PAGE}/now")).status == 409
    await site.home.backups.look()
    [file] = stick.glob("*.age")
    html = unescape(await browser.see(PAGE))
    assert "It was restored once to try it." in html
    assert f'action="/backups/{file.name}/try"' in html
    tried = await browser.send(PAGE, f"{PAGE}/{file.name}/try")
    assert "It can be restored." in await tried.text()
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    refused = await browser.send(PAGE, f"{PAGE}/{file.name}/try")
    assert (refused.status, "was damaged" in await refused.text()) == (409, True)
    gone = await browser.send(PAGE, f"{PAGE}/pommai-none.age/try")
    assert gone.status == 409


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("/there/is/none", "There is no such folder"),
        ("media", "There is no such folder"),
        ("/" + "x" * 400, "There is no such folder"),
        ("{data}", "own folder"),
        ("/proc", "can't write there"),
    ],
)
async def test_what_is_no_place_for_backups_is_told_at_its_field(
    site: Site, folder: str, why: str
) -> None:
    browser = await site.guardian()
    typed = folder.format(data=site.home.store.database.folder)
    answer = await browser.send(PAGE, PAGE, folder=typed)
    html = unescape(await answer.text())
    assert (answer.status, why in html) == (409, True)
    assert 'aria-describedby="problem" aria-invalid="true"' in html
    assert (await site.home.backups.place()).folder is None


async def test_the_key_is_shown_to_who_knows_the_password_alone(site: Site) -> None:
    browser = await site.guardian()
    key = await site.home.backups.key()
    wrong = await browser.send(PAGE, f"{PAGE}/sheet", current="not the password")
    assert (wrong.status, key in await wrong.text()) == (409, False)
    right = await browser.send(PAGE, f"{PAGE}/sheet", current=PASSWORD)
    assert key in await right.text()
    assert right.headers["Cache-Control"] == "no-store"
    assert key not in await browser.see(PAGE)
    [deed, *_] = await site.home.audit.list(1)
    assert deed.what == "showed the emergency sheet"


async def bring_back(
    browser: Browser, *files: tuple[str, bytes], csrf: str = "", **fields: str
) -> ClientResponse:
    found = re.search(r'name="csrf" value="(\w+)"', await browser.see(BRING_BACK))
    assert found
    form = FormData({"csrf": csrf or found[1], **fields}, default_to_multipart=True)
    for name, content in files:
        form.add_field("file", content, filename=name)
    return await browser.session.post(
        browser.origin + BRING_BACK,
        data=form,
        headers={"Origin": browser.origin},
        allow_redirects=False,
    )


async def old_household(tmp_path: Path, site: Site) -> tuple[str, bytes, bytes]:
    """The key, a backup, and the list beside it."""
    stick = tmp_path / "old stick"
    stick.mkdir()
    async with at_home(tmp_path / "old", site.clock) as home:
        await home.children.save(Child("mia", "Mia"))
        await home.people.add_owner(PASSWORD, "Ada")
        await home.backups.choose(str(stick))
        await home.backups.look()
    [file], [gone_list] = stick.glob("*.age"), stick.glob("*.list")
    return key_of(tmp_path / "old"), file.read_bytes(), gone_list.read_bytes()


async def test_a_new_hub_becomes_the_household_of_a_backup(site: Site, tmp_path: Path) -> None:
    key, backup, gone_list = await old_household(tmp_path, site)
    browser = await site.browser()
    assert f'href="{BRING_BACK}"' in await browser.see("/setup")
    files = (("pommai.age", backup), ("pommai.list", gone_list))
    answer = await bring_back(browser, *files, code=site.code.text, key=key)
    text = await answer.text()
    assert answer.status == 200, text
    assert "Welcome back" in text
    assert "did not come along" not in text
    await site.home.backups.wait()
    folder = site.home.store.database.folder
    await site.home.store.database.aclose()
    settle(folder, site.clock.now())
    async with at_home(folder, site.clock) as home:
        assert [child.name for child in await home.children.list()] == ["Mia"]
        assert [one.name for one in await home.people.everybody()] == ["Ada"]


async def test_nothing_is_brought_back_without_the_code_the_key_and_a_whole_file(
    site: Site, tmp_path: Path
) -> None:
    key, backup, gone_list = await old_household(tmp_path, site)
    browser, folder = await site.browser(), site.home.store.database.folder
    right = {"code": site.code.text, "key": key}
    file = ("pommai.age", backup)
    tries = [
        ((file,), right | {"code": "ABCD-EFGH"}, "not the code"),
        ((file,), right | {"key": "AGE-SECRET-KEY-1X"}, "no key of a backup"),
        ((("x.age", backup[:-1]),), right, "was damaged"),
        ((file, file), right, "one backup"),
        ((), right, "did not come along"),
        ((("x.list", gone_list),), right, "did not come along"),
        ((file, ("x.list", backup)), right, "is not of this household"),
    ]
    for files, fields, why in tries:
        answer = await bring_back(browser, *files, **fields)
        html = unescape(await answer.text())
        assert (answer.status, why in html) == (409, True), (why, html)
    assert (await bring_back(browser, file, csrf="wrong", **right)).status == 403
    assert not (folder / READY).exists()
    assert not list(folder.glob("restore.*"))


async def test_a_hub_that_has_a_family_is_not_replaced_from_its_pages(
    site: Site, tmp_path: Path
) -> None:
    key, backup, _ = await old_household(tmp_path, site)
    browser = await site.browser()
    html = await browser.see(BRING_BACK)
    found = re.search(r'name="csrf" value="(\w+)"', html)
    assert found
    await site.guardian()
    assert (await browser.get(BRING_BACK)).headers["Location"] == "/"
    form = FormData({"csrf": found[1], "code": site.code.text, "key": key})
    form.add_field("file", backup, filename="pommai.age")
    answer = await browser.session.post(
        browser.origin + BRING_BACK, data=form, headers={"Origin": browser.origin}
    )
    assert (answer.status, "password already" in await answer.text()) == (409, True)


async def test_an_owner_chooses_a_server_and_a_new_hub_comes_back_from_it(
    site: Site, tmp_path: Path
) -> None:
    browser = await site.guardian()
    with webdav_server(tmp_path) as server:
        typed = {"kind": "webdav", "address": server.address, "user": server.user}
        wrong = await browser.send(PAGE, f"{PAGE}/server", **typed, secret="not Ada's")
        html = unescape(await wrong.text())
        assert (wrong.status, "check the name and the password" in html) == (409, True)
        assert 'aria-describedby="problem address-help" aria-invalid="true"' in html
        assert "not Ada's" not in html
        right = await browser.send(PAGE, f"{PAGE}/server", **typed, secret=SECRET)
        assert right.status == 303
        again = await browser.send(PAGE, f"{PAGE}/server", **typed, secret="")
        assert again.status == 303, "the secret is kept"
        await site.home.backups.look()
        html = unescape(await browser.see(PAGE))
        assert f"They go to <code>{server.address}</code>." in html
        assert "It was restored once to try it." in html
        assert SECRET not in html
        [file] = (tmp_path / "pommai").glob("*.age")
        tried = await browser.send(PAGE, f"{PAGE}/{file.name}/try")
        assert "It can be restored." in await tried.text()

        key = await site.home.backups.key()
        typed |= {"secret": SECRET, "key": key}
        async with at_home(tmp_path / "new", site.clock) as home:
            done = await home.backups.bring_back_from(server, key)
            assert done.has_list
        closed = await browser.send("/people", "/setup/restore/server", code="x", **typed)
        assert closed.status == 409, "this hub has a family"


def test_nextcloud_s_folder_is_found_by_its_host() -> None:
    form = {"kind": "nextcloud", "address": "cloud.example.org", "user": "ada l", "secret": "x"}
    address = server_from(form).address
    assert address == "https://cloud.example.org/remote.php/dav/files/ada%20l/Pommai"
    assert server_from(form | {"address": address}).address == address
