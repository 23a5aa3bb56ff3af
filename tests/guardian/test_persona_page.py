"""The page "Who Bear is": what is saved, the prompt that a parent sees, and versions."""

from dataclasses import replace
from html import unescape

import pytest

from hub.domain.family.children import Child
from hub.domain.persona import DEFAULT_PERSONA, Persona, ReplyLength
from hub.domain.talks.talk import Turn
from hub.domain.toys import Voice
from hub.knowledge.characters import characters
from hub.knowledge.prompt import build_request
from tests.guardian.conftest import Site, path_of_toy

FILLED = {
    "kind": "an old sea bear",
    "traits": "calm\r\n\r\n calm \r\nwise",
    "style": "Slowly.",
    "interests": "ships",
    "catchphrases": "Well now.",
    "backstory": "{toy} has seen the sea.",
    "reply_length": "short",
}
SEA_BEAR = Persona(
    *("an old sea bear", ("calm", "wise"), "Slowly.", ("ships",), ("Well now.",)),
    *("{toy} has seen the sea.", ReplyLength.SHORT, False),
)


async def test_what_is_saved_is_a_version_and_an_earlier_one_comes_back(site: Site) -> None:
    browser, path = await site.guardian(), f"{await path_of_toy(site)}/persona"
    answer = await browser.send(path, path, **FILLED)
    assert answer.headers["Location"] == f"{path}?done=saved"
    [toy] = await site.home.toys.list()
    assert toy.persona == SEA_BEAR
    newest, first = await site.home.personas.versions(toy)
    assert (newest.version, newest.by, first.persona) == (2, "Guardian", DEFAULT_PERSONA)
    assert "Version 2, as it is now" in await browser.see(path)

    earlier = unescape(await browser.see(f"{path}?version=1"))
    assert "how Pommai was in version 1. Save brings it back." in earlier
    assert 'value="a gentle, curious soft toy"' in earlier
    assert (await site.home.toys.list())[0].persona == SEA_BEAR, "it was only looked at"
    assert (await browser.get(f"{path}?version=9")).status == 404


async def test_a_ready_character_fills_the_fields(site: Site) -> None:
    browser, path = await site.guardian(), f"{await path_of_toy(site)}/persona"
    fin = next(one for one in characters() if one.id == "fin")
    page = unescape(await browser.see(f"{path}?character=fin"))
    assert all(text in page for text in (fin.kind, *fin.persona.catchphrases, fin.persona.style))
    assert (await site.home.toys.list())[0].persona == DEFAULT_PERSONA
    assert (await browser.get(f"{path}?character=nobody")).status == 404
    await browser.send(path, path, **FILLED)
    assert (await site.home.toys.list())[0].voice == Voice(), "only where a parent wants it"
    assert 'name="voice_of" value="fin" checked' in page
    await browser.send(path, path, **FILLED, voice_of="fin")
    [toy] = await site.home.toys.list()
    assert toy.voice == fin.voice("espeak")
    german = await site.home.toys.save(replace(toy, language="de", voice=Voice()))
    assert "voice_of" not in await browser.see(f"{path}?character=fin")
    assert await site.home.characters.voice(german, fin) == Voice()


async def test_the_prompt_on_the_page_is_the_one_that_a_model_is_sent(site: Site) -> None:
    browser, path = await site.guardian(), f"{await path_of_toy(site)}/persona"
    await site.home.children.save(mia := Child("mia", "Mia", 2020, pronouns="she/her"))
    [toy] = await site.home.toys.list()
    toy = await site.home.toys.give(toy.id, ["mia"])
    answer = await browser.send(path, f"{path}/prompt", **FILLED)
    turn = Turn("t", toy.id, "test", site.clock.now(), heard="Hello")
    request = build_request(replace(toy, persona=SEA_BEAR), mia, [], turn)
    assert await answer.text() == request.messages[0].text
    assert "Mia" in request.messages[0].text
    assert (await site.home.toys.list())[0].persona == DEFAULT_PERSONA, "nothing was saved"
    too_long = await browser.send(path, f"{path}/prompt", **FILLED | {"kind": "x" * 81})
    assert "at most 80 characters" in await too_long.text()


async def test_what_does_not_fit_is_not_tried(site: Site) -> None:
    browser, path = await site.guardian(), f"{await path_of_toy(site)}/persona"
    for wrong, why in (({"heard": "x" * 501}, "most 500 "), ({"kind": "x" * 81}, "most 80 ")):
        refused = await browser.send(path, f"{path}/try", **FILLED | wrong)
        assert (refused.status, why in await refused.text()) == (409, True)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"kind": "x" * 81}, "at most 80 characters"),
        ({"traits": "\n".join(map(str, range(11)))}, "At most 10 lines"),
        ({"interests": "x" * 81}, "each of at most 80"),
        ({"backstory": "x" * 4001}, "at most 4000 characters"),
        ({"reply_length": "endless"}, "choose one of the three"),
        (
            {"catchphrases": "Well now.\nI will kill you."},
            "would not let it say “I will kill you.”",
        ),
    ],
)
async def test_what_cant_be_saved_is_said_at_its_field_and_nothing_is_lost(
    site: Site, changed: dict[str, str], why: str
) -> None:
    browser, path = await site.guardian(), f"{await path_of_toy(site)}/persona"
    answer = await browser.send(path, path, **FILLED | changed)
    page = unescape(await answer.text())
    assert answer.status == 409
    assert why in page
    [field] = changed
    assert f'id="{field}-problem"' in page
    assert "{toy} has seen the sea." in page or field == "backstory"
    assert (await site.home.toys.list())[0].persona == DEFAULT_PERSONA


async def test_no_field_at_all_is_the_usual_persona(site: Site) -> None:
    browser, path = await site.guardian(), f"{await path_of_toy(site)}/persona"
    await browser.send(path, path, reply_length="normal", asks_back="yes")
    assert (await site.home.toys.list())[0].persona == DEFAULT_PERSONA
