"""An alert over the API: done, with a note that no program reads, and open again."""

from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site


async def test_an_alert_is_done_with_a_note_and_open_again(site: Site, program: NewProgram) -> None:
    await site.home.warn("a1")
    trusted = await program()
    done = await trusted.call("POST", "/alerts/a1/done", {"note": "We talked."})
    assert (done["state"], done["done_by"], done["acknowledged_by"]) == (
        "done",
        "Home Assistant",
        "Home Assistant",
    )
    kept = await site.home.store.alerts.get("a1")
    assert kept.note == "We talked."
    assert "note" not in done
    assert (await trusted.call("POST", "/alerts/a1/reopen", {}))["state"] == "seen"
    assert await trusted.refused("POST", "/alerts/none/done", status=404) == "not_found"
    assert await trusted.refused("POST", "/alerts/none/reopen", status=404) == "not_found"
