"""A turn that is cut before it answered: what the child said is kept, and what parents must know is told once."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from hub.domain.audio import PcmChunk, silence
from hub.domain.safety import Alert, Category, CheckRequest, SafeText, SafetyPolicy, Verdict
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import Toy, Voice
from hub.errors import DiskFullError, ProviderError
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Finished, Refused
from hub.providers.base import Llm
from hub.storage.repositories.turns import TurnRepository
from tests.clock import FakeClock, settle
from tests.pipeline.scripted import House, ScriptedLlm, ScriptedStt, ScriptedTts, house
from tests.pipeline.turns import until
from tests.safety.shipped import RULES

DISCLOSURE = "my uncle hurts me at night"


class SlowAtFirst:
    """A guard layer that gives no answer to the first who asks."""

    name = "slow"
    version = "1"

    def __init__(self) -> None:
        self.asked = 0

    async def check(self, request: CheckRequest) -> Verdict:
        self.asked += 1
        if self.asked == 1:
            await asyncio.Event().wait()
        return Verdict(allowed=True)


async def cut(home: House, text: str, when: asyncio.Event) -> None:
    async with home.pipeline.turn(Ask(home.toy, "say", text=text)):
        await when.wait()


async def cut_once(home: House, text: str, true: Callable[[], object]) -> None:
    now = asyncio.Event()
    cutting = asyncio.create_task(cut(home, text, now))
    await until(true)
    now.set()
    await cutting


async def test_parents_are_told_of_words_that_the_guard_had_not_judged_yet(tmp_path: Path) -> None:
    slow = SlowAtFirst()
    async with house(tmp_path, checks=[RULES, slow], check_s=600) as home:
        await cut_once(home, DISCLOSURE, lambda: slow.asked)
        [turn] = await home.store.turns.recent(5)
        [alert] = await home.store.alerts.list(5)
    assert (turn.state, turn.heard) == (TurnState.CUT, DISCLOSURE)
    assert [verdict.category for verdict in turn.verdicts] == [Category.CHILD_DISCLOSURE]
    assert (alert.category, alert.count) == (Category.CHILD_DISCLOSURE, 1)


@pytest.mark.parametrize("is_kept", [False, True])
async def test_parents_are_told_once_where_the_turn_is_cut_amid_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_kept: bool
) -> None:
    begun, now = list[Alert](), asyncio.Event()
    async with house(tmp_path) as home:
        add = home.store.alerts.add

        async def cut_amid(alert: Alert) -> Alert:
            begun.append(alert)
            if is_kept:
                await add(alert)
            if len(begun) == 1:
                await asyncio.Event().wait()
            return alert if is_kept else await add(alert)

        monkeypatch.setattr(home.store.alerts, "add", cut_amid)
        cutting = asyncio.create_task(cut(home, DISCLOSURE, now))
        await until(lambda: begun)
        now.set()
        await cutting
        [alert] = await home.store.alerts.list(5)
    assert len(begun) == 2
    assert (alert.category, alert.count) == (Category.CHILD_DISCLOSURE, 1)


async def test_a_turn_that_is_cut_after_parents_were_told_tells_them_nothing_more(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        async with home.pipeline.turn(Ask(home.toy, "say", text=DISCLOSURE)) as turn:
            async for event in turn:
                if isinstance(event, Refused):
                    break
        [alert] = await home.store.alerts.list(5)
    assert alert.count == 1


async def test_what_a_hub_died_over_is_judged_once_and_its_alert_sent_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path) as home:
        for number, (state, heard) in enumerate(
            [
                (TurnState.DRAFT, DISCLOSURE),
                (TurnState.THINKING, "i saw a fox"),
                (TurnState.THINKING, ""),
            ]
        ):
            turn = Turn(f"t{number}", home.toy.id, "satellite", home.clock.now(), heard=heard)
            turn.state = state
            await home.store.turns.begin(turn)
        await home.store.turns.cut_unfinished()

        async def dies(turn: Turn) -> Turn:
            raise DiskFullError("the power is gone")

        with monkeypatch.context() as dying:
            dying.setattr(home.store.turns, "save", dies)
            await home.pipeline.judge_cut_turns()
        for _ in range(2):
            await home.pipeline.judge_cut_turns()
        [alert] = await home.store.alerts.list(5)
        unheard, harmless, grave = await home.store.turns.recent(5)
    assert (alert.turn_id, alert.category, alert.count) == ("t0", Category.CHILD_DISCLOSURE, 1)
    assert (grave.state, [found.category for found in grave.verdicts]) == (
        TurnState.CUT,
        [Category.CHILD_DISCLOSURE],
    )
    assert [found.allowed for found in harmless.verdicts] == [True]
    assert unheard.verdicts == []


async def test_what_home_assistant_heard_is_judged_at_the_next_start_where_the_hub_died_before_its_alert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def speech() -> AsyncGenerator[PcmChunk]:
        yield silence(1000)

    async with house(tmp_path, stts=[ScriptedStt(DISCLOSURE)]) as home:

        async def dies(alert: Alert) -> Alert:
            raise DiskFullError("the power is gone")

        with monkeypatch.context() as dying:
            dying.setattr(home.store.alerts, "add", dies)
            with pytest.raises(DiskFullError):
                await home.pipeline.transcribe(home.toy, speech())
        await home.store.turns.cut_unfinished()
        await home.pipeline.judge_cut_turns()
        [alert] = await home.store.alerts.list(5)
        [turn] = await home.store.turns.recent(5)
    assert (alert.turn_id, alert.category) == (turn.id, Category.CHILD_DISCLOSURE)
    assert [found.category for found in turn.verdicts] == [Category.CHILD_DISCLOSURE]


async def test_a_disclosure_on_a_full_disk_ends_and_its_alert_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = TurnRepository.begin

    async def full(turns: TurnRepository, turn: Turn, *, urgent: bool = False) -> Turn:
        if not urgent:
            raise DiskFullError("the disk is full")
        return await kept(turns, turn, urgent=True)

    async def all_full(*_: object, **__: object) -> Turn:
        raise DiskFullError("the disk is full")

    monkeypatch.setattr(TurnRepository, "begin", full)
    async with house(tmp_path, llms=[ScriptedLlm("Hello.")]) as home:
        last = (await home.say(DISCLOSURE))[-1]
        [turn] = await home.store.turns.recent(5)
        [alert] = await home.store.alerts.list(5)
        assert (turn.heard, turn.state) == (DISCLOSURE, TurnState.FAILED)
        assert (alert.turn_id, alert.category) == (turn.id, Category.CHILD_DISCLOSURE)
        assert isinstance(last, Finished)

        monkeypatch.setattr(home.store.database, "write", all_full)
        assert (await home.say(DISCLOSURE))[-1] == Finished(None)
        [unkept] = home.store.alerts.unkept
    assert unkept.category is Category.CHILD_DISCLOSURE


async def test_words_are_kept_while_a_model_is_made_ready(tmp_path: Path) -> None:
    asked = list[Toy]()

    async def never(toy: Toy) -> list[Llm]:
        asked.append(toy)
        await asyncio.Event().wait()
        return []

    async with house(tmp_path, llms=[ScriptedLlm("Hello.")]) as home:
        home.providers.llm = never  # type: ignore[method-assign]  # for ever
        await cut_once(home, "i saw a fox", lambda: asked)
        [turn] = await home.store.turns.recent(5)
    assert (turn.state, turn.heard, turn.said) == (TurnState.CUT, "i saw a fox", [])


async def test_a_turn_whose_ledger_fails_while_it_is_cut_ends_as_cut_and_speaks_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*args: object, **row: object) -> None:
        raise DiskFullError("the disk is full")

    llm = ScriptedLlm("Once there was a bear. ", asyncio.Event(), local=False)
    async with house(tmp_path, llms=[llm]) as home:
        monkeypatch.setattr(home.store.ledger, "settle", full)
        async with home.pipeline.turn(Ask(home.toy, "say", text="a story please")) as turn:
            async for event in turn:
                if isinstance(event, Audio):
                    break
        [kept] = await home.store.turns.recent(1)
    assert (kept.state, kept.error, kept.said) == (TurnState.CUT, "", ["Once there was a bear."])
    assert home.tts.spoken == ["Once there was a bear."]


async def test_a_turn_that_is_cut_amid_its_apology_ends_as_cancelled(tmp_path: Path) -> None:
    clock = FakeClock()
    broken = ScriptedLlm(ProviderError("down"))
    async with house(tmp_path, llms=[broken], clock=clock) as home:
        async with home.pipeline.turn(Ask(home.toy, "say", text="hello")) as turn:
            async for event in turn:
                if isinstance(event, Audio):
                    break
        assert turn.was_cut


async def test_a_turn_that_is_cut_ends_as_cancelled_also_when_its_apology_breaks_as_it_closes(
    tmp_path: Path,
) -> None:
    class BreaksAtItsEnd(ScriptedTts):
        async def speak(
            self, text: SafeText, voice: Voice, policy: SafetyPolicy
        ) -> AsyncGenerator[PcmChunk]:
            self.spoken.append(text.text)
            if len(self.spoken) == 1:
                raise ProviderError("down")
            try:
                yield silence(20)
                await asyncio.Event().wait()
            finally:
                raise ValueError("already closed")

    async with house(tmp_path, llms=[ScriptedLlm("Hi.")], ttses=[BreaksAtItsEnd()]) as home:
        async with home.pipeline.turn(Ask(home.toy, "say", text="hello")) as turn:
            async for event in turn:
                if isinstance(event, Audio):
                    break
        assert turn.was_cut


async def test_however_often_a_turn_is_cancelled_nothing_of_it_is_left_behind(
    tmp_path: Path,
) -> None:
    class SlowToClose(ScriptedTts):
        async def speak(
            self, text: SafeText, voice: Voice, policy: SafetyPolicy
        ) -> AsyncGenerator[PcmChunk]:
            try:
                speaking.set()
                await asyncio.Event().wait()
                yield silence(20)
            finally:
                closing.set()
                await may_close.wait()
                closed.set()

    speaking, closing, may_close, closed = (asyncio.Event() for _ in range(4))
    async with house(tmp_path, llms=[ScriptedLlm("Hi.")], ttses=[SlowToClose()]) as home:
        cutting = asyncio.create_task(cut(home, "hello", asyncio.Event()))
        await speaking.wait()
        cutting.cancel()
        await closing.wait()
        for _ in range(3):
            cutting.cancel()
            await settle()
        assert not cutting.done()
        may_close.set()
        await asyncio.wait((cutting,))
        assert cutting.cancelled()
        [kept] = await home.store.turns.recent(1)
    assert closed.is_set()
    assert kept.state is TurnState.CUT
