"""What the pages say of roles, and of who did something."""

from collections.abc import Mapping
from typing import Final

from hub.domain.family.people import Actor, Deed, Role

ROLE_CHOICES: Final[Mapping[Role, tuple[str, str]]] = {
    Role.GUARDIAN: ("Guardian", "looks after toys and children, and sees every word"),
    Role.VIEWER: ("Viewer", "sees everything, can stop all toys, and changes nothing"),
    Role.OWNER: (
        "Owner",
        "does what a guardian does, and decides about people, programs and deleting everything",
    ),
}
"""To choose from: the name of a role, and what it means."""

WHO_WORDS: Final[Mapping[Actor, str]] = {
    Actor.COMMAND_LINE: "The command line of the hub",
    Actor.HUB: "The hub",
}


def doer(deed: Deed) -> str:
    """Who did it, as a reader knows them."""
    if deed.actor is Actor.TOKEN:
        return f"{deed.name} (a program)"
    return WHO_WORDS.get(deed.actor, deed.name)
