"""Run with another release of `wyoming` than ours: uses the services, prints what its classes make of the answers.

python old_client.py PORT
"""

import asyncio
import json
import sys

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.handle import Handled
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize

SHAPE = {"rate": 16_000, "width": 2, "channels": 1}


async def ask(port: int, *events: Eventable, last: str) -> list[Event]:
    seen: list[Event] = []
    async with AsyncTcpClient("127.0.0.1", port) as client:
        for event in events:
            await client.write_event(event.event())
        while (event := await client.read_event()) is not None:
            seen.append(event)
            if event.type == last:
                break
    return seen


async def main(port: int) -> None:
    [described] = await ask(port, Describe(), last="info")
    info = Info.from_event(described)
    sound = AudioChunk(audio=b"\x10\x20" * 1600, **SHAPE)
    heard = await ask(
        port, Transcribe(language="en"), AudioStart(**SHAPE), sound, AudioStop(), last="transcript"
    )
    handled = await ask(port, Transcript("what do bears do?"), last="handled")
    spoken = await ask(port, Synthesize("Good night."), last="audio-stop")
    chunks = [AudioChunk.from_event(event) for event in spoken if AudioChunk.is_type(event.type)]
    [error] = await ask(port, Synthesize("la " * 5_000), last="error")
    found = {
        "asr": [[p.name, p.models[0].languages] for p in info.asr],
        "voices": [voice.name for voice in info.tts[0].voices],
        "handle": [p.name for p in info.handle],
        "heard": Transcript.from_event(heard[-1]).text,
        "handled": Handled.from_event(handled[-1]).text,
        "rate": AudioStart.from_event(spoken[0]).rate,
        "sound_bytes": sum(len(chunk.audio) for chunk in chunks),
        "error": Error.from_event(error).code,
    }
    print(json.dumps(found))


asyncio.run(main(int(sys.argv[1])))
