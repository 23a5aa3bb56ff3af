"""Which alerts wait for the morning, and which are no longer needed then."""

from hub.domain.household import DeliveryState, Household
from hub.domain.safety import AlertLevel, Category
from tests.alerts.far_side import WebHook
from tests.alerts.home import Home


async def test_quiet_hours_hold_all_but_the_urgent(home: Home, hook: WebHook) -> None:
    await home.quiet_until_16()
    await home.adult("Mum", hook.url)
    home.begin()
    held = await home.alert("held")
    await home.arrives(await home.alert("urgent", AlertLevel.URGENT, Category.SEXUAL))
    await home.clock.advance(3599)
    await home.settles()
    assert hook.titles == ["Pommai: urgent"]

    await home.clock.advance(1)
    await home.arrives(held)


async def test_what_is_held_goes_when_the_quiet_hours_are_lifted(home: Home, hook: WebHook) -> None:
    await home.quiet_until_16()
    await home.adult("Mum", hook.url)
    home.begin()
    held = await home.alert()
    await home.settles()
    assert hook.got == []

    await home.store.household.save(Household())
    await home.arrives(held)


async def test_what_a_parent_has_seen_meanwhile_is_not_sent_unless_it_is_grave(
    home: Home, hook: WebHook
) -> None:
    await home.quiet_until_16()
    await home.adult("Mum", hook.url)
    home.begin()
    seen = await home.alert("seen")
    grave = await home.alert("grave", AlertLevel.WARNING, Category.CHILD_DISCLOSURE)
    await home.store.alerts.acknowledge(seen.id)
    await home.store.alerts.acknowledge(grave.id)
    await home.has(lambda delivery: delivery.state is DeliveryState.NOT_NEEDED, seen)
    await home.settles()
    await home.clock.advance(3600)

    await home.arrives(grave)
    assert hook.titles == ["Pommai: grave"]
