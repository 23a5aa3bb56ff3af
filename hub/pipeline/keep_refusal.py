"""What the guard stopped outside a turn, kept like one: the parents read it, and are told where they must be."""

import uuid

from hub.domain.safety import Direction, Verdict
from hub.domain.talk import HOME_ASSISTANT, Turn, TurnState
from hub.domain.toys import Toy
from hub.pipeline.services import TurnServices
from hub.pipeline.tell_parents import tell_parents


async def keep_refusal(
    services: TurnServices, toy: Toy, text: str, verdict: Verdict, direction: Direction
) -> Turn | None:
    """`text` was heard, or was to be spoken. Both it and the alert are on the disk when this returns.

    None, and nothing kept, where it is neither refused nor worth an alert. Raises DataError.
    """
    if verdict.allowed and verdict.alert is None:
        return None
    from_child = direction is Direction.CHILD
    turn = Turn(
        id=uuid.uuid4().hex,
        toy_id=toy.id,
        source=HOME_ASSISTANT,
        started_at=services.clock.now(),
        child_id=toy.child_id,
        state=TurnState.DONE if verdict.allowed else TurnState.REFUSED,
        heard=text if from_child else "",
        refused=[] if from_child else [text],
        verdicts=[verdict] if from_child else [Verdict(allowed=True), verdict],
    )
    await services.store.turns.begin(turn)
    await tell_parents(services, turn, verdict)
    return turn
