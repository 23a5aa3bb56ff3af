"""A toy's file is read whole or refused in one line, whatever its bytes are."""

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.moving.archive import ToyFile, read, write
from hub.core.moving.parts import (
    MANIFEST,
    MAX_FILE_BYTES,
    MAX_PART_BYTES,
    MEMORIES,
    STAYS,
    TOY,
    VERSION,
    DocumentPart,
    KnowledgePart,
    MemoriesPart,
    MemoryPart,
    PersonaPart,
    ToyPart,
    VoicePart,
)
from hub.domain.family.documents import DocumentKind
from hub.domain.family.memories import MAX_MEMORIES
from hub.domain.persona import Persona
from hub.domain.safety import Category, SafetyLevel
from hub.domain.toys import Patience, Toy, Voice
from hub.errors import RefusedError

MADE_AT = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
BEAR = Toy(
    "t1",
    "யானை Bear",
    persona=Persona(backstory="You are {toy}, who loves “quotes” and \n new lines."),
    language="en",
    temperature=0.4,
    max_tokens=120,
    safety_level=SafetyLevel.MODERATE,
    blocked_topics=frozenset({"ghosts", "பேய்"}),
    thresholds={Category.SCARY: 0},
    patience=Patience.PATIENT,
)
VOICE = VoicePart.of(Voice("de", {"speed": 0.9}), "espeak", copied=False)
LINES = MemoriesPart(
    child="Lucy", lines=[MemoryPart(text="Lucy's dog is Bruno", about="name dog", sure=0.9)]
)
KNOWN = KnowledgePart(
    documents=[
        DocumentPart(
            title="Us", kind=DocumentKind.FACT, language="en", source="", text="Anna knits."
        )
    ]
)
FILE = ToyFile(ToyPart.of(BEAR, VOICE), LINES, KNOWN)
GOOD = write(FILE, MADE_AT)


def outcome(content: bytes) -> ToyFile | None:
    """What is read; None where it is refused, which any other error is not."""
    try:
        return read(content)
    except RefusedError:
        return None


