"""A toy keeps its voice in another household, where that can speak it and may."""

from dataclasses import replace

import pytest

from hub.core.hub import Hub
from hub.domain.clock import SystemClock
from hub.domain.consent import Consent, VoiceConsent
from hub.domain.toys import ProviderChoice, Voice
from tests.core.moving.conftest import otto


@pytest.mark.parametrize(
    ("voice", "why"),
    [
        (Voice("abc", {}, "elevenlabs"), "elevenlabs, which spoke for it, is not chosen here"),
        (Voice("tlh", {}, "espeak"), "espeak has no voice “tlh” here"),
    ],
)
async def test_a_voice_that_is_not_there_is_told_and_the_toy_comes_without(
    homes: tuple[Hub, Hub], voice: Voice, why: str
) -> None:
    here, there = homes
    toy = await here.toys.save(replace(await otto(here), voice=voice))
    arrival = await there.toy_moves.unpack(await here.toy_moves.pack(toy))
    assert arrival.toy.voice == Voice()
    assert arrival.toy.providers == ProviderChoice()
    [note] = arrival.notes
    assert why in note


async def test_a_ready_character_s_voice_comes_along(homes: tuple[Hub, Hub]) -> None:
    here, there = homes
    fin = Voice("en-gb-x-gbclan+m7", {"pitch": 46}, "espeak")
    toy = await here.toys.save(replace(await otto(here), voice=fin))
    arrival = await there.toy_moves.unpack(await here.toy_moves.pack(toy))
    assert arrival.toy.voice == fin
    assert arrival.notes == []


async def test_settings_that_the_voice_does_not_take_here_stay_behind(
    homes: tuple[Hub, Hub],
) -> None:
    here, there = homes
    odd = Voice("de", {"speed": 0.8, "pitch": 900, "stability": 0.4}, "espeak")
    toy = await here.toys.save(replace(await otto(here), voice=odd))
    arrival = await there.toy_moves.unpack(await here.toy_moves.pack(toy))
    assert arrival.toy.voice == Voice("de", {"speed": 0.8}, "espeak")
    [note] = arrival.notes
    assert note.endswith("espeak takes none such: pitch, stability.")


async def test_a_copied_voice_speaks_only_where_its_person_agreed(homes: tuple[Hub, Hub]) -> None:
    here, there = homes
    consent = VoiceConsent(Consent("Ada", SystemClock().now(), "I agree."), "espeak", "Gran", 1)
    store = here.privacy.store
    await store.voice_consents.made(await store.voice_consents.add(consent), "de")
    content = await here.toy_moves.pack(await otto(here))
    arrival = await there.toy_moves.unpack(content)
    assert arrival.toy.voice == Voice()
    assert "who has not agreed to it here" in arrival.notes[0]
    again = await here.toy_moves.unpack(content, "Otto again")
    assert again.toy.voice == Voice("de", {"speed": 0.8}, "espeak")
    [(number, _)] = await store.voice_consents.numbered()
    await store.voice_consents.withdraw(number)
    gone = await here.toy_moves.unpack(content, "Otto the third")
    assert gone.toy.voice == Voice()
