"""What a toy keeps of its hub's settings on a card that was full for a while."""

from pathlib import Path

import pytest

from satellite.commands import KeptSettings
from satellite.wire.commands import SettingsMessage


async def test_settings_that_were_not_kept_are_when_they_come_again(tmp_path: Path) -> None:
    settings, wanted = KeptSettings(tmp_path), SettingsMessage(mute=True)
    in_the_way = tmp_path / "settings.new"
    in_the_way.mkdir()
    for _ in range(2):
        with pytest.raises(OSError, match="settings"):
            await settings.become(wanted)
    in_the_way.rmdir()
    await settings.become(wanted)
    assert KeptSettings(tmp_path).now == wanted
