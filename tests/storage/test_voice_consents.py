"""Who agreed that their voice is copied, as it is on the disk."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub.domain.consent import Consent, VoiceConsent
from hub.errors import DataError
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store
from tests.clock import FakeClock


def agreed(clock: FakeClock) -> VoiceConsent:
    consent = Consent("Ada Example", clock.now(), "My voice may be copied.")
    return VoiceConsent(consent, "elevenlabs", "Grandma", recordings=2)


async def test_a_consent_outlives_the_hub_with_the_voice_that_came_of_it(
    folder: Path, clock: FakeClock
) -> None:
    database = await Database.open(folder, clock)
    consents = Store(database, Bus(), clock).voice_consents
    first = await consents.add(agreed(clock))
    await consents.add(agreed(clock))
    await consents.made(first, "cloned1")
    await database.aclose()

    database = await Database.open(folder, clock)
    kept = await Store(database, Bus(), clock).voice_consents.list()
    await database.aclose()
    assert kept == [replace(agreed(clock), voice_id="cloned1"), agreed(clock)]


@pytest.mark.parametrize("name", [" ", "x" * 61])
async def test_a_voice_without_a_proper_name_is_not_kept(
    store: Store, clock: FakeClock, name: str
) -> None:
    with pytest.raises(DataError, match="voice's name"):
        await store.voice_consents.add(replace(agreed(clock), voice_name=name))
    assert await store.voice_consents.list() == []
