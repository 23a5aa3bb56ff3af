"""The addresses of the pages about what was said."""

from aiohttp import web

from guardian_web.gate import for_guardians
from guardian_web.talks import deleting, export, overview, views
from hub.domain.family.people import Role

ROUTES: list[web.AbstractRouteDef] = [
    web.get("/talks", for_guardians(overview.show)),
    web.get("/talks/kept", for_guardians(deleting.show)),
    web.post("/talks/keep", for_guardians(deleting.keep)),
    web.post("/talks/delete", for_guardians(deleting.delete)),
    web.post("/talks/undo", for_guardians(deleting.undo)),
    web.post("/talks/copies", for_guardians(deleting.delete_copies)),
    web.get("/talks/export", for_guardians(export.save, Role.GUARDIAN)),
    web.get("/talks/corrections.json", for_guardians(export.save_corrections, Role.GUARDIAN)),
    web.get("/talks/{conversation}", for_guardians(views.show)),
    web.get("/turns/{turn}", for_guardians(views.show_turn)),
    web.post("/turns/{turn}", for_guardians(views.save_note)),
]
