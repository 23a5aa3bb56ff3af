"""From the times of a run to its figures.

A turn's latency is from the end of speech to the first reply sound. What lies *behind the endpointer* is the
peer's own work after it took the turn for over: the gaps between the services' answers and what follows them
(transcript to request of the model, first token to request of the voice, first sound to the toy), less what of
them came before the peer decided, which a child doesn't wait for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

CLOCKS_S = 0.002
"""Two processes note the same moment this far apart."""


@dataclass(frozen=True)
class Request:
    """What a stub service was asked; `kind` is stt, llm or tts."""

    kind: str
    key: str
    asked_s: float
    first_byte_s: float


@dataclass
class Turn:
    """What a child said; `sounded_s` stays None without an answer."""

    session: str
    spoke_until_s: float
    sounded_s: float | None = None
    decided_s: float | None = None
    """When the peer said that the turn is over, where it does."""


@dataclass(frozen=True)
class Run:
    peer: str
    preset: str
    sessions: int
    turns: Sequence[Turn]
    requests: Sequence[Request]
    wait_ms: float | None
    """Silence that the peer waits for by its settings."""
    one_key: bool
    """All sessions had one key at the services; their turns must then not overlap to be told apart."""
    cpu_percent: float
    base_rss_mb: float
    rss_mb: float
    lag_p95_ms: float
    """How late toys and stubs themselves were: past 10 ms a run says nothing of its peer."""

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        turns = [Turn(**turn) for turn in told.pop("turns")]
        return cls(turns=turns, requests=[Request(**r) for r in told.pop("requests")], **told)


@dataclass(frozen=True)
class Figures:
    """Times in ms; None where no turn was measured."""

    turns: int
    answered: int
    early: int
    """Cut while the child still spoke: not answered, whatever sounded."""
    latency_ms: list[float]
    endpoint_ms: list[float]
    behind_ms: list[float]


def figures(run: Run) -> Figures:
    latency, endpoint, behind = [], [], []
    early = 0
    for turn in run.turns:
        if turn.sounded_s is None:
            continue
        steps = _steps(turn, _own(run, turn))
        if _cut_early(turn, steps):
            early += 1
            continue
        latency.append(1000 * (turn.sounded_s - turn.spoke_until_s))
        if steps is not None:
            decided_s = turn.decided_s or steps[0].asked_s
            endpoint.append(1000 * (decided_s - turn.spoke_until_s))
            behind.append(1000 * _own_work(steps, turn.sounded_s, decided_s))
    return Figures(len(run.turns), len(latency), early, latency, endpoint, behind)


def quantile(values: Iterable[float], share: float) -> float | None:
    ordered = sorted(values)
    return ordered[round(share * (len(ordered) - 1))] if ordered else None


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _own(run: Run, turn: Turn) -> list[Request]:
    """The requests that may belong to the turn."""
    return [
        request
        for request in run.requests
        if (run.one_key or request.key == turn.session) and request.asked_s > turn.spoke_until_s - 5
    ]


def _steps(turn: Turn, requests: Sequence[Request]) -> tuple[Request, Request, Request] | None:
    """Back from the sound: the model's request, the voice's that followed, the recogniser's before."""
    assert turn.sounded_s is not None
    llm = _last(requests, "llm", turn.sounded_s)
    if llm is None:
        return None
    stt = _last(requests, "stt", llm.asked_s + CLOCKS_S)
    tts = next(
        (
            request
            for request in requests
            if request.kind == "tts"
            and request.asked_s + CLOCKS_S >= llm.first_byte_s
            and request.first_byte_s <= turn.sounded_s + CLOCKS_S
        ),
        None,
    )
    return None if stt is None or tts is None else (stt, llm, tts)


def _last(requests: Iterable[Request], kind: str, before_s: float) -> Request | None:
    done = [r for r in requests if r.kind == kind and r.first_byte_s <= before_s]
    return max(done, key=lambda request: request.asked_s, default=None)


def _cut_early(turn: Turn, steps: tuple[Request, Request, Request] | None) -> bool:
    if turn.decided_s is not None:
        return turn.decided_s < turn.spoke_until_s
    return steps is not None and steps[0].asked_s < turn.spoke_until_s


def _own_work(steps: tuple[Request, Request, Request], sounded_s: float, decided_s: float) -> float:
    stt, llm, tts = steps
    gaps = (
        (stt.first_byte_s, llm.asked_s),
        (llm.first_byte_s, tts.asked_s),
        (tts.first_byte_s, sounded_s),
    )
    return sum(max(0.0, end - max(begin, decided_s)) for begin, end in gaps)
