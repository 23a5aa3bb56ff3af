"""Which Home Assistant runs here: CI's is 2024.3; newer ones, which need a newer Python, are run by hand."""

import pytest
from homeassistant.components import conversation
from homeassistant.const import MAJOR_VERSION

HAS_AN_AGENT_FOR_EACH_TOY = hasattr(conversation, "ConversationEntity")

new = pytest.mark.skipif(
    not HAS_AN_AGENT_FOR_EACH_TOY, reason="2024.3 has no conversation entities"
)
old = pytest.mark.skipif(
    HAS_AN_AGENT_FOR_EACH_TOY, reason="newer versions have an agent for each toy"
)
resolves_names = pytest.mark.skipif(
    MAJOR_VERSION > 2024, reason="newer versions' tests resolve no name"
)
