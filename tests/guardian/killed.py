"""A household whose hub is killed now and then, for the tests of what a form and what it saved survive.

A killed hub leaves its files as they are at that moment; the next one begins with a copy of them, made while it ran.
"""

import shutil
import sqlite3
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from pathlib import Path

from aiohttp import ClientResponse, FormData

from guardian_web.app import serving
from guardian_web.sign_in.accounts import SetupCode
from hub.core.knowledge import NewDocument
from hub.core.toys.voices import VoiceInfo
from hub.domain.consent import Consent, VoiceConsent
from hub.domain.family.children import Child
from hub.domain.family.people import Role
from hub.domain.household import Adult
from hub.domain.play.limits import Whose, suggested
from hub.domain.safety import AlertLevel
from hub.domain.toys import Toy
from hub.storage.database import DATABASE_NAME
from tests.clock import FakeClock
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Browser
from tests.guardian.household import Household, at_home
from tests.guardian.html_forms import HtmlForm, forms_of
from tests.guardian.pages_of import pages_of
from tests.guardian.table_of_routes import route_of


class Family:
    """The household, and the browser of who looks at its pages."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.clock = FakeClock()
        self.hubs = 0
        self.hub: Household
        self.browser: Browser
        self.code: SetupCode
        self._folder = folder
        self.stack = stack
        self._running = AsyncExitStack()

    @property
    def folder(self) -> Path:
        return self._folder / str(self.hubs)

    async def begin(self) -> None:
        self.browser = await Browser.new(self.stack, "")
        await self._run()

    async def killed(self) -> None:
        """The hub is, and the next one begins with what it left on the disk."""
        left = self.folder
        self.hubs += 1
        shutil.copytree(left, self.folder)
        await self._running.aclose()
        await self._run()

    async def end(self) -> None:
        await self._running.aclose()

    async def _run(self) -> None:
        self.hub = await self._running.enter_async_context(at_home(self.folder, self.clock))
        self.hub.pretend_voices.known = [VoiceInfo("anna", "Anna")]
        self.code = SetupCode(lambda _: None)
        app = pages_of(self.hub, self.clock, self.code)
        url = await self._running.enter_async_context(serving(app, "127.0.0.1", 0))
        self.browser.origin = url.rstrip("/")

    async def opened(self, page: str, route: str) -> HtmlForm:
        return form_in(await self.browser.see(page), route, page)

    async def send(self, form: HtmlForm, **typed: str) -> ClientResponse:
        data = FormData(form.filled(typed))
        if "file" in dict(form.fields):
            data = FormData(form.filled(typed | {"file": ""})[:-1], default_to_multipart=True)
            data.add_field("file", b"Grandma lives by the sea.", filename="letter.txt")
        browser = self.browser
        return await browser.session.post(
            browser.origin + form.actions[0],
            data=data,
            headers={"Origin": browser.origin},
            allow_redirects=False,
        )

    def kept(self) -> dict[str, list[object]]:
        """All that a kill now would leave but the audit log, which notes also what nobody keeps."""
        with closing(
            sqlite3.connect(f"file:{self.folder}/{DATABASE_NAME}?mode=ro", uri=True)
        ) as disk:
            tables = disk.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
            ).fetchall()
            return {
                table: disk.execute(f'SELECT * FROM "{table}"').fetchall()
                for (table,) in tables
                if table != "audit_log"
            }

    async def furnish(self) -> dict[str, str]:
        """All that the forms are about; gives the ids that stand in the pages' addresses."""
        hub = self.hub
        [toy] = await hub.toys.list()
        other = await hub.toys.save(Toy("zip", "Zip"))
        await hub.children.save(Child("mia", "Mia"))
        await hub.children.save(Child("ole", "Ole"))
        await hub.toys.save(replace(toy, child_ids=frozenset({"mia", "ole"})))
        await hub.play.save(Whose(child_id="mia"), suggested(6))
        await hub.play.save(Whose(toy_id=toy.id), suggested(6))
        await hub.store.adults.save(Adult("g1", "Anna", "json://127.0.0.1"))
        turn = await hub.answer(await hub.hear("t1", "how do i hit somebody"), "Let us be kind.")
        for number in range(2):
            await hub.warn(f"a{number}", turn, AlertLevel.URGENT)
        await hub.memories.add("mia", "Mia's dog is called Bruno")
        await hub.memories.add("mia", "Mia's cat is called Tom")
        document = await hub.knowledge.add_text("Rosa was born in Lisbon.", NewDocument())
        consent = Consent("Ada Example", self.clock.now(), "I agree")
        await hub.store.voice_consents.add(VoiceConsent(consent, "elevenlabs", "Grandma", 2))
        secret = await hub.people.invite("Ben", Role.GUARDIAN, "")
        await hub.people.accept(secret, "Ben", PASSWORD)
        for name in ("Guardian", "Guardian", "Ben"):
            phone = await Browser.new(self.stack, self.browser.origin)
            await phone.send("/sign-in", "/sign-in", name=name, password=PASSWORD)
        return {
            "toy": toy.id,
            "other": other.id,
            "document": document.id,
            "talk": turn.conversation_id,
            "stick": str(self._folder),
        }


def form_in(html: str, route: str, page: str = "") -> HtmlForm:
    """The form of that route, as `page` shows it."""
    for form in forms_of(html, page):
        if action := next((a for a in form.actions if route_of("POST", a) == ("POST", route)), ""):
            return replace(form, actions=[action.partition("#")[0]])
    raise AssertionError(f"there is no form for {route}")
