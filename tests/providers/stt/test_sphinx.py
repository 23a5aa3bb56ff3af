"""What PocketSphinx hears, on recordings cut out as the endpointer cuts them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.domain.talks.talk import Transcript
from hub.errors import ProviderUnavailableError
from hub.providers.listening.vad import WINDOW_SAMPLES, SileroModel
from hub.providers.stt.sphinx import Sphinx, confidence
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import RECORDINGS, TRANSCRIPTS, as_spoken, read_wav
from tests.recordings import others

in_one_loop = pytest.mark.asyncio(loop_scope="module")

WORD_FOR_WORD = (
    "spoken_address",
    "spoken_cow",
    "spoken_dinosaurs",
    "spoken_hurt",
    "spoken_kill",
    "spoken_moon",
    "spoken_sad",
    "spoken_song",
    "spoken_story",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sphinx() -> AsyncIterator[Sphinx]:
    provider = Sphinx(BARE)
    yield provider
    await provider.aclose()


@pytest.fixture(scope="module")
def silero() -> SileroModel:
    return SileroModel.load()


def cut_out(pcm: bytes, silero: SileroModel, before_ms: int, after_ms: int) -> bytes:
    """The speech in `pcm` with that much of what is around it."""
    vad, step = silero.new_stream(), 2 * WINDOW_SAMPLES
    starts = range(0, len(pcm) - step + 1, step)
    voiced = [start for start in starts if vad.probabilities(pcm[start : start + step])[0] > 0.5]
    return pcm[max(0, voiced[0] - 32 * before_ms) : voiced[-1] + step + 32 * after_ms]


async def hear(sphinx: Sphinx, pcm: bytes, chunk_ms: int = 32) -> Transcript:
    (transcript,) = [
        transcript
        async for transcript in sphinx.transcribe(as_spoken(pcm, chunk_ms), language="en")
    ]
    return transcript


@in_one_loop
@pytest.mark.parametrize(
    ("before_ms", "after_ms", "chunk_ms"), [(320, 1200, 32), (300, 300, 20), (200, 700, 64)]
)
@pytest.mark.parametrize("name", WORD_FOR_WORD)
async def test_clear_speech_is_heard_word_for_word(
    sphinx: Sphinx, silero: SileroModel, name: str, before_ms: int, after_ms: int, chunk_ms: int
) -> None:
    pcm = cut_out(read_wav(RECORDINGS / f"{name}.wav"), silero, before_ms, after_ms)
    assert (await hear(sphinx, pcm, chunk_ms)).text == TRANSCRIPTS[f"{name}.wav"]


@in_one_loop
@pytest.mark.parametrize("after_ms", [300, 1200])
async def test_a_person_is_heard_word_for_word(
    sphinx: Sphinx, silero: SileroModel, after_ms: int
) -> None:
    pcm = cut_out(read_wav(others("human_go_forward.wav")), silero, 320, after_ms)
    assert (await hear(sphinx, pcm)).text == "go forward ten meters"


@in_one_loop
async def test_both_halves_around_a_long_pause_are_heard(
    sphinx: Sphinx, silero: SileroModel
) -> None:
    pcm = cut_out(read_wav(RECORDINGS / "spoken_pause.wav"), silero, 320, 1200)
    text = (await hear(sphinx, pcm)).text
    assert text.startswith("i want to tell you about my new puppy and he is")


@in_one_loop
async def test_no_words_are_heard_in_noise(sphinx: Sphinx) -> None:
    assert await hear(sphinx, read_wav(RECORDINGS / "noise_room.wav")) == Transcript("")


@in_one_loop
async def test_a_language_that_its_model_does_not_know_is_refused(sphinx: Sphinx) -> None:
    with pytest.raises(ProviderUnavailableError, match="hears English, not 'de'"):
        await anext(sphinx.transcribe(as_spoken(b""), language="de"))


async def test_a_folder_without_a_model_is_one_clear_line(tmp_path: Path) -> None:
    sphinx = Sphinx(provider_setup("stt.sphinx", model=tmp_path))
    with pytest.raises(ProviderUnavailableError, match="needs an acoustic model"):
        await sphinx.warm_up()
    await sphinx.aclose()


async def test_another_model_folder_is_used() -> None:
    import pocketsphinx

    folder = Path(pocketsphinx.get_model_path("en-us"))
    sphinx = Sphinx(provider_setup("stt.sphinx", model=folder))
    text = (await hear(sphinx, read_wav(RECORDINGS / "spoken_moon.wav"))).text
    assert text == TRANSCRIPTS["spoken_moon.wav"]
    await sphinx.aclose()


def test_confidence_does_not_fall_because_a_sentence_is_long() -> None:
    assert confidence(0.5, 1) == confidence(0.5**8, 8) == 0.5
    assert confidence(0.0, 3) == 0.0
    assert confidence(1.5, 0) == 1.0
