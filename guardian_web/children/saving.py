"""All that is kept of one child, to keep elsewhere: as a JSON file, or as a page to print."""

import json
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any

from aiohttp import web

from guardian_web.children.views import child_of
from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import render
from guardian_web.talks.export import kept_turns, print_turns
from guardian_web.toys.form import LEVEL_WORDS
from hub.core.hub import Hub
from hub.domain.family.children import Child
from hub.translation import gettext as _

SHORT_PARTS = frozenset(
    {"children", "toys", "play_limits", "memories", "voice_hints", "alerts", "figures"}
)
"""What the head of the page to print tells of; the talks follow."""


async def save(request: web.Request) -> web.StreamResponse:
    """`?form=` json or print."""
    hub, child = request.app[HUB], await child_of(request)
    made_at = (await hub.household.get()).local(request.app[CLOCK].now())
    form = request.query.get("form", "print")
    if form not in {"json", "print"}:
        raise web.HTTPBadRequest(text=_("It can be saved as print or json."))
    headers = {"Content-Type": "text/html; charset=utf-8"}
    if form == "json":
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Disposition": f'attachment; filename="pommai-child-{made_at:%Y-%m-%d}.json"',
        }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    texts = _json(hub, child, made_at) if form == "json" else _print(hub, child, made_at)
    async with aclosing(texts):
        async for text in texts:
            await response.write(text.encode("utf-8", "replace"))
    await response.write_eof()
    return response


async def _json(hub: Hub, child: Child, made_at: datetime) -> AsyncGenerator[str]:
    """One object, with a list for each part."""
    yield f'{{"pommai": 1, "made_at": {json.dumps(made_at.isoformat())}'
    last = ""
    async with aclosing(hub.privacy.of_child(child.id)) as pieces:
        async for part, rows in pieces:
            lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
            begin = ",\n" if part == last else f'{"]" if last else ""},\n"{part}": [\n'
            yield begin + lines
            last = part
    yield "\n]}\n"


async def _print(hub: Hub, child: Child, made_at: datetime) -> AsyncGenerator[str]:
    parts: defaultdict[str, list[Any]] = defaultdict(list)
    async with aclosing(hub.privacy.of_child(child.id)) as pieces:
        async for part, rows in pieces:
            if part in SHORT_PARTS:
                parts[part] += rows
    yield render("print_child.html", made_at=made_at, child=child, parts=parts, levels=LEVEL_WORDS)
    household = await hub.household.get()
    async for text in print_turns(kept_turns(hub, household, child=child.id)):
        yield text