def parts() -> dict[str, Any]:
    """Those of the good file, as JSON."""
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def packed(
    entries: list[tuple[str | zipfile.ZipInfo, bytes]], how: int = zipfile.ZIP_DEFLATED
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, text in entries:
            archive.writestr(name, text)
    return out.getvalue()


def sealed(texts: dict[str, bytes], **manifest: object) -> bytes:
    """A file of those parts whose hashes are right."""
    hashes = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
    said = parts()[MANIFEST] | {"sha256": hashes} | manifest
    return packed([(MANIFEST, json.dumps(said).encode()), *texts.items()])


def toy_with(**changed: object) -> bytes:
    """Its hashes are right; so somebody meant it."""
    return sealed({TOY: json.dumps(parts()[TOY] | changed).encode()})


def test_what_was_one_text_in_the_first_version_is_the_backstory() -> None:
    toy = {TOY: json.dumps(parts()[TOY] | {"persona": "You are {toy}."}).encode()}
    assert read(sealed(toy, version=1)).toy.persona == PersonaPart(backstory="You are {toy}.")


def without(name: str) -> bytes:
    toy = parts()[TOY]
    del toy[name]
    return sealed({TOY: json.dumps(toy).encode()})


def voice_with(**changed: object) -> bytes:
    return toy_with(voice=parts()[TOY]["voice"] | changed)


def memories_with(lines: object, **more: object) -> bytes:
    text = json.dumps({"child": "Lucy", "lines": lines} | more).encode()
    return sealed({TOY: json.dumps(parts()[TOY]).encode(), MEMORIES: text})


def with_entry(name: str | zipfile.ZipInfo, text: bytes = b"x") -> bytes:
    return packed([*((n, json.dumps(p).encode()) for n, p in parts().items()), (name, text)])


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(MEMORIES)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def bomb() -> bytes:
    return packed([(MANIFEST, b"{}"), (TOY, bytes(300_000_000))])


def lying_bomb() -> bytes:
    """Both of its headers say that the part is small."""
    content = packed([(MANIFEST, b"{}"), (TOY, bytes(MAX_PART_BYTES * 3))])
    return content.replace((MAX_PART_BYTES * 3).to_bytes(4, "little"), (1000).to_bytes(4, "little"))


def locked() -> bytes:
    content = bytearray(GOOD)
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def changed_part() -> bytes:
    found = {name: json.dumps(part).encode() for name, part in parts().items()}
    found[TOY] = found[TOY].replace(b"moderate", b"relaxed")
    return packed([*found.items()])


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate"):
        return with_entry(TOY)


LINE = {"text": "Lucy likes trains", "about": "", "sure": 1.0}
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "can't be read as a ZIP"),
    "a text": (lambda: b"Hello!", "can't be read as a ZIP"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(500), "can't be read as a ZIP"),
    "half of it": (lambda: GOOD[: len(GOOD) // 2], "can't be read as a ZIP"),
    "without its end": (lambda: GOOD[:-10], "can't be read as a ZIP"),
    "without its beginning": (lambda: GOOD[30:], "file"),
    "too big": (lambda: GOOD + bytes(MAX_FILE_BYTES), "too big"),
    "an empty ZIP": (lambda: packed([]), "no manifest.json"),
    "no manifest": (lambda: packed([(TOY, b"{}")]), "no manifest.json"),
    "no toy": (lambda: sealed({}), "other parts"),
    "a bomb": (bomb, "unpacks to more than 400 kB"),
    "a bomb whose size lies": (lying_bomb, "file"),
    "many bombs": (
        lambda: packed([(f"{n}.json", bytes(1_000_000)) for n in range(100)]),
        "no part of a toy",
    ),
    "a path upwards": (lambda: with_entry("../toy.json"), "no part of a toy"),
    "a path from the root": (lambda: with_entry("/etc/passwd"), "no part of a toy"),
    "a path of Windows": (lambda: with_entry("C:\\toy.json"), "no part of a toy"),
    "a folder": (lambda: with_entry("toy/"), "no part of a toy"),
    "a part in a folder": (lambda: with_entry("x/toy.json"), "no part of a toy"),
    "another case": (lambda: with_entry("TOY.JSON"), "no part of a toy"),
    "a name with a line end": (lambda: with_entry("toy.json\nX: y"), "no part of a toy"),
    "a foreign part": (lambda: with_entry("talks.json", b"[]"), "no part of a toy"),
    "a program": (lambda: with_entry("run.sh"), "no part of a toy"),
    "a part twice": (twice, "twice"),
    "a link": (lambda: packed([(MANIFEST, b"{}"), (link(), b"/etc/shadow")]), "a link"),
    "a password": (locked, "password"),
    "packed with bzip2": (
        lambda: packed([(MANIFEST, b"{}")], zipfile.ZIP_BZIP2),
        "packed in a way",
    ),
    "packed with LZMA": (lambda: packed([(MANIFEST, b"{}")], zipfile.ZIP_LZMA), "packed in a way"),
    "a changed part": (changed_part, "was changed"),
    "a part that the manifest does not name": (
        lambda: packed([(n, json.dumps(p).encode()) for n, p in parts().items() if n != MEMORIES]),
        "other parts",
    ),
    "another format": (lambda: sealed({TOY: b"{}"}, format="zip"), "no toy's file"),
    "a later version": (lambda: sealed({TOY: b"{}"}, version=VERSION + 1, extra=1), "newer hub"),
    "version nought": (lambda: sealed({TOY: b"{}"}, version=0), "version"),
    "a version in words": (lambda: sealed({TOY: b"{}"}, version="1"), "version"),
    "a manifest that says more": (lambda: sealed({TOY: b"{}"}, key="sk-1"), "key"),
    "a hash that is none": (lambda: sealed({TOY: b"{}"}, sha256={TOY: "x"}), "sha256"),
    "no date": (lambda: sealed({TOY: b"{}"}, made_at="yesterday"), "made_at"),
    "a manifest that is a list": (
        lambda: packed([(MANIFEST, b"[]"), (TOY, b"{}")]),
        "no toy's file",
    ),
    "a manifest that is no JSON": (lambda: packed([(MANIFEST, b"{"), (TOY, b"{}")]), "no JSON"),
    "a toy that is no JSON": (lambda: sealed({TOY: b"toy"}), "no JSON"),
    "a toy that is no text": (lambda: sealed({TOY: b"\xff\xfe\x00"}), "no JSON"),
    "a toy that is a list": (lambda: sealed({TOY: b"[]"}), "toy.json is wrong"),
    "a toy that is nothing": (lambda: sealed({TOY: b"null"}), "toy.json is wrong"),
    "a deep toy": (lambda: sealed({TOY: b"[" * 100_000}), "no JSON"),
    "a field twice": (lambda: sealed({TOY: b'{"name": "A", "name": "B"}'}), "no JSON"),
    "a number that is none": (lambda: sealed({TOY: b'{"temperature": NaN}'}), "no JSON"),
    "a number without an end": (
        lambda: sealed({TOY: b'{"max_tokens": ' + b"9" * 5000 + b"}"}),
        "no JSON",
    ),
    "a foreign field": (lambda: toy_with(id="t1"), "id"),
    "an approval of clouds": (lambda: toy_with(providers={"tts": ["elevenlabs"]}), "providers"),
    "a child": (lambda: toy_with(child_ids=["c1"]), "child_ids"),
    "a key": (lambda: toy_with(api_key="sk-1"), "api_key"),
    "rights at home": (lambda: toy_with(home_assistant_rights={}), "home_assistant_rights"),
    "no name": (lambda: without("name"), "name"),
    "an empty name": (lambda: toy_with(name=""), "name"),
    "a long name": (lambda: toy_with(name="x" * 61), "name"),
    "a name that is a number": (lambda: toy_with(name=7), "name"),
    "a long character": (lambda: toy_with(persona={"backstory": "x" * 4001}), "persona"),
    "no character": (lambda: without("persona"), "persona"),
    "a language with a path": (lambda: toy_with(language="../../en"), "language"),
    "a level that is none": (lambda: toy_with(safety_level="off"), "safety_level"),
    "a temperature in words": (lambda: toy_with(temperature="hot"), "temperature"),
    "a hot temperature": (lambda: toy_with(temperature=99), "temperature"),
    "endless answers": (lambda: toy_with(max_tokens=10**9), "max_tokens"),
    "half a token": (lambda: toy_with(max_tokens=1.5), "max_tokens"),
    "topics in one text": (lambda: toy_with(blocked_topics="ghosts"), "blocked_topics"),
    "too many topics": (lambda: toy_with(blocked_topics=["x"] * 51), "blocked_topics"),
    "a long topic": (lambda: toy_with(blocked_topics=["x" * 81]), "blocked_topics"),
    "a threshold beyond the scale": (lambda: toy_with(thresholds={"scary": 8}), "thresholds"),
    "a threshold of nothing": (lambda: toy_with(thresholds={"fun": 0}), "thresholds"),
    "a voice in words": (lambda: toy_with(voice="de"), "voice"),
    "a voice that says more": (lambda: voice_with(key="sk-1"), "voice.key"),
    "a setting in words": (lambda: voice_with(settings={"speed": "fast"}), "voice.settings"),
    "a setting beyond reason": (lambda: voice_with(settings={"speed": 1e300}), "voice.settings"),
    "a setting with a path": (lambda: voice_with(settings={"../x": 1}), "voice.settings"),
    "too many settings": (
        lambda: voice_with(settings={"x" * n: 1 for n in range(1, 22)}),
        "voice.settings",
    ),
    "memories without a child": (lambda: memories_with([LINE], child=""), "child"),
    "memories of anything": (lambda: memories_with([LINE], child_id="c1"), "child_id"),
    "a long memory": (lambda: memories_with([LINE | {"text": "x" * 201}]), "text"),
    "too many memories": (lambda: memories_with([LINE] * (MAX_MEMORIES + 1)), "lines"),
    "a memory that is surer than sure": (lambda: memories_with([LINE | {"sure": 2}]), "sure"),
    "a memory with its talk": (lambda: memories_with([LINE | {"turn_id": "x"}]), "turn_id"),
}


def test_what_was_written_is_read_the_same() -> None:
    assert read(GOOD) == FILE
    assert write(read(GOOD), MADE_AT) == GOOD
    alone = ToyFile(FILE.toy)
    assert read(write(alone, MADE_AT)) == alone
    toy = FILE.toy.toy("t2", BEAR.name, BEAR.voice)
    assert {f: getattr(toy, f) for f in ToyPart.model_fields} == {
        f: getattr(BEAR, f) for f in ToyPart.model_fields
    }


def test_a_toy_s_fields_go_or_stay_and_none_is_forgotten() -> None:
    assert ToyPart.model_fields.keys() | STAYS == {field.name for field in fields(Toy)}
    assert not ToyPart.model_fields.keys() & STAYS
    assert {field.name for field in fields(Voice)} | {"copied"} == VoicePart.model_fields.keys()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_line(name: str) -> None:
    make, why = HOSTILE[name]
    with pytest.raises(RefusedError) as caught:
        read(make())
    line = str(caught.value)
    assert why in line
    assert "\n" not in line
    assert len(line) < 250


def test_the_fullest_file_fits() -> None:
    lines = [
        MemoryPart(text=f"{n} " + "ß" * 190, about="ß" * 200, sure=1) for n in range(MAX_MEMORIES)
    ]
    toy = FILE.toy.model_copy(update={"persona": PersonaPart(backstory="ß" * 4000)})
    full = ToyFile(toy, MemoriesPart(child="Lucy", lines=lines))
    assert read(write(full, MADE_AT)) == full


@settings(max_examples=400)
@given(at=st.integers(0, len(GOOD) - 1), bits=st.integers(1, 255))
def test_a_flipped_byte_gives_the_same_toy_or_a_refusal(at: int, bits: int) -> None:
    content = bytearray(GOOD)
    content[at] ^= bits
    assert outcome(bytes(content)) in (FILE, None)


@settings(max_examples=300)
@given(begin=st.integers(0, len(GOOD)), length=st.integers(0, 60), new=st.binary(max_size=60))
def test_bytes_that_were_changed_at_will_break_nothing(begin: int, length: int, new: bytes) -> None:
    assert outcome(GOOD[:begin] + new + GOOD[begin + length :]) in (FILE, None)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(field=st.sampled_from([*ToyPart.model_fields]), value=ANY_JSON)
def test_any_value_in_any_field_is_taken_or_refused(field: str, value: object) -> None:
    file = outcome(toy_with(**{field: value}))
    assert file is None or (len(file.toy.name) <= 60 and len(file.toy.persona.backstory) <= 4000)
