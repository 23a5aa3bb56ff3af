"""A microphone as a program: `microphone.py FILE` gives 20 ms of a voice-like hum at a time, in step with the clock.

When the last chunk was whole, in seconds of the monotonic clock, stands in FILE as a float of 8 bytes. It runs with
nothing but the standard library, as a child of whoever is measured.
"""

import math
import mmap
import signal
import struct
import sys
import time
from array import array
from pathlib import Path

CHUNK_MS = 20
SAMPLES = 320


def main() -> None:
    hum = array("h")
    for n in range(50 * SAMPLES):
        pitch = 140 + 30 * math.sin(n / 3000)
        loud = 4000 * max(0.0, math.sin(n / 1100))
        hum.append(round(loud * math.sin(2 * math.pi * pitch * n / 16_000)))
    chunks = [hum[at : at + SAMPLES].tobytes() for at in range(0, len(hum), SAMPLES)]
    with Path(sys.argv[1]).open("r+b") as file, mmap.mmap(file.fileno(), 8) as whole_at:
        tick = {signal.SIGALRM}  # as a sound card's: the kernel says when the next chunk is due
        signal.pthread_sigmask(signal.SIG_BLOCK, tick)
        signal.setitimer(signal.ITIMER_REAL, CHUNK_MS / 1000, CHUNK_MS / 1000)
        number = 0
        while True:
            signal.sigwait(tick)
            whole_at[:] = struct.pack("d", time.monotonic())
            sys.stdout.buffer.write(chunks[number % len(chunks)])
            sys.stdout.buffer.flush()
            number += 1


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()
