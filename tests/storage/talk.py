"""Turns as the pipeline makes them."""

import uuid
from datetime import datetime
from typing import Any

from hub.domain.safety import Category, Verdict
from hub.domain.talks.talk import Turn

ALLOWED = Verdict(allowed=True, layer="rules", rules_version="1")
REFUSED = Verdict(allowed=False, category=Category.VIOLENCE, severity=5, layer="rules")


def turn(toy_id: str, at: datetime, heard: str = "hello", **fields: Any) -> Turn:
    fields.setdefault("verdicts", [ALLOWED])
    return Turn(uuid.uuid4().hex, toy_id, "satellite", at, heard=heard, **fields)
