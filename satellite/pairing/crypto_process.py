"""The heavy cryptography of pairing, in a child process that ends at once: the satellite itself stays small.

`make_certificate` and `prove` run this very module as a program, which reads one JSON object, answers with one and
ends. What is secret goes through its pipes, never through its command line.
"""

import asyncio
import base64
import json
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE
from typing import Any, Final, NamedTuple

from satellite.clock import Clock
from satellite.errors import SetupError
from satellite.wire.pairing import PairingEnds, PairingStart
from satellite.wire.stream import WireError

MAX_PROVE_S: Final = 15.0
"""A Pi Zero takes about two seconds."""
MAX_MAKE_S: Final = 60.0

_COMMAND: Final = (sys.executable, "-m", "satellite.pairing.crypto_process")


class Proof(NamedTuple):
    share: bytes
    """The toy's."""
    key: bytes


def make_certificate(name: str) -> tuple[bytes, bytes]:
    """A key and its certificate, both PEM; blocks while they are made. Raises SetupError."""
    question = json.dumps({"do": "certificate", "name": name}).encode()
    try:
        done = subprocess.run(  # noqa: S603  # ourselves
            _COMMAND, input=question, capture_output=True, timeout=MAX_MAKE_S, check=False
        )
        made = _answer_of(done.returncode, done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"can't make a certificate: {error}; try again, or use --plain") from error
    return _decoded(made, "key"), _decoded(made, "certificate")


async def prove(code: str, start: PairingStart, toy: bytes, clock: Clock) -> Proof:
    """The toy's side of SPAKE2 with a hub's `start`. Raises WireError where that is none."""
    question = {
        "do": "prove",
        "code": code,
        "hub": _encoded(start.certificate),
        "toy": _encoded(toy),
        "share": _encoded(start.share),
    }
    try:
        proof = await _ask(question, clock)
    except (OSError, ValueError) as error:
        raise WireError(f"can't pair: {error}") from error
    return Proof(_decoded(proof, "share"), _decoded(proof, "key"))


async def _ask(question: dict[str, str], clock: Clock) -> dict[str, Any]:
    """Raises OSError, which TimeoutError is, or ValueError with the child's own words."""
    child = await asyncio.create_subprocess_exec(*_COMMAND, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    try:
        async with clock.timeout(MAX_PROVE_S):
            output, _ = await child.communicate(json.dumps(question).encode())
    except TimeoutError as error:
        raise TimeoutError(f"computing took longer than {MAX_PROVE_S:g} s") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return _answer_of(child.returncode, output)


def _answer_of(status: int | None, output: bytes) -> dict[str, Any]:
    if status:
        raise ValueError(output.decode() or "packages are missing: spake2 and cryptography")
    answer: dict[str, Any] = json.loads(output)
    return answer


def _answer(question: dict[str, str]) -> dict[str, str]:
    """In the child. Raises ValueError."""
    from satellite.wire.certificate import check, make
    from satellite.wire.spake2 import toy_proof

    if question["do"] == "certificate":
        key, certificate = make(question["name"])
        return {"key": _encoded(key), "certificate": _encoded(certificate)}
    hub = _decoded(question, "hub")
    check(hub)
    ends = PairingEnds(hub, _decoded(question, "toy"))
    share, secret = toy_proof(question["code"], ends, _decoded(question, "share"))
    return {"share": _encoded(share), "key": _encoded(secret)}


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _decoded(answer: dict[str, Any], name: str) -> bytes:
    return base64.b64decode(answer[name])


def main() -> int:
    try:
        answer = _answer(json.load(sys.stdin))
    except ValueError as error:
        sys.stdout.write(str(error))
        return 1
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
