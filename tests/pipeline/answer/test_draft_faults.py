"""A draft that is stopped, cut or fails."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from hub.domain.audio import PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talks.talk import TurnState
from hub.domain.toys import Voice
from hub.errors import ProviderError, StoppedError
from hub.pipeline.events import SpeechEnded
from hub.providers.base import LlmDelta, LlmRequest
from tests.pipeline.answer.drafting import Echo
from tests.pipeline.answer.talking import (
    END_MS,
    MicrophoneInput,
    family,
    speak_and_pause,
    talk,
)
from tests.pipeline.scripted import ScriptedLlm, ScriptedTts
from tests.pipeline.turns import all_done, kinds, record, until


async def test_the_emergency_stop_ends_a_draft(tmp_path: Path) -> None:
    llm = ScriptedLlm("One. ", asyncio.Event())
    async with family(tmp_path, "sing", llms=[llm]) as home:
        async with talk(home) as child:
            await speak_and_pause(child, lambda: home.tts.spoken == ["One."])
            home.pipeline.emergency_stop.call()
        assert isinstance(child.ended, StoppedError)
        assert child.said == []
        assert llm.closed
        (turn,) = await home.store.turns.recent(5)
        assert (turn.state, turn.heard, turn.said) == (TurnState.CUT, "sing", [])


async def test_going_on_ends_a_model_that_is_still_writing(tmp_path: Path) -> None:
    llm = ScriptedLlm("One. ", asyncio.Event())
    async with family(tmp_path, "sing", llms=[llm]) as home, talk(home) as child:
        await speak_and_pause(child, lambda: home.tts.spoken)
        assert not llm.closed
        await child.hears("voice", 600)
        await until(lambda: llm.closed)
        home.pipeline.emergency_stop.call()


async def test_what_failed_in_a_draft_is_tried_again_in_earnest(tmp_path: Path) -> None:
    class Recovers(Echo):
        async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
            if not self.requests:
                self.requests.append(request)
                raise ProviderError("not now")
            async for delta in super().reply(request):
                yield delta

    llm = Recovers()
    async with family(tmp_path, "sing", llms=[llm]) as home, talk(home) as child:
        await speak_and_pause(child, lambda: llm.requests)
        await all_done(home)
        await child.hears("silence", END_MS)
    assert child.said == ["You said sing."]
    assert record(child.events).state is TurnState.DONE


async def test_a_draft_that_is_kept_while_its_failure_is_being_cleared_up_is_tried_again(
    tmp_path: Path,
) -> None:
    class SlowToClose(ScriptedTts):
        async def speak(
            self, text: SafeText, voice: Voice, policy: SafetyPolicy
        ) -> AsyncGenerator[PcmChunk]:
            if self.spoken:
                async for chunk in super().speak(text, voice, policy):
                    yield chunk
                return
            self.spoken.append(text.words_for(policy))
            try:
                await asyncio.Event().wait()
            finally:
                closing.set()
                await may_close.wait()

    class Recovers(Echo):
        async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
            self.requests.append(request)
            if len(self.requests) == 1:
                yield LlmDelta("One. Two")
                await until(lambda: tts.spoken)
                raise ProviderError("not now")
            yield LlmDelta("Yes.")

    closing, may_close = asyncio.Event(), asyncio.Event()
    tts, llm = SlowToClose(), Recovers()
    async with family(tmp_path, "sing", llms=[llm], ttses=[tts]) as home, talk(home) as child:
        await speak_and_pause(child, closing.is_set)
        await child.hears("silence", END_MS)
        await until(lambda: SpeechEnded in kinds(child.events))
        async with asyncio.timeout(60):
            await until(lambda: llm.requests[1:])
        may_close.set()
    assert child.said == ["Yes."]
    assert record(child.events).state is TurnState.DONE


async def test_a_recogniser_that_failed_at_a_pause_is_no_end_of_the_turn(tmp_path: Path) -> None:
    ears, spare = MicrophoneInput(ProviderError("deaf")), MicrophoneInput("sing")
    async with (
        family(tmp_path, stts=[ears, spare], llms=[Echo()]) as home,
        talk(home) as child,
    ):
        await speak_and_pause(child, lambda: ears.asked)
        await child.hears("silence", END_MS)
    assert child.said == ["You said sing."]
