"""What a parent sets and orders on a toy's device, on its page."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from guardian_web.devices.cards import satellite_card
from guardian_web.devices.views import WORDS
from hub.domain.network_services import NetworkService, ServiceKind
from hub.domain.toys import (
    Absence,
    Pairing,
    Satellite,
    SatelliteSettings,
    SatelliteState,
    SatelliteVitals,
    SoftwareUpdate,
    Toy,
    UpdateStep,
    Wake,
)
from tests.guardian.conftest import Site
from tests.guardian.live import listening

VITALS = SatelliteVitals(
    uptime_s=7300, links=3, lost=0, late=12, round_trip_ms=8.4, signal_dbm=-71, cpu_celsius=48.3
)


async def device(site: Site, state: SatelliteState = SatelliteState.ONLINE) -> str:
    """A paired one; its page."""
    toy = (await site.home.toys.list())[0]
    now = site.clock.now()
    site.home.see(
        Satellite(
            "id:1",
            "teddy",
            adopted=True,
            toy_id=toy.id,
            state=state,
            pairing=Pairing.PAIRED,
            firmware="0.1.0",
            certificate=b"its certificate",
            vitals=None if state is SatelliteState.AWAY else VITALS,
            absences=(Absence(now - timedelta(hours=2), now - timedelta(hours=1), 5),),
        )
    )
    return "/devices/b824aa9f0adf"


async def test_settings_are_saved_as_a_parent_chose_them(site: Site) -> None:
    guardian = await site.guardian()
    page = await device(site)
    form = {"volume": "55", "volume_cap": "70", "led": "0", "mute": "on", "follow_up_s": "10"}
    form |= {"silent_offline": "on", "next_child": "on"}
    answer = await guardian.send(page, page, wake="voice", word="hey_jarvis", **form)
    assert (answer.status, answer.headers["Location"]) == (303, f"{page}?done=saved")
    [satellite] = site.home.devices.list()
    assert satellite.settings == SatelliteSettings(
        55,
        70,
        0,
        mute=True,
        wake=Wake.VOICE,
        word="hey_jarvis",
        follow_up_s=10,
        silent_offline=True,
        next_child=True,
    )
    shown = await guardian.see("/")
    assert "Microphone off" in shown


async def test_the_page_says_what_the_button_does_and_when_a_toy_listens_on(site: Site) -> None:
    guardian = await site.guardian()
    shown = await guardian.see(await device(site))
    assert "Pressed five times in three seconds" in shown
    assert "A toy that only has a button does not keep listening" in shown
    assert "everything that is said near it goes to your hub" in shown


async def test_a_device_that_is_away_gets_them_later_and_takes_no_orders(site: Site) -> None:
    guardian = await site.guardian()
    page = await device(site, SatelliteState.AWAY)
    answer = await guardian.send(page, page, volume="20")
    assert answer.headers["Location"] == f"{page}?done=later"
    assert "The device gets this when it is back" in await guardian.see(f"{page}?done=later")
    answer = await guardian.send(page, f"{page}/command", do="identify")
    assert answer.status == 409
    assert "teddy is away" in await answer.text()


@pytest.mark.parametrize(
    "bad", [{"volume": "900"}, {"volume_cap": "101"}, {"led": "1000"}, {"follow_up_s": "31"}]
)
async def test_what_is_out_of_range_is_refused_and_said(site: Site, bad: dict[str, str]) -> None:
    guardian = await site.guardian()
    page = await device(site)
    answer = await guardian.send(page, page, **bad)
    assert answer.status == 409
    assert f"{next(iter(bad))} must be a whole number" in await answer.text()
    assert (site.home.devices.list())[0].settings == SatelliteSettings()


async def test_what_is_no_choice_at_all_changes_nothing(site: Site) -> None:
    guardian = await site.guardian()
    page = await device(site)
    await guardian.send(page, page, volume="loud", wake="clap", word="open sesame", led="-5")
    assert (site.home.devices.list())[0].settings == SatelliteSettings()


async def test_orders_a_line_and_a_move_reach_the_hub(site: Site) -> None:
    guardian = await site.guardian()
    await site.home.toys.save(Toy("fox", "Fox"))
    page = await device(site)
    for do in ("identify", "restart"):
        answer = await guardian.send(page, f"{page}/command", do=do)
        assert answer.status == 303
    assert site.home.satellites.ordered == ["identify", "restart"]
    answer = await guardian.send(page, f"{page}/say", text="Dinner is ready!")
    assert site.home.satellites.announced == ["Dinner is ready!"]
    refused = await guardian.send(page, f"{page}/say", text="Take your <sword>!")
    assert refused.status == 409
    shown = await refused.text()
    assert "the guard does not let Bear say that" in shown
    assert "Take your &lt;sword&gt;!" in shown
    await guardian.send(page, f"{page}/move", toy="Fox")
    assert (site.home.devices.list())[0].toy_id == "fox"
    assert (await guardian.send(page, f"{page}/move", toy="Nobody")).status == 409


async def test_a_parent_chooses_which_toys_a_child_may_call_into_a_device(site: Site) -> None:
    guardian = await site.guardian()
    page = await device(site)
    assert "your child may call" not in await guardian.see(page), "there is no other toy"
    await site.home.toys.save(Toy("fox", "Fox"))
    assert "“I want to talk to Fox”" in await guardian.see(page)
    answer = await guardian.send(page, f"{page}/callable", toys="Fox")
    assert answer.headers["Location"] == f"{page}?done=saved"
    assert site.home.devices.list()[0].callable_toys == ("fox",)
    assert 'value="Fox" checked' in await guardian.see(page)
    await guardian.send(page, f"{page}/callable")
    assert site.home.devices.list()[0].callable_toys == ()
    refused = await guardian.send(page, f"{page}/callable", toys="Nobody")
    assert refused.status == 409


async def test_it_is_shown_how_the_device_is_and_when_it_was_away(site: Site) -> None:
    guardian = await site.guardian()
    shown = await guardian.see(await device(site))
    for fact in ("2 h", "8 ms", "fair, -71 dBm", "48 °C", ">12<", "said 5 of the sentences"):
        assert fact in shown
    assert "Memory left" not in shown


async def test_a_day_is_named_where_an_absence_has_more_than_one(site: Site) -> None:
    guardian = await site.guardian()
    page = await device(site)
    [satellite] = site.home.devices.list()
    now = site.clock.now()
    long = Absence(now - timedelta(days=12), now, 57)
    site.home.see(replace(satellite, absences=(long, Absence(now, now, 1))))
    shown = await guardian.see(page)
    assert shown.count("data-day") == 2
    assert "said one of the sentences" in shown


async def test_a_plain_device_is_not_ordered_about(site: Site) -> None:
    guardian = await site.guardian()
    page = await device(site)
    [paired] = site.home.devices.list()
    site.home.see(replace(paired, pairing=Pairing.NONE, certificate=b""))
    shown = await guardian.see(page)
    assert "It is not paired" in shown
    assert "/command" not in shown


async def test_a_stranger_and_an_unknown_device_get_nothing(site: Site) -> None:
    guardian = await site.guardian()
    page = await device(site)
    assert (await guardian.get("/devices/000000000000")).status == 404
    stranger = await site.browser()
    assert (await stranger.get(page)).status in (303, 401, 403)
    for path in ("", "/command", "/say", "/move"):
        assert (await stranger.post(page + path, do="restart")).status in (303, 401, 403)
    assert site.home.satellites.ordered == []


async def test_a_plain_device_has_nobody_listen_to_its_room_until_a_parent_chooses(
    site: Site,
) -> None:
    satellite = site.home.see(
        Satellite("name:stock", "stock", state=SatelliteState.ONLINE, adopted=True)
    )
    service = NetworkService(ServiceKind.WAKE, "openwakeword", "127.0.0.1", 10400, name="house:oww")
    await site.home.store.network_services.save(service)
    browser = await site.guardian()
    path = f"/devices/{satellite_card(satellite, ()).slug}"
    html = await browser.see(path)
    assert "goes to the hub all the time" in html
    assert "goes there (127.0.0.1:10400) all the time, not encrypted" in html
    assert "Sends the room" not in html
    answer = await browser.send(path, f"{path}/room", by="house:oww")
    assert answer.headers["Location"] == f"{path}?done=room"
    assert (site.home.devices.list())[0].room_heard_by == "house:oww"
    assert "Sends the room’s sound all the time" in await browser.see(path)
    refused = await browser.send(path, f"{path}/room", by="house:stranger")
    assert refused.status == 409
    assert (site.home.devices.list())[0].room_heard_by == "house:oww"


async def test_a_device_is_updated_and_its_page_shows_how_far_it_is(site: Site) -> None:
    guardian = await site.guardian()
    page = await device(site)
    [linked] = site.home.devices.list()
    assert "It runs version 0.1.0" in await guardian.see(page)
    answer = await guardian.send(page, f"{page}/update")
    assert answer.status == 409
    assert "has this hub&#39;s version" in await answer.text()

    update = SoftwareUpdate("9.1.0", "ab" * 32)
    site.home.see(replace(linked, software="cd" * 32, update=update))
    shown = await guardian.see(page)
    assert "This hub has version 9.1.0" in shown
    assert "SHA-256 <code>cdcdcdcdcdcdcdcd…</code>" in shown
    assert f"<code>{'ab' * 32}</code>" in shown
    async with listening(guardian, show=page.replace("/devices/", "device:")) as stream:
        assert "Update</button>" in (await stream.next_of("software")).data
        answer = await guardian.send(page, f"{page}/update")
        assert answer.headers["Location"] == f"{page}?done=updating"
        sent = (await stream.next_of("software")).data
        assert 'value="40"' in sent
        assert "Update</button>" not in sent
        why = "it needs zeroconf >=99: <run> the installer"
        failed = replace(update, step=UpdateStep.FAILED, detail=why)
        site.home.see(replace(linked, update=failed))
        told = (await stream.next_of("software")).data
        assert "it needs zeroconf &gt;=99: &lt;run&gt; the installer" in told
        assert "Try again</button>" in told


def test_what_the_page_says_of_a_wake_word_is_what_was_measured() -> None:
    measured = (Path(__file__).parents[2] / "docs" / "measuring.md").read_text("utf-8")
    for word, label in WORDS.items():
        [row] = re.findall(rf"^\| `{word}` \|(.*)\|$", measured, re.MULTILINE)
        heard, _, _, *alarms = (int(cell.split(",")[0]) for cell in row.split("|"))
        assert f": {heard} " in label
        assert f"{sum(alarms)} false" in label


async def test_a_toy_with_two_devices_has_its_own_buttons_once(site: Site) -> None:
    browser, [toy] = await site.guardian(), await site.home.toys.list()
    box = Satellite("id:1", "bed box", adopted=True, toy_id=toy.id)
    site.home.see(box)
    site.home.see(Satellite("id:2", "a box", adopted=True))
    site.home.see(replace(box, key="id:3", name="kitchen box"))
    html = await browser.see("/")
    assert html.count(f'href="/toys/{toy.id}"') == html.count(f'action="/toys/{toy.id}/pause"') == 1
    places = [html.index(f"Lives in {name}") for name in ("bed box", "kitchen box, too", "a box")]
    assert places == sorted(places), "a toy's devices stand together"
