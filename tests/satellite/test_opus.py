"""The real libopus through our binding: what it takes, what it refuses, and what it does about loss."""

import math
from array import array
from collections.abc import Iterator

import pytest

from satellite.wire import opus
from satellite.wire.opus import (
    FOR_VOICE,
    FRAME_BYTES,
    FRAME_SAMPLES,
    LOW_DELAY,
    Decoder,
    Encoder,
    OpusError,
)
from tests.satellite.sounds import loudness, speech

DAMAGED = [b"\xff" * 300, b"\x0b" * 5, bytes([0x83, 0x06]) + bytes(30), b"\x00", b""]


@pytest.fixture(params=[FOR_VOICE, LOW_DELAY])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return Encoder(request.param)


def test_libopus_is_at_hand_where_the_tests_run() -> None:
    assert opus.problem() == ""


def test_speech_takes_a_tenth_and_sounds_as_loud(encoder: Encoder) -> None:
    frames, decoder = speech(), Decoder()
    packets = [encoder.encode(frame) for frame in frames]
    assert sum(map(len, packets)) * 8 * 50 / len(packets) < 26_000
    decoded = b"".join(decoder.decode(packet) for packet in packets)
    assert len(decoded) == len(frames) * FRAME_BYTES
    assert loudness(decoded) == pytest.approx(loudness(b"".join(frames)), rel=0.1)


def test_the_sound_is_later_by_what_the_encoder_looks_ahead(encoder: Encoder) -> None:
    frames, decoder = speech(), Decoder()
    heard = array("h", b"".join(decoder.decode(encoder.encode(frame)) for frame in frames))
    said = array("h", b"".join(frames))

    def likeness(shift: int) -> int:
        return sum(a * b for a, b in zip(said[4000:20_000], heard[4000 + shift :], strict=False))

    at = max(range(0, 160, 4), key=likeness)
    assert at == pytest.approx(encoder.lookahead_samples, abs=8)


def test_a_pause_takes_next_to_nothing() -> None:
    encoder = Encoder(FOR_VOICE)
    packets = [encoder.encode(bytes(FRAME_BYTES)) for _ in range(100)]
    assert sum(len(packet) > 2 for packet in packets[50:]) <= 3


@pytest.mark.parametrize("packet", DAMAGED)
def test_what_is_no_packet_of_20_ms_is_an_error_and_what_follows_is_decoded(packet: bytes) -> None:
    encoder, decoder = Encoder(FOR_VOICE), Decoder()
    with pytest.raises(OpusError):
        decoder.decode(packet)
    frames = [decoder.decode(encoder.encode(frame)) for frame in speech()]
    assert {len(frame) for frame in frames} == {FRAME_BYTES}


@pytest.mark.parametrize("size", [0, 2, FRAME_BYTES - 2, FRAME_BYTES + 2])
def test_sound_that_is_no_frame_never_reaches_the_library(size: int) -> None:
    with pytest.raises(ValueError, match="not a frame"):
        Encoder(FOR_VOICE).encode(bytes(size))


def test_a_lost_packet_goes_on_as_before_and_fades_away(encoder: Encoder) -> None:
    decoder = Decoder()
    vowel = b"".join(
        int(9000 * math.sin(2 * math.pi * 220 * n / 16_000)).to_bytes(2, "little", signed=True)
        for n in range(20 * FRAME_SAMPLES)
    )
    for at in range(0, len(vowel), FRAME_BYTES):
        last = decoder.decode(encoder.encode(vowel[at : at + FRAME_BYTES]))
    concealed = [decoder.conceal() for _ in range(50)]
    assert loudness(concealed[0]) > loudness(last) / 3
    assert loudness(concealed[-1]) < loudness(last) / 10


@pytest.fixture
def _no_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(opus, "_LIBRARIES", ("libopus-that-is-not-there.so",))
    cached = (opus.problem, opus._library)  # private: it is looked for once a process
    for each in cached:
        each.cache_clear()
    yield
    for each in cached:
        each.cache_clear()


@pytest.mark.usefixtures("_no_library")
def test_without_the_library_one_line_says_what_to_install() -> None:
    assert opus.problem() == "libopus is missing: sudo apt install libopus0"
    with pytest.raises(OpusError, match="libopus0"):
        Decoder()


@pytest.mark.usefixtures("_no_library")
def test_without_the_library_neither_end_offers_or_takes_opus() -> None:
    from satellite.wire.extensions import OPUS, offer, speaks_opus

    assert offer(encrypted=True)["audio"] == ["pcm"]
    assert not speaks_opus({"protocol": 1, "audio": OPUS})
