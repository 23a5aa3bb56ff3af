"""From the times of a bench's run to its figures."""

import numpy as np
import pytest

from bench.peers.frameworks import mu_law
from bench.peers.results import Request, Run, Turn, figures, quantile


def run_of(turns: list[Turn], requests: list[Request], *, one_key: bool = False) -> Run:
    return Run(
        peer="one",
        preset="instant",
        sessions=1,
        turns=turns,
        requests=requests,
        wait_ms=200,
        one_key=one_key,
        cpu_percent=1.0,
        base_rss_mb=100.0,
        rss_mb=101.0,
        lag_p95_ms=1.0,
    )


def chain(key: str, begin_s: float, gap_s: float = 0.01, service_s: float = 0.1) -> list[Request]:
    """A recogniser's, a model's and a voice's request, `gap_s` between each."""
    found = []
    for kind in ("stt", "llm", "tts"):
        found.append(Request(kind, key, begin_s, begin_s + service_s))
        begin_s += service_s + gap_s
    return found


def test_latency_is_from_the_end_of_speech_to_the_first_sound() -> None:
    turn = Turn("a", spoke_until_s=10.0, sounded_s=10.55)

    assert figures(run_of([turn], chain("a", 10.2))).latency_ms == [pytest.approx(550)]


def test_only_the_peers_own_work_lies_behind_the_endpointer() -> None:
    turn = Turn("a", spoke_until_s=10.0, sounded_s=10.55)

    found = figures(run_of([turn], chain("a", 10.2)))

    assert found.endpoint_ms == [pytest.approx(200)]
    assert found.behind_ms == [pytest.approx(10 + 10 + 30)]


def test_work_that_was_done_before_the_decision_is_not_behind_it() -> None:
    turn = Turn("a", spoke_until_s=10.0, sounded_s=10.405, decided_s=10.4)

    found = figures(run_of([turn], chain("a", 10.06)))

    assert found.endpoint_ms == [pytest.approx(400)]
    assert found.behind_ms == [pytest.approx(5)]


def test_a_turn_cut_while_the_child_speaks_counts_as_early_and_not_as_quick() -> None:
    by_request = Turn("a", spoke_until_s=10.0, sounded_s=10.1)
    by_its_own_word = Turn("b", spoke_until_s=20.0, sounded_s=20.1, decided_s=19.9)

    found = figures(run_of([by_request, by_its_own_word], chain("a", 9.7)))

    assert (found.turns, found.early, found.answered, found.latency_ms) == (2, 2, 0, [])


def test_a_turn_without_sound_is_not_answered() -> None:
    found = figures(run_of([Turn("a", 10.0), Turn("a", 20.0, 20.5)], chain("a", 20.1)))

    assert (found.turns, found.answered) == (2, 1)


def test_a_request_that_was_thrown_away_belongs_to_no_answer() -> None:
    guess = Request("stt", "a", 9.5, 9.6)
    turn = Turn("a", spoke_until_s=10.0, sounded_s=10.55)

    assert figures(run_of([turn], [guess, *chain("a", 10.2)])).behind_ms == [pytest.approx(50)]


def test_other_sessions_requests_are_left_out_unless_all_share_one_key() -> None:
    turn = Turn("a", spoke_until_s=10.0, sounded_s=10.55)

    assert figures(run_of([turn], chain("b", 10.2))).behind_ms == []
    assert figures(run_of([turn], chain("b", 10.2), one_key=True)).behind_ms


def test_quantiles_of_nothing_are_none() -> None:
    assert quantile([], 0.95) is None
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0


def test_mu_law_is_g711s() -> None:
    samples = np.array([0, -1, 1000, -1000, 32767, -32768], "<i2")

    assert list(mu_law(samples.tobytes())) == [0xFF, 0x7F, 0xCE, 0x4E, 0x80, 0x00]
