"""Fetching, listing and removing speech models, against a model server on loopback."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp.test_utils import TestServer, unused_port

from hub.config import Config
from hub.domain.clock import SystemClock
from hub.domain.toys import Voice
from hub.errors import DataError, DiskFullError, ModelError, NotFoundError
from hub.providers.base import ProviderSetup
from hub.providers.models import models
from hub.providers.models.models import get_model, list_models, remove_model
from hub.providers.models.pins import PINS_NAME
from hub.providers.stt.whisper import Whisper
from hub.providers.tts.piper import Piper
from tests.providers.model_server import ModelServerFake
from tests.providers.speech import POLICY, RECORDINGS, as_spoken, read_wav, safe
from tests.providers.tiny_piper import make_tiny_piper
from tests.providers.tiny_whisper import make_tiny_whisper

WHISPER = "tiny.en"
VOICE = "en_US-amy-low"
REPO = "Systran/faster-whisper-tiny.en"


class ImpatientClock(SystemClock):
    """Doesn't wait between tries, but notes how long it would have."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Setup(NamedTuple):
    fake: ModelServerFake
    server: str
    data: Path
    clock: ImpatientClock
    progress: list[tuple[int, int]]

    async def get(self, name: str) -> Path:
        return await get_model(
            name,
            self.data,
            lambda done, total: self.progress.append((done, total)),
            server=self.server,
            clock=self.clock,
        )

    def installed(self) -> list[str]:
        return [status.model.name for status in list_models(self.data) if status.installed]


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What the server has: real models that the real providers can load."""
    folder = tmp_path_factory.mktemp("upstream")
    make_tiny_whisper(folder / "whisper", "tell me a story")
    whisper = {path.name: path.read_bytes() for path in (folder / "whisper").iterdir()}
    make_tiny_piper(folder / f"{VOICE}.onnx")
    voice = {f"en/en_US/amy/low/{p.name}": p.read_bytes() for p in folder.glob(f"{VOICE}*")}
    return {
        REPO: whisper | {"README.md": b"not needed"},
        "rhasspy/piper-voices": voice | {"en/en_US/amy/low/MODEL_CARD": b"not needed"},
    }


@pytest.fixture
async def setup(
    upstream: dict[str, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Setup]:
    # Real models are some hundred times 10 MB, what huggingface_hub keeps of a broken download.
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 100)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    fake = ModelServerFake(upstream)
    async with TestServer(fake.app()) as server:
        yield Setup(fake, str(server.make_url("")), tmp_path, ImpatientClock(), [])


async def test_a_fetched_recogniser_hears(setup: Setup) -> None:
    await setup.get(WHISPER)
    config = Config.model_validate(
        {"hub": {"data": setup.data}, "stt": {"whisper": {"model": WHISPER}}}
    )
    whisper = Whisper(ProviderSetup(config))
    audio = as_spoken(read_wav(RECORDINGS / "spoken_story.wav"))
    assert [t.text async for t in whisper.transcribe(audio, language="en")] == ["tell me a story"]
    await whisper.aclose()


async def test_a_fetched_voice_speaks(setup: Setup) -> None:
    await setup.get(VOICE)
    piper = Piper(ProviderSetup(Config.model_validate({"hub": {"data": setup.data}})))
    assert [chunk async for chunk in piper.speak(safe("hello"), Voice(), POLICY)]
    await piper.aclose()


async def test_only_what_is_needed_is_fetched_and_progress_reaches_the_end(setup: Setup) -> None:
    folder = await setup.get(WHISPER)
    assert not (folder / "README.md").exists()
    dones = [done for done, _ in setup.progress]
    assert dones == sorted(dones)
    assert setup.progress[-1] == (dones[-1], dones[-1])
    assert dones[-1] == sum(path.stat().st_size for path in folder.iterdir())
    assert not (setup.data / "models" / "partial" / WHISPER).exists()


async def test_a_cut_download_goes_on_where_it_stopped(setup: Setup) -> None:
    setup.fake.cuts = 2
    await setup.get(WHISPER)
    assert any(asked.startswith("bytes=") for asked in setup.fake.ranges)
    assert setup.installed() == [WHISPER]


async def test_what_came_before_giving_up_is_kept_for_the_next_time(setup: Setup) -> None:
    setup.fake.cuts = 1000
    size = len(setup.fake.files[REPO]["model.bin"])
    with pytest.raises(ModelError, match="are kept; try again with a connection"):
        await setup.get(WHISPER)
    assert setup.installed() == []
    setup.fake.cuts = 0
    setup.fake.ranges.clear()
    await setup.get(WHISPER)
    first = next(asked for asked in setup.fake.ranges if asked)
    assert 0 < int(first.removeprefix("bytes=").removesuffix("-")) <= size


async def test_the_rest_of_an_older_version_is_swept_away(setup: Setup) -> None:
    partial = setup.data / "models" / "partial" / WHISPER
    partial.mkdir(parents=True)
    (partial / "model.bin.0123456789abcdef.part").write_bytes(b"older")
    folder = await setup.get(WHISPER)
    assert [path.name for path in folder.iterdir() if path.suffix == ".part"] == []
    assert setup.installed() == [WHISPER]


async def test_a_server_that_cannot_resume_is_read_from_the_start(setup: Setup) -> None:
    setup.fake.cuts = 1
    setup.fake.can_resume = False
    await setup.get(WHISPER)
    assert setup.installed() == [WHISPER]


async def test_a_damaged_file_is_thrown_away(setup: Setup) -> None:
    setup.fake.damaged = True
    with pytest.raises(ModelError, match="checksum differs"):
        await setup.get(WHISPER)
    assert setup.installed() == []
    setup.fake.damaged = False
    await setup.get(WHISPER)
    assert setup.installed() == [WHISPER]


async def test_a_file_that_is_gone_is_one_clear_line(setup: Setup) -> None:
    setup.fake.status = 404
    with pytest.raises(ModelError, match=r"isn't there \(404\); nothing changed"):
        await setup.get(WHISPER)


async def test_a_server_in_trouble_is_asked_again_and_then_given_up(setup: Setup) -> None:
    setup.fake.status = 503
    with pytest.raises(ModelError, match="the server answered 503"):
        await setup.get(WHISPER)
    assert setup.clock.slept == [2, 4, 8]


async def test_without_a_connection_nothing_changes(setup: Setup) -> None:
    offline = setup._replace(server=f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(ModelError, match=r"can't reach the model server .*nothing changed; try"):
        await offline.get(WHISPER)
    assert setup.installed() == []


async def test_a_page_that_wants_a_sign_in_is_no_model_server(setup: Setup) -> None:
    astray = setup._replace(server=f"{setup.server}/nowhere")
    with pytest.raises(ModelError, match="404"):
        await astray.get(WHISPER)


async def test_a_full_disk_is_seen_before_anything_is_fetched(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(setup.data)._replace(free=models.SPARE_BYTES)
    monkeypatch.setattr("hub.providers.models.models.shutil.disk_usage", lambda _: usage)
    with pytest.raises(DiskFullError, match="free some space"):
        await setup.get(WHISPER)
    assert setup.fake.ranges == []


async def test_a_data_folder_that_is_a_file_is_one_clear_line(setup: Setup) -> None:
    (setup.data / "models").write_text("in the way")
    with pytest.raises(DataError, match="can't write"):
        await setup.get(WHISPER)


async def test_a_model_that_is_there_is_not_fetched_again(setup: Setup) -> None:
    await setup.get(WHISPER)
    setup.fake.ranges.clear()
    await setup.get(WHISPER)
    assert setup.fake.ranges == []


async def test_an_unknown_name_is_told_what_was_meant(setup: Setup) -> None:
    with pytest.raises(NotFoundError, match=r"did you mean tiny\.en\?"):
        await setup.get("tny.en")


@pytest.mark.parametrize("name", [WHISPER, VOICE])
async def test_a_removed_model_leaves_nothing_behind_but_its_pin(setup: Setup, name: str) -> None:
    await setup.get(name)
    (status,) = [status for status in list_models(setup.data) if status.installed]
    size = sum(file.stat().st_size for file in status.model.installed(setup.data))
    assert remove_model(name, setup.data) == size > 0
    left = [path.name for path in (setup.data / "models").rglob("*") if path.is_file()]
    assert left == [PINS_NAME]
    with pytest.raises(NotFoundError, match="isn't on this machine"):
        remove_model(name, setup.data)


async def test_the_server_is_taken_from_the_environment(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", setup.server)
    await get_model(VOICE, setup.data, lambda *_: None)
    assert setup.installed() == [VOICE]
