"""What a toy makes of its lines' sound, and of packs, pieces and counts that are damaged."""

import json
from pathlib import Path

import pytest
from wyoming.event import Event

from satellite.wake.turn_start import WakeMode
from satellite.wire import commands, opus
from satellite.wire.commands import MAX_PIECE_BYTES
from satellite.wire.extensions import OPUS, PCM
from satellite.wire.phrases import (
    MAX_HEADER_BYTES,
    MAX_LINES,
    MAX_PACK_BYTES,
    OfflineReport,
    PhrasePack,
    PhrasePiece,
    PhraseSound,
    joined,
    packets_of,
    pieces,
    sha256_of,
)
from satellite.wire.stream import WireError
from tests.programs import missing
from tests.satellite.offline_toy import PACK, Toy
from tests.satellite.secure_toy import PretendHub, secure_toy


@pytest.fixture
async def toy(tmp_path: Path) -> Toy:
    return Toy(tmp_path)


async def test_opus_is_said_as_it_sounded(toy: Toy) -> None:
    if opus.problem():
        missing(opus.problem())
    encoder = opus.Encoder(opus.FOR_VOICE)
    packets = [encoder.encode(bytes(opus.FRAME_BYTES)) for _ in range(10)]
    await toy.take(PhrasePack("v1", OPUS, (PhraseSound("away", joined(packets)),)))
    async with toy.running():
        assert len(await toy.says()) == 10 * opus.FRAME_BYTES


async def test_a_damaged_packet_is_left_unsaid(toy: Toy) -> None:
    if opus.problem():
        missing(opus.problem())
    await toy.take(PhrasePack("v1", OPUS, (PhraseSound("away", joined([b"\xff" * 30])),)))
    async with toy.running() as away:
        away.press()
        await toy.clock.advance(1)
        await toy.keeps()
        assert toy.speaker.played == b""
        assert away.happened() is None


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\n",
        b"x" * MAX_PACK_BYTES,
        b"[" * MAX_HEADER_BYTES + b"\n",
        b"null\n",
        b"{}\n",
        json.dumps({"version": "", "audio": PCM, "lines": [{"kind": "a", "bytes": 1}]}).encode()
        + b"\nx",
        json.dumps({"version": "1", "audio": "mp3", "lines": [{"kind": "a", "bytes": 1}]}).encode()
        + b"\nx",
        json.dumps({"version": "1", "audio": PCM, "lines": []}).encode() + b"\n",
        json.dumps({"version": "1", "audio": PCM, "lines": [{"kind": "a", "bytes": -1}]}).encode()
        + b"\n",
        json.dumps({"version": "1", "audio": PCM, "lines": [{"kind": 1, "bytes": 1}]}).encode()
        + b"\nx",
        json.dumps({"version": "1", "audio": PCM, "lines": [{"kind": "a", "bytes": 2}]}).encode()
        + b"\nx",
        json.dumps(
            {"version": "1", "audio": PCM, "lines": [{"kind": "a", "bytes": 1}] * (MAX_LINES + 1)}
        ).encode()
        + b"\n"
        + b"x" * (MAX_LINES + 1),
        json.dumps({"version": "1", "audio": OPUS, "lines": [{"kind": "a", "bytes": 3}]}).encode()
        + b"\n\xff\xffx",
    ],
)
async def test_what_is_no_pack_is_refused_and_the_old_one_stays(toy: Toy, packed: bytes) -> None:
    await toy.take()
    with pytest.raises(WireError):
        await toy.take_bytes(packed)
    assert toy.away.version == "v1"
    assert toy.again().version == "v1"


async def test_pieces_out_of_order_or_with_another_hash_are_refused(toy: Toy) -> None:
    big = PhrasePack("v9", PCM, (PhraseSound("away", bytes(MAX_PIECE_BYTES * 3)),)).encode()
    [first, second, *_] = [
        PhrasePiece("1", sha256_of(big), len(big), at, data) for at, data in pieces(big)
    ]
    with pytest.raises(WireError, match="out of order"):
        await toy.away.take(second)
    await toy.away.take(first)
    with pytest.raises(WireError, match="out of order"):
        await toy.away.take(second._replace(at=MAX_PIECE_BYTES + 1))
    packed = PACK.encode()
    with pytest.raises(WireError, match="hash"):
        await toy.away.take(PhrasePiece("1", "0" * 64, len(packed), 0, packed))
    assert toy.away.version == ""


GOOD = {"id": "1", "sha256": "0" * 64, "size": 10, "at": 0}


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        ({}, b"x"),
        (GOOD | {"sha256": "0"}, b"x"),
        (GOOD | {"size": MAX_PACK_BYTES + 1}, b"x"),
        (GOOD | {"size": 0}, b"x"),
        (GOOD | {"size": "10"}, b"x"),
        (GOOD | {"size": True}, b"x"),
        (GOOD | {"at": -1}, b"x"),
        (GOOD | {"at": 10}, b"x"),
        (GOOD | {"id": 5}, b"x"),
        (GOOD, b""),
        (GOOD, b"x" * 11),
        (GOOD | {"size": 100_000}, b"x" * (MAX_PIECE_BYTES + 1)),
    ],
)
def test_a_bad_piece_is_no_piece(data: dict[str, object], payload: bytes) -> None:
    with pytest.raises(WireError):
        PhrasePiece.from_event(Event("pommai-pack", data, payload))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"id": "1", "lines": 0, "first_s": 1, "last_s": 1},
        {"id": "1", "lines": True, "first_s": 1, "last_s": 1},
        {"id": "1", "lines": 1, "first_s": -1, "last_s": 1},
        {"id": "1", "lines": 1, "first_s": 1e300, "last_s": 1},
        {"id": "1", "lines": 10**9, "first_s": 1, "last_s": 1},
        {"id": "", "lines": 1, "first_s": 1, "last_s": 1},
    ],
)
def test_a_bad_account_of_an_absence_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(WireError):
        OfflineReport.from_event(Event("pommai-offline", data))


def test_a_cut_packet_is_noticed() -> None:
    for data in (b"\x00", b"\x00\x05abc", b"\x00\x00", b"\xff\xff" + bytes(70_000)):
        with pytest.raises(WireError):
            packets_of(data)
    assert packets_of(joined([b"a", b"bc"])) == [b"a", b"bc"]


@pytest.mark.parametrize(
    "kept", ["", "[]", "{}", '{"on_s": -1}', '{"on_s": "long", "lines": []}', "[" * 5000]
)
def test_a_damaged_count_is_as_if_nothing_happened(toy: Toy, kept: str) -> None:
    folder = toy.folder / "away" / "hub1"
    folder.mkdir(parents=True)
    (folder / "count.json").write_text(kept)
    assert toy.again().happened() is None


async def test_a_damaged_pack_on_the_card_is_as_if_there_was_none(toy: Toy) -> None:
    await toy.take()
    path = toy.folder / "away" / "hub1" / "pack"
    path.write_bytes(path.read_bytes()[:-1])
    assert toy.again().version == ""


async def test_a_bad_piece_from_the_hub_is_answered_in_a_line(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        hub = PretendHub(tmp_path / "hub")
        await hub.pair(toy, await toy.code())
        peer = await hub.link(toy)
        await peer.say(Event("pommai-hello", {"protocol": 1, "audio": "pcm"}))
        await peer.take()
        await peer.say(Event("pommai-pack", GOOD | {"id": "7"}, b"0123456789"))
        done = commands.Done.from_event(await peer.until(commands.DONE))
        assert (done.id, done.ok) == ("7", False)
        assert "hash" in done.detail
