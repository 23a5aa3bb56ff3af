"""A microphone for tests: raw 16 kHz PCM on standard output at real pace, silence until a WAV is put into FOLDER.

python -m tests.devices.mic_of_files FOLDER
"""

import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path

CHUNK_S = 0.064
CHUNK_BYTES = 2048


def chunks(folder: Path) -> Iterator[bytes]:
    while True:
        for path in sorted(folder.glob("*.wav")):
            with wave.open(str(path)) as recording:
                sound = recording.readframes(recording.getnframes())
            path.unlink()
            for start in range(0, len(sound), CHUNK_BYTES):
                yield sound[start : start + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0")
        yield bytes(CHUNK_BYTES)


def main() -> None:
    due = time.monotonic()
    for chunk in chunks(Path(sys.argv[1])):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        due += CHUNK_S
        time.sleep(max(0.0, due - time.monotonic()))  # a microphone's pace


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(0)
