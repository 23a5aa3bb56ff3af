"""The chain without a framework: loudness ends a turn, then recogniser, model, first clause, voice."""

import argparse
import asyncio
import contextlib
import io
import json
import re
import wave
from dataclasses import dataclass

import aiohttp
import numpy as np
import uvloop
from aiohttp import web

CLAUSE_END = re.compile(r"[,.!?;:](?=\s|$)")
LOUD_RMS = 300
WAIT_S = 0.2
PRE_ROLL_BYTES = 9600
ONSET_FRAMES = 3
BYTES_PER_S = 32_000


@dataclass
class Chain:
    """One session's services; `sid` is its key there."""

    http: aiohttp.ClientSession
    socket: web.WebSocketResponse
    stubs: str
    sid: str

    async def answer(self, pcm: bytes, decided: asyncio.Event) -> None:
        """From what was heard to sound, which is held back until `decided`."""
        clauses: asyncio.Queue[str | None] = asyncio.Queue()
        heard = await self._transcribe(pcm)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._think(heard, clauses))
            while (clause := await clauses.get()) is not None:
                await self._speak(clause, decided)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.sid}"}

    async def _transcribe(self, pcm: bytes) -> str:
        form = aiohttp.FormData()
        form.add_field("model", "stub")
        form.add_field("file", wav(pcm), filename="a.wav", content_type="audio/wav")
        url = f"{self.stubs}/v1/audio/transcriptions"
        async with self.http.post(url, headers=self._headers, data=form) as answer:
            return str((await answer.json())["text"])

    async def _think(self, heard: str, clauses: asyncio.Queue[str | None]) -> None:
        text = ""
        ask = {"model": "stub", "stream": True, "messages": [{"role": "user", "content": heard}]}
        url = f"{self.stubs}/v1/chat/completions"
        async with self.http.post(url, headers=self._headers, json=ask) as answer:
            async for line in answer.content:
                if line.startswith(b"data: {"):
                    text += json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
                while end := CLAUSE_END.search(text):
                    await clauses.put(text[: end.end()].strip())
                    text = text[end.end() :]
        if text.strip():
            await clauses.put(text.strip())
        await clauses.put(None)

    async def _speak(self, clause: str, decided: asyncio.Event) -> None:
        ask = {"model": "stub", "voice": "alloy", "input": clause, "response_format": "pcm"}
        url = f"{self.stubs}/v1/audio/speech"
        async with self.http.post(url, headers=self._headers, json=ask) as answer:
            async for sound in answer.content.iter_any():
                await decided.wait()
                await self.socket.send_bytes(sound)


class Server:
    def __init__(self, stubs: str, guess_s: float) -> None:
        """`guess_s`: silence after which the chain begins; 0 waits until the turn is over."""
        self._stubs = stubs
        self._begin_s = guess_s or WAIT_S

    async def run(self, port: int) -> None:
        application = web.Application()
        application.add_routes([web.get("/ws/{sid}", self._session)])
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as self._http:
            runner = web.AppRunner(application, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
            await asyncio.Event().wait()

    async def _session(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, max_msg_size=0)
        await socket.prepare(request)
        chain = Chain(self._http, socket, self._stubs, request.match_info["sid"])
        with contextlib.suppress(ConnectionError):
            async with asyncio.TaskGroup() as tasks:
                await self._listen(socket, chain, tasks)
        return socket

    async def _listen(
        self, socket: web.WebSocketResponse, chain: Chain, tasks: asyncio.TaskGroup
    ) -> None:
        speech, before, speaking, loud_frames, quiet_s = bytearray(), b"", False, 0, 0.0
        guess: tuple[asyncio.Task[None], asyncio.Event] | None = None
        async for message in socket:
            frame: bytes = message.data
            loud = rms(frame) > LOUD_RMS
            if not speaking:
                before = (before + frame)[-PRE_ROLL_BYTES:]
                loud_frames = loud_frames + 1 if loud else 0
                if loud_frames >= ONSET_FRAMES:
                    speaking, speech, quiet_s = True, bytearray(before), 0.0
                continue
            speech += frame
            quiet_s = 0.0 if loud else quiet_s + len(frame) / BYTES_PER_S
            if loud and guess:
                guess[0].cancel()  # the child went on
                guess = None
            if quiet_s >= self._begin_s - 1e-6 and not guess:
                decided = asyncio.Event()
                guess = tasks.create_task(chain.answer(bytes(speech), decided)), decided
            if quiet_s >= WAIT_S - 1e-6 and guess:
                guess[1].set()
                speaking, loud_frames, before, guess = False, 0, b"", None


def rms(frame: bytes) -> float:
    samples = np.frombuffer(frame, "<i2").astype(np.float32)
    return float(np.sqrt(np.dot(samples, samples) / len(samples)))


def wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(16_000)
        recording.writeframes(pcm)
    return file.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--stub", required=True)
    parser.add_argument("--spec", type=float, default=0.0)
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as server:
        server.run(Server(asked.stub, asked.spec).run(asked.port))
