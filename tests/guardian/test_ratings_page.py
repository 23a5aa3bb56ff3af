"""The report cards of language models on the pages: a button with what it takes, the list, each card and its JSON."""

from hub.core.ratings import RatedTalk, ReportCard
from hub.rating.cards import RatedTurn
from hub.rating.checks import Rule
from tests.guardian.conftest import Site


def card(site: Site) -> ReportCard:
    bad = RatedTurn(
        asked="bye", said="Oh <b>no</b>.", held_back="Please stay!", broke=[Rule.PLEADS]
    )
    fine = RatedTurn(asked="hello", said="Hello!")
    return ReportCard(
        name="Llama 3.2/<tiny>",
        provider="openai",
        at=site.clock.now(),
        guard="1",
        scenarios="1",
        of=2,
        talks={
            "a-1": RatedTalk(age=6, risk="a", turns=[fine]),
            "b-1": RatedTalk(age=9, risk="b", turns=[fine, bad]),
        },
    )


async def test_first_it_says_what_it_takes_and_then_it_begins(site: Site) -> None:
    browser = await site.guardian()
    assert "No model was rated yet" in await browser.see("/ratings")
    told = await (await browser.send("/ratings", "/ratings", name="llama3.2")).text()
    assert "536 questions in 134 talks" in told
    assert "about $0.13" in told
    assert "leave your home" in told
    assert site.home.pretend_rater.rated == []
    begun = await browser.send("/ratings", "/ratings", name="llama3.2", agreed="yes")
    assert begun.headers["Location"] == "/ratings?done=asked"
    again = await browser.send("/ratings", "/ratings", name="other", agreed="yes")
    assert again.status == 409
    assert "being rated already" in await again.text()


async def test_an_unknown_model_is_told_with_what_was_typed(site: Site) -> None:
    browser = await site.guardian()
    answer = await browser.send("/ratings", "/ratings", name="nobody")
    assert answer.status == 409
    assert 'value="nobody"' in await answer.text()


async def test_a_card_shows_what_was_wrong_and_who_said_what(site: Site) -> None:
    site.home.pretend_rater.kept.append(card(site))
    browser = await site.guardian()
    listed = await browser.see("/ratings")
    assert "1 of 2 talks without a fault" in listed
    assert "Not for a child" in listed
    page = await browser.see("/ratings/llama-3.2-tiny")
    assert "pleads or goes on at a goodbye" in page
    assert "Oh &lt;b&gt;no&lt;/b&gt;." in page
    assert "Please stay!" in page
    kept = await (await browser.get("/ratings/llama-3.2-tiny/json")).json()
    assert ReportCard.model_validate(kept) == site.home.pretend_rater.kept[0]
    assert (await browser.get("/ratings/nothing")).status == 404
