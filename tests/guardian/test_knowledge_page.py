"""The pages of what toys know: a parent adds texts and files, reads what was taken of them, and removes them."""

import re
from contextlib import AsyncExitStack
from html import unescape

import pytest
from aiohttp import ClientResponse, FormData, web
from aiohttp.test_utils import TestServer

from guardian_web.knowledge import views
from hub.alerts.maker import AlertMaker
from hub.config import Config
from hub.core.knowledge import KEEP_FETCHED, MAX_FETCHED, Knowledge, NewDocument, title_of
from hub.domain.family.documents import (
    MAX_SOURCE_CHARS,
    MAX_TITLE_CHARS,
    MAX_TYPED_CHARS,
    DocumentKind,
)
from hub.domain.toys import Toy
from hub.egress.gate import EgressGate
from hub.egress.remote_embedder import RemoteEmbedder
from hub.egress.spending import Prices, Spending
from hub.errors import DataError
from hub.knowledge.documents.search import PassageSearch
from hub.providers.base import ProviderSetup
from tests.guardian.conftest import Browser, Site
from tests.knowledge.documents.files import pdf

PATH = "/knowledge"
GRANDMA = "Grandma Rosa was born in Lisbon."


async def test_a_text_is_added_read_shared_and_removed(site: Site) -> None:
    browser = await site.guardian()
    assert "Nothing yet" in await browser.see(PATH)
    await browser.send(PATH, PATH, text=GRANDMA, kind="fact", toy="", title="")
    [document] = await site.home.knowledge.list()
    assert (document.title, document.kind) == (GRANDMA, DocumentKind.FACT)
    own = f"{PATH}/{document.id}"
    assert "It is being read." in await browser.see(own)
    await site.home.documents.finish()
    html = await browser.see(own)
    assert f'<li id="passage-0">{GRANDMA}</li>' in html
    assert "It is being read." not in html
    assert "1 passage" in await browser.see(PATH)
    await browser.send(own, f"{own}/share", cloud="yes")
    assert (await site.home.knowledge.get(document.id)).cloud
    await browser.send(own, f"{own}/remove")
    assert await site.home.knowledge.list() == []
    assert (await browser.get(own)).status == 404


def read_outside(site: Site, model: str) -> None:
    """From now on a service outside the home says what texts mean."""
    section = {"base_url": "https://api.openai.com/v1", "model": model}
    config, store, clock = (
        Config.model_validate({"embedding": section}),
        site.home.store,
        site.clock,
    )
    spending = Spending(store, Prices.load(config), clock, AlertMaker(store, clock))
    outgoing = EgressGate(store, clock, spending)
    embedder = RemoteEmbedder.chosen(ProviderSetup(config, {}, clock), outgoing, spending)
    search, documents = PassageSearch(store, clock, embedder), site.home.documents
    site.home.knowledge = Knowledge(
        store, search, documents, site.home.talks, site.home.pages, clock, embedder
    )


async def test_who_outside_the_home_reads_it_and_what_that_costs_is_said(site: Site) -> None:
    browser = await site.guardian()
    await browser.send(PATH, PATH, text=GRANDMA, kind="fact", toy="", title="")
    [document] = await site.home.knowledge.list()
    assert "OpenAI" not in await browser.see(PATH)
    read_outside(site, "text-embedding-3-small")
    html = unescape(await browser.see(PATH))
    assert "OpenAI in the United States reads what you let models outside our home be told" in html
    assert "To read a book costs about 0.33 ¢." in html
    for address in (PATH, f"{PATH}/{document.id}"):
        assert "All of it goes to OpenAI in the United States" in await browser.see(address)
    read_outside(site, "a-new-model")
    assert "We don’t know what it costs, and count $0.08" in unescape(await browser.see(PATH))


async def send_file(browser: Browser, content: bytes, name: str, **fields: str) -> ClientResponse:
    found = re.search(r'name="csrf" value="(\w+)"', await browser.see(PATH))
    assert found
    form = FormData({"csrf": found[1], **fields}, quote_fields=False, default_to_multipart=True)
    form.add_field("file", content, filename=name)
    address, headers = f"{browser.origin}{PATH}/file", {"Origin": browser.origin}
    return await browser.session.post(address, data=form, headers=headers, allow_redirects=False)


