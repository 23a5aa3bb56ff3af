"""PocketSphinx in its own process: the hub goes on, a guess is dropped, and nothing is left behind."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from hub.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from hub.providers.stt import sphinx_worker
from hub.providers.stt.sphinx import START_S, Sphinx
from hub.providers.stt.utterance import MAX_UTTERANCE_S
from tests.clock import FakeClock
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import TRANSCRIPTS
from tests.providers.sphinx_forks import ENDLESS, MOON, PATIENCE_S, fork_of, hear, process_of

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def sphinx() -> AsyncIterator[Sphinx]:
    provider = Sphinx(BARE)
    await provider.warm_up()
    yield provider
    await provider.aclose()


async def hears_the_moon(sphinx: Sphinx) -> bool:
    return await hear(sphinx, MOON) == TRANSCRIPTS["spoken_moon.wav"]


async def gone(*processes: psutil.Process) -> bool:
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, PATIENCE_S)
    return not alive


async def test_the_loop_turns_while_speech_is_decoded(sphinx: Sphinx) -> None:
    hearing = asyncio.create_task(hear(sphinx, MOON * 3))
    turns = 0
    while not hearing.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 30  # in a thread of the hub, whose lock the decoder would hold: five


async def test_a_dropped_guess_ends_at_once_and_holds_up_nobody(sphinx: Sphinx) -> None:
    process = process_of(sphinx)
    guesses = [asyncio.create_task(hear(sphinx, ENDLESS)) for _ in range(os.cpu_count() or 1)]
    fork = await fork_of(process)
    for guess in guesses:
        guess.cancel()
    assert await hears_the_moon(sphinx)
    assert not fork.is_running()
    assert await gone(*process.children())
    assert process_of(sphinx) == process


async def test_guesses_dropped_before_they_began_leave_nothing(sphinx: Sphinx) -> None:
    for rounds in range(12):
        guess = asyncio.create_task(hear(sphinx, ENDLESS))
        for _ in range(rounds):
            await asyncio.sleep(0)
        guess.cancel()
    assert await hears_the_moon(sphinx)
    assert await gone(*process_of(sphinx).children())


async def test_a_killed_fork_is_one_clear_line_and_the_next_is_heard(sphinx: Sphinx) -> None:
    hearing = asyncio.create_task(hear(sphinx, ENDLESS))
    (await fork_of(process_of(sphinx))).kill()
    with pytest.raises(ProviderError, match=r"^sphinx: its process ended before it answered;"):
        await hearing
    assert await hears_the_moon(sphinx)


async def test_a_process_that_was_killed_is_started_anew(sphinx: Sphinx) -> None:
    process = process_of(sphinx)
    process.kill()
    assert await gone(process)
    assert await hears_the_moon(sphinx)
    assert process_of(sphinx) != process


async def test_a_process_that_hangs_is_given_up_and_started_anew() -> None:
    clock = FakeClock()
    sphinx = Sphinx(replace(BARE, clock=clock))
    await sphinx.warm_up()
    process = process_of(sphinx)
    process.suspend()
    hearing = asyncio.create_task(hear(sphinx, MOON))
    await clock.advance(20)
    with pytest.raises(ProviderTimeoutError, match=r"^sphinx: no answer within 15 s"):
        await hearing
    assert await gone(process)
    assert await hears_the_moon(sphinx)
    await sphinx.aclose()


async def test_closing_ends_the_process(sphinx: Sphinx) -> None:
    process = process_of(sphinx)
    await sphinx.aclose()
    assert not process.is_running()
    await sphinx.aclose()


HUB = """
import asyncio, sys
from hub.providers.stt.sphinx import Sphinx
from tests.providers.setups import BARE
from tests.providers.sphinx_forks import ENDLESS, fork_of, hear, process_of

async def main():
    sphinx = Sphinx(BARE)
    await sphinx.warm_up()
    hearing = asyncio.create_task(hear(sphinx, ENDLESS))
    fork = await fork_of(process_of(sphinx))
    print(process_of(sphinx).pid, fork.pid, flush=True)
    await hearing

asyncio.run(main())
"""


async def test_nothing_outlives_a_hub_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HUB], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as hub:
        assert hub.stdout is not None
        pids = (await asyncio.to_thread(hub.stdout.readline)).split()
        left = [psutil.Process(int(pid)) for pid in pids]
        hub.send_signal(signal.SIGKILL)
    assert len(left) == 2
    assert await gone(*left)


async def test_it_gets_none_of_the_hubs_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a secret")
    sphinx = Sphinx(BARE)
    await sphinx.warm_up()
    assert set(process_of(sphinx).environ()) <= {"LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONPATH"}
    await sphinx.aclose()


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("import nothing_of_this_name", "No module named 'nothing_of_this_name'; install it with"),
        ("raise SystemExit(1)", "its process ended while it loaded the model in the wheel"),
        ("import signal; signal.pause()", f"its process did not start within {START_S:g} s"),
    ],
)
async def test_a_package_that_is_broken_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, line: str
) -> None:
    (tmp_path / "pocketsphinx.py").write_text(package)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    clock = FakeClock()
    sphinx = Sphinx(replace(BARE, clock=clock))
    starting = asyncio.create_task(sphinx.warm_up())
    while not starting.done():
        await asyncio.sleep(0.05)
        if "pause" in package:
            await clock.advance(START_S)
    with pytest.raises(ProviderUnavailableError, match=f"^sphinx: {line}"):
        await starting
    assert not any(str(tmp_path) in str(child.environ()) for child in psutil.Process().children())


@pytest.mark.parametrize(
    ("of_the_model", "line"),
    [((), "its process ended while it loaded"), (("mdef",), "can't load")],
)
async def test_a_model_that_cannot_be_loaded_is_one_clear_line(
    tmp_path: Path, of_the_model: tuple[str, ...], line: str
) -> None:
    import pocketsphinx

    for name in ("mdef", "words.dict", "words.lm.bin"):
        (tmp_path / name).touch()
    for name in of_the_model:
        shutil.copy(Path(pocketsphinx.get_model_path("en-us/en-us")) / name, tmp_path)
    with pytest.raises(
        ProviderUnavailableError, match=f"^sphinx: {line} the model in {re.escape(str(tmp_path))}"
    ):
        await Sphinx(provider_setup("stt.sphinx", model=tmp_path)).warm_up()


def test_it_takes_the_longest_utterance_there_is() -> None:
    assert sphinx_worker.MAX_BYTES == MAX_UTTERANCE_S * SPEECH_RATE_HZ * SAMPLE_BYTES
