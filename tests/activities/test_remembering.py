"""A child asks its toy what it remembers, and has it forget."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub.domain.family.memories import MemoryChoice
from hub.domain.talks.talk import PAGE
from hub.safety.guard import Line
from tests.knowledge.memories.home import remembering_home
from tests.pipeline.scripted import SPEECH, ScriptedStt
from tests.pipeline.turns import record


async def test_a_child_hears_what_is_known_of_it(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        assert "don't remember anything about you" in await home.answer("what do you know about me")
        await home.say("my dog is called bruno")
        await home.say("i like dinosaurs")
        await home.next_day()
        answer = await home.answer("What do you know about me?")
        assert answer.endswith("You like dinosaurs. Your dog is called Bruno.")


async def test_do_you_remember_is_answered_from_what_is_kept(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        await home.say("my dog is called bruno")
        await home.next_day()
        asked = len(home.llm.requests)
        for words in (
            "do you remember my dog?",
            "do you still remember what my dog is called",
            "what's my dog called?",
            "please do you know my dogs name",
        ):
            assert (await home.answer(words)).endswith("Your dog is called Bruno."), words
        assert len(home.llm.requests) == asked, "no model was asked"


async def test_it_is_asked_by_voice_and_on_the_page_for_trying_too(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        await home.say("my dog is called bruno")
        home.house.toy = home.toy
        home.house.providers.stts = [ScriptedStt("what do you know about me")]
        by_voice = record(await home.house.hear(*SPEECH))
        tried = await home.say("what do you know about me", PAGE)
        for turn in (by_voice, tried):
            assert " ".join(turn.said).endswith(" Your dog is called Bruno.")
        home.house.providers.stts = [ScriptedStt("forget that")]
        await home.house.hear(*SPEECH)
        assert await home.lines() == []


async def test_what_no_line_tells_is_left_to_the_model(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        assert await home.answer("do you remember my boat") == "All right."


async def test_forget_that_erases_the_last_line_and_no_model_is_told_of_it(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        await home.say("i like dinosaurs")
        await home.say("my dog is called bruno")
        assert "forgotten" in await home.answer("forget that")
        assert await home.lines() == ["Lucy likes dinosaurs"]
        await home.say("what shall we do with the dog")
        assert "bruno" not in home.told().lower()


async def test_a_line_is_forgotten_by_what_it_is_about(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        for words in ("my dog is called bruno", "my cat is called mimi", "bruno is so funny"):
            await home.say(words)
        await home.next_day()
        await home.say("please forget that my dog is called Bruno")
        assert await home.lines() == ["Lucy's cat is called Mimi"]
        await home.say("and what about the dog and the cat")
        assert "bruno" not in home.told().lower()
        assert "Mimi" in home.told()


async def test_what_was_forgotten_stays_so(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        await home.say("my dog is called bruno")
        await home.say("forget my dog")
        await home.say("my dog is called bruno")
        assert await home.lines() == []
        await home.memories.add(home.children[0].id, "Lucy's dog is called Bruno")
        assert await home.lines() == ["Lucy's dog is called Bruno"], "a parent may say it again"


async def test_forget_everything(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        for words in ("my dog is called bruno", "i like dinosaurs", "we saw a purple balloon"):
            await home.say(words)
        assert "everything" in await home.answer("forget everything about me")
        assert await home.lines() == []
        await home.say("hello")
        assert not {"bruno", "dinosaurs", "balloon"} & set(home.told().lower().split())


async def test_what_replaced_a_line_goes_with_it(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        await home.say("my dog is called bruno")
        await home.next_day()
        await home.say("my dog is called rex")
        new, old = await home.memories.list(home.children[0].id)
        assert (old.replaced_by, old.replaced_at) == (new.id, new.learned_at)
        assert old.learned_at < new.learned_at, "both days are kept"
        assert (await home.answer("what is my dog called")).endswith("Your dog is called Rex.")
        await home.say("forget that")
        assert await home.memories.list(home.children[0].id) == []


async def test_where_nothing_is_remembered_the_toy_says_so(tmp_path: Path) -> None:
    async with remembering_home(tmp_path, choice=MemoryChoice()) as home:
        await home.say("my dog is called bruno")
        assert "only remember what we talk about" in await home.answer("what do you know about me")
        await home.say("forget that")
        await home.say("hello")
        assert "bruno" not in home.told().lower()


async def test_where_it_is_not_known_who_speaks_the_toy_asks(tmp_path: Path) -> None:
    async with remembering_home(tmp_path, names=("Lucy", "Max")) as home:
        await home.say("it's Lucy. my dog is called bruno")
        await home.next_day()
        for words in ("what do you know about me", "do you remember my dog"):
            asked = await home.say(words)
            assert home.house.guard.is_line(Line.WHO_SPEAKS, asked.said[0], "en")
            assert "Bruno" in await home.answer("Lucie"), "which answers what was asked before"
            await home.next_day()
        await home.say("do you remember my dog")
        for _ in range(2):
            answer = await home.answer("what do you know about me")
            assert "not sure who is talking" in answer, "it asks once in a talk"
            assert "Bruno" not in answer


async def test_a_change_of_mind_is_no_wish_to_forget(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        await home.say("i like dinosaurs")
        assert await home.answer("forget that, let's do sums about dinosaurs") == "All right."
        assert await home.lines() == ["Lucy likes dinosaurs"]


@pytest.mark.parametrize(
    ("language", "known", "recall", "other", "forget"),
    [
        (
            "de",
            "Lucys Hund heißt Bruno",
            "Wie heißt mein Hund?",
            "Weißt du noch etwas von mir?",
            "Vergiss, dass mein Hund Bruno heißt.",
        ),
        (
            "es",
            "El perro de Lucy se llama Bruno",
            "¿Te acuerdas de mi perro?",
            "¿Qué sabes de mí?",
            "Por favor, olvida que mi perro se llama Bruno.",
        ),
        (
            "fr",
            "Le chien de Lucy s'appelle Bruno",
            "Comment s'appelle mon chien ?",
            "Qu'est-ce que tu sais de moi ?",
            "Tu peux oublier que mon chien s'appelle Bruno ?",
        ),
    ],
)
async def test_in_other_languages_too(
    tmp_path: Path, language: str, known: str, recall: str, other: str, forget: str
) -> None:
    async with remembering_home(tmp_path) as home:
        await home.store.toys.save(replace(home.toy, language=language))
        await home.memories.add(home.children[0].id, known)
        for words in (recall, other):
            assert (await home.answer(words)).endswith(f" {known}.")
        await home.say(forget)
        assert (await home.lines(), home.llm.requests) == ([], [])
