"""A companion without a model: written stories, riddles, rhymes and answers, ready at once.

What it can say is in the TOML files beside this one, for grown-ups to read; `script.py` loads
them, `conversation.py` is what it can know of the talk so far, `skills.py` decides what to say.
"""

from hub.providers.storyteller.provider import Storyteller

__all__ = ["Storyteller"]
