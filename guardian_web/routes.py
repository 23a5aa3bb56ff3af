"""Every address of the pages, each with the role that it needs; the last are for anybody who reaches the hub.

`for_guardians` lets everybody who is signed in look, and guardians do; a route that needs another role says so.
"""

from aiohttp import web

from guardian_web import sse, static_files
from guardian_web.alerts import views as alerts
from guardian_web.api.gate import tokens_too
from guardian_web.backups import bring_back
from guardian_web.backups import views as backups
from guardian_web.children import memories, saving
from guardian_web.children import views as children
from guardian_web.devices import views as devices
from guardian_web.first_hour import views as first_hour
from guardian_web.gate import for_guardians
from guardian_web.home import views as home
from guardian_web.household import adults_page as adults
from guardian_web.household import programs_page as programs
from guardian_web.household import views as household
from guardian_web.insight import views as insight
from guardian_web.knowledge import views as knowledge
from guardian_web.limits import views as limits
from guardian_web.moving import views as moving
from guardian_web.network_services import views as network_services
from guardian_web.people import invitation, log, passkeys, second
from guardian_web.people import views as people
from guardian_web.phone import views as phone
from guardian_web.privacy import views as privacy
from guardian_web.ratings import views as ratings
from guardian_web.sign_in import passkeys as sign_in_by_passkey
from guardian_web.sign_in import views as sign_in
from guardian_web.talks import routes as talks
from guardian_web.toy_checks import views as toy_checks
from guardian_web.toys import (
    bedtime,
    company,
    giving_away,
    house_rights,
    leaving,
    persona,
    programs_page,
)
from guardian_web.toys import views as toys
from guardian_web.try_toy import views as try_toy
from guardian_web.voices import views as voices
from hub.domain.api import Scope
from hub.domain.family.people import Role

