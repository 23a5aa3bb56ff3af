"""What programs and the command line learn and do about the family's data."""

from pathlib import Path

from hub.app import App
from hub.cli.client import running_hub
from hub.config import Config
from hub.domain.api import Scope
from hub.domain.clock import SystemClock
from hub.domain.consent import Consent, VoiceConsent
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.events import Bus
from hub.storage.store import Store
from tests.guardian.api.calling import conforms
from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site
from tests.new_household import open_household


async def test_a_program_sees_totals_and_turns_clouds_off_but_never_on(
    site: Site, program: NewProgram
) -> None:
    trusted = await program()
    now = site.clock.now()
    await site.home.store.ledger.add(
        LedgerEntry(now, LedgerKind.TTS, "rime", ContentKind.TEXT, 120, cost_micro_usd=7)
    )
    seen = await trusted.get("/privacy")
    [service] = seen["services"]
    assert service["company"] == "Rime"
    assert service["country"] == "the United States"
    assert service["sent"] == {
        "requests": 1,
        "sound_bytes": 0,
        "file_bytes": 0,
        "characters": 120,
        "cost_micro_usd": 7,
    }
    assert [day["day"] for day in seen["days"]] == [now.date().isoformat()]
    assert (await trusted.call("POST", "/privacy/clouds-off"))["off"]
    assert site.home.privacy.clouds.off
    asked: dict[str, list[str]] = {"agreed": []}
    assert await trusted.refused("DELETE", "/privacy/clouds-off", asked, status=403) == "scope"
    reader = await program(Scope.STATE)
    assert await reader.refused("POST", "/privacy/clouds-off", status=403) == "scope"
    assert await trusted.refused("GET", "/privacy/consents", status=403) == "scope"


async def test_the_owner_allows_clouds_reads_consents_and_what_is_stored(tmp_path: Path) -> None:
    clock = SystemClock()
    database = await open_household(tmp_path, clock)
    consent = VoiceConsent(Consent("Ada", clock.now(), "I agree."), "elevenlabs", "Gran", 1)
    number = await Store(database, Bus(), clock).voice_consents.add(consent)
    await database.aclose()
    config = Config.model_validate({"hub": {"data": tmp_path}})
    async with App(config, {}) as app, app.answering_owner(), running_hub(tmp_path) as hub:
        assert hub is not None
        await app.hub.privacy.clouds.turn_off()
        allowed = await hub.call("DELETE", "/privacy/clouds-off", agreed=[])
        assert (allowed["off"], allowed["services"]) == (False, [])
        assert (await hub.call("GET", "/privacy/consents"))["consents"][0]["who"] == "Ada"
        answer = await hub.call("DELETE", f"/privacy/consents/{number}")
        conforms("DELETE", "/privacy/consents/{consent}", 200, answer)
        assert answer["consents"][0]["withdrawn_at"]
        stored = await hub.call("GET", "/privacy/stored")
        conforms("GET", "/privacy/stored", 200, stored)
        assert stored["folder"] == str(tmp_path)
        assert stored["size_bytes"] >= (tmp_path / "pommai.db").stat().st_size
