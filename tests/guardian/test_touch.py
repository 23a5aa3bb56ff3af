"""What is tapped on a phone is as high as a thumb needs, on every page."""

from playwright.async_api import Page

from hub.domain.safety import AlertLevel
from hub.domain.toys import Satellite, SatelliteState
from tests.guardian.browser import Hub, is_live, set_up
from tests.guardian.some_days import some_days

LEAST_PX = 44
"""The level AAA of WCAG 2.2 (2.5.5), and what phones' makers advise."""
PAGES = (
    "talks",
    "alerts?show=all",
    "toys",
    "try",
    "household",
    "household/settings",
    "household/adults",
    "household/safety",
    "household/programs",
    "household/costs",
    "insight",
    "children",
    "people",
    "privacy",
    "phone",
    "services",
    "ratings",
    "",
)

TOO_SMALL = """(least) => {
  const tapped = "button, summary, select, textarea, .pages a, .tabs a, a.button, a.settings, a.whole, " +
    ".talk-lines a, input:not([type=hidden], [type=checkbox], [type=radio])";
  return [...document.querySelectorAll(tapped)]
    .filter((one) => one.checkVisibility() && !one.closest(".unseen"))
    .filter((one) => one.getBoundingClientRect().height < least - 0.5)
    .map((one) => `${one.id || one.textContent.trim()}: ${one.getBoundingClientRect().height}`);
}"""


async def test_what_is_tapped_is_high_enough_on_every_page(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await some_days(home, hub.clock.now())
        [toy] = await home.toys.list()
        box = Satellite(
            "id:1", "bear box", state=SatelliteState.ONLINE, adopted=True, toy_id=toy.id
        )
        home.see(box)
        turn = await home.hear("t1", "hello")
        await home.warn("a1", turn, level=AlertLevel.URGENT)
        small: dict[str, list[str]] = {}
        for path in (*PAGES, f"toys/{toy.id}", f"talks/{turn.conversation_id}"):
            await page.goto(hub.url + path)
            await is_live(page)
            await page.evaluate(
                "for (const fold of document.querySelectorAll('details')) fold.open = true"
            )
            if found := await page.evaluate(TOO_SMALL, LEAST_PX):
                small[path] = found
        assert small == {}
