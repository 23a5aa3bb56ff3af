"""People in a real Chromium: an owner invites, somebody accepts, and a viewer looks and changes nothing."""

import pyotp
from playwright.async_api import Page, expect

from hub.domain.family.people import Role
from tests.guardian.browser import PASSWORD, Hub, is_live, reads_well, set_up

NEW = "a horse on the moon"


async def test_an_owner_invites_and_a_viewer_accepts_looks_and_changes_nothing(
    page: Page, hub: Hub
) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await page.goto(hub.url + "people")
        await reads_well(page)
        await page.get_by_text("Invite somebody").click()
        await page.get_by_label("Their name").fill("Grandma")
        await page.locator("#invite").get_by_label("Viewer").check()
        await page.get_by_role("button", name="Make a link").click()
        link = await page.get_by_label("Link", exact=True).input_value()
        await expect(page.locator(".link svg")).to_be_visible()
        await reads_well(page)
        await page.reload()
        await expect(page.get_by_text("Invited as viewer")).to_be_visible()
        assert len(await home.people.invitations()) == 1, "a reload makes no second one"

        await page.context.clear_cookies()
        await page.goto(link)
        await reads_well(page)
        await page.get_by_label("Choose a password").fill(NEW)
        await page.get_by_label("The same password again").fill(NEW)
        await page.get_by_role("button", name="Sign in").click()
        await is_live(page)
        await expect(page.get_by_text("You can see everything here")).to_be_visible()
        for path in ("", "toys", "household/adults", "household/programs", "people", "alerts"):
            await page.goto(hub.url + path)
            await reads_well(page)
            assert await page.locator("main form[method=post]:not(.own)").count() == 0, path
        await page.get_by_role("button", name="Stop all toys").click()
        await expect(page.locator("#stopped")).to_contain_text("stopped")
        assert (await home.household.get()).emergency_stopped_at


async def test_somebody_changes_their_password_and_signs_in_by_name(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        secret = await home.people.invite("Ben", Role.GUARDIAN, "Guardian")
        await home.people.accept(secret, "Ben", NEW)
        await page.goto(hub.url + "people")
        await page.locator("#password-open").click()
        await page.get_by_label("Your password now").fill(PASSWORD)
        await page.get_by_label("New password").fill("another long one")
        await page.get_by_label("The same again").fill("another long one")
        await page.get_by_role("button", name="Change password").click()
        await expect(page.get_by_text("Your new password holds")).to_be_visible()
        await page.goto(hub.url + "people/log")
        await expect(page.get_by_text("changed their own password")).to_be_visible()
        await reads_well(page)
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await reads_well(page)
        await page.get_by_label("Your name").fill("ben")
        await page.get_by_label("Password").fill("not this")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("check the name and the password")
        await expect(page.get_by_label("Your name")).to_have_value("ben")
        await page.get_by_label("Password").fill(NEW)
        await page.keyboard.press("Enter")
        await is_live(page)
        await expect(page.get_by_role("link", name="Ben")).to_be_visible()


async def test_a_second_factor_is_set_up_by_a_code_and_asked_for_at_the_sign_in(
    page: Page, hub: Hub
) -> None:
    async with hub.running():
        await set_up(page, hub)
        await page.goto(hub.url + "people")
        await page.get_by_text("Set up a second factor").click()
        await page.get_by_label("Your password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Go on").click()
        await expect(page.locator("#second svg")).to_be_visible()
        await reads_well(page)
        key = await page.locator("#second input[name=secret]").get_attribute("value")
        app = pyotp.TOTP(key or "")
        await page.get_by_label("The six digits").fill(app.now())
        await page.get_by_role("button", name="Turn on").click()
        await expect(page.locator(".codes li")).to_have_count(10)
        await reads_well(page)
        recovery = await page.locator(".codes li").first.inner_text()
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("The six digits")).to_be_visible()
        await reads_well(page)
        await page.get_by_label("The six digits").fill("nonsense")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("not the code")
        await reads_well(page)
        await page.get_by_label("The six digits").fill(recovery)
        await page.keyboard.press("Enter")
        await is_live(page)
