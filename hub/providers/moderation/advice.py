"""Which second judge suits this machine, and how to get it: for `doctor` and the Household page."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from hub.config import Config
from hub.providers.llm import ollama
from hub.providers.moderation.guard_formats import format_of
from hub.translation import gettext as _

GUARD_MODELS = (("llama-guard3:8b", 16.0), ("llama-guard3:1b", 6.0))
"""Of Ollama's, the better one first, and the memory in GB that a machine should have for it beside a model that
talks. They take 4.9 and 1.6 GB (https://ollama.com/library/llama-guard3)."""


@dataclass(frozen=True, slots=True)
class JudgeAdvice:
    text: str
    """In a sentence or two."""
    commands: tuple[str, ...] = ()
    """What to type; none where there is nothing to do."""


async def judge_advice(config: Config) -> JudgeAdvice:
    """Looks for an Ollama server on this machine, for at most 0.3 s."""
    named = (*config.safety.use, *config.safety.added)
    if named:
        return JudgeAdvice(
            _("Beside the guard's own layers judges %(judges)s.", judges=", ".join(named))
        )
    return advise(memory_gb(), await ollama.installed())


def advise(memory: float, installed: Sequence[str] | None) -> JudgeAdvice:
    """For a machine with that memory in GB, and the models of its Ollama server; None where none runs."""
    judges = [name for name in installed or () if format_of(name) != "prompt"]
    fits = [name for name, least_gb in GUARD_MODELS if memory >= least_gb]
    if judges:
        return JudgeAdvice(
            _("Ollama has %(model)s, which can judge every line as well.", model=judges[0]),
            _commands(judges[0]),
        )
    if not fits:
        return JudgeAdvice(
            _(
                "This machine has too little memory for a guard model: the guard's own layers judge alone."
            )
        )
    best = fits[0]
    if installed is None:
        text = _(
            "This machine can run the guard model %(model)s as a second judge; it takes Ollama (https://ollama.com).",
            model=best,
        )
    else:
        text = _(
            "Ollama runs here, and this machine has the memory for the guard model %(model)s as a second judge.",
            model=best,
        )
    return JudgeAdvice(text, (f"ollama pull {best}", *_commands(best)))


def _commands(model: str) -> tuple[str, ...]:
    return (f"POMMAI_SAFETY__ADDED=llm POMMAI_SAFETY__LLM__MODEL={model} pommai-hub run",)


def memory_gb() -> float:
    """Of this machine; 0 where the system doesn't tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, OSError, ValueError):
        return 0.0
