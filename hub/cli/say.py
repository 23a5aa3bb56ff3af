"""`pommai-hub say`: a whole turn with a toy, without a microphone."""

import argparse
import asyncio
import base64
import json
import wave
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from rich.console import Console
from rich.text import Text

from hub.cli.remote import running_hub
from hub.config import Config
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from hub.errors import ConfigError, DataError, LinkError
from hub.house_requests import Json

console = Console(highlight=False, soft_wrap=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--toy", required=True, metavar="NAME", help="which toy is spoken to")
    parser.add_argument("text", metavar="TEXT", help="what the child says")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument(
        "--speaker", metavar="wav:FILE", default="", help="keep the spoken reply in FILE"
    )


def run(args: argparse.Namespace, config: Config) -> int:
    kind, _, file = args.speaker.partition(":")
    if args.speaker and (kind != "wav" or not file):
        raise ConfigError(f"--speaker {args.speaker}: must be wav:FILE")
    outcome, pcm = asyncio.run(_converse(args, config))
    if file:
        _write_wav(Path(file), pcm)
    if args.json:
        print(json.dumps(outcome, ensure_ascii=False))  # noqa: T201 - what --json is for
    return 0


async def _converse(args: argparse.Namespace, config: Config) -> tuple[Json, bytes]:
    """The turn, shown as it happens; its outcome and, where it is wanted, its sound."""
    pcm = bytearray()
    async with aclosing(_turn(args, config)) as events:
        async for event in events:
            if event["event"] == "audio":
                pcm += base64.b64decode(event["pcm"])
            elif event["event"] == "finished":
                return event["outcome"], bytes(pcm)
            elif not args.json:
                _show(event, args.toy)
    raise LinkError("the hub ended in the middle of the turn; its log says why")


async def _turn(args: argparse.Namespace, config: Config) -> AsyncGenerator[Json, None]:
    """The events of the turn: from the hub that runs on this data folder, else from one of our own."""
    wants_audio = bool(args.speaker)
    async with running_hub(config.hub.data) as remote:
        if remote is not None:
            async with aclosing(remote.say(args.toy, args.text, audio=wants_audio)) as events:
                async for event in events:
                    yield event
            return
    from hub.cli import own_hub

    own = own_hub.turn(config, args.toy, args.text, audio=wants_audio)
    async with aclosing(own) as events:
        async for event in events:
            yield event


def _show(event: Json, toy: str) -> None:
    match event["event"]:
        case "heard":
            console.print(Text(f"You: {event['text']}"))
        case "refused":
            what = "the words" if event["direction"] == "child" else "an answer of the model"
            console.print(Text(f"(The guard stopped {what}: {event['category']}.)", "yellow"))
        case "said":
            console.print(Text(f"{toy}: {event['text']}", "bold"))


def _write_wav(path: Path, pcm: bytes) -> None:
    try:
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(SAMPLE_BYTES)
            sound.setframerate(SPEECH_RATE_HZ)
            sound.writeframes(pcm)
    except OSError as error:
        raise DataError(f"{path}: can't write the sound there: {error.strerror}") from error
