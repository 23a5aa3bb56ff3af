"""`pommai-hub say` and `chat`: whole turns with a toy, without a microphone."""

import argparse
import asyncio
import base64
import contextlib
import sys
import threading
from contextlib import aclosing
from pathlib import Path

from rich.console import Console
from rich.text import Text

from hub.cli.answers import print_json
from hub.cli.client import HubClient, Json, any_hub
from hub.cli.terminal import wrapped
from hub.config import Config
from hub.domain.audio import wav
from hub.domain.lulling import SoundName
from hub.domain.words import SOUND_WORDS
from hub.errors import ConfigError, DataError, LinkError, RefusedError

console = Console(highlight=False, soft_wrap=True, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, command: str) -> None:
    parser.add_argument(
        "--toy", default="", metavar="NAME", help="which toy is spoken to, where there are several"
    )
    if command == "say":
        parser.add_argument("text", metavar="TEXT", help="what the child says")
        parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
        parser.add_argument(
            "--speaker", metavar="wav:FILE", default="", help="keep the spoken reply in FILE"
        )


def run(args: argparse.Namespace, config: Config) -> int:
    if args.command == "chat":
        asyncio.run(_chat(args.toy, config))
        return 0
    kind, _, file = args.speaker.partition(":")
    if args.speaker and (kind != "wav" or not file):
        raise ConfigError(f"--speaker {args.speaker}: must be wav:FILE")
    outcome, pcm = asyncio.run(_say(args, config))
    if file:
        _write_wav(Path(file), pcm)
    if args.json:
        print_json(outcome)
    return 0


async def _say(args: argparse.Namespace, config: Config) -> tuple[Json, bytes]:
    async with any_hub(config) as hub:
        toy = args.toy or await _only_toy(hub)
        return await _turn(hub, toy, args.text, audio=bool(args.speaker), shown=not args.json)


async def _chat(toy: str, config: Config) -> None:
    """Turn after turn, until the end of the input."""
    async with any_hub(config) as hub:
        toy = toy or await _only_toy(hub)
        if sys.stdin.isatty():
            console.print(f"You talk with {toy} as a child would; Ctrl-D ends it.", markup=False)
        while (text := await _next_line()) is not None:
            if text:
                await _turn(hub, toy, text, audio=False, shown=True)


async def _only_toy(hub: HubClient) -> str:
    """Raises RefusedError where a person has to choose."""
    names = [str(toy["name"]) for toy in (await hub.call("GET", "/toys"))["toys"]]
    if len(names) != 1:
        raise RefusedError(f"there are several toys: add --toy with one of {', '.join(names)}")
    return names[0]


async def _turn(
    hub: HubClient, toy: str, text: str, *, audio: bool, shown: bool
) -> tuple[Json, bytes]:
    """Its outcome and, where it is wanted, its sound."""
    pcm = bytearray()
    async with aclosing(hub.lines("POST", "/turns", toy=toy, text=text, audio=audio)) as events:
        async for event in events:
            if event["event"] == "audio":
                pcm += base64.b64decode(event["pcm"])
            elif event["event"] == "finished":
                return event["outcome"], bytes(pcm)
            elif shown:
                _show(event, toy)
    raise LinkError("the hub ended in the middle of the turn; its log says why")


def _show(event: Json, toy: str) -> None:
    match event["event"]:
        case "heard":
            _tell(f"You: {event['text']}")
        case "refused":
            what = "the words" if event["direction"] == "child" else "an answer of the model"
            _tell(f"(The guard stopped {what}: {event['category']}.)", "yellow")
        case "said":
            _tell(f"{toy}: {event['text']}", "bold")
        case "sounds":
            name = SOUND_WORDS[SoundName(event["sound"])]
            _tell(f"({toy} plays {name}, for {event['seconds']:g} s.)")


def _tell(line: str, style: str = "") -> None:
    console.print(Text(wrapped(line, sys.stdout), style))


async def _next_line() -> str | None:
    """What a person typed; None at the end. A thread waits, which holds up nobody's Ctrl-C."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()

    def hand_over(text: str) -> None:
        if not typed.done():
            typed.set_result(text)

    def read() -> None:
        text = sys.stdin.readline()
        with contextlib.suppress(RuntimeError):  # the command has ended meanwhile
            loop.call_soon_threadsafe(hand_over, text)

    threading.Thread(target=read, name="keyboard", daemon=True).start()
    text = await typed
    return text.strip() if text else None


def _write_wav(path: Path, pcm: bytes) -> None:
    try:
        path.write_bytes(wav(pcm))
    except OSError as error:
        raise DataError(f"{path}: can't write the sound there: {error.strerror}") from error
