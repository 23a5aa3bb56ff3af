"""A toy's own settings, as the hub's own command line changes them."""

from dataclasses import replace

import pytest

from hub.core.toys.voices import LATENCY
from hub.domain.persona import DEFAULT_PERSONA
from hub.domain.safety import Category, SafetyLevel
from hub.domain.talks.kept import RemovalScope
from hub.domain.toys import HomeAssistantRights, HomeAssistantTask, Patience, Satellite, Toy, Voice
from hub.domain.words import SOUND_WORDS
from hub.errors import LinkError, NotFoundError, RefusedError
from hub.knowledge.characters import characters
from tests.guardian.api.conftest import Owner
from tests.guardian.conftest import Site
from tests.guardian.voice_clouds import voice_clouds

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


async def test_a_toy_is_added_as_on_its_page(site: Site, owner: Owner) -> None:
    added = await owner("POST", "/toys", status=201, name="  Old   Fox ")
    assert await site.home.toys.get(added["id"]) == Toy(
        added["id"], "Old Fox", tells_of_reading=True
    )
    for name, why in (("old fox", "called old fox already"), (" ", "name: "), ("x" * 61, "name: ")):
        with pytest.raises(RefusedError, match=why):
            await owner("POST", "/toys", name=name)
    assert len(await site.home.toys.list()) == 2


async def test_some_settings_are_changed_and_the_others_stay(site: Site, owner: Owner) -> None:
    [before], path = await site.home.toys.list(), "/toys/pommai/settings"
    asked = {"level": "moderate", "topics": ["santa", "santa"], "thresholds": {"violence": 2}}
    changed = await owner("PATCH", path, **asked, patience="patient", name="Bear")
    [toy] = await site.home.toys.list()
    assert changed == await owner("GET", "/toys/Bear/settings")
    assert toy == replace(
        before,
        name="Bear",
        safety_level=SafetyLevel.MODERATE,
        blocked_topics=frozenset({"santa"}),
        thresholds={Category.VIOLENCE: 2},
        patience=Patience.PATIENT,
    )
    path = "/toys/Bear/settings"
    for wrong, why in (
        ({"thresholds": {"violence": 5}}, "less strict than Moderate"),
        ({"thresholds": {"none": 1}}, "thresholds: only "),
        ({"language": "xx"}, "language: Please choose"),
        ({"level": "none"}, "level: "),
        ({"topics": ["x"] * 51}, "topics: "),
        ({"name": " "}, "name: "),
    ):
        with pytest.raises(RefusedError, match=why):
            await owner("PATCH", path, **wrong)
    assert await owner("GET", path) == changed
    strict = await owner("PATCH", path, level="strict", topics=[])
    assert (strict["topics"], strict["thresholds"]) == ([], {})
    assert (await site.home.audit.list(1))[0].what == "changed the settings of Bear"


async def test_what_a_toy_may_ask_of_the_house(site: Site, owner: Owner) -> None:
    path = "/toys/pommai/house"
    assert not any((await owner("GET", path)).values())
    allowed = await owner("PUT", path, tasks=["lights"], rooms=["Kitchen", "Kitchen "])
    assert allowed == {"tasks": ["lights"], "rooms": ["Kitchen"], "players": []}
    for asked, why in (
        ({"tasks": ["music"]}, "players: Please name"),
        ({"tasks": ["lights"], "rooms": ["Kitchen; unlock {{ x }}"]}, "is not a name"),
        ({"tasks": ["doors"]}, "tasks.0: "),
    ):
        with pytest.raises(RefusedError, match=why):
            await owner("PUT", path, **asked)
    [toy] = await site.home.toys.list()
    assert toy.home_assistant_rights == HomeAssistantRights(
        frozenset({HomeAssistantTask.LIGHTS}), ("Kitchen",)
    )


async def test_bedtime_is_set_and_begun(site: Site, owner: Owner) -> None:
    path, [toy] = "/toys/pommai/bedtime", await site.home.toys.list()
    assert await owner("GET", path) == {"minutes": 12, "sound": "rain"}
    assert await owner("PATCH", path, sound="none") == {"minutes": 12, "sound": None}
    assert await owner("PATCH", path, minutes=20) == {"minutes": 20, "sound": None}
    for wrong, why in (
        ({"minutes": 2}, "minutes: "),
        ({"minutes": 31}, "minutes: "),
        ({"sound": "pause"}, "sound: Input should be 'none', 'noise'"),
    ):
        with pytest.raises(RefusedError, match=why):
            await owner("PATCH", path, **wrong)
    for sound in SOUND_WORDS:
        assert (await owner("PATCH", path, sound=sound))["sound"] == sound
    await owner("PATCH", path, minutes=12, sound="none")
    with pytest.raises(LinkError, match="lives in no device"):
        await owner("POST", path)
    site.home.see(Satellite("id:1", "teddy", adopted=True, toy_id=toy.id))
    assert (await owner("POST", path, status=202))["name"] == "Pommai"
    assert site.home.satellites.put_to_bed == ["Pommai"]


async def test_a_toy_is_given_away_and_what_was_said_goes_where_that_is_wished(
    site: Site, owner: Owner
) -> None:
    [toy], path = await site.home.toys.list(), "/toys/pommai/give-away"
    site.home.see(Satellite("id:1", "teddy", adopted=True, toy_id=toy.id))
    await site.home.answer(await site.home.hear("t1", "hello"), "Hello!")
    given = await owner("POST", path)
    assert given == {"toy": "Pommai", "devices": ["teddy"], "removal": None}
    assert await site.home.turns.recent(5)
    given = await owner("POST", path, talks=True)
    assert (given["devices"], given["removal"]["scope"]) == ([], RemovalScope.TOY)
    assert not await site.home.turns.recent(5)
    assert (await owner("POST", path, talks=True))["removal"] is None
    assert (await site.home.audit.list(1))[0].what == "gave Pommai away"


async def test_a_voice_is_chosen_and_a_cloud_must_be_agreed_to(
    site: Site, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/toys/pommai/voice"
    async with voice_clouds(site, monkeypatch):
        mine = await owner("GET", f"{path}s")
        assert (mine["provider"], mine["sends"], mine["speaks"]) == ("espeak", "", True)
        assert "elevenlabs" in mine["providers"]
        there = await owner("GET", f"{path}s/elevenlabs")
        assert [voice["id"] for voice in there["voices"]] == ["voice0", "voice1"]
        assert "ElevenLabs" in there["sends"]
        asked = {"provider": "elevenlabs", "voice": "voice1", "format": "mp3_44100_128"}
        for wrong, kind, why in (
            ({"agrees": False}, RefusedError, "agrees: Please read what would leave"),
            ({"voice": "voice9"}, RefusedError, "voice: That voice is not there"),
            ({"format": "tape"}, RefusedError, "format: Please choose"),
            ({"latency": 9}, RefusedError, "latency: Please choose"),
            ({"provider": "nobody"}, NotFoundError, "no such program"),
        ):
            with pytest.raises(kind, match=why):
                await owner("PUT", path, **asked | {"agrees": True} | wrong)
        assert (await site.home.toys.list())[0].voice == Voice()
        chosen = await owner("PUT", path, **asked, latency=2, agrees=True)
    assert (chosen["speaks"], chosen["voice"], chosen["latency"]) == (True, "voice1", 2)
    [toy] = await site.home.toys.list()
    assert toy.voice == Voice("voice1", {LATENCY: 2.0}, "elevenlabs", "mp3_44100_128")
    assert (await site.home.privacy.clouds.access()).allowed
    assert (await site.home.audit.list(1))[0].what == "chose a voice for Pommai"
