"""All talks by day, the search among them, and what a parent keeps beside a turn."""

from dataclasses import replace

from guardian_web.talks.overview import FOUND_SHOWN, TALKS_SHOWN
from hub.domain.family.children import Child
from hub.domain.household import Household
from hub.domain.talks.kept import Correction, TurnNote
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import Toy
from tests.guardian.conftest import Site
from tests.guardian.household import REFUSED

DAY_S = 24 * 3600


async def said(site: Site, number: str, heard: str, **changes: object) -> Turn:
    turn = await site.home.hear(number, heard)
    for name, value in changes.items():
        setattr(turn, name, value)
    return await site.home.answer(turn, "I see.")


async def test_talks_stand_by_day_one_line_each(site: Site) -> None:
    await site.home.store.household.save(Household(time_zone="Asia/Kolkata"))
    await said(site, "t1", "an older talk")
    await site.clock.advance(DAY_S)
    await said(site, "t2", "why do dogs bark")
    await site.clock.advance(300)
    refused = await said(site, "t3", "how do I hit", verdicts=[REFUSED])
    await site.home.turn_notes.save(TurnNote("t3", bookmarked=True))
    html = " ".join((await (await site.guardian()).see("/talks")).split())
    today, yesterday = html.split("Today</h2>")[1].split("Yesterday</h2>")
    for words in (
        f'href="/talks/{refused.conversation_id}"><b>Pommai</b>, <time datetime="',
        '+05:30" data-clock>20:30</time></a>',
        "5 minutes, 2 turns",
        "<q>why do dogs bark</q>",
        "1 redirected",
        "1 to look at",
        "1 bookmarked",
    ):
        assert words in today
    assert "1 minute, 1 turn<" in yesterday
    assert "redirected" not in yesterday.split("</section>")[0]


async def test_older_talks_are_a_page_away_also_of_one_toy(site: Site) -> None:
    await site.home.store.toys.save(Toy("z", "Zebra"))
    for number in range(TALKS_SHOWN + 2):
        await said(site, f"t{number:02}", f"talk number {number}")
        await site.clock.advance(3600)
    browser = await site.guardian()
    newest = await browser.see("/talks?q=&toy=&child=&day=&only=")
    assert newest.count('class="talk-line') == TALKS_SHOWN
    [older] = [part.split('"')[0] for part in newest.split('class="button" href="')[2:]]
    assert "before=" in older
    assert (await browser.see(older.replace("&amp;", "&"))).count('class="talk-line') == 2
    assert "There was no talk like that." in await browser.see("/talks?toy=z")
    assert "There was no talk before that." in await browser.see("/talks?before=nope")


async def test_words_are_found_and_narrowed_down(site: Site) -> None:
    mia = await site.home.store.children.save(Child("mia", "Mia"))
    await said(site, "t1", "my dog is <b>big")
    await site.clock.advance(DAY_S)
    await said(site, "t2", "dogs again", verdicts=[REFUSED], child_id=mia.id)
    browser = await site.guardian()
    both = await browser.see("/talks?q=dog")
    assert both.index('id="turn-t2"') < both.index('id="turn-t1"')
    assert "my dog is &lt;b&gt;big" in both
    for query, found in (
        ("q=dog&only=refused", ["t2"]),
        ("only=refused", ["t2"]),
        ("child=mia", ["t2"]),
        ("q=dog&day=2026-05-04", ["t1"]),
        ("q=cat", []),
        ("q=dog&toy=nobody", []),
        ("q=dog&only=nonsense", ["t1", "t2"]),
    ):
        html = await browser.see(f"/talks?{query}")
        assert [n for n in ("t1", "t2") if f'id="turn-{n}"' in html] == found, query
    assert "Nothing like that was said" in await browser.see("/talks?q=cat")
    assert "There is no letter" in (await browser.see("/talks?q=!!")).replace("there", "There")
    assert "Please give a day" in await browser.see("/talks?day=tomorrow")


async def test_what_is_found_has_pages(site: Site) -> None:
    for number in range(FOUND_SHOWN + 1):
        await said(site, f"t{number:02}", "a dog")
    browser = await site.guardian()
    assert f'before=t{1:02}"' in await browser.see("/talks?q=dog")
    last = await browser.see("/talks?q=dog&before=t01")
    assert last.count('<article class="turn') == 1


async def test_a_parent_marks_a_turn(site: Site) -> None:
    await said(site, "t1", "how do bees fly", verdicts=[REFUSED], state=TurnState.REFUSED)
    browser = await site.guardian()
    answer = await browser.send(
        "/turns/t1",
        "/turns/t1",
        bookmarked="yes",
        note="so <sweet>",
        correction="wrongly_refused",
    )
    assert answer.status == 303
    html = await browser.see("/turns/t1?done=saved")
    assert "so &lt;sweet&gt;</textarea>" in html
    for chip in ("Bookmarked", "Wrongly refused, you say"):
        assert chip in html
    kept = (await site.home.turn_notes.of(["t1"]))["t1"]
    assert (kept.bookmarked, kept.correction) == (True, Correction.WRONGLY_REFUSED)
    assert "You marked 1 turn as wrongly refused and 0" in await browser.see("/talks/kept")
    saved = await (await browser.get("/talks/corrections.json")).json()
    [correction] = saved["corrections"]
    assert (correction["heard"], correction["note"]) == ("how do bees fly", "so <sweet>")
    assert correction["verdicts"][0]["category"] == "violence"

    await browser.send("/turns/t1", "/turns/t1", note="", correction="nonsense")
    assert await site.home.turn_notes.of(["t1"]) == {}


async def test_a_note_that_is_too_long_is_not_lost(site: Site) -> None:
    await said(site, "t1", "hello")
    browser = await site.guardian()
    answer = await browser.send("/turns/t1", "/turns/t1", note="n" * 2001)
    assert answer.status == 409
    html = await answer.text()
    assert "at most 2000 fit" in html
    assert "n" * 2001 in html


async def test_a_turn_that_is_not_there_is_a_lost_page(site: Site) -> None:
    browser = await site.guardian()
    assert (await browser.get("/turns/nope")).status == 404
    await said(site, "t1", "hello")
    assert (await browser.send("/turns/t1", "/turns/nope", note="x")).status == 404


async def test_what_a_grown_up_tried_says_so(site: Site) -> None:
    toy = (await site.home.store.toys.list())[0]
    tried = Turn("t1", toy.id, "page", site.clock.now(), heard="a test")
    await site.home.store.turns.begin(replace(tried))
    assert "a grown-up trying it" in await (await site.guardian()).see("/talks")
