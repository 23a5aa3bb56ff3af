"""`pommai-hub regulator FOLDER`: a document for whoever has to judge the toys, as Markdown and as a page to print.

It says for each line of the rules that we know what Pommai does, what it lacks, and which tests show it. Nothing of
a family is in it.
"""

import argparse
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Final

import jinja2
from rich.console import Console

from hub.cli.regulator.rules import Rules, Status
from hub.config import Config
from hub.domain.version import VERSION
from hub.errors import DataError

NAMES: Final = {"rules.md": "report.md", "rules.html": "report.html"}
"""The files that are written, and their templates."""

console = Console(highlight=False, soft_wrap=True, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to write the document")


def run(args: argparse.Namespace, _: Config) -> int:
    folder: Path = args.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in documents(date.today()).items():  # noqa: DTZ011 - the day that a reader's calendar has
            (folder / name).write_text(text, "utf-8")
            console.print(str(folder / name), markup=False)
    except OSError as error:
        raise DataError(f"{error.filename}: can't write there ({error.strerror})") from error
    return 0


def documents(day: date) -> dict[str, str]:
    """By file name."""
    rules = Rules.load()
    values = {"rules": rules, "statuses": list(Status), "day": day, "version": VERSION}
    return {name: _template(template).render(values) for name, template in NAMES.items()}


def _template(name: str) -> jinja2.Template:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(
            lambda name: files("hub.cli.regulator").joinpath(name).read_text("utf-8")
        ),
        autoescape=name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ).get_template(name)