async def test_a_file_is_added_for_one_toy(site: Site) -> None:
    await site.home.toys.save(Toy(id="bear", name="Bear"))
    browser = await site.guardian()
    answer = await send_file(browser, pdf([GRANDMA]), "Our family.pdf", kind="memory", toy="bear")
    assert answer.status == 303
    await site.home.documents.finish()
    [document] = await site.home.knowledge.list()
    assert (document.title, document.source, document.toy_id) == (
        "Our family",
        "Our family.pdf",
        "bear",
    )
    assert "Bear" in await browser.see(f"{PATH}/{document.id}")
    [passage] = await site.home.knowledge.text(document.id)
    assert passage.text == GRANDMA


async def test_of_a_file_s_long_name_the_beginning_is_kept(site: Site) -> None:
    await site.home.knowledge.add_file(GRANDMA.encode(), "n" * 600 + ".txt", NewDocument())
    [document] = await site.home.knowledge.list()
    assert (len(document.title), len(document.source)) == (MAX_TITLE_CHARS, MAX_SOURCE_CHARS)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"text": "  ", "kind": "fact"}, "There is nothing to know in it"),
        (
            {"text": "a" * (MAX_TYPED_CHARS + 1), "kind": "fact"},
            f"The text has {MAX_TYPED_CHARS + 1} characters",
        ),
        ({"text": GRANDMA, "kind": "rumour"}, "Please choose what it is"),
        ({"text": GRANDMA, "kind": "fact", "toy": "none"}, "There is no such toy"),
        ({"text": GRANDMA, "kind": "fact", "title": "t" * 121}, "The title has 121 characters"),
    ],
)
async def test_what_cannot_be_added_says_why_at_its_field(
    site: Site, form: dict[str, str], why: str
) -> None:
    browser = await site.guardian()
    answer = await browser.send(PATH, PATH, **form)
    html = unescape(await answer.text())
    assert answer.status == 409
    assert f'id="text-problem">{why}' in html
    assert form["text"].strip()[:50] in html
    assert await site.home.knowledge.list() == []


async def test_a_file_of_another_kind_says_which_can_be_read(site: Site) -> None:
    browser = await site.guardian()
    answer = await send_file(browser, b"MZ", "setup.exe", kind="document")
    assert answer.status == 409
    assert "those can: .txt" in await answer.text()


async def test_what_cannot_be_read_is_said_on_its_page(site: Site) -> None:
    browser = await site.guardian()
    document = await site.home.knowledge.add_file(b"no PDF", "trip.pdf", NewDocument())
    await site.home.documents.finish()
    assert "damaged, or no PDF" in await browser.see(f"{PATH}/{document.id}")
    assert "can’t be read" in unescape(await browser.see(PATH))


async def test_a_turn_leads_to_the_passages_that_it_used_also_far_into_a_book(site: Site) -> None:
    browser = await site.guardian()
    book = " ".join(f"In year {number} Grandma was in Lisbon." for number in range(3500)).encode()
    document = await site.home.knowledge.add_file(book, "Lisbon.txt", NewDocument())
    await site.home.knowledge.finish()
    turn = await site.home.hear("t1", "where was grandma born")
    turn.passages = [f"{document.id}:61"]
    await site.home.answer(turn, "In Lisbon.")
    html = await browser.see(f"/talks/{turn.conversation_id}")
    address = f"/knowledge/{document.id}?at=61"
    assert f'href="{address}#passage-61"' in html
    page = await browser.see(address)
    assert 'id="passage-61"' in page
    assert (f"{document.id}?at=0#" in page, "Later in this text" in page) == (True, False)
    first = await browser.see(f"/knowledge/{document.id}?at=nowhere")
    assert 'id="passage-59"' in first
    assert 'id="passage-60"' not in first
    assert ("Earlier in this text" in first, "?at=60#" in first) == (False, True)


