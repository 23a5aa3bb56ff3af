"""Every address of the pages, in one list."""

from aiohttp import web

from guardian_web import sse, views
from guardian_web.pages import HERE

ROUTES: list[web.AbstractRouteDef] = [
    web.get("/", views.home),
    web.get("/events", sse.events),
    web.get("/health", views.health),
    web.get("/setup", views.show_setup),
    web.post("/setup", views.set_up),
    web.get("/sign-in", views.show_sign_in),
    web.post("/sign-in", views.sign_in),
    web.post("/sign-out", views.sign_out),
    web.post("/sign-out-everywhere", views.sign_out_everywhere),
    web.post("/toys/adopt", views.adopt),
    web.post("/toys/release", views.release),
    web.static("/static", HERE / "static"),
]
