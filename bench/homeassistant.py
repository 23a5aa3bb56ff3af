"""A turn through the real Home Assistant with our hub as its ears and voice, and with the usual services in its place.

Both sides recognise and speak with the same models, which are so small that they take next to no time: what is
left is what each adds. The same satellite asks both, in turns. See docs/measuring.md.
"""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.assistants.timed_satellite import HOST, TimedSatellite
from hub.providers.models.models import piper_voice, whisper_folder
from tests.devices.processes import PATIENCE_S, ROOT, Process, free_port
from tests.homeassistant.house import House, at_home, listens
from tests.providers.tiny_piper import make_tiny_piper
from tests.providers.tiny_whisper import make_tiny_whisper

ROUNDS = 15
WARM_ROUNDS = 2
"""Before those that count."""
OURS, USUAL = "pommai", "faster-whisper and piper"
STEPS = {
    "end of speech noticed": "voice-stopped",
    "words recognised": "transcript",
    "answer written": "synthesize",
    "first sound of it": "audio-chunk",
}
"""What happens one after the other, and the event by which the satellite hears of it."""
QUESTION = "how many stars are there"
MODEL, VOICE = "tiny.en", "en_US-amy-low"
Times = dict[str, float]


async def run(console: Console) -> dict[str, Times]:
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as name:
        folder = Path(name)
        data = folder / "data"
        make_tiny_whisper(whisper_folder(data, MODEL), QUESTION)
        make_tiny_piper(piper_voice(data, VOICE))
        models = (f"POMMAI_STT__WHISPER__MODEL={MODEL}", f"POMMAI_TTS__PIPER__VOICE={VOICE}")
        settings = ("POMMAI_STT__USE=whisper", "POMMAI_TTS__USE=piper", *models)
        async with at_home(folder, settings) as house:
            turns = await _all_turns(house, data, console)
    results = {who: _medians(of) for who, of in turns.items()}
    console.print(_table(results))
    return results


async def _all_turns(house: House, data: Path, console: Console) -> dict[str, list[Times]]:
    turns: dict[str, list[Times]] = {OURS: [], USUAL: []}
    satellite = TimedSatellite()
    async with AsyncExitStack() as stack:
        pipelines = {
            OURS: await house.make_assistant(),
            USUAL: await stack.enter_async_context(_usual(house, data)),
        }
        await stack.enter_async_context(satellite.listening())
        await house.owner.add("wyoming", host=HOST, port=satellite.port)
        await satellite.taken.wait()
        with console.status("asking") as status:
            for number in range(WARM_ROUNDS + ROUNDS):
                for who, pipeline in pipelines.items():
                    status.update(f"round {number + 1} of {WARM_ROUNDS + ROUNDS}: {who}")
                    await house.owner.prefer(pipeline)
                    turns[who].append(await satellite.ask(PATIENCE_S))
    return {who: of[WARM_ROUNDS:] for who, of in turns.items()}


@asynccontextmanager
async def _usual(house: House, data: Path) -> AsyncIterator[str]:
    """The usual services run and are added; gives the pipeline that uses them."""
    python = str(ROOT / ".venv-bench-wyoming" / "bin" / "python")
    whisper, piper = free_port(), free_port()
    hearing = ["--model", str(whisper_folder(data, MODEL)), "--beam-size", "2", "--language", "en"]
    speaking = ["--voice", VOICE]
    places = ["--data-dir", str(piper_voice(data, VOICE).parent)]
    async with AsyncExitStack() as stack:
        for module, port, options in (
            ("wyoming_faster_whisper", whisper, hearing),
            ("wyoming_piper", piper, speaking),
        ):
            command = [python, "-m", module, "--uri", f"tcp://{HOST}:{port}", *options, *places]
            await stack.enter_async_context(Process(command, house.folder / f"{module}.log"))
            await listens(port)
            await house.owner.add("wyoming", host=HOST, port=port)
        engines = ("stt.faster_whisper", "homeassistant", "tts.piper")
        yield await house.owner.make_assistant("Usual", *engines)


def _medians(turns: Sequence[Times]) -> Times:
    """Of the milliseconds that each step took, and of all of them."""
    took: Times = {}
    before = ""
    for step, event in STEPS.items():
        took[step] = median(turn[event] - turn.get(before, 0.0) for turn in turns)
        before = event
    return took | {"all": median(turn[before] for turn in turns)}


def _table(results: Mapping[str, Times]) -> Table:
    table = Table(title="ms, median", title_justify="left")
    table.add_column("")
    for who in results:
        table.add_column(who, justify="right")
    for step in results[OURS]:
        table.add_row(step, *(f"{times[step]:.0f}" for times in results.values()))
    return table
