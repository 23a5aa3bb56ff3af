"""docs/providers.md says what is true of the code."""

import re
import shlex
import tomllib
from pathlib import Path

from hub.__main__ import parse
from hub.config import Config
from hub.domain.toys import ProviderKind
from hub.providers import auto
from hub.providers.llm import ollama
from hub.providers.llm.openai import PRESETS
from hub.providers.llm.storyteller.facts import Facts
from hub.providers.llm.storyteller.script import Fact
from hub.providers.llm.storyteller.script import load as load_script
from hub.providers.registry import EMBEDDED, EXTRAS, REGISTRY, load
from hub.providers.slot import RETRY_AFTER_S
from tests.providers.setups import BARE

DOC = (Path(__file__).parents[2] / "docs" / "providers.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in DOC.splitlines()
    if line.startswith("| ")
]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOC, re.DOTALL)


def test_the_table_lists_every_provider_and_no_other() -> None:
    listed = {
        (ProviderKind(row[0]), row[1].strip("`"), row[5].strip("`"))
        for row in ROWS
        if row[0] in set(REGISTRY)
    }
    known = {(k, name, EXTRAS.get(name, "hub")) for k, names in REGISTRY.items() for name in names}
    assert listed == known


def test_the_table_says_what_is_embedded_and_what_leaves_the_house() -> None:
    for row in ROWS:
        if row[0] not in set(REGISTRY):
            continue
        kind, name = ProviderKind(row[0]), row[1].strip("`")
        assert ("embedded" in row[2]) == (EMBEDDED.get(kind) == name)
        if name != "openai":
            local = load(kind, name, BARE).local
            assert row[2].startswith("locally") == local


def test_the_presets_are_those_of_the_code() -> None:
    listed = {row[0].strip("`"): [c.strip("`") for c in row[1:]] for row in ROWS if len(row) == 4}
    listed.pop("preset")
    assert listed == {
        name: [preset.base_url, preset.model or "one that is installed", preset.key_name or "none"]
        for name, preset in PRESETS.items()
    }


def test_every_example_of_settings_is_read() -> None:
    settings = [block for block in blocks("toml") if not re.search(r"facts|entry-points", block)]
    assert len(settings) == 7
    for block in settings:
        config = Config.model_validate(tomllib.loads(block))
        for kind, use in (
            ("stt", config.stt.use),
            ("llm", config.llm.use),
            ("tts", config.tts.use),
            ("safety", config.safety.use),
        ):
            assert set(use) <= {*REGISTRY[ProviderKind(kind)], "auto"}


def test_the_example_of_a_fact_is_one_that_could_be_added() -> None:
    (block,) = [block for block in blocks("toml") if "[[facts]]" in block]
    (fact,) = [Fact.model_validate(each) for each in tomllib.loads(block)["facts"]]
    script = load_script()
    facts = Facts([fact, *script.facts], script.empty_words)
    assert facts.about("why do hedgehogs roll up into balls") == fact
    assert len(script.facts) + len(script.topics) + len(script.first) > 350


def test_every_command_is_one() -> None:
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    commands += re.findall(
        r"`(pommai-hub [^`]+)`", DOC.replace("--sha256 …", f"--sha256 {'0' * 64}")
    )
    ours = [
        shlex.split(line, comments=True)[1:] for line in commands if line.startswith("pommai-hub ")
    ]
    assert len(ours) >= 4
    for arguments in ours:
        assert parse(arguments).command == arguments[0]


def test_the_figures_are_those_of_the_code() -> None:
    assert (
        f"`{ollama.ADDRESS.removeprefix('http://')}` within {ollama.PROBE_LIMIT_S * 1000:.0f} ms"
        in DOC
    )
    assert f"every {RETRY_AFTER_S:.0f} seconds" in DOC
    for _, command in auto.DEMONSTRATION.values():
        assert command in DOC
