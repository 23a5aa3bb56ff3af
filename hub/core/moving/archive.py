"""A toy's file, written and read: whatever is not exactly such a file is refused with a line that says why."""

import hashlib
import io
import json
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn, TypeVar

from pydantic import ValidationError

from hub.core.moving.parts import (
    FORMAT,
    KNOWLEDGE,
    MANIFEST,
    MAX_FILE_BYTES,
    MAX_PART_BYTES,
    MEMORIES,
    PARTS,
    TOY,
    VERSION,
    KnowledgePart,
    Manifest,
    MemoriesPart,
    Part,
    ToyPart,
)
from hub.domain.version import VERSION as HUB_VERSION
from hub.errors import RefusedError
from hub.translation import gettext as _

P = TypeVar("P", bound=Part)

_FAULTS: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,  # locked, or packed in a way that zipfile doesn't know
    ValueError,
)
"""What reading a damaged or hostile ZIP may raise."""
MAX_WHY_CHARS: Final = 100
_MADE: Final = (1980, 1, 1, 0, 0, 0)
"""So that the same toy gives the same bytes."""


@dataclass(frozen=True, slots=True)
class ToyFile:
    toy: ToyPart
    memories: MemoriesPart | None = None
    knowledge: KnowledgePart | None = None


def write(file: ToyFile, made_at: datetime) -> bytes:
    """The bytes of a ZIP. Raises RefusedError where a toy knows more than fits."""
    parts: dict[str, Part] = {TOY: file.toy}
    if file.memories is not None:
        parts[MEMORIES] = file.memories
    if file.knowledge is not None:
        parts[KNOWLEDGE] = file.knowledge
    texts = {name: _as_json(part) for name, part in parts.items()}
    if any(len(text) > MAX_PART_BYTES for text in texts.values()):
        raise RefusedError(
            _(
                "what that toy knows takes more than %(most)s kB: leave it here, and add it there from its files",
                most=MAX_PART_BYTES // 1000,
            )
        )
    manifest = Manifest(
        format=FORMAT,
        version=VERSION,
        made_at=made_at,
        made_by=HUB_VERSION,
        sha256={name: hashlib.sha256(text).hexdigest() for name, text in texts.items()},
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {MANIFEST: _as_json(manifest), **texts}.items():
            info = zipfile.ZipInfo(name, _MADE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return out.getvalue()


def read(content: bytes) -> ToyFile:
    """What `write` wrote. Blocks for a moment. Raises RefusedError for all else."""
    if len(content) > MAX_FILE_BYTES:
        raise RefusedError(
            _(
                "that file is too big for a toy's: it has more than %(most)s kB",
                most=MAX_FILE_BYTES // 1000,
            )
        )
    texts = _unpacked(content)
    if MANIFEST not in texts:
        _refuse(_("it has no %(manifest)s, so it is no toy's file", manifest=MANIFEST))
    _check_version(texts[MANIFEST])
    manifest = _parsed(MANIFEST, texts.pop(MANIFEST), Manifest)
    if TOY not in texts or manifest.sha256.keys() != texts.keys():
        _refuse(_("its manifest names other parts than are in it"))
    for name, text in texts.items():
        if hashlib.sha256(text).hexdigest() != manifest.sha256[name]:
            _refuse(
                _(
                    "its %(name)s was changed since it was made, or was damaged on the way",
                    name=name,
                )
            )
    memories = _parsed(MEMORIES, texts[MEMORIES], MemoriesPart) if MEMORIES in texts else None
    knowledge = _parsed(KNOWLEDGE, texts[KNOWLEDGE], KnowledgePart) if KNOWLEDGE in texts else None
    return ToyFile(_parsed(TOY, texts[TOY], ToyPart), memories, knowledge)


def _as_json(part: Part) -> bytes:
    text = json.dumps(part.model_dump(mode="json"), ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace")


def _unpacked(content: bytes) -> dict[str, bytes]:
    """The parts by name, each read no further than its bound, whatever the ZIP says of its size."""
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                _check_entry(info, found)
                with archive.open(info) as part:
                    found[info.filename] = part.read(MAX_PART_BYTES + 1)
                if len(found[info.filename]) > MAX_PART_BYTES:
                    _refuse(
                        _(
                            "its %(filename)s unpacks to more than %(most)s kB",
                            filename=info.filename,
                            most=MAX_PART_BYTES // 1000,
                        )
                    )
    except _FAULTS as error:
        raise RefusedError(
            _("that file can't be read as a ZIP: save it again where it was made")
        ) from error
    return found


def _check_entry(info: zipfile.ZipInfo, found: Mapping[str, bytes]) -> None:
    if info.filename not in {MANIFEST, *PARTS}:
        _refuse(_("it holds “%(shown)s”, which is no part of a toy", shown=_shown(info.filename)))
    if info.filename in found:
        _refuse(_("it holds %(filename)s twice", filename=info.filename))
    if stat.S_ISLNK(info.external_attr >> 16):
        _refuse(_("its %(filename)s is a link to another file", filename=info.filename))
    if info.flag_bits & 1:
        _refuse(_("its %(filename)s is locked with a password", filename=info.filename))
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        _refuse(
            _(
                "its %(filename)s is packed in a way that a toy's file never is",
                filename=info.filename,
            )
        )
    if info.file_size > MAX_PART_BYTES:
        _refuse(
            _(
                "its %(filename)s unpacks to more than %(most)s kB",
                filename=info.filename,
                most=MAX_PART_BYTES // 1000,
            )
        )


def _check_version(text: bytes) -> None:
    """Before all else of the manifest, as a later version may say more."""
    manifest = _json(MANIFEST, text)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        _refuse(_("it is no toy's file"))
    version = manifest.get("version")
    if isinstance(version, int) and version > VERSION:
        raise RefusedError(_("that toy's file was made by a newer hub: update this one first"))


def _parsed(name: str, text: bytes, kind: type[P]) -> P:
    try:
        return kind.model_validate(_json(name, text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        _refuse(f"its {name} is wrong at {_shown(where)}: {first['msg'][:MAX_WHY_CHARS]}")


def _json(name: str, text: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(
            text.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise RefusedError(
            _("a toy can't be made of that file: its %(name)s is no JSON", name=name)
        ) from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _shown(text: str) -> str:
    """Short, and without what could end the line."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:60])


def _refuse(why: str) -> NoReturn:
    raise RefusedError(_("a toy can't be made of that file: %(why)s", why=why))
