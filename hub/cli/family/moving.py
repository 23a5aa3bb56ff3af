"""`pommai-hub toys export / import`: a toy as a file, to another household and back."""

import argparse
import base64
from pathlib import Path
from typing import Final

from hub.cli.client import HubClient, Json, toy_path
from hub.core.moving.parts import MAX_FILE_BYTES
from hub.errors import DataError, RefusedError

SUMMARIES: Final = {
    "export": "save a toy as a file, for another household",
    "import": "let a toy move in from a file that another household saved",
}


def add_arguments(name: str, action: argparse.ArgumentParser) -> None:
    if name == "export":
        action.add_argument("toy", metavar="TOY", help="its name")
        action.add_argument("file", metavar="FILE", type=Path, help="a new file to write")
        action.add_argument("--child", metavar="NAME", help="whose memories come along")
        action.add_argument(
            "--knowledge", action="store_true", help="the texts that only it knows come along"
        )
    else:
        action.add_argument("file", metavar="FILE", type=Path)
        action.add_argument("--name", help="what to call the toy; else as it was")
        action.add_argument("--child", metavar="NAME", help="who the memories in it are for")


async def ask(hub: HubClient, args: argparse.Namespace) -> Json:
    """Raises DataError for a file that can't be read or written, and what the hub refuses."""
    if args.action == "import":
        file = base64.b64encode(_content(args.file)).decode()
        return await hub.call("POST", "/toys/import", file=file, name=args.name, child=args.child)
    answer = await hub.call(
        "POST",
        f"{toy_path(args.toy)}/export",
        child=args.child,
        knowledge=args.knowledge or None,
    )
    content = base64.b64decode(answer["file"])
    try:
        with args.file.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise RefusedError(f"{args.file} is there already: name a new file") from error
    except OSError as error:
        raise DataError(f"{args.file} can't be written: {error.strerror}") from error
    return {"toy": args.toy, "file": str(args.file), "bytes": len(content)}


def told(action: str, answer: Json) -> str:
    """For a person: a line, and one for each thing that isn't as it was."""
    if action == "export":
        return f"{answer['toy']} is in {answer['file']}. Anybody who has the file can read it."
    return "\n".join([f"{answer['name']} is here, and nobody's yet.", *answer["notes"]])


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}") from error
    if len(content) > MAX_FILE_BYTES:
        raise RefusedError(f"{path} is too big for a toy's file")
    return content
