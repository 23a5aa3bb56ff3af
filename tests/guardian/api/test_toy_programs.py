"""What a toy hears, thinks and speaks with, as the hub's own command line changes it."""

from pathlib import Path

import pytest

from hub.app import App
from hub.cli.client import running_hub
from hub.config import Config
from hub.domain.toys import ProviderChoice, Voice
from hub.errors import RefusedError
from tests.guardian.api.calling import conforms

PATH = "/toys/Pommai/programs"


async def test_some_of_it_is_changed_and_a_cloud_must_be_agreed_to(tmp_path: Path) -> None:
    config = Config.model_validate({"hub": {"data": tmp_path}})
    keys = {"DEEPGRAM_API_KEY": "a key of the test"}
    async with App(config, keys) as app, app.answering_owner(), running_hub(tmp_path) as hub:
        assert hub
        shown = await hub.call("GET", PATH)
        conforms("GET", PATH, 200, shown)
        hears = {each["name"]: each for each in shown["choices"]["hears"]}
        assert hears["sphinx"]["sends"] == ""
        assert hears["deepgram"]["sends"] == "your child's voice to Deepgram in the United States"
        with pytest.raises(RefusedError, match="agrees: Please read"):
            await hub.call("PATCH", PATH, hears=["deepgram"])
        with pytest.raises(RefusedError, match="speaks-1: nonsense can’t be chosen"):
            await hub.call("PATCH", PATH, speaks=["nonsense"])
        with pytest.raises(RefusedError, match="has no setting “stability”"):
            await hub.call("PATCH", PATH, settings={"stability": 0.5}, temperature=0.3)
        [toy] = await app.hub.toys.list()
        assert (toy.providers, toy.temperature) == (ProviderChoice(), 0.7)
        chosen = {"hears": ["sphinx", "deepgram"], "agrees": True, "speaks": ["espeak"]}
        changed = await hub.call("PATCH", PATH, **chosen, settings={"speed": 0.8}, temperature=0.3)
        conforms("PATCH", PATH, 200, changed)
        assert changed["hears"] == ["sphinx", "deepgram", "auto"]
        assert (changed["speaks"], changed["settings"]) == (["espeak", "auto"], {"speed": 0.8})
        [toy] = await app.hub.toys.list()
        assert toy.voice == Voice(settings={"speed": 0.8})
        assert (toy.temperature, toy.max_tokens) == (0.3, 200)
        access = await app.hub.privacy.clouds.access()
        assert access.allowed == ("Deepgram (the United States) gets your child's voice",)
        again = await hub.call("PATCH", PATH, settings={})
        assert (again["settings"], again["hears"]) == ({}, changed["hears"])
