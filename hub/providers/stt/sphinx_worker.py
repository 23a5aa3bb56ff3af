"""PocketSphinx's own process: loads the model once, then hears each utterance in a fork of itself.

The decoder holds Python's lock for as long as it works and can't be interrupted, so it has no place in
the hub's process. A fork costs milliseconds, shares the model's memory, and dies alone when nobody
wants its words any more. Run by `hub.providers.stt.sphinx` as a script that imports nothing of the
hub, with the decoder's options as a JSON object; its standard input is a socket to the hub.

On that socket it first says `{}`, or what it lacks as `{"missing": ...}` or `{"unloadable": ...}`.
Then each message brings a socket for one utterance: the number of bytes as in `LENGTH` and the samples
come in, and one line of JSON goes out, `{"text": ..., "posterior": ...}` or `null`. Closing a socket
ends what hears on it, so nothing outlives a hub that was killed.
"""

import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pocketsphinx import Decoder

LENGTH = struct.Struct("<I")
MAX_BYTES = 120 * 16_000 * 2


def main() -> None:
    with socket.socket(fileno=sys.stdin.fileno()) as hub:
        try:
            from pocketsphinx import Decoder

            decoder = Decoder(**json.loads(sys.argv[1]))
        except ImportError as error:
            hub.send(json.dumps({"missing": str(error)}).encode())
        except RuntimeError as error:
            hub.send(json.dumps({"unloadable": str(error)}).encode())
        else:
            hub.send(b"{}")
            _serve(hub, decoder)


def _serve(hub: socket.socket, decoder: "Decoder") -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel clears away forks that ended
    while sockets := socket.recv_fds(hub, 1, 1)[1]:
        with socket.socket(fileno=sockets[0]) as utterance:
            if os.fork() == 0:
                hub.close()
                _hear(utterance, decoder)
                os._exit(0)


def _hear(utterance: socket.socket, decoder: "Decoder") -> None:
    """In the fork."""
    try:
        pcm = _samples(utterance)
    except EOFError:
        return  # the hub changed its mind
    _die_when_closed(utterance)
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    heard = decoder.hyp()
    answer = {"text": heard.hypstr, "posterior": heard.prob} if heard else None
    utterance.sendall(json.dumps(answer).encode() + b"\n")


def _samples(utterance: socket.socket) -> bytes:
    with utterance.makefile("rb") as stream:
        header = stream.read(LENGTH.size)
        if len(header) < LENGTH.size:
            raise EOFError
        (size,) = LENGTH.unpack(header)
        if size > MAX_BYTES:
            raise ValueError(f"an utterance of {size} bytes; {MAX_BYTES} at most")
        pcm = stream.read(size)
        if len(pcm) < size:
            raise EOFError
        return pcm


def _die_when_closed(utterance: socket.socket) -> None:
    """The kernel itself ends this fork when the hub closes its end: the decoder looks at nothing."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(utterance, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(utterance, fcntl.F_GETFL)
    fcntl.fcntl(utterance, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([utterance], [], [], 0)[0]:  # it was closed a moment ago
        os._exit(0)


if __name__ == "__main__":
    main()
