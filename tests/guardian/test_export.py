"""What was said as a file: everything as JSON, a table for spreadsheets, a page to print."""

import csv
import io
import json
from datetime import timedelta

from hub.core.knowledge import NewDocument
from hub.domain.household import Household
from hub.domain.talks.kept import Correction, TurnNote
from hub.domain.talks.talk import Turn, TurnState
from hub.storage.talks.talks import EXPORTED_AT_ONCE
from tests.guardian.conftest import Site
from tests.guardian.household import REFUSED


async def furnish(site: Site) -> Turn:
    await site.home.store.household.save(Household(time_zone="Asia/Kolkata"))
    first = await site.home.hear("t1", '=HYPERLINK("http://x")')
    first.verdicts, first.refused, first.state = [REFUSED], ["a <b>fist"], TurnState.REFUSED
    await site.home.answer(first, "Let's sing.")
    await site.home.turn_notes.save(
        TurnNote("t1", True, "called the school", Correction.WRONGLY_ALLOWED)
    )
    await site.clock.advance(24 * 3600)
    return await site.home.answer(await site.home.hear("t2", "நாய்"), "Woof.")


async def test_everything_as_json(site: Site) -> None:
    await furnish(site)
    answer = await (await site.guardian()).get("/talks/export?form=json")
    assert "attachment" in answer.headers["Content-Disposition"]
    first, second = json.loads(await answer.text())["turns"]
    assert (first["note"], first["bookmarked"]) == ("called the school", True)
    assert first["correction"] == "wrongly_allowed"
    assert first["refused"] == ["a <b>fist"]
    assert (second["heard"], second["toy"], second["state"]) == ("நாய்", "Pommai", "done")


async def test_a_table_holds_no_formula(site: Site) -> None:
    await furnish(site)
    answer = await (await site.guardian()).get("/talks/export?form=csv")
    text = (await answer.read()).decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(text))
    assert first["heard"] == '\'=HYPERLINK("http://x")'
    assert (first["day"], first["time"], first["redirected"]) == (
        "2026-05-04",
        "20:30:00",
        "violence",
    )
    assert (second["heard"], second["said"]) == ("நாய்", "Woof.")


async def test_a_page_to_print(site: Site) -> None:
    await furnish(site)
    html = await (await site.guardian()).see("/talks/export")
    assert "a &lt;b&gt;fist" in html
    assert html.index("called the school") < html.index("நாய்")
    assert html.count("<h2>") == 2
    assert html.rstrip().endswith("</html>")


async def test_each_form_names_what_the_model_was_told_from(site: Site) -> None:
    turn = await furnish(site)
    document = await site.home.knowledge.add_text(
        "Our dog is Bruno.", NewDocument(title="Our pets")
    )
    await site.home.knowledge.finish()
    turn.passages = [f"{document.id}:0", "gone:3"]
    await site.home.store.turns.save(turn)
    browser = await site.guardian()
    as_json = json.loads(await (await browser.get("/talks/export?form=json")).text())["turns"]
    assert [each["told_from"] for each in as_json] == [[], ["Our pets"]]
    table = (await (await browser.get("/talks/export?form=csv")).read()).decode("utf-8-sig")
    assert [row["told_from"] for row in csv.DictReader(io.StringIO(table))] == ["", "Our pets"]
    assert (await browser.see("/talks/export")).count("Our pets") == 1


async def test_one_talk_or_some_days(site: Site) -> None:
    last = await furnish(site)
    browser = await site.guardian()
    for query, heard in (
        (f"talk={last.conversation_id}", ["t2"]),
        ("from=2026-05-05", ["t2"]),
        ("until=2026-05-04", ["t1"]),
        ("from=2026-05-04&until=2026-05-05", ["t1", "t2"]),
        ("from=2027-01-01", []),
        ("talk=nope", []),
    ):
        answer = await browser.get(f"/talks/export?form=json&{query}")
        found = [turn["id"] for turn in json.loads(await answer.text())["turns"]]
        assert found == heard, query
    assert "Nothing is kept of that time." in await browser.see("/talks/export?from=2027-01-01")
    for wrong in ("form=pdf", "from=tomorrow"):
        assert (await browser.get(f"/talks/export?{wrong}")).status == 400


async def test_more_than_is_in_memory_at_once(site: Site) -> None:
    toy = (await site.home.store.toys.list())[0]
    for number in range(EXPORTED_AT_ONCE + 5):
        at = site.clock.now() + timedelta(seconds=number)
        turn = Turn(f"t{number}", toy.id, "satellite", at, heard=str(number), state=TurnState.DONE)
        await site.home.store.turns.begin(turn)
    browser = await site.guardian()
    answer = await browser.get("/talks/export?form=json")
    turns = json.loads(await answer.text())["turns"]
    assert [turn["id"] for turn in turns] == [f"t{n}" for n in range(EXPORTED_AT_ONCE + 5)]
    assert (await browser.see("/talks/export")).count("<h2>") == 1, "it is one talk"
