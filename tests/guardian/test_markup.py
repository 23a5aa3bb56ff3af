"""What a child, a parent, another hub's file or a device nearby said or is called stands on each page as text."""

from contextlib import AsyncExitStack
from dataclasses import replace
from html import escape
from pathlib import Path

from hub.domain.persona import Persona
from hub.domain.toys import SatelliteState
from tests.guardian.conftest import Browser
from tests.guardian.every_page import Site, addresses, furnished

MARKUP = "<img src=x onerror=alert(1)>"


async def name_all(site: Site) -> None:
    """Markup in whatever somebody outside of the code wrote."""
    home, store = site.home, site.home.store
    [toy] = await home.toys.list()
    persona = Persona(kind=f"a bear {MARKUP}", traits=(f"kind {MARKUP}",), backstory=MARKUP)
    await store.toys.save(replace(toy, name=f"Bear {MARKUP}", persona=persona))
    for child in await store.children.list():
        await store.children.save(replace(child, name=f"{child.name} {MARKUP}"))
    for adult in await store.adults.list():
        await store.adults.save(replace(adult, name=f"{adult.name} {MARKUP}"))
    for satellite in home.devices.list():
        home.see(
            replace(
                satellite,
                name=f"Box {MARKUP}",
                hardware=MARKUP,
                firmware=MARKUP,
                state_detail=MARKUP,
            )
        )
        stranger = replace(satellite, key="id:stranger", name=f"Nearby {MARKUP}", hardware=MARKUP)
        home.see(replace(stranger, adopted=False, toy_id=None, state=SatelliteState.FOUND))
    for turn in await store.turns.recent(20):
        turn.heard, turn.said, turn.error = f"{turn.heard} {MARKUP}", [MARKUP], MARKUP
        await store.turns.save(turn)


async def test_nothing_that_somebody_wrote_is_markup_on_any_page(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(furnished(tmp_path))
        browser = await Browser.new(stack, site.url.rstrip("/"))
        await browser.set_up(site.code.text)
        paths = await addresses(site)
        await name_all(site)
        shown = 0
        for path in ["alerts?show=all", "turns/t2", *paths.values()]:
            html = await (await browser.get(f"/{path}")).text()
            assert MARKUP not in html, path
            shown += escape(MARKUP) in html
        assert shown > len(paths) / 2, "the test shows what it is about"
