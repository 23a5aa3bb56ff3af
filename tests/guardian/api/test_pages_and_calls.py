"""What the pages can do and the API too: each of their forms and files with its call, or why there is none."""

from typing import Final

import pytest
from aiohttp import web

from guardian_web.api.openapi import PREFIX, document
from guardian_web.routes import ROUTES

OWN: Final = (
    "who does it is a person, signed in: their own password, devices, passkeys and second factor"
)
AGREED: Final = "a person has to read and agree to it there"
STARTS: Final = "a person who is not signed in yet"
LETS_IN: Final = "it lets programs or phones in, and no program may open that for another"
OF_THE_PAGE: Final = "a part of working with the page itself"

CALLS: Final = {
    "POST /toys/adopt": "POST /devices/{device}/adopt",
    "POST /toys/pair": "POST /devices/{device}/pair",
    "POST /toys/release": "POST /devices/{device}/release",
    "POST /devices/{device}": "PATCH /devices/{device}/settings",
    "POST /devices/{device}/command": "POST /devices/{device}/command",
    "POST /devices/{device}/update": "POST /devices/{device}/update",
    "POST /devices/{device}/say": "POST /devices/{device}/announce",
    "POST /devices/{device}/move": "PUT /devices/{device}/toy",
    "POST /devices/{device}/room": "PUT /devices/{device}/room",
    "POST /devices/{device}/callable": "PUT /devices/{device}/callable",
    "POST /stop": "POST /household/stop",
    "POST /resume": "DELETE /household/stop",
    "POST /quiet": "PUT /household/quiet",
    "POST /talks/keep": "PUT /talks/retention",
    "POST /talks/delete": "POST /talks/removals",
    "POST /talks/copies": "DELETE /talks/copies",
    "POST /talks/undo": "DELETE /talks/removals/{removal}",
    "GET /talks/export": "POST /talks/export",
    "GET /talks/corrections.json": "GET /talks/corrections",
    "POST /turns/{turn}": "PUT /turns/{turn}/note",
    "POST /alerts/{alert}/acknowledge": "POST /alerts/{alert}/acknowledge",
    "POST /alerts/{alert}/done": "POST /alerts/{alert}/done",
    "POST /alerts/{alert}/reopen": "POST /alerts/{alert}/reopen",
    "POST /toys": "POST /toys",
    "POST /toys/{toy}": "PATCH /toys/{toy}/settings",
    "POST /toys/{toy}/bedtime": "PATCH /toys/{toy}/bedtime",
    "POST /toys/{toy}/bedtime/begin": "POST /toys/{toy}/bedtime",
    "POST /toys/{toy}/house": "PUT /toys/{toy}/house",
    "POST /toys/{toy}/give-away": "POST /toys/{toy}/give-away",
    "POST /toys/{toy}/voices": "PUT /toys/{toy}/voice",
    "POST /toys/{toy}/persona": "PATCH /toys/{toy}/persona",
    "POST /toys/{toy}/pause": "PATCH /toys/{toy}",
    "POST /toys/{toy}/programs": "PATCH /toys/{toy}/programs",
    "POST /toys/{toy}/archive": "PUT /toys/{toy}/archived",
    "POST /toys/{toy}/remove": "DELETE /toys/{toy}",
    "POST /toys/{toy}/export": "POST /toys/{toy}/export",
    "POST /toys/import": "POST /toys/import",
    "POST /toys/{toy}/visit": "POST /toys/{toy}/visit",
    "POST /toys/{toy}/visit/end": "DELETE /toys/{toy}/visit",
    "POST /toys/{toy}/hand": "PUT /toys/{toy}/speaker",
    "POST /toys/{toy}/limits": "PUT /toys/{toy}/limits",
    "POST /toys/{toy}/give": "POST /toys/{toy}/give",
    "POST /children": "POST /children",
    "POST /children/{child}": "PATCH /children/{child}",
    "POST /children/{child}/archive": "PATCH /children/{child}",
    "POST /children/{child}/voice-hint": "PUT /children/{child}/voice-hint",
    "POST /children/{child}/voice-hint/erase": "DELETE /children/{child}/voice-hint",
    "POST /children/{child}/remove": "DELETE /children/{child}",
    "GET /children/{child}/export": "POST /children/{child}/export",
    "POST /children/{child}/limits": "PUT /children/{child}/limits",
    "POST /children/{child}/give": "POST /children/{child}/give",
    "POST /children/{child}/memories": "POST /children/{child}/memories",
    "POST /children/{child}/memories/choice": "PATCH /children/{child}/memories",
    "POST /children/{child}/memories/erase-all": "DELETE /children/{child}/memories",
    "POST /children/{child}/memories/{memory}": "PATCH /memories/{memory}",
    "POST /children/{child}/memories/{memory}/erase": "DELETE /memories/{memory}",
    "POST /knowledge": "POST /knowledge",
    "POST /knowledge/file": "POST /knowledge",
    "POST /knowledge/address": "POST /knowledge/fetch",
    "POST /knowledge/fetched/{fetched}": "POST /knowledge",
    "POST /knowledge/try": "POST /knowledge/try",
    "POST /knowledge/{document}/remove": "DELETE /knowledge/{document}",
    "POST /household/settings": "PATCH /household/settings",
    "POST /household/costs": "PATCH /household/settings",
    "POST /household/do-not-disturb": "PATCH /household/settings",
    "POST /household/tokens/{token}/revoke": "DELETE /household/tokens/{token}",
    "POST /household/adults": "POST /adults",
    "POST /household/adults/{adult}/test": "POST /adults/{adult}/test",
    "POST /household/adults/{adult}/remove": "DELETE /adults/{adult}",
    "POST /people/invitations": "POST /people/invitations",
    "POST /people/invitations/{invitation}/revoke": "DELETE /people/invitations/{invitation}",
    "POST /people/{person}/name": "PUT /people/{person}/name",
    "POST /people/{person}/sign-out": "POST /people/{person}/sign-out",
    "POST /people/{person}/role": "PUT /people/{person}/role",
    "POST /people/{person}/remove": "DELETE /people/{person}",
    "POST /privacy/clouds/off": "POST /privacy/clouds-off",
    "POST /privacy/clouds/allow": "DELETE /privacy/clouds-off",
    "POST /privacy/export": "GET /privacy/export",
    "POST /privacy/erase": "POST /privacy/erase",
    "POST /privacy/consents/{consent}/withdraw": "DELETE /privacy/consents/{consent}",
    "POST /toys/{toy}/voices/copies/{consent}/withdraw": "DELETE /privacy/consents/{consent}",
    "POST /services/look": "POST /services/look",
    "POST /services/approve": "POST /services",
    "POST /services/forget": "DELETE /services",
    "POST /ratings": "POST /ratings",
    "POST /backups": "PUT /backups/place",
    "POST /backups/server": "PUT /backups/place",
    "POST /backups/now": "POST /backups",
    "POST /start/{step}": "PUT /setup/{step}",
    "POST /start/{step}/later": "PUT /setup/{step}",
    "GET /ws/talk/{session_id}": "POST /turns",
}
WHY_NOT: Final = {
    "POST /people/me/password": OWN,
    "POST /people/me/devices/sign-out": OWN,
    "POST /people/me/devices/{sign_in}/sign-out": OWN,
    "POST /people/me/second": OWN,
    "POST /people/me/second/on": OWN,
    "POST /people/me/second/off": OWN,
    "POST /people/me/second/codes": OWN,
    "POST /people/me/passkeys": OWN,
    "POST /people/me/passkeys/add": OWN,
    "POST /people/me/passkeys/{passkey}/remove": OWN,
    "POST /sign-out": OWN,
    "POST /sign-out-everywhere": OWN,
    "POST /setup": STARTS,
    "POST /setup/restore": STARTS,
    "POST /setup/restore/server": STARTS,
    "POST /backups/sheet": "the key is shown to a person who types their password",
    "POST /backups/{backup}/try": OF_THE_PAGE,
    "POST /sign-in": STARTS,
    "POST /sign-in/code": STARTS,
    "POST /sign-in/passkey": STARTS,
    "POST /invitation/{secret}": STARTS,
    "POST /toys/{toy}/voices/copy": AGREED,
    "POST /knowledge/{document}/share": AGREED,
    "POST /household/tokens": LETS_IN,
    "POST /household/lan": LETS_IN,
    "POST /household/wyoming": LETS_IN,
    "POST /phone": LETS_IN,
    "POST /start/remind": OF_THE_PAGE,
    "POST /start/toy/hear": OF_THE_PAGE,
    "POST /toys/{toy}/voice": OF_THE_PAGE,
    "POST /toys/{toy}/persona/prompt": OF_THE_PAGE,
    "POST /toys/{toy}/persona/try": OF_THE_PAGE,
}
FILES: Final = {
    "GET /talks/export",
    "GET /talks/corrections.json",
    "GET /children/{child}/export",
    "GET /ws/talk/{session_id}",
}
"""What is done by looking at an address."""


def test_each_form_of_the_pages_has_its_call_or_the_reason_why_not() -> None:
    pages = {f"{one.method} {one.path}" for one in ROUTES if isinstance(one, web.RouteDef)}
    forms = {page for page in pages if page.startswith("POST ")} | FILES
    assert CALLS.keys() | WHY_NOT.keys() == forms
    assert not CALLS.keys() & WHY_NOT.keys()


@pytest.mark.parametrize("call", sorted(set(CALLS.values())))
def test_each_call_is_one_that_the_api_has(call: str) -> None:
    method, _, path = call.partition(" ")
    paths = document()["paths"]
    assert method.lower() in (paths.get(path) or paths[f"{PREFIX}{path}"])
