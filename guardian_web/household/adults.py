"""A grown-up who is told of alerts: as the pages show them, and as a parent types them in.

The address is a secret: it is taken from a form, and goes back to no page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.domain.household import Adult
from hub.domain.safety import AlertLevel

SERVICE_WORDS = {
    "mailto": "E-mail",
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
    "json": "A web hook",
}
LEVEL_CHOICES = (
    ("info", "Everything", "everything"),
    ("warning", "“Please look” and more serious", "“Please look” and “Needs you now”"),
    ("urgent", "“Needs you now” only", "“Needs you now” only"),
    ("none", "None of them", "no ordinary alerts"),
)
"""What a form sends, what its choice is called, and how that reads in a sentence."""


@dataclass(frozen=True, slots=True)
class AdultCard:
    id: str
    name: str
    service: str
    """"" where no address is known."""
    level: str
    gets: str
    gets_disclosures: bool


@dataclass(frozen=True, slots=True)
class AdultForm:
    """`id` "" is a new one; `url` "" keeps the address that is there."""

    id: str = ""
    name: str = ""
    url: str = ""
    level: str = "warning"
    gets_disclosures: bool = True

    @classmethod
    def read(cls, form: Mapping[str, object]) -> "AdultForm":
        return cls(
            id=str(form.get("id", "")),
            name=" ".join(str(form.get("name", "")).split()),
            url=str(form.get("url", "")).strip(),
            level=str(form.get("level", "")),
            gets_disclosures=form.get("gets_disclosures") == "yes",
        )

    def problem(self) -> str:
        """What must be changed before it can be saved; "" when nothing must."""
        if not self.name:
            return "Please give a name."
        if not self.id and not self.url:
            return "Please give an address at which alerts can reach them."
        if self.level not in {value for value, _, _ in LEVEL_CHOICES}:
            return "Please choose which alerts they get."
        return ""

    def adult(self) -> Adult:
        """Only once there is no problem."""
        return Adult(
            id=self.id,
            name=self.name,
            url=self.url,
            least_level=None if self.level == "none" else AlertLevel(self.level),
            gets_disclosures=self.gets_disclosures,
        )


def adult_card(adult: Adult) -> AdultCard:
    level = adult.least_level.value if adult.least_level else "none"
    return AdultCard(
        id=adult.id,
        name=adult.name,
        service=service_words(adult.service),
        level=level,
        gets=next(sentence for value, _, sentence in LEVEL_CHOICES if value == level),
        gets_disclosures=adult.gets_disclosures,
    )


def service_words(scheme: str) -> str:
    secure = scheme.removesuffix("s")
    return SERVICE_WORDS.get(scheme) or SERVICE_WORDS.get(secure) or scheme
