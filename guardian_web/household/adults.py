"""A grown-up who is told of alerts: as the pages show them, and as a parent types them in.

The address is a secret: it is taken from a form, and goes back to no page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from guardian_web.household.ways import address_of
from hub.domain.household import Adult, DigestEvery
from hub.domain.safety import AlertLevel
from hub.errors import RefusedError
from hub.translation import gettext as _
from hub.translation import marked

SERVICE_WORDS = {
    "mailto": "E-mail",
    "webpush": marked("A browser"),
    "ntfy": "ntfy",
    "tgram": "Telegram",
    "signal": "Signal",
    "pover": "Pushover",
    "hassio": "Home Assistant",
    "matrix": "Matrix",
    "discord": "Discord",
    "slack": "Slack",
    "gotify": "Gotify",
    "whatsapp": "WhatsApp",
    "json": marked("A web hook"),
}
LEVEL_CHOICES = {
    "info": (marked("Everything"), marked("everything")),
    "warning": (
        marked("“Please look” and more serious"),
        marked("“Please look” and “Needs you now”"),
    ),
    "urgent": (marked("“Needs you now” only"), marked("“Needs you now” only")),
    "none": (marked("None of them"), marked("no ordinary alerts")),
}
"""What a form sends: what its choice is called, and how that reads in a sentence."""

DIGEST_CHOICES = {
    "never": marked("Never"),
    "daily": marked("Every evening at seven"),
    "weekly": marked("Sundays at seven in the evening"),
}


@dataclass(frozen=True, slots=True)
class AdultForm:
    """`id` "" is a new one; `url` "" keeps the address that is there."""

    id: str = ""
    name: str = ""
    url: str = ""
    level: str = "warning"
    gets_disclosures: bool = True
    digest: str = "never"
    digest_words: bool = False

    @classmethod
    def of(cls, adult: Adult) -> "AdultForm":
        """Without the address."""
        level = adult.least_level or "none"
        return cls(
            adult.id,
            adult.name,
            level=level,
            gets_disclosures=adult.gets_disclosures,
            digest=adult.digest,
            digest_words=adult.digest_words,
        )

    @classmethod
    def read(cls, form: Mapping[str, object]) -> "AdultForm":
        """Raises RefusedError for a mailbox or a phone that can't be one."""
        return cls(
            id=str(form.get("id", "")),
            name=" ".join(str(form.get("name", "")).split()),
            url=address_of(form),
            level=str(form.get("level", "")),
            gets_disclosures=form.get("gets_disclosures") == "yes",
            digest=str(form.get("digest", "never")),
            digest_words=form.get("digest_words") == "yes",
        )

    def adult(self) -> Adult:
        """Raises RefusedError for a choice that there is not."""
        if self.level not in LEVEL_CHOICES:
            raise RefusedError(_("Please choose which alerts they get."))
        if self.digest not in DIGEST_CHOICES:
            raise RefusedError(_("Please choose how often they get a digest."))
        level = None if self.level == "none" else AlertLevel(self.level)
        return Adult(
            self.id,
            self.name,
            self.url,
            level,
            self.gets_disclosures,
            DigestEvery(self.digest),
            self.digest_words,
        )


def service_words(scheme: str) -> str:
    """What a kind of service is called; "" where no address is known."""
    secure = scheme.removesuffix("s")
    return SERVICE_WORDS.get(scheme) or SERVICE_WORDS.get(secure) or scheme
