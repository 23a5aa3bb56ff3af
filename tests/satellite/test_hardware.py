"""What each preset of `--hardware` records and plays with."""

import pytest

from satellite.audio import alsa
from satellite.board.hardware import PRESETS

HAT = "plughw:CARD=seeed2micvoicec,DEV=0"


@pytest.mark.parametrize(
    ("name", "microphone", "speaker", "on_spi"),
    [
        ("alsa", "default", "default", False),
        ("usb", "the usb capture", "the usb playback", False),
        ("respeaker-2mic", HAT, HAT, True),
    ],
)
def test_a_preset_means_its_own_card_and_light(
    monkeypatch: pytest.MonkeyPatch, name: str, microphone: str, speaker: str, on_spi: bool
) -> None:
    monkeypatch.setattr(alsa, "usb_card", lambda direction: f"the usb {direction}")
    hardware = PRESETS[name]
    records = alsa.recorder(hardware.microphone.removeprefix("alsa:"))
    plays = alsa.player(hardware.speaker.removeprefix("alsa:"), 16_000)
    assert records[records.index("-D") + 1] == microphone
    assert plays[plays.index("-D") + 1] == speaker
    assert hardware.lights_on_spi is on_spi


def test_every_preset_is_tried_here() -> None:
    assert list(PRESETS) == ["alsa", "usb", "respeaker-2mic"]
