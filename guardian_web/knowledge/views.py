"""What toys know: a parent adds texts, files and web pages, reads what was taken of them, tries and removes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from guardian_web.children.views import sentence
from guardian_web.gate import for_guardians
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, typed
from guardian_web.talks.cards import money
from guardian_web.upload import TAKES_FILES, UPLOAD
from hub.core.knowledge import NewDocument, Tried
from hub.domain.family.documents import (
    MAX_ADDRESS_CHARS,
    MAX_DOCUMENT_BYTES,
    MAX_TITLE_CHARS,
    MAX_TYPED_CHARS,
    DocumentKind,
)
from hub.errors import DataError, NotFoundError, PommaiError
from hub.translation import gettext as _
from hub.translation import marked

KINDS: Mapping[DocumentKind, str] = {
    DocumentKind.FACT: marked("Facts about our family"),
    DocumentKind.MEMORY: marked("Something that we lived through"),
    DocumentKind.BACKSTORY: marked("Where the toy comes from"),
    DocumentKind.DOCUMENT: marked("A story, a book, something else"),
}
DONE = {
    "added": marked("It is kept. Toys know it once it is read."),
    "shared": marked("Saved. It takes effect with the next turn."),
    "removed": marked("Toys know it no more, and it is being deleted from the disk."),
}
MAX_SHOWN = 60
"""Passages of a document at once."""
MAX_LISTED = 25
"""Documents on one page, which on a phone is some 4,700 pixels long then."""
MAX_QUESTION_CHARS = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong with a form, and what stood in it."""

    form: str
    words: str
    typed: Mapping[str, str]


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def add_text(request: web.Request) -> web.StreamResponse:
    form = await _form(request)
    text = form.get("text", "").replace("\r\n", "\n")
    try:
        document = await request.app[HUB].knowledge.add_text(text, _about(form))
    except PommaiError as error:
        return await _page(request, Problem("text", sentence(error), form))
    return see(f"/knowledge/{document.id}?done=added")


async def add_file(request: web.Request) -> web.StreamResponse:
    upload = request.get(UPLOAD)
    form = upload.fields if upload else {}
    try:
        if upload is None or not upload.files:
            raise DataError(_("the file did not come along: please choose it again"))
        document = await request.app[HUB].knowledge.add_file(
            upload.files[0], upload.names[0], _about(form)
        )
    except PommaiError as error:
        return await _page(request, Problem("file", sentence(error), form))
    return see(f"/knowledge/{document.id}?done=added")


async def fetch(request: web.Request) -> web.StreamResponse:
    form = await _form(request)
    try:
        found = await request.app[HUB].knowledge.fetch(
            form.get("address", ""), at_home=form.get("at_home") == "yes"
        )
    except PommaiError as error:
        return await _page(request, Problem("address", sentence(error), form))
    return see(f"/knowledge/fetched/{found.id}")


async def show_fetched(request: web.Request, problem: Problem | None = None) -> web.StreamResponse:
    hub = request.app[HUB]
    found = hub.knowledge.fetched(request.match_info["fetched"])
    return await guardian_page(
        request,
        "fetched.html",
        "toys",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        own=f"/knowledge/fetched/{found.id}",
        fetched=found,
        outside=hub.knowledge.reader_outside(),
        passages=found.passages[:MAX_SHOWN],
        more=len(found.passages) - MAX_SHOWN,
        toys=await hub.toys.list(),
        kinds=KINDS,
        problem=problem,
        title_max=MAX_TITLE_CHARS,
    )


async def keep_fetched(request: web.Request) -> web.StreamResponse:
    form = await _form(request)
    knowledge = request.app[HUB].knowledge
    found = knowledge.fetched(request.match_info["fetched"])
    try:
        document = await knowledge.add_fetched(found.id, _about(form))
    except PommaiError as error:
        return await show_fetched(request, Problem("keep", sentence(error), form))
    return see(f"/knowledge/{document.id}?done=added")


