"""Where a chosen service is: its address as it is set up, who runs that, and in which country.

The table is `places.toml`. An address that isn't in it has no country that we know, and says so.
"""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Final

from hub.domain.network_services import SERVICE_PREFIX
from hub.domain.toys import ProviderKind
from hub.errors import PommaiError
from hub.providers.base import ProviderSetup
from hub.providers.registry import load
from hub.translation import marked

UNKNOWN: Final = marked("a country that we don't know")
COUNTRIES: Final = {
    "CN": marked("China"),
    "EU": marked("the European Union"),
    "SG": marked("Singapore"),
    "SG of CN": marked("Singapore; the company is from China"),
    "US": marked("the United States"),
    "US and on": marked(
        "the United States, and wherever the model runs that it passes words on to"
    ),
    "chosen": marked("the region that was chosen in your Azure account"),
}
"""What the table's `country` says."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something goes."""

    host: str
    """"" where it isn't known."""
    company: str
    country: str


def place_of(host: str) -> Place:
    """Of an address such as "api.openai.com"."""
    for pattern, company, country in _table():
        if fnmatchcase(host, pattern):
            return Place(host, company, country)
    return Place(host, host, UNKNOWN)


def place_of_provider(kind: ProviderKind, name: str, setup: ProviderSetup) -> Place | None:
    """As it is set up now; None where it is at home, or isn't there. Imports the provider's module."""
    if name.startswith(SERVICE_PREFIX):
        return None
    try:
        provider = load(kind, name, setup)
    except PommaiError:
        return None
    if provider.local:
        return None
    server = getattr(provider, "server", None)
    host = str(getattr(server, "host", ""))
    return place_of(host) if host else Place("", name, UNKNOWN)


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[str, str, str], ...]:
    text = files("hub.egress").joinpath("places.toml").read_text("utf-8")
    rows = tomllib.loads(text)["place"]
    return tuple((row["host"], row["company"], COUNTRIES[row["country"]]) for row in rows)
