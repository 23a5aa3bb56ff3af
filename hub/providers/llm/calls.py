"""Tool calls in OpenAI's wire format: the tools as a request describes them, and a call as its pieces come."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.domain.tools import MAX_ARGUMENTS_CHARS, MAX_NAME_CHARS, Tool, ToolCall

if TYPE_CHECKING:
    from hub.providers.network.openai_client import CallPiece


def described(tools: Sequence[Tool]) -> dict[str, object]:
    """What a request says of them; nothing where there are none."""
    functions = [
        {"name": tool.name, "description": tool.says, "parameters": tool.schema()} for tool in tools
    ]
    told = [{"type": "function", "function": function} for function in functions]
    return {"tools": told} if told else {}


class StreamedCall:
    """The first tool call of an answer, put together from its pieces. Those after it aren't read."""

    def __init__(self) -> None:
        self._index: int | None = None
        self._name = self._arguments = ""
        self.is_over = False
        """Another one began, or it is too long to be one of ours."""

    @property
    def call(self) -> ToolCall | None:
        begun = self._index is not None
        return ToolCall(self._name, self._arguments) if begun else None

    def feed(self, pieces: Sequence["CallPiece"]) -> bool:
        """Whether a call has begun: from then on the model's words aren't spoken."""
        for piece in pieces:
            index = piece.index or 0
            if self._index not in (None, index):
                self.is_over = True
                break
            self._index = index
            if piece.function:
                self._name += piece.function.name or ""
                self._arguments += piece.function.arguments or ""
            if len(self._name) > MAX_NAME_CHARS or len(self._arguments) > MAX_ARGUMENTS_CHARS:
                self.is_over = True
                self._name = self._name[: MAX_NAME_CHARS + 1]
                self._arguments = self._arguments[: MAX_ARGUMENTS_CHARS + 1]
                break
        return self._index is not None
