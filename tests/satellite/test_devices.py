"""Microphones and speakers: files and programs, whole and broken."""

import asyncio
import struct
import sys
import wave
from pathlib import Path

import pytest

from satellite.audio.microphone import CommandMicrophone, open_microphone
from satellite.audio.pcm import CHUNK_BYTES, CHUNK_MS, SILENCE
from satellite.audio.program import ExternalProgram
from satellite.audio.speaker import open_speaker
from satellite.audio.wav import read_speech
from satellite.clock import SystemClock
from satellite.errors import DeviceError, SetupError
from tests.clock import FakeClock, settle
from tests.devices.scripted import until
from tests.satellite.toy import first_of

CLOCK = SystemClock()


def write_wav(
    path: Path, pcm: bytes, rate_hz: int = 16_000, width: int = 2, channels: int = 1
) -> str:
    with wave.open(str(path), "wb") as file:
        file.setframerate(rate_hz)
        file.setsampwidth(width)
        file.setnchannels(channels)
        file.writeframes(pcm)
    return f"wav:{path}"


def python(code: str) -> str:
    """A device spec for a program."""
    return f'command:{sys.executable} -c "{code}"'


async def test_a_file_is_heard_at_the_pace_of_time_and_then_silence(tmp_path: Path) -> None:
    clock = FakeClock()
    spec = write_wav(tmp_path / "a.wav", b"\1\1" * 320 + b"\2\2" * 100)
    microphone = open_microphone(spec, clock)
    heard: list[bytes] = []

    task = asyncio.create_task(microphone.hear(heard.append))
    await settle()
    assert heard == []
    await clock.advance(CHUNK_MS / 1000 + 0.001)
    assert heard == [b"\1\1" * 320]
    await clock.advance(3 * CHUNK_MS / 1000)
    assert heard[1:] == [b"\2\2" * 100 + bytes(440), SILENCE, SILENCE]
    task.cancel()


@pytest.mark.parametrize(
    ("rate_hz", "width", "channels"),
    [(44_100, 2, 2), (8_000, 1, 1), (48_000, 3, 1), (22_050, 4, 2), (16_000, 2, 2)],
)
def test_a_file_of_another_format_is_resampled(
    tmp_path: Path, rate_hz: int, width: int, channels: int
) -> None:
    half = {1: b"\xc0", 2: b"\x00\x40", 3: b"\x00\x00\x40", 4: b"\x00\x00\x00\x40"}[width]
    write_wav(tmp_path / "a.wav", half * channels * rate_hz, rate_hz, width, channels)
    pcm = read_speech(tmp_path / "a.wav")
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    assert abs(len(samples) - 16_000) < 20
    middle = samples[4_000:12_000]
    assert max(middle) - min(middle) < 400
    assert abs(middle[0] - 16_384) < 400


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"this is no sound at all", "not a WAV file.*sox"),
        (b"", "not a WAV file.*sox"),
        (b"RIFF\xff\xff\xff\xffWAVE", "not a WAV file.*sox"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_no_sound_is_one_line_that_says_what_to_do(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "a.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SetupError, match=f"a.wav.*{said}") as refused:
        open_microphone(f"wav:{path}", CLOCK)
    assert "\n" not in str(refused.value)


def test_without_numpy_the_line_says_how_to_convert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "soxr", None)
    write_wav(tmp_path / "a.wav", bytes(400), 44_100)
    with pytest.raises(SetupError, match=r"44100 Hz.*sox a.wav -r 16000"):
        read_speech(tmp_path / "a.wav")


@pytest.mark.parametrize("spec", ["", "wav:", "file:x", "alsa", "none"])
def test_a_spec_that_is_none_says_what_may_stand_there(spec: str) -> None:
    with pytest.raises(SetupError, match="wav:FILE, command:PROGRAM"):
        open_microphone(spec, CLOCK)


async def test_a_program_is_a_microphone() -> None:
    microphone = open_microphone(
        python("import sys; sys.stdout.buffer.write(b'ab' * 320 + b'cd' * 320); sys.stdin.read()"),
        CLOCK,
    )
    assert await first_of(microphone, 2) == [b"ab" * 320, b"cd" * 320]


async def test_a_program_that_ends_says_why_in_one_line() -> None:
    microphone = open_microphone(
        python("import sys; print('main: open: no such device', file=sys.stderr); sys.exit(1)"),
        CLOCK,
    )
    with pytest.raises(DeviceError, match=r"ended: main: open: no such device$"):
        await first_of(microphone)


async def test_a_program_that_is_not_there_says_so() -> None:
    with pytest.raises(DeviceError, match="arecord-of-nobody: there is no such program"):
        await first_of(open_microphone("command:arecord-of-nobody -q", CLOCK))
    with pytest.raises(DeviceError, match="there is no such program"):
        await open_speaker("command:aplay-of-nobody -q", CLOCK).start(16_000)


async def test_closing_a_microphone_ends_a_shell_and_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    shell = ["sh", "-c", f"sleep 1000 & echo $! > {pid_file}; cat /dev/zero; wait"]
    microphone = CommandMicrophone(shell, CLOCK)
    assert await first_of(microphone) == [SILENCE]
    pid = int(pid_file.read_text())
    for _ in range(200):
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().split()[2] == "Z":
            return
        await asyncio.sleep(0.01)
    pytest.fail("the shell's child is still there")


async def test_a_microphone_whose_closing_is_given_up_leaves_no_pipe_open() -> None:
    files = Path("/proc/self/fd")
    before = len([*files.iterdir()])
    for _ in range(2):
        program = await ExternalProgram.start(["sleep", "1000"], CLOCK, gives=True)
        closing = asyncio.create_task(program.kill())
        await settle(1)
        closing.cancel()
        await asyncio.wait([closing])
    await until(lambda: len([*files.iterdir()]) <= before)


async def test_a_recording_is_whole_at_any_time(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    speaker = open_speaker(f"wav:{path}", CLOCK)
    assert read_speech(path) == b""
    for count in (1, 2, 3):
        await speaker.write(b"\1\2" * 160)
        assert read_speech(path) == b"\1\2" * 160 * count
    await speaker.aclose()
    assert read_speech(path) == b"\1\2" * 480


def test_a_recording_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="can't write it: No such file"):
        open_speaker(f"wav:{tmp_path}/none/out.wav", CLOCK)


async def test_a_program_is_a_speaker_and_finish_waits_until_it_has_played_out(
    tmp_path: Path,
) -> None:
    path = tmp_path / "out.raw"
    speaker = open_speaker(f"command:sh -c 'cat > {path}'", CLOCK)
    for _ in range(2):
        await speaker.start(16_000)
        await speaker.write(b"\1\2" * 160)
        await speaker.finish()
        assert path.read_bytes() == b"\1\2" * 160
    await speaker.aclose()


async def test_a_program_that_takes_no_sound_is_an_error() -> None:
    clock = FakeClock()
    speaker = open_speaker("command:sleep 1000", clock)
    await speaker.start(16_000)
    writing = asyncio.create_task(speaker.write(bytes(1_000_000)))
    await settle()
    await clock.advance(2.1)
    with pytest.raises(DeviceError, match="took no sound for 2 s"):
        await writing
    await speaker.stop()


async def test_a_player_that_fails_at_its_end_is_an_error() -> None:
    speaker = open_speaker(python("import sys; sys.stdin.read(); sys.exit('xrun')"), CLOCK)
    await speaker.start(16_000)
    await speaker.write(bytes(CHUNK_BYTES))
    with pytest.raises(DeviceError, match="xrun"):
        await speaker.finish()
    await speaker.stop()
