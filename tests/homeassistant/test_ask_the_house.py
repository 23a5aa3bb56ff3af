"""A toy asks the real Home Assistant for lights, warmth and music: it understands our sentences, and does it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import aiohttp
import pytest
import pytest_asyncio

from hub.activities.ask_the_house.activity import AskTheHouse
from hub.activities.ask_the_house.grammar import Grammar
from hub.config import Config
from hub.domain.clock import SystemClock
from hub.domain.talks.talk import TurnState
from hub.domain.toys import HomeAssistantRights, HomeAssistantTask
from hub.providers.home_assistant import TOKEN, HomeAssistant
from tests.devices.processes import free_port
from tests.homeassistant import running
from tests.homeassistant.client import Client
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.pipeline.turns import record, said

pytestmark = pytest.mark.asyncio(loop_scope="module")

THINGS = """
input_number:
  level:
    min: 0
    max: 255
input_boolean:
  lamp:
  heater:
  plays:
light:
  - platform: template
    lights:
      kitchen_lamp:
        unique_id: lamp
        value_template: "{{ is_state('input_boolean.lamp', 'on') }}"
        level_template: "{{ states('input_number.level') | float | int }}"
        turn_on:
          service: input_boolean.turn_on
          target:
            entity_id: input_boolean.lamp
        turn_off:
          service: input_boolean.turn_off
          target:
            entity_id: input_boolean.lamp
        set_level:
          service: input_number.set_value
          target:
            entity_id: input_number.level
          data:
            value: "{{ brightness }}"
template:
  - sensor:
      - name: Kitchen warmth
        unique_id: warmth
        state: "21.5"
        device_class: temperature
        unit_of_measurement: "°C"
climate:
  - platform: generic_thermostat
    name: Kitchen heating
    unique_id: heating
    heater: input_boolean.heater
    target_sensor: sensor.kitchen_warmth
media_player:
  - platform: universal
    name: Kitchen radio
    unique_id: radio
    state_template: "{{ 'playing' if is_state('input_boolean.plays', 'on') else 'paused' }}"
    commands:
      media_play:
        service: input_boolean.turn_on
        target:
          entity_id: input_boolean.plays
      media_pause:
        service: input_boolean.turn_off
        target:
          entity_id: input_boolean.plays
counter"""
"""A kitchen. The last line gets its colon where it is written."""

REFUSALS = {Grammar.load().answer(language, done=False) for language in ("de", "en")}
RIGHTS = HomeAssistantRights(frozenset(HomeAssistantTask), ("Kitchen",), ("Kitchen radio",))


@dataclass(frozen=True)
class Kitchen:
    owner: Client
    home: House
    llm: ScriptedLlm

    async def asked(self, words: str, *, done: bool = True) -> str:
        """What the toy says to it; its model is not asked. `done`: it is not that it could not be done."""
        events = await self.home.say(words)
        assert self.llm.requests == []
        assert record(events).state is TurnState.DONE, record(events).error
        [line] = said(events)
        assert (line not in REFUSALS) == done, line
        return line


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kitchen(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kitchen]:
    folder = tmp_path_factory.mktemp("kitchen")
    async with AsyncExitStack() as stack:
        home_assistant = running.HomeAssistant(folder, free_port(), more=[THINGS])
        await stack.enter_async_context(home_assistant)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        owner = await home_assistant.set_up(session)
        areas = await owner.call("config/area_registry/list")
        [area_id] = [area["area_id"] for area in areas if area["name"] == "Kitchen"]
        for entity in ("light.kitchen_lamp", "climate.kitchen_heating"):
            await owner.becomes(entity, "off")
            changed = {"entity_id": entity, "area_id": area_id}
            await owner.call("config/entity_registry/update", **changed)
        await owner.becomes("media_player.kitchen_radio", "paused")
        await owner.call(
            "homeassistant/expose_entity",  # which media players are not by themselves
            assistants=["conversation"],
            entity_ids=["media_player.kitchen_radio"],
            should_expose=True,
        )
        settings = Config.model_validate({"home_assistant": {"url": home_assistant.url}})
        asks = HomeAssistant.create(settings, {TOKEN: owner.token}, SystemClock())
        assert asks is not None
        stack.push_async_callback(asks.aclose)
        llm = ScriptedLlm("I am only a model.")
        activities = [AskTheHouse(asks)]
        home = await stack.enter_async_context(
            house(folder / "hub", llms=[llm], activities=activities)
        )
        home.toy = replace(home.toy, home_assistant_rights=RIGHTS)
        yield Kitchen(owner, home, llm)


async def test_lights_go_on_dim_brighten_and_go_off(kitchen: Kitchen) -> None:
    owner = kitchen.owner
    assert await kitchen.asked("Please turn on the light in the kitchen!") == "Turned on the lights"
    await owner.becomes("light.kitchen_lamp", "on")
    await kitchen.asked("dim the kitchen lights")
    assert round(float((await owner.states())["input_number.level"]["state"]) / 2.55) == 30
    await kitchen.asked("make it brighter in the kitchen")
    assert float((await owner.states())["input_number.level"]["state"]) == 255
    await kitchen.asked("turn the lights off")
    await owner.becomes("light.kitchen_lamp", "off")


async def test_it_says_how_warm_it_is(kitchen: Kitchen) -> None:
    assert "21.5" in await kitchen.asked("how warm is it in the kitchen?")


async def test_music_goes_on_and_stops(kitchen: Kitchen) -> None:
    await kitchen.asked("play some music")
    await kitchen.owner.becomes("media_player.kitchen_radio", "playing")
    await kitchen.asked("stop the music on the kitchen radio")
    await kitchen.owner.becomes("media_player.kitchen_radio", "paused")


async def test_german_is_understood_as_well(kitchen: Kitchen) -> None:
    kitchen.home.toy = replace(kitchen.home.toy, language="de")
    try:
        await kitchen.asked("Mach bitte das Licht an!")
        await kitchen.owner.becomes("light.kitchen_lamp", "on")
        await kitchen.asked("Mach das Licht dunkler")
        await kitchen.asked("Wie warm ist es?")
        await kitchen.asked("Spiel Musik")
        await kitchen.asked("Mach die Musik aus")
        await kitchen.asked("Mach das Licht aus")
        await kitchen.owner.becomes("light.kitchen_lamp", "off")
    finally:
        kitchen.home.toy = replace(kitchen.home.toy, language="en")


async def test_a_room_that_it_does_not_know_is_told_kindly(kitchen: Kitchen) -> None:
    toy = kitchen.home.toy
    kitchen.home.toy = replace(toy, home_assistant_rights=replace(RIGHTS, rooms=("Attic",)))
    try:
        await kitchen.asked("turn on the lights", done=False)
    finally:
        kitchen.home.toy = toy