ROUTES: list[web.AbstractRouteDef] = [
    web.get("/", for_guardians(home.home)),
    web.post("/toys/adopt", for_guardians(home.adopt)),
    web.post("/toys/pair", for_guardians(home.pair)),
    web.get("/devices/{device}", for_guardians(devices.show)),
    web.post("/devices/{device}", for_guardians(devices.save)),
    web.post("/devices/{device}/command", for_guardians(devices.command)),
    web.post("/devices/{device}/update", for_guardians(devices.update)),
    web.post("/devices/{device}/say", for_guardians(devices.announce)),
    web.post("/devices/{device}/move", for_guardians(devices.move)),
    web.post("/devices/{device}/room", for_guardians(devices.hear_room)),
    web.post("/devices/{device}/callable", for_guardians(devices.let_call)),
    web.post("/toys/release", for_guardians(home.release)),
    web.post("/stop", for_guardians(home.stop, Role.VIEWER)),
    web.post("/quiet", for_guardians(home.quieten)),
    web.post("/resume", for_guardians(home.resume)),
    *talks.ROUTES,
    web.get("/insight", for_guardians(insight.show)),
    web.get("/alerts", for_guardians(alerts.show)),
    web.post("/alerts/{alert}/acknowledge", for_guardians(alerts.acknowledge)),
    web.post("/alerts/{alert}/done", for_guardians(alerts.finish)),
    web.post("/alerts/{alert}/reopen", for_guardians(alerts.reopen)),
    web.get("/toys", for_guardians(toys.show)),
    web.post("/toys", for_guardians(toys.add)),
    web.post("/toys/{toy}/pause", for_guardians(toys.pause)),
    *moving.ROUTES,
    web.get("/toys/{toy}", for_guardians(toys.show_settings)),
    web.post("/toys/{toy}", for_guardians(toys.save_settings)),
    web.get("/toys/{toy}/programs", for_guardians(programs_page.show)),
    web.post("/toys/{toy}/programs", for_guardians(programs_page.save)),
    web.get("/toys/{toy}/persona", for_guardians(persona.show)),
    web.post("/toys/{toy}/persona", for_guardians(persona.save)),
    web.post("/toys/{toy}/persona/prompt", for_guardians(persona.prompt)),
    web.post("/toys/{toy}/persona/try", for_guardians(persona.try_out)),
    web.get("/toys/{toy}/check", for_guardians(toy_checks.show)),
    web.get("/toys/{toy}/give-away", for_guardians(giving_away.show)),
    web.post("/toys/{toy}/give-away", for_guardians(giving_away.give_away)),
    web.get("/toys/{toy}/company", for_guardians(company.show)),
    web.post("/toys/{toy}/visit", for_guardians(company.begin_visit)),
    web.post("/toys/{toy}/visit/end", for_guardians(company.end_visit)),
    web.post("/toys/{toy}/hand", for_guardians(company.hand)),
    web.get("/toys/{toy}/leaving", for_guardians(leaving.show)),
    web.post("/toys/{toy}/archive", for_guardians(leaving.archive)),
    web.post("/toys/{toy}/remove", for_guardians(leaving.remove)),
    web.get("/toys/{toy}/bedtime", for_guardians(bedtime.show)),
    web.post("/toys/{toy}/bedtime", for_guardians(bedtime.save)),
    web.post("/toys/{toy}/bedtime/begin", for_guardians(bedtime.begin)),
    web.get("/toys/{toy}/house", for_guardians(house_rights.show)),
    web.post("/toys/{toy}/house", for_guardians(house_rights.save)),
    *voices.ROUTES,
    web.get("/children", for_guardians(children.show)),
    web.post("/children", for_guardians(children.add)),
    web.get("/children/{child}", for_guardians(children.show_child)),
    web.post("/children/{child}", for_guardians(children.save)),
    web.get("/children/{child}/export", for_guardians(saving.save, Role.GUARDIAN)),
    web.post("/children/{child}/archive", for_guardians(children.archive)),
    web.post("/children/{child}/voice-hint", for_guardians(children.agree_to_hint)),
    web.post("/children/{child}/voice-hint/erase", for_guardians(children.erase_hint)),
    web.post("/children/{child}/remove", for_guardians(children.remove)),
    *memories.ROUTES,
    *knowledge.ROUTES,
    web.get("/try", for_guardians(try_toy.show, Role.GUARDIAN)),
    web.get("/ws/talk/{session_id}", for_guardians(try_toy.talk, Role.GUARDIAN, to_script=True)),
    web.get("/children/{child}/limits", for_guardians(limits.show)),
    web.post("/children/{child}/limits", for_guardians(limits.save)),
    web.post("/children/{child}/give", for_guardians(limits.give)),
    web.get("/toys/{toy}/limits", for_guardians(limits.show)),
    web.post("/toys/{toy}/limits", for_guardians(limits.save)),
    web.post("/toys/{toy}/give", for_guardians(limits.give)),
    web.get("/household", for_guardians(household.show)),
    web.get("/household/settings", for_guardians(household.show_settings)),
    web.post("/household/settings", for_guardians(household.save_settings)),
    web.get("/household/safety", for_guardians(household.show_safety)),
    web.get("/household/costs", for_guardians(household.show_costs)),
    web.post("/household/costs", for_guardians(household.save_costs)),
    web.get("/household/adults", for_guardians(adults.show)),
    web.post("/household/adults", for_guardians(adults.save)),
    web.post("/household/adults/{adult}/test", for_guardians(adults.send_test)),
    web.post("/household/adults/{adult}/remove", for_guardians(adults.remove)),
    web.post("/household/do-not-disturb", for_guardians(adults.save_do_not_disturb)),
    web.get("/household/programs", for_guardians(programs.show)),
    web.post("/household/wyoming", for_guardians(programs.save_wyoming)),
    web.post("/household/tokens", for_guardians(programs.make_token, Role.OWNER)),
    web.post("/household/tokens/{token}/revoke", for_guardians(programs.revoke_token, Role.OWNER)),
    web.post("/household/lan", for_guardians(programs.save_lan)),
    web.get("/people", for_guardians(people.show)),
    web.get("/people/log", for_guardians(log.show, Role.GUARDIAN)),
    web.post("/people/me/password", for_guardians(people.change_password, Role.VIEWER)),
    web.post("/people/me/devices/sign-out", for_guardians(people.sign_others_out, Role.VIEWER)),
    web.post(
        "/people/me/devices/{sign_in}/sign-out", for_guardians(people.sign_one_out, Role.VIEWER)
    ),
    web.post("/people/me/second", for_guardians(second.begin, Role.VIEWER)),
    web.post("/people/me/second/on", for_guardians(second.turn_on, Role.VIEWER)),
    web.post("/people/me/second/off", for_guardians(second.turn_off, Role.VIEWER)),
    web.post("/people/me/second/codes", for_guardians(second.new_codes, Role.VIEWER)),
    web.post("/people/me/passkeys", for_guardians(passkeys.begin, Role.VIEWER)),
    web.post("/people/me/passkeys/add", for_guardians(passkeys.add, Role.VIEWER)),
    web.post("/people/me/passkeys/{passkey}/remove", for_guardians(passkeys.remove, Role.VIEWER)),
    web.post("/people/invitations", for_guardians(people.invite, Role.OWNER)),
    web.post(
        "/people/invitations/{invitation}/revoke",
        for_guardians(people.revoke_invitation, Role.OWNER),
    ),
    web.post("/people/{person}/name", for_guardians(people.rename, Role.OWNER)),
    web.post("/people/{person}/role", for_guardians(people.change_role, Role.OWNER)),
    web.post("/people/{person}/sign-out", for_guardians(people.sign_person_out, Role.OWNER)),
    web.post("/people/{person}/remove", for_guardians(people.remove, Role.OWNER)),
    *backups.ROUTES,
    web.get("/phone", for_guardians(phone.show)),
    web.post("/phone", for_guardians(phone.save)),
    web.get("/phone/code.svg", for_guardians(phone.code)),
    web.get("/privacy", for_guardians(privacy.show)),
    web.post("/privacy/clouds/off", for_guardians(privacy.turn_off)),
    web.post("/privacy/clouds/allow", for_guardians(privacy.allow)),
    web.post("/privacy/export", for_guardians(privacy.export)),
    web.get("/privacy/erase", for_guardians(privacy.show_erase, Role.OWNER)),
    web.post("/privacy/erase", for_guardians(privacy.erase, Role.OWNER)),
    web.post("/privacy/consents/{consent}/withdraw", for_guardians(privacy.withdraw)),
    web.get("/services", for_guardians(network_services.show)),
    web.post("/services/look", for_guardians(network_services.look)),
    web.post("/services/approve", for_guardians(network_services.approve)),
    web.post("/services/forget", for_guardians(network_services.forget)),
    web.get("/ratings", for_guardians(ratings.show)),
    web.post("/ratings", for_guardians(ratings.rate)),
    web.get("/ratings/{card}", for_guardians(ratings.show_card)),
    web.get("/ratings/{card}/json", for_guardians(ratings.show_json)),
    web.get("/start", for_guardians(first_hour.show_all)),
    web.post("/start/remind", for_guardians(first_hour.remind)),
    web.post("/start/toy/hear", for_guardians(first_hour.hear)),
    web.get("/start/{step}", for_guardians(first_hour.show)),
    web.post("/start/{step}", for_guardians(first_hour.save)),
    web.post("/start/{step}/later", for_guardians(first_hour.leave_out)),
    web.post("/sign-out", for_guardians(sign_in.sign_out, Role.VIEWER)),
    web.post("/sign-out-everywhere", for_guardians(sign_in.sign_out_everywhere, Role.VIEWER)),
    web.get("/events", for_guardians(sse.events, to_script=True)),
    web.get("/metrics", tokens_too(home.metrics, for_guardians(home.metrics), Scope.STATE)),
    web.get("/health", home.health),
    *bring_back.ROUTES,
    web.get("/setup", sign_in.show_setup),
    web.post("/setup", sign_in.set_up),
    web.get("/sign-in", sign_in.show_sign_in),
    web.post("/sign-in", sign_in.sign_in),
    web.post("/sign-in/code", sign_in.finish),
    web.get("/sign-in/passkey", sign_in_by_passkey.options),
    web.post("/sign-in/passkey", sign_in_by_passkey.sign_in),
    web.get("/invitation/{secret}", invitation.show),
    web.post("/invitation/{secret}", invitation.accept),
    web.get("/trust", phone.trust),
    web.get("/trust/pommai.crt", phone.certificate),
    web.get("/offline", phone.offline),
    web.get("/static/{name}", static_files.show),
    web.get("/static/{version}/{name}", static_files.show),
    # There, as a worker serves the pages below its own address.
    web.get("/sw.js", static_files.show),
]
