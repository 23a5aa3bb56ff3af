"""A model's call brings nothing but what is offered, whatever it writes."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.tools import MAX_ARGUMENTS_CHARS, Choice, Tool, Whole

TOPICS = ("sums", "spelling")
TOOL = Tool("quiz", "Begin a quiz.", {"about": Choice(TOPICS), "rounds": Whole(1, 5)})
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 8)
    | st.floats()
    | st.text()
    | st.sampled_from(TOPICS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
ARGUMENTS = st.text() | st.dictionaries(
    st.sampled_from(["about", "rounds", "say"]), VALUES, max_size=3
).map(json.dumps)


@given(ARGUMENTS)
@settings(max_examples=200, deadline=None)
def test_only_what_is_offered_is_read(arguments: str) -> None:
    values = TOOL.read(arguments)
    if values is not None:
        assert values.keys() == {"about", "rounds"}
        assert values["about"] in TOPICS
        assert type(values["rounds"]) is int
        assert 1 <= values["rounds"] <= 5


def test_what_is_offered_is_read_unless_it_is_longer_than_any_call() -> None:
    arguments = '{"rounds": 5, "about": "sums"}'
    assert TOOL.read(arguments) == {"about": "sums", "rounds": 5}
    assert TOOL.read(arguments + " " * MAX_ARGUMENTS_CHARS) is None
    assert Tool("breathe", "Breathe.").read("") == {}
