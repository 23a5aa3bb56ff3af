"""What a model must be: pinned in the catalogue or when it is first fetched, and held to that ever after."""

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from pydantic import ValidationError

from hub.errors import ModelError
from hub.providers.models import models
from hub.providers.models.models import CATALOGUE, UNPINNED, get_model, list_models, remove_model
from hub.providers.models.pins import PINS_NAME, Pin, kept_pin
from tests.providers.model_server import COMMIT, ModelServerFake

VOICE = "en_US-amy-low"
MAIN, SETTINGS = f"{VOICE}.onnx", f"{VOICE}.onnx.json"
REPO, FOLDER = "rhasspy/piper-voices", "en/en_US/amy/low"
LATER = "fedcba9876543210fedcba9876543210fedcba98"


def upstream(sound: bytes, settings: bytes = b"{}") -> dict[str, dict[str, bytes]]:
    return {REPO: {f"{FOLDER}/{MAIN}": sound, f"{FOLDER}/{SETTINGS}": settings}}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Setup:
    fake: ModelServerFake
    server: str
    data: Path

    async def get(self, sha256: str = "") -> bytes:
        """What is on the disk after it."""
        path = await get_model(VOICE, self.data, lambda *_: None, server=self.server, sha256=sha256)
        return path.read_bytes()

    async def refuses(self, why: str, sha256: str = "") -> None:
        with pytest.raises(ModelError, match=re.escape(why)):
            await self.get(sha256)
        assert not any(status.installed for status in list_models(self.data))


@pytest.fixture
async def setup(tmp_path: Path) -> AsyncIterator[Setup]:
    fake = ModelServerFake(upstream(b"first"))
    async with TestServer(fake.app()) as server:
        yield Setup(fake, str(server.make_url("")), tmp_path)


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.name)
def test_each_model_is_pinned_whole_or_named_as_not_pinned(model: models.Model) -> None:
    assert (model.pin is None) == (model.name in UNPINNED)
    if model.pin is not None:
        for wanted in model.files:
            assert any(fnmatch(name, wanted) for name in model.pin.sha256), wanted


def test_nothing_is_named_as_not_pinned_that_is_no_model() -> None:
    assert {model.name for model in CATALOGUE} >= UNPINNED


@pytest.mark.parametrize(
    ("revision", "hashes"),
    [
        ("main", {MAIN: "0" * 64}),
        (COMMIT[:12], {MAIN: "0" * 64}),
        (COMMIT, {MAIN: "0" * 40}),
        (COMMIT, {MAIN: "sha256:" + "0" * 57}),
        (COMMIT, {}),
    ],
)
def test_half_a_pin_is_none(revision: str, hashes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Pin(revision=revision, sha256=hashes)


async def test_the_first_download_is_pinned_and_its_pin_outlives_the_model(setup: Setup) -> None:
    assert await setup.get() == b"first"
    pin = Pin(revision=COMMIT, sha256={MAIN: sha256(b"first"), SETTINGS: sha256(b"{}")})
    assert kept_pin(setup.data, VOICE) == pin
    remove_model(VOICE, setup.data)
    assert kept_pin(setup.data, VOICE) == pin


async def test_what_is_fetched_again_is_what_was_fetched_first(setup: Setup) -> None:
    await setup.get()
    remove_model(VOICE, setup.data)
    setup.fake.earlier[COMMIT] = setup.fake.files
    setup.fake.files, setup.fake.commit = upstream(b"changed"), LATER
    assert await setup.get() == b"first"


@pytest.mark.parametrize(
    ("now", "name"), [(upstream(b"other"), MAIN), (upstream(b"first", b"[]"), SETTINGS)]
)
async def test_another_content_under_the_same_revision_is_refused_and_thrown_away(
    setup: Setup, now: dict[str, dict[str, bytes]], name: str
) -> None:
    await setup.get()
    remove_model(VOICE, setup.data)
    setup.fake.files, first = now, setup.fake.files
    was = kept_pin(setup.data, VOICE)
    for _ in range(2):
        await setup.refuses(f"nothing changed: the SHA-256 of {name} is ")
    assert kept_pin(setup.data, VOICE) == was
    setup.fake.files = first
    assert await setup.get() == b"first"


async def test_a_hash_that_a_person_gives_must_fit(setup: Setup) -> None:
    await setup.refuses("not the one that you gave", sha256(b"else"))
    assert kept_pin(setup.data, VOICE) is None
    assert await setup.get(sha256(b"first")) == b"first"
    assert await setup.get(sha256(b"first")) == b"first"
    with pytest.raises(ModelError, match="the en_US-amy-low that is here is another"):
        await setup.get(sha256(b"else"))


async def test_a_hash_that_a_person_gives_takes_the_place_of_a_kept_pin(setup: Setup) -> None:
    await setup.get()
    remove_model(VOICE, setup.data)
    setup.fake.files, setup.fake.commit = upstream(b"changed"), LATER
    assert await setup.get(sha256(b"changed")) == b"changed"
    pin = kept_pin(setup.data, VOICE)
    assert pin is not None
    assert (pin.revision, pin.sha256[MAIN]) == (LATER, sha256(b"changed"))


async def test_the_catalogues_pin_holds_whatever_a_person_gives(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = Pin(revision=LATER, sha256={MAIN: sha256(b"true"), SETTINGS: sha256(b"{}")})
    pinned = [replace(m, pin=pin) if m.name == VOICE else m for m in CATALOGUE]
    monkeypatch.setattr(models, "CATALOGUE", tuple(pinned))
    await setup.refuses(f"the SHA-256 of {MAIN} is {sha256(b'first')}, and was {sha256(b'true')}")
    await setup.refuses(f"the SHA-256 of {MAIN} is", sha256(b"first"))
    setup.fake.earlier[LATER] = upstream(b"true")
    assert await setup.get() == b"true"
    assert kept_pin(setup.data, VOICE) is None


async def test_a_server_that_names_no_full_revision_is_not_trusted(setup: Setup) -> None:
    setup.fake.commit = "v1"
    await setup.refuses("named no full revision, but 'v1'")


async def test_damaged_pins_are_one_clear_line_and_no_reason_to_trust(setup: Setup) -> None:
    await setup.get()
    remove_model(VOICE, setup.data)
    path = setup.data / "models" / PINS_NAME
    for damage in ("", "[]", '{"en_US-amy-low": {"revision": "main", "sha256": {}}}', "\xff"):
        path.write_text(damage, encoding="latin-1")
        await setup.refuses(f"{path} is damaged")
