"""What tests ask of Home Assistant: a flow's steps, a talk in Assist; and what the hub was told to say."""

from typing import Any

from homeassistant.components import conversation
from homeassistant.core import Context, HomeAssistant
from stub_hub import StubHub


async def begin(hass: HomeAssistant, source: str, data: object = None, **context: Any) -> Any:
    return await hass.config_entries.flow.async_init(
        "pommai", context={"source": source} | context, data=data
    )


async def answer(hass: HomeAssistant, form: Any, **given: Any) -> Any:
    return await hass.config_entries.flow.async_configure(form["flow_id"], given)


def shown_fingerprint(form: Any) -> str:
    return str(form["description_placeholders"]["fingerprint"]).replace(":", "").lower()


async def talk(hass: HomeAssistant, agent_id: str, text: str = "hello") -> Any:
    result = await conversation.async_converse(
        hass, text, None, Context(), language="en", agent_id=agent_id
    )
    return result.as_dict()


def said(hub: StubHub) -> list[tuple[str, Any]]:
    return [(path, body) for method, path, body in hub.asked if path.endswith("/say")]
