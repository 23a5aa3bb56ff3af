"""`sphinx`: PocketSphinx with the English model in its own wheel, so that a hub hears from the first minute."""

import asyncio
import json
import os
import re
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Self

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.domain.talks.talk import Transcript
from hub.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from hub.providers.base import ProviderSetup, not_installed
from hub.providers.stt import sphinx_worker
from hub.providers.stt.utterance import collect

START_S = 30.0
ANSWER_S = 10.0
"""For an answer, and twice the utterance's length on top: a slow board takes about as long."""
MAX_ANSWER_BYTES = 65_536

OPTIONS: dict[str, str | int] = {"loglevel": "FATAL", "maxhmmpf": 2000, "maxwpf": 15}
"""Without such limits it takes 1.4 times as long, to get one word in a hundred more right (`bench/turns`)."""
_ENVIRONMENT = ("LD_LIBRARY_PATH", "PYTHONPATH")
"""What it gets of the hub's, and what Python needs to find its libraries."""


class SphinxProcess:
    """One process. After an error or `aclose` it has ended: start another."""

    def __init__(self, process: Process, control: socket.socket, clock: Clock) -> None:
        self._process = process
        self._control = control
        self._clock = clock
        self._cores = asyncio.Semaphore(os.cpu_count() or 1)

    @classmethod
    async def start(cls, model: Path | None, clock: Clock) -> Self:
        """Loads the model in the folder `model`, or the one in PocketSphinx's wheel.

        Raises ProviderUnavailableError where the package or the model is missing.
        """
        options = dict(OPTIONS)
        if model is not None:
            options |= await asyncio.to_thread(_model_in, model)
        async with AsyncExitStack() as undo:
            control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            undo.callback(control.close)
            control.setblocking(False)
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",  # else modules beside the script would hide packages of the same name
                    sphinx_worker.__file__,
                    json.dumps(options),
                    stdin=theirs.fileno(),
                    stdout=DEVNULL,
                    env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                    start_new_session=True,  # Ctrl-C is for the hub
                )
            started = cls(process, control, clock)
            undo.push_async_callback(started.aclose)
            await started._loaded(model)
            undo.pop_all()
            return started

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False as soon as it has ended: its socket closes before asyncio knows how it ended."""
        if self._process.returncode is not None:
            return False
        try:
            return self._control.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    async def decode(self, pcm: bytes) -> Transcript:
        """What is said in `pcm`, 16-bit samples at 16 kHz. Cancelling it ends the work at once."""
        limit_s = ANSWER_S + 2 * len(pcm) / (SAMPLE_BYTES * SPEECH_RATE_HZ)
        async with self._cores:
            try:
                async with self._clock.timeout(limit_s):
                    answer: Any = json.loads(await self._ask(pcm))
                    return (
                        transcript(answer["text"], answer["posterior"])
                        if answer
                        else Transcript("")
                    )
            except TimeoutError as error:
                await self.aclose()
                raise ProviderTimeoutError(f"sphinx: no answer within {limit_s:.0f} s") from error
            except (OSError, EOFError) as error:
                await self.aclose()
                raise ProviderError(
                    "sphinx: its process ended before it answered; is memory short?"
                ) from error

    async def aclose(self) -> None:
        """Ends the process; what it is hearing is still answered. Safe to call twice."""
        self._control.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _loaded(self, model: Path | None) -> None:
        """Waits until it says that it is ready."""
        try:
            async with self._clock.timeout(START_S):
                said = await asyncio.get_running_loop().sock_recv(self._control, MAX_ANSWER_BYTES)
        except TimeoutError as error:
            raise ProviderUnavailableError(
                f"sphinx: its process did not start within {START_S:g} s"
            ) from error
        if not said:
            raise ProviderUnavailableError(
                f"sphinx: its process ended while it loaded the model in {model or 'the wheel'}"
            )
        match json.loads(said):
            case {"missing": what}:
                raise ProviderUnavailableError(
                    f"sphinx: {what}; install it with: pip install 'pommai[sphinx]'"
                )
            case {"unloadable": what}:
                raise ProviderUnavailableError(
                    f"sphinx: can't load the model in {model or 'the wheel'}: {what}"
                )

    async def _ask(self, pcm: bytes) -> bytes:
        """The answer's line, by a new fork, which ends with it."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            socket.send_fds(self._control, [b"\0"], [theirs.fileno()])
            theirs.close()
            reader, writer = await asyncio.open_unix_connection(sock=ours, limit=MAX_ANSWER_BYTES)
            try:
                writer.write(sphinx_worker.LENGTH.pack(len(pcm)))
                writer.write(pcm)
                await writer.drain()
                return await reader.readuntil()
            finally:
                writer.transport.abort()


