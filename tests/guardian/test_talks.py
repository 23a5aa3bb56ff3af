"""One conversation with the reasons for what was redirected, and the way to what is older."""

from dataclasses import replace

from guardian_web.home.views import LATEST_SHOWN
from guardian_web.talks.views import TURNS_SHOWN as TURNS_A_PAGE
from guardian_web.talks.waterfall import waterfall
from hub.domain.safety import Category
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.talks.trace import Span, Work
from hub.domain.toys import Toy
from tests.guardian.conftest import Site
from tests.guardian.household import FINE, REFUSED


async def refused(site: Site) -> Turn:
    turn = await site.home.hear("t2", "what is that")
    toys = replace(
        REFUSED,
        category=Category.SCARY,
        severity=3,
        layer="classifier",
        matched=("long claws", "<b>teeth"),
        rules_version="rules-7 classifier-2",
    )
    turn.verdicts = [FINE, toys]
    turn.refused = ["It has long claws."]
    turn.state = TurnState.REFUSED
    return await site.home.store.turns.save(turn)


async def test_a_talk_stands_in_its_order_with_the_reasons(site: Site) -> None:
    first = await site.home.hear("t1", "hello")
    await refused(site)
    await site.clock.advance(3600)
    await site.home.hear("t3", "another talk")
    html = await (await site.guardian()).see(f"/talks/{first.conversation_id}")
    assert html.index('id="turn-t1"') < html.index('id="turn-t2"')
    assert "another talk" not in html
    assert "1 redirected" in html
    for words in (
        "something scary, in the toy&#39;s words, which were not spoken",
        "Clearly (step 3 of 7)",
        "<q>long claws</q>",
        "understood as <q>&lt;b&gt;teeth</q>",
        "Trained classifier",
        "<code>violence.how</code>",
        "rules-7 classifier-2",
    ):
        assert words in html
    held_back = html.split('<details id="turn-t2-refused"')[1]
    assert held_back.startswith(">")  # folded away
    assert "It has long claws." in held_back.split("</details>")[0]


async def test_a_turn_shows_when_each_piece_of_its_work_was_done(site: Site) -> None:
    turn = await site.home.hear("t1", "hello")
    browser = await site.guardian()
    assert 'id="waterfall"' not in await browser.see("/turns/t1")
    turn.spans = [
        Span(Work.LLM, 0, "openai", first_ms=500, end_ms=1000),
        Span(Work.STT, -9000, "whisper", end_ms=0),
        Span(Work.LLM, 100, "storyteller", discarded=True),
        *(Span(Work.SEND, 1000, clause=n, first_ms=1000, end_ms=60_000) for n in range(1, 61)),
    ]
    await site.home.store.turns.save(turn)
    found = waterfall(turn)
    assert found
    assert found.zero == 75.0  # three seconds of the child's are shown, and one of work
    assert [(row.what, row.wait_x, row.wait_width, row.x, row.width) for row in found.rows[:2]] == [
        ("Hearing", 0.0, 75.0, 75.0, 0.0),
        ("Thinking", 75.0, 12.5, 87.5, 12.5),
    ]
    assert found.left_out == 3
    assert 'href="/turns/t1#waterfall"' in await browser.see(f"/talks/{turn.conversation_id}")
    html = await browser.see("/turns/t1")
    for words in (
        "-9.00 to 0.00 s",
        "0.00 to 1.00 s, first result at 0.50 s",
        "from 0.10 s, not finished: not used, as the child went on",
        "Playing, part 1",
        "3 later steps are left out.",
    ):
        assert words in html


async def test_a_talk_that_is_not_there_is_a_lost_page(site: Site) -> None:
    assert (await (await site.guardian()).get("/talks/nope")).status == 404


async def test_a_turn_leads_to_its_whole_talk(site: Site) -> None:
    turn = await site.home.hear("t1", "hello")
    html = await (await site.guardian()).see("/")
    assert f'href="/talks/{turn.conversation_id}?turn=t1#turn-t1"' in html


async def test_older_turns_are_a_page_away(site: Site) -> None:
    for number in range(LATEST_SHOWN + 3):
        await site.home.hear(f"t{number:02}", "hello")
    browser = await site.guardian()
    newest = await browser.see("/")
    assert newest.count('<article class="turn') == LATEST_SHOWN
    assert 'href="/?before=t03"' in newest
    older = await browser.see("/?before=t03")
    assert [f'id="turn-t0{n}"' in older for n in range(4)] == [True, True, True, False]
    assert 'data-live="frame"' in older
    assert ">Older<" not in older
    assert "Nothing was said before that." in await browser.see("/?before=nope")


async def test_one_toys_turns_can_be_seen_alone(site: Site) -> None:
    zebra = await site.home.store.toys.save(Toy("z", "Zebra"))
    await site.home.hear("t1", "to the first toy")
    turn = Turn("t2", zebra.id, "say", site.clock.now(), heard="to the zebra", verdicts=[FINE])
    await site.home.store.turns.begin(turn)
    html = await (await site.guardian()).see("/?toy=z")
    assert "to the zebra" in html
    assert "to the first toy" not in html
    assert '<option value="z" selected>' in html
    assert 'data-toy="z"' in html


async def test_a_long_talk_has_pages_and_a_turn_is_on_the_page_that_it_is_asked_by(
    site: Site,
) -> None:
    turns = [await site.home.hear(f"t{number:02}", "hello") for number in range(TURNS_A_PAGE + 5)]
    talk = f"/talks/{turns[0].conversation_id}"
    browser = await site.guardian()
    first = await browser.see(talk)
    assert first.count('<article class="turn') == TURNS_A_PAGE
    assert f'href="{talk}?turn=t{TURNS_A_PAGE}"' in first
    assert 'data-live="talks"' in first, "what is new is not on this page"
    last = await browser.see(f"{talk}?turn=t{TURNS_A_PAGE}")
    assert last.count('<article class="turn') == 5
    assert f'href="{talk}?turn=t00"' in last
    assert 'data-live="talk"' in last
    assert 'id="turn-t07"' in await browser.see(f"{talk}?turn=t07")
