"""The data files that ship with the guard, and the one line for a damaged one."""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any
from zipfile import BadZipFile

from pydantic import ValidationError

from hub.errors import DataError

FOLDER = resources.files("hub.safety") / "data"


def read_text(name: str) -> str:
    """Raises DataError."""
    with reading(name):
        return (FOLDER / name).read_text("utf-8")


def read_toml(name: str) -> dict[str, Any]:
    """Raises DataError."""
    with reading(name):
        return tomllib.loads(read_text(name))


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Around the use of what the file `name` holds: whatever is wrong with it is a DataError."""
    try:
        yield
    except OSError as error:
        raise damaged(name, f"can't read it: {error.strerror or type(error).__name__}") from error
    except ValidationError as error:
        raise damaged(name, first_problem(error)) from error
    except (
        *(ValueError, KeyError, TypeError, AttributeError, EOFError),
        *(re.error, BadZipFile),
    ) as error:
        raise damaged(name, repr(error)) from error


def damaged(name: str, problem: str) -> DataError:
    return DataError(f"hub/safety/data/{name}: damaged ({problem}); reinstall pommai")


def first_problem(error: ValidationError) -> str:
    """The first thing that doesn't fit, in one line: a misspelt key rather than the one that it was to be."""
    problems = error.errors(include_url=False, include_input=False)
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    where = ".".join(map(str, first["loc"]))
    return (
        f"unknown key {where}" if first["type"] == "extra_forbidden" else f"{where}: {first['msg']}"
    )
