"""Alerts on their way to grown-ups, over real HTTP, through every fault; only the clock is ours."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.alerts import dispatcher as dispatcher_module
from hub.alerts.dispatcher import Dispatcher
from hub.alerts.maker import AlertMaker
from hub.alerts.outages import TOLD_AFTER_S, OutageNotices
from hub.alerts.post import AlertMessage, Post
from hub.domain.household import ContentKind, DeliveryState, Household, LedgerKind
from hub.domain.safety import AlertLevel, Category
from hub.domain.toys import ProviderKind
from hub.errors import DeliveryError, DiskFullError, NotFoundError
from hub.events import Bus
from hub.providers.pool import Outage
from tests.alerts.far_side import WebHook, web_hook
from tests.alerts.home import Home
from tests.catalogues import LANGUAGE, unmarked, write_marking_catalogue
from tests.devices.scripted import until


async def test_an_alert_arrives_at_once_with_what_and_when_and_nobodys_words(
    home: Home, hook: WebHook
) -> None:
    home.begin()
    await home.adult("Mum", hook.url)
    alert = await home.alert("Talk of hurting someone", AlertLevel.URGENT)
    delivery = await home.arrives(alert)

    assert (delivery.adult_name, delivery.attempts, delivery.last_error) == ("Mum", 1, "")
    assert delivery.ended_at == home.clock.now()
    (message,) = hook.got
    assert message["title"] == "Pommai: Talk of hurting someone"
    assert message["type"] == "failure"
    assert message["message"].startswith(
        "Toy: Pommai\nLevel: Needs you now\nKind: violence\nWhen: "
    )
    (entry,) = await home.store.ledger.recent(5)
    assert (entry.kind, entry.provider, entry.what) == (LedgerKind.ALERT, "json", ContentKind.TEXT)
    assert entry.amount == len(message["title"]) + len(message["message"])


async def test_what_a_hub_left_undone_the_next_one_sends(home: Home, hook: WebHook) -> None:
    await home.adult("Mum", hook.url)
    alert = await home.alert()
    await home.settles()
    assert hook.got == []
    home.begin()

    await home.arrives(alert)
    await home.end()
    again = Dispatcher(home.store, Bus(), Post(home.clock), home.clock, home.catalogues)
    home.dispatcher = again
    home.begin()
    await home.settles()
    assert len(hook.got) == 1, "what has arrived is not sent again"


async def test_each_adult_gets_what_they_chose(home: Home, hook: WebHook) -> None:
    async with web_hook() as other:
        await home.adult("Mum", hook.url, AlertLevel.INFO)
        await home.adult("Dad", other.url, AlertLevel.URGENT)
        home.begin()
        for level in AlertLevel:
            await home.alert(level.value, level)
        await until(lambda: len(hook.got) == 3 and len(other.got) == 1)
        await home.settles()

    assert other.titles == ["Pommai: urgent"]
    assert len(hook.got) == 3


async def test_a_disclosure_goes_to_those_who_get_disclosures_and_to_nobody_else(
    home: Home, hook: WebHook
) -> None:
    """It may be about one of the others."""
    async with web_hook() as aunt:
        await home.adult("Dad", hook.url, AlertLevel.INFO, disclosures=False)
        await home.adult("Aunt", aunt.url, None)
        home.begin()
        disclosure = await home.alert("told", AlertLevel.URGENT, Category.CHILD_DISCLOSURE)
        other = await home.alert("other", AlertLevel.URGENT)
        await home.arrives(disclosure)
        await home.arrives(other)

    assert aunt.titles == ["Pommai: told"]
    assert hook.titles == ["Pommai: other"]


async def test_a_disclosure_goes_to_all_where_nobody_was_chosen(home: Home, hook: WebHook) -> None:
    await home.adult("Dad", hook.url, None, disclosures=False)
    home.begin()
    await home.arrives(await home.alert("told", AlertLevel.WARNING, Category.SELF_HARM))


async def test_what_repeats_is_sent_once(home: Home, hook: WebHook) -> None:
    await home.adult("Mum", hook.url)
    home.begin()
    await home.arrives(await home.alert())
    await home.alert()
    await home.settles()

    assert len(hook.got) == 1


async def test_a_service_that_is_down_is_tried_at_growing_waits_until_it_is_back(
    home: Home, hook: WebHook
) -> None:
    await hook.close()
    await home.adult("Mum", hook.url)
    home.begin()
    alert = await home.alert()
    failed = await home.has_failed(alert, 1)
    assert failed.last_error == "the service can't be reached"
    assert failed.state is DeliveryState.PENDING
    await home.settles()
    await home.clock.advance(29)
    await home.settles()
    assert (await home.delivery(alert)).attempts == 1

    await hook.open()
    hook.answers = 500
    await home.clock.advance(1)
    failed = await home.has(lambda delivery: "500" in delivery.last_error, alert)
    assert failed.attempts == 2
    assert failed.next_try_at - home.clock.now() == timedelta(seconds=60)
    hook.answers = 200
    await home.settles()
    await home.clock.advance(60)
    assert (await home.arrives(alert)).attempts == 3


async def test_an_alert_that_never_arrives_is_shown_as_undelivered(
    home: Home, hook: WebHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher_module, "MAX_TRIES", 3)
    hook.answers = 500
    await home.adult("Mum", hook.url)
    home.begin()
    alert = await home.alert()
    for attempt in (1, 2, 3):
        await home.has_failed(alert, attempt)
        await home.settles()
        await home.clock.advance(3600)
    given_up = await home.has(lambda d: d.state is DeliveryState.UNDELIVERED, alert)

    assert (given_up.attempts, given_up.last_error) == (3, "the service refused it (HTTP 500)")
    await home.settles()
    assert len(hook.got) == 3


async def test_one_adult_whose_service_hangs_holds_up_no_other(home: Home, hook: WebHook) -> None:
    async with web_hook() as other:
        hook.answers = None
        await home.adult("Dad", hook.url)
        await home.adult("Mum", other.url)
        home.begin()
        await home.alert("first")
        await home.alert("second", category=Category.SCARY)
        await until(lambda: len(other.got) == 2)
        assert hook.titles == ["Pommai: first"], "one at a time for each adult"
        await home.clock.advance(30)
        await until(lambda: len(hook.got) == 2)


async def test_the_most_pressing_goes_first(home: Home, hook: WebHook) -> None:
    await home.adult("Mum", hook.url)
    await home.alert("lesser")
    await home.alert("urgent", AlertLevel.URGENT, Category.SCARY)
    home.begin()
    await until(lambda: len(hook.got) == 2)

    assert hook.titles == ["Pommai: urgent", "Pommai: lesser"]


async def test_nothing_is_sent_to_an_adult_who_was_removed(home: Home, hook: WebHook) -> None:
    await home.quiet_until_16()
    await home.adult("Mum", hook.url)
    home.begin()
    alert = await home.alert()
    await home.settles()
    await home.store.adults.remove("mum")

    ended = await home.has(lambda d: d.state is DeliveryState.UNDELIVERED, alert)
    assert ended.last_error == "was removed from the adults"
    assert hook.got == []


async def test_an_address_that_cant_be_read_is_said_so(home: Home) -> None:
    await home.adult("Mum", "")
    home.begin()
    failed = await home.has_failed(await home.alert(), 1)

    assert failed.last_error == "the address is missing or can't be read: enter it again"


async def test_a_full_disk_neither_ends_nor_floods(
    home: Home, hook: WebHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def full(*_: object) -> None:
        nonlocal tries
        tries += 1
        raise DiskFullError("the disk is full")

    await home.adult("Mum", hook.url)
    with monkeypatch.context() as disk:
        disk.setattr(home.store.deliveries, "save", full)
        home.begin()
        alert = await home.alert()
        await until(lambda: tries == 1)
        await home.settles()
        assert tries == 1
    assert hook.got == [], "each try is on the disk before it begins"
    await home.clock.advance(30)
    await home.arrives(alert)


async def test_an_alert_that_a_full_disk_does_not_take_is_sent_once_from_memory_and_kept_later(
    home: Home, hook: WebHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise DiskFullError("the disk is full")

    send, sent = Post.send, asyncio.Event()

    async def send_and_tell(post: Post, url: str, message: AlertMessage) -> None:
        await send(post, url, message)
        sent.set()

    monkeypatch.setattr(Post, "send", send_and_tell)
    database = home.store.database
    await home.adult("Mum", hook.url)
    home.begin()
    await home.settles()
    with monkeypatch.context() as disk:
        disk.setattr(database, "write", full)
        with pytest.raises(DiskFullError):
            await home.alert("Look here")
        await asyncio.wait_for(sent.wait(), 60)  # its answer is read: time may pass
        await home.clock.advance(30)
        await home.settles()
    [alert] = home.store.alerts.unkept
    await home.clock.advance(30)
    await home.arrives(alert)
    assert home.store.alerts.unkept == []
    assert len(hook.got) == 1


async def test_a_fault_of_ours_ends_neither_the_alerts_nor_the_hub(
    home: Home, hook: WebHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    await home.adult("Mum", hook.url)
    for name in ("addressees", "message_for"):
        with monkeypatch.context() as fault:
            fault.setattr(dispatcher_module, name, broken)
            if name == "addressees":
                home.begin()
                alert = await home.alert()
            await home.settles()
            assert hook.got == []
        await home.clock.advance(29)
        await home.settles()
        await home.clock.advance(1)
    await home.arrives(alert)


async def test_a_clock_that_was_set_back_holds_nothing_for_long(home: Home, hook: WebHook) -> None:
    hook.answers = 500
    await home.adult("Mum", hook.url)
    home.begin()
    alert = await home.alert()
    failed = await home.has_failed(alert, 1)
    await home.end()
    far = replace(failed, next_try_at=failed.next_try_at + timedelta(days=999))
    await home.store.deliveries.save(far)
    hook.answers = 200
    home.begin()
    await home.settles()
    await home.clock.advance(3600)

    await home.arrives(alert)


async def test_a_test_message_says_that_nothing_has_happened(home: Home, hook: WebHook) -> None:
    await home.adult("Mum", hook.url)
    await home.dispatcher.send_test("mum")

    assert hook.titles == ["Pommai: this is a test"]
    hook.answers = 403
    with pytest.raises(DeliveryError, match=r"refused it \(HTTP 403\)"):
        await home.dispatcher.send_test("mum")
    with pytest.raises(NotFoundError, match="no adult with the id dad"):
        await home.dispatcher.send_test("dad")


async def test_it_ends_when_it_is_told_to_even_in_the_middle_of_a_try(
    home: Home, hook: WebHook
) -> None:
    hook.answers = None
    await home.adult("Mum", hook.url)
    home.begin()
    await home.alert()
    await until(lambda: hook.got)

    async with asyncio.timeout(5):
        await home.end()


async def test_what_is_sent_and_what_went_wrong_is_in_the_households_language(
    home: Home, hook: WebHook, tmp_path: Path
) -> None:
    names = re.compile("Pommai|elevenlabs: the key is refused|elevenlabs")
    write_marking_catalogue(tmp_path)
    home.catalogues.read(tmp_path)
    await home.store.household.save(Household(language=LANGUAGE))
    mum = await home.adult("Mum", hook.url, AlertLevel.INFO)
    outage = Outage(ProviderKind.TTS, "elevenlabs", TOLD_AFTER_S, "elevenlabs: the key is refused")
    await OutageNotices(lambda: [outage], AlertMaker(home.store, home.clock), home.clock).look()
    [alert] = await home.store.alerts.list(2)
    home.begin()
    await home.arrives(alert)
    (message,) = hook.got
    assert "The voice elevenlabs is not working" in message["title"]
    assert unmarked(message["title"] + message["message"], names) == []

    await home.store.adults.save(replace(mum, url="json://127.0.0.1:9"))
    delivery = await home.has_failed(await home.alert(), 1)
    assert unmarked(delivery.last_error, names) == []
