"""A toy's own settings, as the hub's own command line changes them."""

import pytest

from hub.domain.persona import DEFAULT_PERSONA
from hub.errors import NotFoundError, RefusedError
from hub.knowledge.characters import characters
from tests.guardian.api.conftest import Owner
from tests.guardian.conftest import Site

PERSONA = "/toys/pommai/persona"


async def test_who_a_toy_is_is_changed_begun_anew_and_brought_back(
    site: Site, owner: Owner
) -> None:
    before = await owner("GET", PERSONA)
    assert (before["toy"], len(before["versions"])) == ("Pommai", 1)
    changed = await owner("PATCH", PERSONA, traits=["calm", "calm ", "wise"], reply_length="short")
    assert changed["persona"] == before["persona"] | {
        "traits": ["calm", "wise"],
        "reply_length": "short",
    }
    fin = next(one for one in characters() if one.id == "fin")
    begun = await owner("PATCH", PERSONA, character="fin", kind="a small whale")
    assert begun["persona"]["kind"] == "a small whale"
    assert begun["persona"]["interests"] == [*fin.persona.interests]
    back = await owner("PATCH", PERSONA, version=2)
    assert back["persona"] == changed["persona"]
    versions = [(each["version"], each["by"]) for each in back["versions"]]
    assert versions == [(4, ""), (3, ""), (2, ""), (1, "")]
    [toy] = await site.home.toys.list()
    assert toy.persona.traits == ("calm", "wise")
    assert (await site.home.audit.list(1))[0].what == "changed who Pommai is"


async def test_a_persona_that_can_not_be_changes_nothing(site: Site, owner: Owner) -> None:
    for asked, kind, why in (
        ({"kind": "x" * 81}, RefusedError, "kind: "),
        ({"traits": ["x"] * 11}, RefusedError, "traits: "),
        ({"catchphrases": [" "]}, RefusedError, "catchphrases.0: "),
        ({"reply_length": "endless"}, RefusedError, "reply_length: "),
        ({"catchphrases": ["I will kill you."]}, RefusedError, "would not let it say"),
        ({"character": "fin", "version": 1}, RefusedError, "begin with one of them"),
        ({"character": "nobody"}, NotFoundError, "there are "),
        ({"version": 9}, NotFoundError, "not kept any more"),
    ):
        with pytest.raises(kind, match=why):
            await owner("PATCH", PERSONA, **asked)
    [toy] = await site.home.toys.list()
    assert (toy.persona, toy.persona_version) == (DEFAULT_PERSONA, 1)
    nothing = dict.fromkeys(("kind", "style", "backstory"), "")
    none = {name: list[str]() for name in ("traits", "interests", "catchphrases")}
    usual = await owner("PATCH", PERSONA, **nothing, **none, asks_back=False)
    assert usual["persona"]["kind"] == DEFAULT_PERSONA.kind
    assert usual["persona"]["asks_back"] is False
