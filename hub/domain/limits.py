"""How much of everything that people enter is kept; what goes past a limit is refused, and forms say so before."""

from typing import Final

MAX_NAME_CHARS: Final = 60
MAX_BACKSTORY_CHARS: Final = 4000
MAX_KIND_CHARS: Final = 80
MAX_STYLE_CHARS: Final = 300
MAX_WORDING_CHARS: Final = 80
"""Of one trait, interest or catchphrase …"""
MAX_WORDINGS: Final = 10
"""… and how many there are of each."""
MAX_TEMPERATURE: Final = 1.5
"""Of a language model: above it few write sentences."""
MIN_ANSWER_TOKENS: Final = 30
MAX_ANSWER_TOKENS: Final = 1000
MAX_PERSONA_VERSIONS: Final = 50
"""Kept of one toy; the oldest make room."""
MAX_DESCRIPTION_CHARS: Final = 200
MAX_NOTE_CHARS: Final = 2000
MAX_REASON_CHARS: Final = 200
MAX_URL_CHARS: Final = 2000
MAX_TOPIC_CHARS: Final = 80

MAX_TOPICS: Final = 50
"""That one toy doesn't talk of."""
MAX_ROOMS: Final = 40
"""That one toy may ask Home Assistant about."""
MAX_CHILDREN: Final = 30
"""Of one household, archived ones too: room for a nursery group."""
MAX_PRONOUNS_CHARS: Final = 20
MAX_PROFILE_CHARS: Final = 300
"""Of what a child likes, and of each of the lines beside it."""
MAX_ADULTS: Final = 20
MAX_GUARDIANS: Final = 20
"""Who may sign in to the pages, open invitations counted."""
MAX_SIGN_INS: Final = 50
"""Browsers in which one guardian is signed in; the one that was used least recently makes room."""
MAX_PASSKEYS: Final = 10
"""Of one guardian."""
MAX_TOKENS: Final = 32
"""Of the API, revoked ones not counted."""
MAX_INTERFACES: Final = 16
"""Of this machine, on which something is offered to others."""
MAX_ALLOWED: Final = 32
"""Addresses and networks that may use the hub's Wyoming services."""
MAX_CAP_CENTS: Final = 1_000_000
"""A month's budget for services outside the home."""
