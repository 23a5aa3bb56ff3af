"""Reads the household's settings: defaults, then the file, then the environment.

    settings = load(path, os.environ)

A misspelt key is a ConfigError of one line: where it stands, what is wrong, and what was likely meant.
"""

import difflib
import inspect
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.config import Config
from hub.errors import ConfigError

ENV_PREFIX = "POMMAI_"
ENV_OUTSIDE_CONFIG = ("POMMAI_DATA", "POMMAI_CONFIG", "POMMAI_HOME_ASSISTANT_TOKEN")
"""Short names: the data folder (also POMMAI_HUB__DATA) and the settings file; and a secret."""

_SECRET = re.compile(r"(^|_)(api_?key|key|token|secret|password)$", re.IGNORECASE)

MAX_GUESSES = 3
"""More of them help nobody."""

KeyPath = tuple[str, ...]
"""Sections, then the key."""


def _sections(
    model: type[BaseModel], path: KeyPath = ()
) -> Iterator[tuple[KeyPath, type[BaseModel]]]:
    yield path, model
    for name, field in model.model_fields.items():
        if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel):
            yield from _sections(field.annotation, (*path, name))


SECTIONS: Final = dict(_sections(Config))
"""Every section by where it stands; the whole file is at ()."""


def keys_under(path: KeyPath) -> list[KeyPath]:
    """Every setting in the section at `path` and in those within it."""
    return [
        (*at, name)
        for at, section in SECTIONS.items()
        if at[: len(path)] == path
        for name in section.model_fields
        if (*at, name) not in SECTIONS
    ]


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Defaults, then the file, then the environment.

    `path` None means POMMAI_CONFIG, else `pommai.toml` in the working folder where there is one.
    Raises ConfigError.
    """
    if path is None and environ.get("POMMAI_CONFIG"):
        path = Path(environ["POMMAI_CONFIG"])
    if path is None and Path("pommai.toml").is_file():
        path = Path("pommai.toml")
    values = _read(path) if path is not None else {}
    from_env: dict[KeyPath, str] = {}
    for name in sorted(environ):
        if name.startswith(ENV_PREFIX) and name not in ENV_OUTSIDE_CONFIG:
            from_env[_put(values, name, environ[name])] = name
    if environ.get("POMMAI_DATA"):
        from_env[_put(values, "POMMAI_HUB__DATA", environ["POMMAI_DATA"])] = "POMMAI_DATA"
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        explained = [_explain(str(path), from_env, e) for e in error.errors(include_url=False)]
        raise ConfigError("; ".join(explained)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: can't read it: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def _put(values: dict[str, Any], name: str, text: str) -> KeyPath:
    """POMMAI_STT__WHISPER__MODEL=x becomes values["stt"]["whisper"]["model"] = x."""
    path = tuple(name.removeprefix(ENV_PREFIX).lower().split("__"))
    *sections, key = path
    if not sections or not all(path):
        meant = [_env_name(p) for p in _close_paths(path)]
        hint = f"; did you mean {' or '.join(meant)}?" if meant else ""
        raise ConfigError(f"{name}: settings are {ENV_PREFIX}SECTION__KEY{hint}")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ConfigError(f"{name}: {section} is a value, not a section")
    values[key] = text
    model = SECTIONS.get(tuple(sections))
    field = model.model_fields.get(key) if model else None
    if field is not None and get_origin(field.annotation) is tuple:
        values[key] = [part.strip() for part in text.split(",") if part.strip()]
    return path


def _env_name(path: KeyPath) -> str:
    return "POMMAI_" + "__".join(path).upper()


def _explain(source: str, from_env: Mapping[KeyPath, str], error: ErrorDetails) -> str:
    """One of pydantic's errors as one line. `from_env` says which settings the environment gave."""
    path = tuple(part for part in error["loc"] if isinstance(part, str))
    by_env = next((name for key, name in from_env.items() if key[: len(path)] == path), None)
    where = f"{by_env}: " if by_env else f"{source}: {_show(path)}: "
    if error["type"] == "extra_forbidden":
        what = "unknown section" if isinstance(error["input"], dict) else "unknown key"
        return where + _unknown(path, what, as_env=by_env is not None)
    return where + _wrong_value(path, error)


def _unknown(path: KeyPath, what: str, *, as_env: bool) -> str:
    *sections, key = path
    if _SECRET.search(key):
        name = f"{sections[-1]}_API_KEY".upper() if sections else "OPENAI_API_KEY"
        return f"keys don't belong into settings; put it into the environment, e.g. as {name}"
    meant = _close_paths(path)
    if not meant:
        section = SECTIONS.get(tuple(sections))
        return f"{what}; known are {', '.join(section.model_fields) if section else ''}"
    names = [
        _env_name(p) + ("__…" if p in SECTIONS else "")
        if as_env
        else _show(p, beside=tuple(sections))
        for p in meant
    ]
    more = " …" if len(names) > MAX_GUESSES else ""
    return f"{what}; did you mean {' or '.join(names[:MAX_GUESSES])}{more}?"


def _close_paths(path: KeyPath) -> list[KeyPath]:
    """What `path` may have meant: a neighbour, else a key further in, else one anywhere."""
    *sections, key = path
    here = SECTIONS.get(tuple(sections))
    if here is not None:
        near = difflib.get_close_matches(key, list(here.model_fields), n=1)
        if near:
            return [(*sections, near[0])]
    for under in (tuple(sections), ()):
        keys = keys_under(under)
        near = difflib.get_close_matches(key, {k[-1] for k in keys}, n=1, cutoff=0.75)
        if near:
            return [k for k in keys if k[-1] == near[0]]
    return []


def _wrong_value(path: KeyPath, error: ErrorDetails) -> str:
    if error["type"] in ("model_type", "model_attributes_type"):
        return f"is a section, so it can't be {error['input']!r}"
    if error["type"] == "tuple_type":
        return f"must be a list, e.g. [{str(error['input'])!r}]"
    if error["type"] == "literal_error":
        section = SECTIONS.get(path[:-1])
        choices = get_args(section.model_fields[path[-1]].annotation) if section else ()
        return f"must be one of {', '.join(map(repr, choices))}, not {error['input']!r}"
    message = error["msg"].removeprefix("Input ")
    return f"{message}, not {error['input']!r}"


def _show(path: KeyPath, beside: KeyPath | None = None) -> str:
    """As it stands in the file: "[tts.piper] voice"; just the key where it is `beside` the reader."""
    *sections, key = path
    if not sections or tuple(sections) == beside:
        return key
    return f"[{'.'.join(sections)}] {key}"
