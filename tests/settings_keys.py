"""Every setting that there is, for the page that lists them and for tests."""

import ast
import inspect
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

import hub.config
from hub.config import programs
from hub.config.loading import SECTIONS, keys_under


@dataclass(frozen=True, slots=True)
class Key:
    section: str
    """As in the file: "stt.whisper"."""
    name: str
    field: FieldInfo
    description: str

    @property
    def env(self) -> str:
        return "POMMAI_" + "__".join((*self.section.split("."), self.name)).upper()

    @property
    def default(self) -> Any:
        """None where it depends on the machine."""
        return None if self.field.default_factory is not None else self.field.default


def keys() -> list[Key]:
    """In the file's order."""
    described = _descriptions()
    found = []
    for *sections, name in keys_under(()):
        section = SECTIONS[tuple(sections)]
        description = described[section.__name__, name]
        found.append(Key(".".join(sections), name, section.model_fields[name], description))
    return found


def _descriptions() -> dict[tuple[str, str], str]:
    """What stands below each setting, by its section's class and its name."""
    found = {}
    sources = map(inspect.getsource, (hub.config, programs))
    for section in (each for source in sources for each in ast.parse(source).body):
        if isinstance(section, ast.ClassDef):
            for line, below in zip(section.body, section.body[1:], strict=False):
                match line, below:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(text))),
                    ):
                        found[section.name, name] = " ".join(text.split())
    return found
