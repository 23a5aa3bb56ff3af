"""One line for a wrong setting: where it stands, what is wrong, and what was likely meant."""

import difflib
import inspect
import re
from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

SECRET = re.compile(r"(^|_)(api_?key|key|token|secret|password)$", re.IGNORECASE)

MOST_MEANT = 3
"""More guesses than that help nobody."""

Path = tuple[str, ...]
"""Sections, then the key."""


def section_at(root: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The section of that name; None where there is none."""
    model = root
    for name in path:
        field = model.model_fields.get(name)
        if field is None or not inspect.isclass(field.annotation):
            return None
        if not issubclass(field.annotation, BaseModel):
            return None
        model = field.annotation
    return model


def leaves(root: type[BaseModel], path: Path = ()) -> Iterator[Path]:
    """Every key under a section, with its sections."""
    section = section_at(root, path)
    if section is None:
        yield path
        return
    for name in section.model_fields:
        yield from leaves(root, (*path, name))


def env_name(path: Path) -> str:
    return "POMMAI_" + "__".join(path).upper()


def explain(
    root: type[BaseModel], source: str, from_env: Mapping[Path, str], error: ErrorDetails
) -> str:
    """One of pydantic's errors as one line. `from_env` says which settings the environment gave."""
    path = tuple(part for part in error["loc"] if isinstance(part, str))
    by_env = from_env.get(path)
    where = f"{by_env}: " if by_env else f"{source}: {_show(path)}: "
    if error["type"] == "extra_forbidden":
        what = "unknown section" if isinstance(error["input"], dict) else "unknown key"
        return where + _unknown(root, path, what, as_env=by_env is not None)
    return where + _wrong_value(root, path, error)


def _unknown(root: type[BaseModel], path: Path, what: str, *, as_env: bool) -> str:
    *sections, key = path
    if SECRET.search(key):
        name = f"{sections[-1]}_API_KEY".upper() if sections else "OPENAI_API_KEY"
        return f"keys don't belong into settings; put it into the environment, e.g. as {name}"
    meant = close_paths(root, path)
    if not meant:
        section = section_at(root, tuple(sections))
        return f"{what}; known are {', '.join(section.model_fields) if section else ''}"
    names = [env_name(p) if as_env else _show(p, beside=tuple(sections)) for p in meant]
    more = " …" if len(names) > MOST_MEANT else ""
    return f"{what}; did you mean {' or '.join(names[:MOST_MEANT])}{more}?"


def close_paths(root: type[BaseModel], path: Path) -> list[Path]:
    """What `path` may have meant: a neighbour, else a key further in, else one anywhere."""
    *sections, key = path
    here = section_at(root, tuple(sections))
    if here is not None:
        near = difflib.get_close_matches(key, list(here.model_fields), n=1)
        if near:
            return [(*sections, near[0])]
    for under in (tuple(sections), ()):
        if section_at(root, under) is None:
            continue
        keys = list(leaves(root, under))
        near = difflib.get_close_matches(key, {k[-1] for k in keys}, n=1, cutoff=0.75)
        if near:
            return [k for k in keys if k[-1] == near[0]]
    return []


def _wrong_value(root: type[BaseModel], path: Path, error: ErrorDetails) -> str:
    if error["type"] in ("model_type", "model_attributes_type"):
        return f"is a section, so it can't be {error['input']!r}"
    if error["type"] == "tuple_type":
        return f"must be a list, e.g. [{str(error['input'])!r}]"
    if error["type"] == "literal_error":
        section = section_at(root, path[:-1])
        choices = get_args(section.model_fields[path[-1]].annotation) if section else ()
        return f"must be one of {', '.join(map(repr, choices))}, not {error['input']!r}"
    message = error["msg"].removeprefix("Input ")
    return f"{message}, not {error['input']!r}"


def _show(path: Path, beside: Path | None = None) -> str:
    """As it stands in the file: "[tts.piper] voice"; just the key where it is `beside` the reader."""
    *sections, key = path
    if not sections or tuple(sections) == beside:
        return key
    return f"[{'.'.join(sections)}] {key}"
