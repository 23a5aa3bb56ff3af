"""Which Home Assistant runs here: 2024.3 in `make test`; newer ones, which need a newer Python, by hand."""

from homeassistant.components import conversation

HAS_AN_AGENT_FOR_EACH_TOY = hasattr(conversation, "ConversationEntity")
ANOTHER_VERSIONS_TESTS = ["test_on_2024_3.py" if HAS_AN_AGENT_FOR_EACH_TOY else "test_on_newer.py"]
