"""Random families against the plain model; `make bench ONLY=limits` is the long form."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.play.schedules import Family, Outcome


@settings(max_examples=150, deadline=None, print_blob=True)
@given(st.integers(0, 10**9))
def test_no_sentence_begins_when_none_may_and_nothing_is_refused_that_may(seed: int) -> None:
    outcome = Outcome()
    Family.random(seed).play(outcome)
    assert outcome.overruns == []
    assert outcome.wrongly_refused == []


def test_the_families_play_and_are_refused() -> None:
    """Else the test above would show nothing."""
    outcome = Outcome()
    for seed in range(40):
        Family.random(seed).play(outcome)
    assert min(outcome.turns - outcome.refusals, outcome.refusals, outcome.sentences) > 500
