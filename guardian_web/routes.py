"""Every address of the pages, in two lists: for guardians, and for anybody who reaches the hub."""

from aiohttp import web

from guardian_web import (
    adults,
    alerts,
    device,
    home,
    household,
    metrics,
    signing,
    sse,
    stopping,
    talk,
    toys,
    try_page,
    wyoming,
)
from guardian_web.gate import for_guardians
from guardian_web.pages import HERE
from guardian_web.upload import TAKES_FILES

ROUTES: list[web.AbstractRouteDef] = [
    web.get("/", for_guardians(home.home)),
    web.post("/toys/adopt", for_guardians(home.adopt)),
    web.post("/toys/pair", for_guardians(home.pair)),
    web.get("/devices/{device}", for_guardians(device.show)),
    web.post("/devices/{device}", for_guardians(device.save)),
    web.post("/devices/{device}/order", for_guardians(device.order)),
    web.post("/devices/{device}/say", for_guardians(device.announce)),
    web.post("/devices/{device}/move", for_guardians(device.move)),
    web.post("/toys/release", for_guardians(home.release)),
    web.post("/stop", for_guardians(stopping.stop)),
    web.post("/resume", for_guardians(stopping.resume)),
    web.get("/talks/{conversation}", for_guardians(talk.show)),
    web.get("/alerts", for_guardians(alerts.show)),
    web.post("/alerts/{alert}/acknowledge", for_guardians(alerts.acknowledge)),
    web.get("/toys", for_guardians(toys.show)),
    web.get("/toys/{toy}", for_guardians(toys.show_settings)),
    web.post("/toys/{toy}", for_guardians(toys.save_settings)),
    web.post("/toys/{toy}/voice", for_guardians(toys.hear_voice)),
    web.post("/toys/{toy}/copied-voice", for_guardians(toys.copy_voice), name=TAKES_FILES),
    web.get("/try", for_guardians(try_page.show)),
    web.get("/ws/talk/{session_id}", try_page.talk),
    web.get("/household", for_guardians(household.show)),
    web.post("/household", for_guardians(household.save)),
    web.post("/household/wyoming", for_guardians(wyoming.save)),
    web.post("/household/adults", for_guardians(adults.save)),
    web.post("/household/adults/{adult}/test", for_guardians(adults.send_test)),
    web.post("/household/adults/{adult}/remove", for_guardians(adults.remove)),
    web.post("/sign-out", for_guardians(signing.sign_out)),
    web.post("/sign-out-everywhere", for_guardians(signing.sign_out_everywhere)),
    web.get("/events", sse.events),
    web.get("/metrics", for_guardians(metrics.show)),
    web.get("/health", home.health),
    web.get("/setup", signing.show_setup),
    web.post("/setup", signing.set_up),
    web.get("/sign-in", signing.show_sign_in),
    web.post("/sign-in", signing.sign_in),
    web.static("/static", HERE / "static"),
]
