"""FastRTC's `Stream(ReplyOnPause)` mounted on FastAPI, as its documentation has it; clients use /websocket/offer.

FastRTC fetches its voice detector from a model hub at start. Here its public `model=` option gets the same
detector from a file (Silero v5), and FastRTC's own segmentation runs on it.
"""

import argparse
import io
import re
import wave
from collections.abc import Iterator

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI
from fastrtc import AlgoOptions, ReplyOnPause, Stream
from fastrtc.pause_detection.silero import SileroVADModel, SileroVadOptions
from fastrtc.utils import current_context
from openai import OpenAI

SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
RATE_HZ = 24_000
PIECE_BYTES = 4800

State = tuple[np.ndarray, np.ndarray]


class Silero5(SileroVADModel):
    """Its segmentation, with a graph that has one state and 64 samples of context."""

    def __init__(self, path: str) -> None:
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )

    def get_initial_state(self, batch_size: int) -> State:
        return np.zeros((2, batch_size, 128), np.float32), np.zeros((batch_size, 64), np.float32)

    def __call__(self, x: np.ndarray, state: State, sr: int) -> tuple[object, State]:
        x = np.atleast_2d(x).astype(np.float32)
        hidden, context = state
        probability: object = 0.0
        for at in range(0, x.shape[1], 512):
            window = x[:, at : at + 512]
            window = np.pad(window, ((0, 0), (0, 512 - window.shape[1])))
            heard = {"input": np.concatenate((context, window), 1), "state": hidden}
            probability, hidden = self.session.run(None, {**heard, "sr": np.array(sr, "int64")})
            context = window[:, -64:]
        return probability, (hidden, context)


class Reply:
    def __init__(self, stubs: str) -> None:
        self._client = OpenAI(api_key="x", base_url=f"{stubs}/v1")

    def __call__(self, audio: tuple[int, np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
        context = current_context.get()
        session = (context and context.webrtc_id) or "x"
        headers = {"Authorization": f"Bearer {session}"}
        heard = self._client.audio.transcriptions.create(
            model="stub", file=("a.wav", wav(*audio)), extra_headers=headers
        ).text
        chunks = self._client.chat.completions.create(
            model="stub",
            stream=True,
            extra_headers=headers,
            messages=[{"role": "user", "content": heard}],
        )
        text = ""
        for chunk in chunks:
            text += chunk.choices[0].delta.content or ""
            while end := SENTENCE_END.search(text):
                yield from self._speak(text[: end.end()].strip(), headers)
                text = text[end.end() :]
        if text.strip():
            yield from self._speak(text.strip(), headers)

    def _speak(self, words: str, headers: dict) -> Iterator[tuple[int, np.ndarray]]:
        with self._client.audio.speech.with_streaming_response.create(
            model="stub", voice="alloy", input=words, response_format="pcm", extra_headers=headers
        ) as answer:
            for piece in answer.iter_bytes(PIECE_BYTES):
                whole = piece[: len(piece) // 2 * 2]
                yield RATE_HZ, np.frombuffer(whole, np.int16).reshape(1, -1)


def wav(rate_hz: int, samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(rate_hz)
        recording.writeframes(samples.astype(np.int16).tobytes())
    return file.getvalue()


def mend_idle_loop(seconds: float) -> None:
    """Its emit loop spins while nobody speaks (FastRTC's issue 203, pull request 430)."""
    emit = ReplyOnPause.emit

    def patient(self: ReplyOnPause) -> object:
        if not self.event.is_set():
            self.event.wait(seconds)
        return emit(self)

    ReplyOnPause.emit = patient


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--stub", required=True)
    parser.add_argument("--silero", required=True, help="Silero v5's ONNX file")
    parser.add_argument("--chunk", type=float, default=0.6)
    parser.add_argument("--started", type=float, default=0.2)
    parser.add_argument("--speech", type=float, default=0.1)
    parser.add_argument("--idle-sleep", type=float, default=0.02)
    asked = parser.parse_args()
    mend_idle_loop(asked.idle_sleep)
    options = None
    if asked.chunk < 0.6:
        options = SileroVadOptions(min_speech_duration_ms=50, speech_pad_ms=0)
    handler = ReplyOnPause(
        Reply(asked.stub),
        model=Silero5(asked.silero),
        model_options=options,
        input_sample_rate=16_000,
        output_sample_rate=RATE_HZ,
        algo_options=AlgoOptions(asked.chunk, asked.started, asked.speech),
    )
    application = FastAPI()
    # Its concurrency_limit=None would mean one session.
    stream = Stream(handler, modality="audio", mode="send-receive", concurrency_limit=1000)
    stream.mount(application)
    uvicorn.run(application, host="127.0.0.1", port=asked.port, log_level="error", backlog=1024)
