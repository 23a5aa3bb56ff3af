"""What is shown with an alert: until when it is held back, and helplines for a child."""

from hub.alerts.routing import held_until
from hub.safety.helplines import Helpline, Helplines

__all__ = ["Helpline", "Helplines", "held_until"]