async def try_question(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    form = await _form(request)
    question = form.get("question", "").strip()[:MAX_QUESTION_CHARS]
    toy = await hub.toys.get(form.get("toy", ""))
    try:
        if toy is None:
            raise NotFoundError(_("there is no such toy: please choose again"))
        if not question:
            raise DataError(_("there is no question in it: write what a child might ask"))
        tried = await hub.knowledge.try_question(toy, question)
    except PommaiError as error:
        return await _page(request, Problem("try", sentence(error), form))
    return await _page(request, tried=tried, asked=form)


async def show_document(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    document = await hub.knowledge.get(request.match_info["document"])
    passages = await hub.knowledge.text(document.id)
    first = _first(request, len(passages), MAX_SHOWN)
    toys = {toy.id: toy.name for toy in await hub.toys.list()}
    return await guardian_page(
        request,
        "document.html",
        "toys",
        document=document,
        outside=hub.knowledge.reader_outside(),
        kind=KINDS[document.kind],
        toy=toys.get(document.toy_id or "", ""),
        passages=passages[first : first + MAX_SHOWN],
        first=first,
        earlier=first - MAX_SHOWN,
        later=first + MAX_SHOWN if first + MAX_SHOWN < len(passages) else 0,
        done=DONE.get(request.query.get("done", ""), ""),
    )


async def share(request: web.Request) -> web.StreamResponse:
    document = request.match_info["document"]
    cloud = await typed(request, "cloud") == "yes"
    await request.app[HUB].knowledge.share(document, cloud=cloud)
    return see(f"/knowledge/{document}?done=shared")


async def remove(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].knowledge.remove(request.match_info["document"])
    return see("/knowledge?done=removed")


ROUTES: list[web.AbstractRouteDef] = [
    web.get("/knowledge", for_guardians(show)),
    web.post("/knowledge", for_guardians(add_text)),
    web.post("/knowledge/file", for_guardians(add_file), name=f"{TAKES_FILES}document"),
    web.post("/knowledge/address", for_guardians(fetch)),
    web.get("/knowledge/fetched/{fetched}", for_guardians(show_fetched)),
    web.post("/knowledge/fetched/{fetched}", for_guardians(keep_fetched)),
    web.post("/knowledge/try", for_guardians(try_question)),
    web.get("/knowledge/{document}", for_guardians(show_document)),
    web.post("/knowledge/{document}/share", for_guardians(share)),
    web.post("/knowledge/{document}/remove", for_guardians(remove)),
]


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}


def _about(form: Mapping[str, str]) -> NewDocument:
    """Raises DataError for what no form of ours sends."""
    try:
        kind = DocumentKind(form.get("kind", ""))
    except ValueError as error:
        raise DataError(_("please choose what it is")) from error
    return NewDocument(
        form.get("title", ""), kind, form.get("toy") or None, form.get("cloud") == "yes"
    )


def _first(request: web.Request, there: int, at_once: int) -> int:
    """Of so many, where those begin that are shown together with the one at `?at=`."""
    at = request.query.get("at", "")[:5]
    place = int(at) if at.isdecimal() else 0
    return min(place, max(0, there - 1)) // at_once * at_once


async def _page(
    request: web.Request,
    problem: Problem | None = None,
    *,
    tried: Tried | None = None,
    asked: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    hub = request.app[HUB]
    documents, toys = await hub.knowledge.list(), await hub.toys.list()
    first = _first(request, len(documents), MAX_LISTED)
    return await guardian_page(
        request,
        "knowledge.html",
        "toys",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        own="/knowledge",
        documents=documents[first : first + MAX_LISTED],
        newer=first - MAX_LISTED,
        older=first + MAX_LISTED if first + MAX_LISTED < len(documents) else 0,
        fetched=hub.knowledge.all_fetched(),
        read=await hub.knowledge.read_by_model(),
        outside=hub.knowledge.reader_outside(),
        money=money,
        toys=toys,
        names={toy.id: toy.name for toy in toys},
        kinds=KINDS,
        problem=problem,
        tried=tried,
        asked=asked or {},
        done=DONE.get(request.query.get("done", ""), ""),
        title_max=MAX_TITLE_CHARS,
        text_max=MAX_TYPED_CHARS,
        question_max=MAX_QUESTION_CHARS,
        address_max=MAX_ADDRESS_CHARS,
        most_mb=MAX_DOCUMENT_BYTES // 1_000_000,
    )
