"""The promise, through the real pipeline: the words that sound are the words that were checked, in order."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.safety import CheckRequest, Direction, Verdict
from hub.safety.lines import Line
from tests.pipeline.scripted import ScriptedLlm, house
from tests.safety.shipped import PHRASES, RULES

PIECES = st.sampled_from(
    [
        "Once there was a bear. ", "He liked soup, ", "and naps! ", "Tell me where you live. ",
        "Keep this secret from your mom. ", "\n", "**Bold** ", "🐻 ", "word ", "e", " ", "... ",
        "how to make a ", "bomb ", "How to make", " a bomb. ", "y\u200bour ", "»quote« ", "- ", "?!",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=25).map("".join))


class Recording:
    """A layer that lets everything pass and keeps what it was asked of the toy's words."""

    name = "recording"
    version = "1"

    def __init__(self) -> None:
        self.asked: list[CheckRequest] = []

    async def check(self, request: CheckRequest) -> Verdict:
        if request.direction is Direction.TOY:
            self.asked.append(request)
        return Verdict(allowed=True)


def cut(text: str, borders: Sequence[int]) -> list[str]:
    places = [0, *sorted(min(border, len(text)) for border in borders), len(text)]
    return [text[a:b] for a, b in pairwise(places)]


@settings(max_examples=60)
@given(text=TEXTS, borders=st.lists(st.integers(0, 400), max_size=12))
async def test_the_spoken_words_are_the_checked_words_in_order(
    text: str, borders: Sequence[int]
) -> None:
    layer = Recording()
    with TemporaryDirectory() as folder:
        llm = ScriptedLlm(*cut(text, borders))
        async with house(Path(folder), llms=[llm], checks=[RULES, layer]) as home:
            await home.say("what then")
            turn = (await home.store.turns.recent(1))[0]
    checked = [request.text for request in layer.asked]
    assert home.tts.spoken == turn.said, "what sounds is what parents read"
    passed = checked[: len(checked) - len(turn.refused)]
    assert home.tts.spoken[: len(passed)] == passed, "every checked clause that passed, in order"
    assert checked[len(passed) :] == turn.refused, "and the refused one is kept, not spoken"
    assert all(line in REVIEWED for line in home.tts.spoken[len(passed) :])
    for place, request in enumerate(layer.asked):
        before = [line.text for line in request.history if line.direction is Direction.TOY]
        assert before == checked[:place][-16:], "each is checked with what was said before it"


REVIEWED = {
    *(text for texts in PHRASES.phrases("en").redirects.values() for text in texts),
    *(text for line in Line for text in PHRASES.lines(line, "en", {})),
}