def _model_in(folder: Path) -> dict[str, str]:
    """Decoder options for a folder laid out like the wheel's `model/en-us`."""
    acoustic = next(iter(sorted(folder.glob("**/mdef"))), None)
    dictionary = next(iter(sorted(folder.glob("*.dict"))), None)
    grammar = next((p for p in sorted(folder.glob("*.lm*")) if "phone" not in p.name), None)
    if acoustic is None or dictionary is None or grammar is None:
        raise ProviderUnavailableError(
            f"sphinx: {folder} needs an acoustic model (a folder with mdef), a .dict and a .lm.bin file"
        )
    return {"hmm": str(acoustic.parent), "dict": str(dictionary), "lm": str(grammar)}


_FILLER = re.compile(r"<[^>]*>|\[[^\]]*\]|\+\+[^+]*\+\+|\(\d+\)")


class Sphinx:
    """Decodes the whole utterance at its end, in a process of its own.

    The decoder normalises by the mean of the whole utterance (cepstral mean normalisation). Feeding it
    piece by piece makes it guess that mean: 8 instead of 12 of 20 recordings came out word for word.
    So there are no interim transcripts; decoding takes about a fifth of the utterance's length.
    """

    name = "sphinx"
    local = True

    def __init__(self, setup: ProviderSetup) -> None:
        self._model = folder = setup.config.stt.sphinx.model
        self._clock = setup.clock
        self._process: SphinxProcess | None = None
        self._starting = asyncio.Lock()
        self.what = f"PocketSphinx with {folder or 'its own English model'}"

    def problem(self) -> str:
        if self._model is not None and not self._model.is_dir():
            return f"[stt.sphinx] model: {self._model} is not a folder"
        return not_installed("pocketsphinx", "sphinx")

    def hears(self, language: str) -> bool:
        return language == "en" or self._model is not None

    @property
    def pid(self) -> int | None:
        """Of the process that hears; None where there is none now."""
        return self._process.pid if self._process else None

    async def warm_up(self) -> None:
        await self._running()

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        if not self.hears(language):
            raise ProviderUnavailableError(
                f"sphinx: its own model hears English, not {language!r}; "
                "use whisper, or name another model in [stt.sphinx] model"
            )
        pcm = await collect(audio)
        yield await (await self._running()).decode(pcm) if pcm else Transcript("")

    async def aclose(self) -> None:
        async with self._starting:
            await self._end()

    async def _running(self) -> SphinxProcess:
        """The process; a new one where there is none, or where the last one died."""
        async with self._starting:
            if self._process is None or not self._process.alive:
                await self._end()
                self._process = await SphinxProcess.start(self._model, self._clock)
            return self._process

    async def _end(self) -> None:
        if self._process is not None:
            await self._process.aclose()
        self._process = None


def transcript(hypothesis: str, posterior: float) -> Transcript:
    """The words that the decoder takes for the likeliest, without its marks for noises and variants."""
    words = _FILLER.sub(" ", hypothesis).split()
    return Transcript(" ".join(words), confidence(posterior, len(words)) if words else None)


def confidence(posterior: float, words: int) -> float:
    """0 to 1 from `posterior`, the probability of the whole sentence in the decoder's word lattice.

    The geometric mean over the words, as a long sentence's probability is a product over its words
    (PocketSphinx's `ps_get_prob`; the lattice posterior of Wessel et al., "Confidence measures for
    large vocabulary continuous speech recognition", 2001).
    """
    return float(min(1.0, max(0.0, posterior)) ** (1 / max(1, words)))
