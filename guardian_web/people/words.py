"""What the pages say of roles, and of who did something."""

from collections.abc import Mapping
from typing import Final

from hub.domain.family.people import Actor, Deed, Role
from hub.translation import gettext as _
from hub.translation import marked

ROLE_CHOICES: Final[Mapping[Role, tuple[str, str]]] = {
    Role.GUARDIAN: (
        marked("Guardian"),
        marked("looks after toys and children, and sees every word"),
    ),
    Role.VIEWER: (
        marked("Viewer"),
        marked("sees everything, can stop all toys, and changes nothing"),
    ),
    Role.OWNER: (
        marked("Owner"),
        marked(
            "does what a guardian does, and decides about people, programs and deleting everything"
        ),
    ),
}
"""To choose from: the name of a role, and what it means."""

IN_ROLE: Final[Mapping[Role, str]] = {
    Role.GUARDIAN: marked("A guardian looks after toys and children, and sees every word."),
    Role.VIEWER: marked("A viewer sees everything, can stop all toys, and changes nothing."),
    Role.OWNER: marked(
        "An owner does what a guardian does, and decides about people, programs and deleting everything."
    ),
}

INVITED_AS: Final[Mapping[Role, str]] = {
    Role.GUARDIAN: marked("Invited as guardian"),
    Role.VIEWER: marked("Invited as viewer"),
    Role.OWNER: marked("Invited as owner"),
}

INVITED: Final[Mapping[Role, str]] = {
    Role.GUARDIAN: marked("invited %(name)s as guardian"),
    Role.VIEWER: marked("invited %(name)s as viewer"),
    Role.OWNER: marked("invited %(name)s as owner"),
}
MADE: Final[Mapping[Role, str]] = {
    Role.GUARDIAN: marked("made %(name)s a guardian"),
    Role.VIEWER: marked("made %(name)s a viewer"),
    Role.OWNER: marked("made %(name)s an owner"),
}
"""For the audit log, after the name of who did it."""

INVITES: Final[Mapping[Role, str]] = {
    Role.GUARDIAN: marked(
        "%(who)s invites you to the pages of this family’s toys, as a guardian, "
        "who looks after toys and children, and sees every word."
    ),
    Role.VIEWER: marked(
        "%(who)s invites you to the pages of this family’s toys, as a viewer, "
        "who sees everything, can stop all toys, and changes nothing."
    ),
    Role.OWNER: marked(
        "%(who)s invites you to the pages of this family’s toys, as an owner, who does what a guardian does, "
        "and decides about people, programs and deleting everything."
    ),
}

WHO_WORDS: Final[Mapping[Actor, str]] = {
    Actor.COMMAND_LINE: marked("The command line of the hub"),
    Actor.HUB: marked("The hub"),
}


def doer(deed: Deed) -> str:
    """Who did it, as a reader knows them."""
    if deed.actor is Actor.TOKEN:
        return _("%(name)s (a program)", name=deed.name)
    return _(WHO_WORDS[deed.actor]) if deed.actor in WHO_WORDS else deed.name
