"""A provider that another package brings: the example of docs, installed."""

import tomllib
from pathlib import Path
from typing import cast

import pytest

from hub.domain.toys import ProviderKind, Voice
from hub.providers import registry
from hub.providers.base import Tts
from tests.providers.setups import BARE
from tests.providers.speech import POLICY, safe

EXAMPLE = Path(__file__).parents[2] / "docs" / "example_provider"


def install(site: Path, entry_points: dict[str, str]) -> None:
    """As pip does: the module, and beside it who it is."""
    about = site / "pommai_hum-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pommai-hum\nVersion: 1.0\n")
    lines = [f"{name} = {value}" for name, value in entry_points.items()]
    (about / "entry_points.txt").write_text("\n".join([f"[{registry.GROUP}]", *lines, ""]))
    (site / "pommai_hum.py").write_bytes((EXAMPLE / "pommai_hum.py").read_bytes())


async def test_the_example_is_found_and_speaks_and_takes_no_others_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    named = described["entry-points"][registry.GROUP]
    odd = {"tts.espeak": "pommai_hum:Hum", "hum": "pommai_hum:Hum", "lamp.hum": "pommai_hum:Hum"}
    install(tmp_path, named | odd)
    monkeypatch.syspath_prepend(tmp_path)
    found = registry.with_others(registry.OWN)
    assert found[ProviderKind.TTS].keys() - registry.OWN[ProviderKind.TTS].keys() == {"hum"}
    assert found[ProviderKind.TTS]["espeak"] == registry.OWN[ProviderKind.TTS]["espeak"]

    monkeypatch.setattr(registry, "REGISTRY", found)
    registry.check_names(ProviderKind.TTS, ("hum",))
    voice = cast(Tts, registry.load(ProviderKind.TTS, "hum", BARE))
    await voice.warm_up()
    chunks = [chunk async for chunk in voice.speak(safe("hello little one"), Voice(), POLICY)]
    assert sum(chunk.duration_ms for chunk in chunks) == pytest.approx(750, abs=1)
    await voice.aclose()
