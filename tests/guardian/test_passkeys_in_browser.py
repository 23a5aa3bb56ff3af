"""A passkey in a real Chromium, with a virtual authenticator of its own."""

from playwright.async_api import Page, expect

from tests.guardian.browser import PASSWORD, Hub, choose_password, is_live, reads_well


async def test_a_passkey_is_made_and_signs_in_without_a_password(page: Page, hub: Hub) -> None:
    url = hub.url.replace("127.0.0.1", "localhost")
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    phone = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    async with hub.running() as home:
        await choose_password(page, url, hub.code)
        await page.goto(url + "people")
        await page.get_by_text("Add a passkey").click()
        new = page.locator("#passkey-new")
        await new.get_by_label("Your password").fill(PASSWORD)
        await new.get_by_role("button", name="Go on").click()
        await reads_well(page)
        await page.get_by_label("A name for it").fill("Laptop")
        await page.get_by_role("button", name="Make the passkey").click()
        await expect(page.get_by_text("Your passkey is ready")).to_be_visible()
        await expect(page.locator("#passkeys")).to_contain_text("Laptop, for localhost")
        await reads_well(page)

        await page.get_by_role("button", name="Sign out", exact=True).click()
        await reads_well(page)
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await is_live(page)
        await page.get_by_role("button", name="Sign out", exact=True).click()
        named = {"authenticatorId": phone["authenticatorId"]}
        await devtools.send("WebAuthn.setUserVerified", {**named, "isUserVerified": False})
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page.locator("[data-passkey] [role=status]")).to_contain_text("try again")

        await devtools.send("WebAuthn.setUserVerified", {**named, "isUserVerified": True})
        [me] = await home.people.everybody()
        [kept] = await home.passkeys.of(me.id)
        await home.passkeys.remove(me, kept.id)
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page.get_by_role("alert")).to_contain_text("doesn’t open these pages")
