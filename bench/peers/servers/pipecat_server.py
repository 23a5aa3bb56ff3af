"""A Pipecat pipeline for each WebSocket, as its documentation has it, tuned for speed.

Silero decides at 200 ms of silence; Pipecat's default, an end-of-turn model on top, would wait longer.
"""

import argparse
import os
import sys

import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import Frame, InputAudioRawFrame, OutputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

SILENCE_S = 0.2


class RawSound(FrameSerializer):
    """Sound alone, without a frame around it."""

    async def serialize(self, frame: Frame) -> bytes | None:
        return frame.audio if isinstance(frame, OutputAudioRawFrame) else None

    async def deserialize(self, data: bytes) -> Frame:
        return InputAudioRawFrame(audio=data, sample_rate=16_000, num_channels=1)


def application(stubs: str) -> FastAPI:
    app = FastAPI()
    url = f"{stubs}/v1"

    @app.websocket("/ws/{sid}")
    async def session(websocket: WebSocket, sid: str) -> None:
        await websocket.accept()
        params = FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, serializer=RawSound()
        )
        transport = FastAPIWebsocketTransport(websocket, params)
        settings = OpenAILLMService.Settings(model="stub")
        stop = SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.0)
        context = LLMContextAggregatorPair(
            LLMContext(),
            user_params=LLMUserAggregatorParams(
                vad_analyzer=SileroVADAnalyzer(params=VADParams(stop_secs=SILENCE_S)),
                user_turn_strategies=UserTurnStrategies(stop=[stop]),
            ),
        )
        steps = [
            transport.input(),
            OpenAISTTService(api_key=sid, base_url=url),
            context.user(),
            OpenAILLMService(api_key=sid, base_url=url, settings=settings),
            OpenAITTSService(api_key=sid, base_url=url),
            transport.output(),
            context.assistant(),
        ]
        worker = PipelineWorker(
            Pipeline(steps),
            params=PipelineParams(audio_in_sample_rate=16_000, audio_out_sample_rate=24_000),
            enable_rtvi=False,
            idle_timeout_secs=None,
        )

        @transport.event_handler("on_client_disconnected")
        async def gone(*_: object) -> None:
            await worker.cancel()

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await runner.run()

    return app


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level=os.environ.get("LOG", "ERROR"))
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--stub", required=True)
    asked = parser.parse_args()
    uvicorn.run(
        application(asked.stub),
        host="127.0.0.1",
        port=asked.port,
        log_level="error",
        ws_max_size=1 << 24,
        backlog=1024,
        ws_per_message_deflate=False,
    )