async def test_documents_stand_on_more_than_one_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MAX_LISTED", 2)
    for number in range(5):
        about = NewDocument(title=f"Story {number}")
        await site.home.knowledge.add_text(f"{GRANDMA} {number}", about)
    browser = await site.guardian()
    for address, shown in (
        ("/knowledge", "43"),
        ("/knowledge?at=2", "21"),
        ("/knowledge?at=99", "0"),
    ):
        assert "".join(re.findall(r">Story (\d)<", await browser.see(address))) == shown


async def test_a_question_that_is_none_says_so(site: Site) -> None:
    browser = await site.guardian()
    [toy] = await site.home.toys.list()
    for form, why in (
        ({"toy": toy.id, "question": " "}, "There is no question in it"),
        ({"toy": "none", "question": "who?"}, "There is no such toy"),
    ):
        answer = await browser.send(PATH, f"{PATH}/try", **form)
        assert answer.status == 409
        assert why in unescape(await answer.text())


async def page_with(text: str, kind: str, stack: AsyncExitStack) -> str:
    """The address of a page on a server of the family's own."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=text.encode("latin-1"), content_type=kind, charset="latin-1")

    app = web.Application()
    app.router.add_get("/tale", answer)
    server = await stack.enter_async_context(TestServer(app))
    return str(server.make_url("/tale"))


async def test_a_web_page_is_looked_at_and_kept(site: Site) -> None:
    browser = await site.guardian()
    async with AsyncExitStack() as stack:
        html = "<nav>Menu</nav><main><h1>The café</h1><p>Grandma Rosa owns it.</p></main>"
        address = await page_with(html, "text/html", stack)
        refused = await browser.send(PATH, f"{PATH}/address", address=address)
        assert refused.status == 409
        assert 'id="address-problem">127.0.0.1 is on your own network' in await refused.text()
        shown = await browser.send(PATH, f"{PATH}/address", address=address, at_home="yes")
    own = shown.headers["Location"]
    assert "The café Grandma Rosa owns it." in await browser.see(own)
    assert await site.home.knowledge.list() == []
    assert f'href="{own}"' in await browser.see(PATH)
    assert (await browser.send(own, own, kind="rumour")).status == 409
    kept = await browser.send(own, own, kind="fact", toy="", title="")
    await site.home.documents.finish()
    [document] = await site.home.knowledge.list()
    assert kept.headers["Location"].startswith(f"{PATH}/{document.id}")
    assert (document.source, document.kind) == (address, DocumentKind.FACT)
    [passage] = await site.home.knowledge.text(document.id)
    assert passage.text == "The café Grandma Rosa owns it."
    assert (await browser.get(own)).status == 404


async def test_a_page_is_forgotten_after_an_hour_and_none_but_texts_are_taken(site: Site) -> None:
    knowledge = site.home.knowledge
    async with AsyncExitStack() as stack:
        address = await page_with(GRANDMA, "text/plain", stack)
        found = [await knowledge.fetch(address, at_home=True) for _ in range(MAX_FETCHED + 1)]
        assert [each.id for each in knowledge.all_fetched()] == [each.id for each in found[1:]]
        await site.clock.advance(KEEP_FETCHED.total_seconds())
        assert knowledge.all_fetched() == []
        picture = await page_with(GRANDMA, "image/png", stack)
        with pytest.raises(DataError, match="no text at that address, but image/png"):
            await knowledge.fetch(picture, at_home=True)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (GRANDMA, GRANDMA),
        ("# Our caravan\n\nIt is called The Snail and it is very slow.", "Our caravan"),
        (
            "Grandma Rosa was born in Lisbon. She came here by ship when she was nine years old.",
            GRANDMA,
        ),
        (
            "Once upon a time there was a very small and very old caravan that we called The Snail.",
            "Once upon a time there was a very small and very old…",
        ),
        ("a" * 200, "a" * 59 + "…"),
        ("# \n-", "#"),
    ],
)
def test_a_text_without_a_title_is_called_by_how_it_begins(text: str, title: str) -> None:
    assert title_of(text) == title
