"""A hub and Home Assistant on two machines of one network: the services are offered without an address typed."""

from pathlib import Path

import aiohttp

from hub.domain.api import WyomingServerSettings
from tests.devices.processes import Hub
from tests.homeassistant.house import open_up
from tests.homeassistant.running import HomeAssistant
from tests.netns import two_machines


async def test_the_hub_is_among_what_home_assistant_has_discovered_and_added_by_one_click(
    tmp_path: Path,
) -> None:
    with two_machines() as (home, other):
        allowed = WyomingServerSettings(True, (home.device,), (other.address,))
        token = await open_up(tmp_path / "data", allowed)
        connector = aiohttp.TCPConnector(socket_factory=lambda _: other.socket())
        async with (
            HomeAssistant(
                tmp_path, 8123, address=other.address, machine=other.prefix, more=["zeroconf"]
            ) as home_assistant,
            aiohttp.ClientSession(connector=connector) as session,
            Hub(tmp_path, home.address, home.prefix),
        ):
            owner = await home_assistant.set_up(session)
            card = await owner.discovered("wyoming")
            added = await owner.fill_in(card)
            [entry] = await owner.entries("wyoming")
            component = await owner.discovered("pommai")
            form = await owner.fill_in(component, token=token)
            states = await owner.states()
    assert card["context"]["title_placeholders"] == {"name": "Pommai"}
    assert added["title"] == entry["title"] == "Pommai"
    assert home.address in component["context"]["title_placeholders"]["name"]
    assert (form["type"], form["title"]) == ("create_entry", "Pommai")
    assert {"stt.pommai", "tts.pommai"} <= set(states)
