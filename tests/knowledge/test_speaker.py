"""Who of a toy's children speaks."""

import pytest

from hub.domain.family.children import Child
from hub.domain.talk import Turn
from hub.domain.toys import Toy
from hub.knowledge.speaker import who_speaks
from tests.clock import FakeClock

FAMILY = [Child("l", "Lucy"), Child("m", "Max"), Child("t", "Tom")]
SHARED = Toy("toy", "Bear", child_ids=frozenset({"l", "m"}))
LUCYS = Toy("toy", "Bear", child_ids=frozenset({"l"}))


def before(child_id: str | None) -> list[Turn]:
    return [Turn("1", "toy", "say", FakeClock().now(), child_id=child_id)]


@pytest.mark.parametrize(
    "heard",
    [
        "it's Lucy",
        "hello, it's lucy, tell me a story",
        "I'm Lucy",
        "hi this is lucy can we play",
        "my name is Lucy",
        "Lucy here",
        "I'm not Max",
    ],
)
def test_who_says_their_name_is_known_and_stays_so(heard: str) -> None:
    assert who_speaks(SHARED, FAMILY, [], heard) == "l"
    assert who_speaks(SHARED, FAMILY, before("l"), "and what does a cow say") == "l"
    assert who_speaks(SHARED, FAMILY, before("m"), heard) == "l"


@pytest.mark.parametrize(
    "heard",
    ["hello", "it's Lucy's birthday", "I'm Lucy's friend", "it's lucy who did it", "where is Lucy"],
)
def test_without_a_name_nobody_is_guessed(heard: str) -> None:
    assert who_speaks(SHARED, FAMILY, [], heard) is None


def test_the_only_child_of_a_toy_is_known() -> None:
    assert who_speaks(LUCYS, FAMILY, [], "hello") == "l"


@pytest.mark.parametrize("heard", ["I'm Tom", "my name is Paul", "I'm not Lucy"])
def test_somebody_else_is_not_taken_for_it(heard: str) -> None:
    assert who_speaks(LUCYS, FAMILY, before("l"), heard) is None
    assert who_speaks(LUCYS, FAMILY, before(None), "and now?") is None
    assert who_speaks(LUCYS, FAMILY, before(None), "it's lucy again") == "l"
