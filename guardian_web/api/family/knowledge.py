"""What toys know; for the hub's own command line, as it is no program's business."""

from pathlib import Path
from typing import Annotated, Final

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import Code
from guardian_web.keys import HUB
from hub.core.knowledge import NewDocument, read_file
from hub.domain.api import Scope
from hub.domain.family.documents import (
    MAX_ADDRESS_CHARS,
    MAX_TITLE_CHARS,
    MAX_TYPED_CHARS,
    Document,
    DocumentFormat,
    DocumentKind,
    DocumentState,
)

ROUTES: Final = RouteTable()

Words = Annotated[str, StringConstraints(max_length=MAX_TYPED_CHARS)]


class DocumentAnswer(models.Answer):
    id: str
    title: str
    kind: DocumentKind
    format: DocumentFormat
    toy: str
    """The name of the toy that knows it, "" for all toys."""
    source: str
    """The file's name, a page's address, "" for what was typed."""
    cloud: bool
    """Its passages may also go, masked, to a language model outside the home."""
    added_at: AwareDatetime
    state: DocumentState
    problem: str
    """Why it can't be read."""
    characters: int
    passages: int


class DocumentTextAnswer(models.Answer):
    document: DocumentAnswer
    passages: list[str]
    """What was taken from it, as toys find it; none until it is read."""


class DocumentsAnswer(models.Answer):
    documents: list[DocumentAnswer]
    """The newest first."""


class DocumentAsk(models.Request):
    """A `text`, the path of a `file` on the hub's machine, or the id of a page that was `fetched`."""

    text: Words = ""
    file: Annotated[str, StringConstraints(max_length=4096)] = ""
    fetched: Annotated[str, StringConstraints(max_length=40)] = ""
    title: Annotated[str, StringConstraints(max_length=MAX_TITLE_CHARS)] = ""
    kind: Annotated[DocumentKind, Field(strict=False)] = DocumentKind.DOCUMENT
    toy: str = ""
    """Its name; "" for all toys."""
    cloud: bool = False


class PageAsk(models.Request):
    address: Annotated[str, StringConstraints(min_length=1, max_length=MAX_ADDRESS_CHARS)]
    at_home: bool = False
    """It may be on this home's network."""


class FetchedAnswer(models.Answer):
    """Nothing of it is kept until it is added."""

    id: str
    address: str
    """Where it came from in the end."""
    characters: int
    text: str
    """Its beginning."""


class QuestionAsk(models.Request):
    toy: str
    """Its name."""
    question: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class FoundAnswer(models.Answer):
    id: str
    title: str
    text: str
    relevance: Annotated[float, Field(ge=0, le=1)]


class TriedAnswer(models.Answer):
    found: list[FoundAnswer]
    """The best first."""
    said: list[str]
    """What the toy would say."""


@ROUTES.call("GET", "/knowledge", Scope.OWNER)
async def show(request: web.Request) -> DocumentsAnswer:
    """What the family gave its toys to know."""
    documents = await request.config_dict[HUB].knowledge.list()
    return DocumentsAnswer(documents=[await _shown(request, each) for each in documents])


@ROUTES.call("POST", "/knowledge", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def add(request: web.Request, asked: DocumentAsk) -> DocumentAnswer:
    """Give toys something to know, and read it."""
    hub = request.config_dict[HUB]
    toy_id = (await hub.toys.by_name(asked.toy)).id if asked.toy else None
    about = NewDocument(asked.title, asked.kind, toy_id, asked.cloud)
    if asked.file:
        path = Path(asked.file)
        document = await hub.knowledge.add_file(await read_file(path), path.name, about)
    elif asked.fetched:
        document = await hub.knowledge.add_fetched(asked.fetched, about)
    else:
        document = await hub.knowledge.add_text(asked.text, about)
    await hub.knowledge.finish()
    return await _shown(request, await hub.knowledge.get(document.id))


@ROUTES.call("GET", "/knowledge/{document}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show_one(request: web.Request) -> DocumentTextAnswer:
    """A document, and what was taken from it."""
    knowledge = request.config_dict[HUB].knowledge
    document = await knowledge.get(request.match_info["document"])
    passages = [each.text for each in await knowledge.text(document.id)]
    return DocumentTextAnswer(document=await _shown(request, document), passages=passages)


@ROUTES.call("POST", "/knowledge/fetch", Scope.OWNER, codes=(Code.REFUSED,))
async def fetch(request: web.Request, asked: PageAsk) -> FetchedAnswer:
    """Fetch a page of the web, and see what would be taken from it."""
    found = await request.config_dict[HUB].knowledge.fetch(asked.address, at_home=asked.at_home)
    return FetchedAnswer(
        id=found.id,
        address=found.address,
        characters=len(found.text),
        text=found.text[:MAX_TYPED_CHARS],
    )


@ROUTES.call("DELETE", "/knowledge/{document}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def remove(request: web.Request) -> DocumentAnswer:
    """Remove a document for good. The answer is what it was."""
    knowledge = request.config_dict[HUB].knowledge
    gone = await knowledge.remove(request.match_info["document"])
    await knowledge.finish()
    return await _shown(request, gone)


@ROUTES.call("POST", "/knowledge/try", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def try_question(request: web.Request, asked: QuestionAsk) -> TriedAnswer:
    """See what is found for a question, and what a toy would say."""
    hub = request.config_dict[HUB]
    tried = await hub.knowledge.try_question(await hub.toys.by_name(asked.toy), asked.question)
    found = [
        FoundAnswer(
            id=each.passage.id,
            title=each.passage.title,
            text=each.passage.text,
            relevance=min(1.0, each.relevance),
        )
        for each in tried.found
    ]
    return TriedAnswer(found=found, said=tried.turn.said)


async def _shown(request: web.Request, document: Document) -> DocumentAnswer:
    toy = await request.config_dict[HUB].toys.get(document.toy_id) if document.toy_id else None
    return DocumentAnswer(
        id=document.id,
        title=document.title,
        kind=document.kind,
        format=document.format,
        toy=toy.name if toy else "",
        source=document.source,
        cloud=document.cloud,
        added_at=document.added_at,
        state=document.state,
        problem=document.problem,
        characters=document.characters,
        passages=document.passages,
    )
