"""What docs/toy.md shows is what the toy does."""

from pathlib import Path
from xml.etree import ElementTree

from docs.light_patterns import MEANINGS, PICTURE, drawn
from satellite.board.gpio import BUTTON_PIN, RGB_PINS
from satellite.board.hardware import PRESETS
from satellite.board.panel import State

DOCS = Path(__file__).parents[2] / "docs"


def test_the_picture_of_the_light_is_drawn_from_its_patterns() -> None:
    assert set(MEANINGS) == set(State)
    assert PICTURE.read_text() == drawn(), "run: python -m docs.light_patterns"


def test_the_wiring_names_the_pins_that_are_used() -> None:
    drawing = (DOCS / "img" / "wiring-usb.svg").read_text()
    page = (DOCS / "toy.md").read_text()
    for pin in (BUTTON_PIN, *RGB_PINS):
        assert f"GPIO {pin}" in drawing
        assert f"(GPIO {pin})" in page


def test_the_pictures_are_whole() -> None:
    for name in ("wiring-usb.svg", "wiring-hat.svg", "light-patterns.svg"):
        assert ElementTree.parse(DOCS / "img" / name).getroot().tag.endswith("svg")


def test_every_preset_is_told() -> None:
    page = (DOCS / "toy.md").read_text()
    assert all(f"| `{name}` |" in page for name in PRESETS)
