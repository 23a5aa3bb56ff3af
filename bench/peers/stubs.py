"""A recogniser, a language model and a voice behind OpenAI's API, with the delays of a preset.

Every request is noted with the caller's key and CLOCK_MONOTONIC times, so that a turn can be split into its
steps: `GET /_log?clear=1` gives the notes.
"""

import argparse
import asyncio
import json
import logging
import math
import time
from array import array
from dataclasses import dataclass

import uvloop
from aiohttp import web


@dataclass(frozen=True)
class Delays:
    """Seconds, but `tokens_per_s` (0 sends all at once) and `real_time_factor` of the voice."""

    transcript_s: float = 0.0
    first_token_s: float = 0.0
    tokens_per_s: float = 0.0
    first_sound_s: float = 0.0
    real_time_factor: float = 0.0

    @property
    def floor_s(self) -> float:
        """What no server that asks all three one after the other can avoid."""
        return self.transcript_s + self.first_token_s + self.first_sound_s


PRESETS = {
    "instant": Delays(),
    "cloud-like": Delays(0.150, 0.250, 80.0, 0.120, 0.2),
}
TRANSCRIPT = "Can you tell me a story about a little red car?"
REPLY = "Of course, I know a lovely one. Once there was a red car who lived by the sea."
RATE_HZ = 24_000
SPEECH_S_PER_CHARACTER = 0.025
PIECE_S = 0.1

TONE = array(
    "h", (int(9000 * math.sin(0.35 + math.tau * 440 * i / RATE_HZ)) for i in range(RATE_HZ))
).tobytes()


class Stubs:
    def __init__(self, delays: Delays, reply: str = REPLY) -> None:
        self._delays = delays
        words = reply.split(" ")
        self._tokens = [word if at == 0 else f" {word}" for at, word in enumerate(words)]
        self._log: list[dict[str, object]] = []

    def application(self) -> web.Application:
        application = web.Application(client_max_size=64 << 20)
        application.add_routes(
            [
                web.post("/v1/audio/transcriptions", self._transcribe),
                web.post("/v1/chat/completions", self._chat),
                web.post("/v1/audio/speech", self._speak),
                web.get("/_log", self._give_log),
            ]
        )
        return application

    async def _transcribe(self, request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        await request.read()
        await _until(began + self._delays.transcript_s)
        self._note("stt", request, began)
        return web.json_response({"text": TRANSCRIPT})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        await request.read()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await _until(began + self._delays.first_token_s)
        first = self._note("llm", request, began)
        end = _event({}, finish="stop") + b"data: [DONE]\n\n"
        events = [_event({"content": token}) for token in self._tokens]
        if not self._delays.tokens_per_s:
            await response.write(b"".join(events) + end)
        else:
            for at, event in enumerate(events):
                await _until(first + at / self._delays.tokens_per_s)
                await response.write(event)
            await response.write(end)
        await response.write_eof()
        return response

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        body = await request.json()
        samples = int(len(body["input"]) * SPEECH_S_PER_CHARACTER * RATE_HZ)
        sound = (TONE * (samples // RATE_HZ + 1))[: 2 * samples]
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await response.prepare(request)
        await _until(began + self._delays.first_sound_s)
        first = self._note("tts", request, began)
        if not self._delays.real_time_factor:
            await response.write(sound)
        else:
            step = 2 * int(RATE_HZ * PIECE_S)
            for at in range(0, len(sound), step):
                await _until(first + at / 2 / RATE_HZ * self._delays.real_time_factor)
                await response.write(sound[at : at + step])
        await response.write_eof()
        return response

    async def _give_log(self, request: web.Request) -> web.StreamResponse:
        log = list(self._log)
        if request.query.get("clear"):
            self._log.clear()
        return web.json_response(log)

    def _note(self, kind: str, request: web.Request, began: float) -> float:
        now = time.monotonic()
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self._log.append({"kind": kind, "key": key, "asked_s": began, "first_byte_s": now})
        return now


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
    return b"data: " + json.dumps({**chunk, "choices": [choice]}).encode() + b"\n\n"


async def _until(moment: float) -> None:
    if (wait := moment - time.monotonic()) > 0:
        await asyncio.sleep(wait)


async def serve(port: int, stubs: Stubs) -> None:
    runner = web.AppRunner(stubs.application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Stub services on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--preset", choices=PRESETS, default="instant")
    parser.add_argument("--reply", default=REPLY, help="what the model writes")
    arguments = parser.parse_args()
    logging.getLogger(
        "aiohttp.server"
    ).disabled = True  # some callers are killed amid their request
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(arguments.port, Stubs(PRESETS[arguments.preset], arguments.reply)))
