"""An alert as a message, where it came up on the pages."""

from dataclasses import replace
from datetime import UTC, datetime

from hub.alerts.post import message_for
from hub.domain.household import Household
from hub.domain.safety import Alert, AlertLevel, Category

AT = datetime(2026, 5, 4, 15, tzinfo=UTC)


def test_it_says_when_a_grown_up_tried_the_toy() -> None:
    alert = Alert("a", AlertLevel.WARNING, Category.VIOLENCE, "Talk of hurting someone", AT)
    tried = replace(alert, details={"tried": "on the pages"})
    line = "Where: on the page where grown-ups try a toy"
    assert line in message_for(tried, "Bear", Household()).body
    assert line not in message_for(alert, "Bear", Household()).body
