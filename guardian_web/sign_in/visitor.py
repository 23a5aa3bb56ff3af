"""Who is asking: a signed-in guardian, or somebody in front of the sign-in form."""

import hashlib
import hmac
from dataclasses import dataclass

from aiohttp import web

from guardian_web import base_path
from hub.core.people.sign_ins import IDLE_LIFE, SignedIn
from hub.domain.family.people import Guardian, Role

SESSION_COOKIE = "pommai_session"
FORM_COOKIE = "pommai_form"
"""Before sign-in. A cookie of its own: a page opened by a link from elsewhere comes without the
session's (SameSite=Strict), and must not put another in its place."""
BROWSER_COOKIE = "pommai_browser"
"""Says that this browser has signed in before; it stays when its session ends, and opens nothing."""
MAX_COOKIE_CHARS = 100
"""Characters; ours have 43 or 87."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """`token` is the session's, or the form cookie's before sign-in."""

    token: str
    by: SignedIn | None = None
    """Whose session it is; None before sign-in."""

    @property
    def signed_in(self) -> bool:
        return self.by is not None

    @property
    def guardian(self) -> Guardian:
        """Who is signed in: behind `for_guardians` there is somebody."""
        assert self.by is not None, "nobody is signed in"
        return self.by.guardian

    def may(self, least: Role) -> bool:
        """Whether they are signed in with this role or a greater one."""
        return self.by is not None and self.by.guardian.role.may(least)

    @property
    def csrf(self) -> str:
        """What a form must bring along: only a page of ours, shown to this visitor, can know it."""
        return hmac.new(self.token.encode(), b"pommai form", hashlib.sha256).hexdigest()


VISITOR = web.RequestKey("visitor", Visitor)


def cookie(request: web.Request, name: str) -> str:
    """As the browser sent it; "" for none, or for one that is none of ours."""
    text = request.cookies.get(name, "")
    return text if text.isascii() and len(text) <= MAX_COOKIE_CHARS else ""


def keep_session(request: web.Request, response: web.StreamResponse, token: str) -> None:
    set_cookie(request, response, SESSION_COOKIE, token, IDLE_LIFE.total_seconds())


def set_cookie(
    request: web.Request,
    response: web.StreamResponse,
    name: str,
    token: str,
    max_age_s: float | None = None,
) -> None:
    """`max_age_s` None: until the browser is closed."""
    response.set_cookie(
        name,
        token,
        max_age=None if max_age_s is None else int(max_age_s),
        path=base_path.below("/"),
        httponly=True,
        samesite="Strict",
        secure=request.secure,
    )
