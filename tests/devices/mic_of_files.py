"""A microphone for tests: raw 16 kHz PCM on standard output at real pace, silence until a WAV is put into FOLDER.

python -m tests.devices.mic_of_files FOLDER
"""

import signal
import sys
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
    tick = {signal.SIGALRM}  # as a sound card's: the kernel says when the next chunk is due
    signal.pthread_sigmask(signal.SIG_BLOCK, tick)
    signal.setitimer(signal.ITIMER_REAL, CHUNK_S, CHUNK_S)
    for chunk in chunks(Path(sys.argv[1])):
        signal.sigwait(tick)
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(0)
