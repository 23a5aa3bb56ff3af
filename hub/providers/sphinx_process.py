"""The hub's end of `sphinx_worker`, PocketSphinx's own process."""

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from hub.domain.clock import Clock
from hub.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from hub.providers import sphinx_worker

START_S = 30.0
ANSWER_S = 10.0
"""For an answer, and twice the utterance's length on top: a slow board takes about as long."""
MAX_ANSWER_BYTES = 65_536
INSTALL = "install it with: pip install 'pommai[sphinx]'"

OPTIONS: dict[str, str | int] = {"loglevel": "FATAL", "maxhmmpf": 2000, "maxwpf": 15}
"""Without such limits it takes 1.4 times as long, to get one word in a hundred more right (`bench/turns`)."""
_ENVIRONMENT = ("LD_LIBRARY_PATH", "PYTHONPATH")
"""What it gets of the hub's, and what Python needs to find its libraries."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the decoder takes for the likeliest words, with its marks for noises and variants."""

    text: str
    posterior: float


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
        return self._process.returncode is None

    async def decode(self, pcm: bytes) -> Hypothesis | None:
        """What is said in `pcm`, 16-bit samples at 16 kHz. Cancelling it ends the work at once."""
        limit_s = ANSWER_S + 2 * len(pcm) / (SAMPLE_BYTES * SPEECH_RATE_HZ)
        async with self._cores:
            try:
                async with self._clock.timeout(limit_s):
                    return _hypothesis(await self._ask(pcm))
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
                raise ProviderUnavailableError(f"sphinx: {what}; {INSTALL}")
            case {"unloadable": what}:
                raise ProviderUnavailableError(
                    f"sphinx: can't load the model in {model or 'the wheel'}: {what}"
                )

    async def _ask(self, pcm: bytes) -> bytes:
        """The answer's line."""
        async with self._utterance() as (reader, writer):
            writer.write(sphinx_worker.LENGTH.pack(len(pcm)))
            writer.write(pcm)
            await writer.drain()
            return await reader.readuntil()

    @asynccontextmanager
    async def _utterance(
        self,
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A line to a new fork, which ends with it."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            socket.send_fds(self._control, [b"\0"], [theirs.fileno()])
            theirs.close()
            reader, writer = await asyncio.open_unix_connection(sock=ours, limit=MAX_ANSWER_BYTES)
            try:
                yield reader, writer
            finally:
                writer.transport.abort()


def _hypothesis(line: bytes) -> Hypothesis | None:
    answer: Any = json.loads(line)
    if answer is None:
        return None
    return Hypothesis(str(answer["text"]), float(answer["posterior"]))


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
